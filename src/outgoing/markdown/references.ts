import { addressOf } from "./address.js";
import { Inline } from "./inline.js";
import type { Block } from "./parsing/blocks.js";
import { parser, type Token } from "./parsing/parser.js";
import { plain } from "./plain.js";
import type { Style } from "./style.js";

/** How many names of links are remembered. */
const mostNames = 1_000;

/** `[text][name]` and `[name][]`, whose address may come later; behind a letter it is an index, as in `a[i][j]`. */
const named = /(?<![\w\]])\[([^[\]\n]{0,300})\]\[([^[\]\n]{0,100})\]/g;
/** `[name]`, which most often is no link. */
const bracket = /\[([^[\]^\n]{1,100})\](?![[(:])/g;
const definition = /^ {0,3}\[([^[\]^\n][^[\]\n]{0,100})\]:/m;

interface Addresses {
  [name: string]: { title: string; href: string };
}

/** Links of a text whose addresses stand elsewhere in it: `[text][name]`, and `[name]: address` before or after it. */
export class References {
  readonly #known: Addresses = Object.create(null) as Addresses;
  #count = 0;
  /** Names that stood in brackets so far. */
  readonly #mentioned = new Names();
  /** Those that were shown as they are. */
  readonly #shown = new Names();
  /** Those that became links. */
  readonly #used = new Names();
  /** Names of links whose address is not known, and of addresses that nothing has mentioned. */
  readonly #pending = new Set<string>();

  /** Whether something of what was learned depends on what follows. */
  get isPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Takes what is pending as it stands. */
  settle(): void {
    this.#pending.clear();
  }

  /** Takes in what a block names, before any of it is converted. */
  learn({ source, kind }: Block): void {
    if (!source.includes("[")) return;
    if (kind === "text" && definition.test(source)) this.#define(source);
    if (source.includes("][")) {
      for (const [, text = "", name = ""] of withoutCode(source).matchAll(named)) {
        const key = keyOf(name || text);
        this.#mention(key);
        if (!(key in this.#known)) this.#pending.add(key);
      }
    }
    for (const [, name = ""] of source.matchAll(bracket)) this.#mention(keyOf(name));
  }

  #define(source: string): void {
    const own = addressesIn(source, this.#known);
    for (const [key, address] of Object.entries(own)) {
      if (this.#count >= mostNames) return;
      this.#count += 1;
      this.#known[key] = address;
      this.#pending.delete(key);
      const mayLink = addressOf(address.href) !== undefined;
      if (mayLink && !this.#mentioned.has(key)) this.#pending.add(key);
    }
  }

  #mention(key: string): void {
    this.#mentioned.add(key);
    if (key in this.#known) this.#pending.delete(key);
  }

  /** The tokens of a block, with the addresses that are known. */
  parse(source: string): readonly Token[] {
    // What it names itself is known already, or too much.
    const tokens = parser.parse(source, { references: Object.create(this.#known) as Addresses });
    for (const label of labelsOf(tokens)) this.#used.add(label);
    return tokens;
  }

  /** Takes note of the names that were shown as they are. */
  note({ source, kind }: Block): void {
    if (kind !== "text" || !source.includes("[")) return;
    for (const [, name = ""] of source.matchAll(bracket)) {
      const key = keyOf(name);
      if (!(key in this.#known)) this.#shown.add(key);
    }
  }

  /** What is shown of `[name]: address`: nothing where a link has it. */
  textOf({ content, meta }: Token, style: Style): string {
    const label = labelOf(meta) ?? "";
    const { href = "", title = "" } = addressesIn(content)[label] ?? {};
    const url = addressOf(href);
    // A second address for a name is nobody's.
    const isUsed = this.#used.has(label) && (this.#known[label]?.href ?? href) === href;
    // Nobody can tap a name that was shown before its address came.
    const isShown = url !== undefined && this.#shown.delete(label);
    if (isUsed && !isShown) return "";
    if (url !== undefined) {
      const name = content.slice(1, content.indexOf("]:"));
      const shown = plain(title, false) || legible(url);
      return `[${plain(name, false)}] ${style.link(shown, url)}`;
    }
    return Inline.toText(parser.parseInline(content, {})[0]?.children ?? [], style);
  }
}

/** Names, of which no more than a text may have are kept. */
class Names extends Set<string> {
  override add(name: string): this {
    return this.size < mostNames ? super.add(name) : this;
  }
}

/** The addresses that a text names, without those that are known. */
function addressesIn(source: string, known: Addresses | null = null): Addresses {
  const references = Object.create(known) as Addresses;
  parser.block.parse(source, parser, { references }, []);
  return references;
}

/** The names by which links and pictures found their addresses. */
function labelsOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ type, meta, children }) => {
    const inner = children === null ? [] : labelsOf(children);
    const label = type === "reference_definition" ? undefined : labelOf(meta);
    return label === undefined ? inner : [label, ...inner];
  });
}

function labelOf(meta: Token["meta"]): string | undefined {
  const { label } = meta ?? {};
  return typeof label === "string" ? label : undefined;
}

/** Without code, in which brackets are none of Markdown's. */
function withoutCode(source: string): string {
  let isCode = false;
  const prose = source.split("\n").filter((line) => {
    if (!/^[\s>]*(?:```|~~~)/.test(line)) return !isCode;
    isCode = !isCode;
    return false;
  });
  return prose.join("\n").replace(/`[^`\n]*`/g, "");
}

/** An address in letters, where it has some that are encoded. */
function legible(url: string): string {
  return parser.normalizeLinkText(url).replace(/[<>]/g, encodeURIComponent);
}

const keyOf = (name: string) => parser.utils.normalizeReference(name);
