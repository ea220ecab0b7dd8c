import { addressOf } from "./address.js";
import { type Block, Splitter } from "./blocks.js";
import { parser } from "./parser.js";
import { plain } from "./plain.js";
import { render } from "./render.js";
import type { Style } from "./style.js";

/** The longest line that is read as one. */
const longestLine = 65_536;
/** How much may wait for the address of a link that is named later. */
const mostHeld = 65_536;
/** How many names of links are remembered. */
const mostNames = 1_000;

/** `[text][name]` and `[name][]`, whose address may come later; behind a letter it is an index, as in `a[i][j]`. */
const named = /(?<![\w\]])\[([^[\]\n]{0,300})\]\[([^[\]\n]{0,100})\]/g;
/** `[name]`, which most often is no link. */
const bracket = /\[([^[\]^\n]{1,100})\](?![[(:])/g;
const definition = /^ {0,3}\[([^[\]^\n][^[\]\n]{0,100})\]:/gm;

interface References {
  [name: string]: { title: string; href: string };
}

/**
 * Converts a text that comes in parts. Each part gives what is complete by then, and all of it
 * together is the same however the text was cut.
 */
export class Conversion {
  readonly #style: Style;
  readonly #splitter = new Splitter();
  readonly #references: References = Object.create(null) as References;
  /** Names in brackets that were shown as they are. */
  readonly #shown = new Set<string>();
  /** Blocks that wait for the address of a link, and those behind them. */
  #held: Block[] = [];
  #heldSize = 0;
  /** The line that is not complete yet. */
  #rest = "";
  /** Whether the last sign was half of a line's end, as of Windows. */
  #isHalf = false;
  /** What was converted last. */
  #last: Block | undefined;
  #number = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  /** What the text has become as far as it is complete. */
  push(part: string): string {
    if (part === "") return "";
    const lines = (this.#isHalf && part.startsWith("\n") ? part.slice(1) : part).split(/\r\n?|\n/);
    this.#isHalf = part.endsWith("\r");
    const rest = lines.pop() ?? "";
    let text = "";
    for (const line of lines) {
      text += this.#more(line) + this.#complete(this.#rest);
      this.#rest = "";
    }
    return text + this.#more(rest);
  }

  /** The rest. */
  end(): string {
    let text = this.#complete(this.#rest);
    this.#rest = "";
    for (const block of this.#splitter.end()) text += this.#take(block);
    return text + this.#release();
  }

  /** More of a line; what it has too much of is a line of its own. */
  #more(part: string): string {
    let text = "";
    this.#rest += part;
    while (this.#rest.length > longestLine) {
      const end = pieceEnd(this.#rest);
      text += this.#complete(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end);
    }
    return text;
  }

  #complete(line: string): string {
    let text = "";
    for (const block of this.#splitter.line(line)) text += this.#take(block);
    return text;
  }

  #take(block: Block): string {
    const isDefined = this.#define(block);
    if (this.#held.length === 0 && !this.#isWaiting(block)) return this.#convert(block);
    this.#held.push(block);
    this.#heldSize += block.source.length;
    if (this.#heldSize > mostHeld) return this.#release();
    return isDefined && !this.#held.some((one) => this.#isWaiting(one)) ? this.#release() : "";
  }

  #release(): string {
    const held = this.#held;
    this.#held = [];
    this.#heldSize = 0;
    return held.map((block) => this.#convert(block)).join("");
  }

  /** Learns the addresses that a block names; whether there were any. */
  #define({ source, kind }: Block): boolean {
    if (kind !== "text" || source.search(definition) < 0) return false;
    if (Object.keys(this.#references).length >= mostNames) return false;
    parser.block.parse(source, parser, { references: this.#references }, []);
    return true;
  }

  #isWaiting({ source }: Block): boolean {
    if (!source.includes("][")) return false;
    for (const [, text = "", name = ""] of withoutCode(source).matchAll(named)) {
      if (!(keyOf(name || text) in this.#references)) return true;
    }
    return false;
  }

  #convert(block: Block): string {
    const { source, kind, footnote, mark } = block;
    const last = this.#last;
    const goesOn = kind === "item" && last?.kind === "item" && last.mark === mark;
    this.#number = goesOn ? this.#number + 1 : (block.number ?? 1);
    // What it names itself is known already, or too much.
    const references = Object.create(this.#references) as References;
    const tokens = parser.parse(source, { references });
    const own = render(tokens, this.#style, this.#number);
    const text = [own, ...this.#late(source)].filter((part) => part !== "").join("\n");
    const isEmpty = text === "" && footnote === undefined;
    if (kind === "text") this.#note(source);
    if (isEmpty) return "";
    this.#last = block;
    const before = last === undefined ? "" : between(last, block);
    return (
      before + (footnote === undefined ? text : `${this.#style.footnote(footnote)} ${text}`.trim())
    );
  }

  /** Addresses for names that were shown in brackets before: nobody could tap them there. */
  #late(source: string): readonly string[] {
    const found: string[] = [];
    for (const [, name = ""] of source.matchAll(definition)) {
      const key = keyOf(name);
      const { href = "", title = "" } = this.#references[key] ?? {};
      const url = addressOf(href);
      if (url === undefined || !this.#shown.delete(key)) continue;
      found.push(`[${plain(name, false)}] ${this.#style.link(plain(title, false) || url, url)}`);
    }
    return found;
  }

  #note(source: string): void {
    if (!source.includes("[")) return;
    for (const [, name = ""] of source.matchAll(bracket)) {
      const key = keyOf(name);
      if (!(key in this.#references) && this.#shown.size < mostNames) this.#shown.add(key);
    }
  }
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

const keyOf = (name: string) => parser.utils.normalizeReference(name);

/** Where a line that is too long is cut: not within a character. */
function pieceEnd(line: string): number {
  return /[\ud800-\udbff]/.test(line.charAt(longestLine - 1)) ? longestLine - 1 : longestLine;
}

function between(last: Block, next: Block): string {
  if (last.kind === "heading") return "\n";
  if (last.kind === "item" && next.kind === "item") return "\n";
  if (last.kind === "note" && next.kind === "note") return "\n";
  return next.isApart || next.kind === "heading" ? "\n\n" : "\n";
}
