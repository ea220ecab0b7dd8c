import { addressOf } from "./address.js";
import { isBlockTag, isMarkup, pairedTags, type Tag, tagOf } from "./parsing/html.js";
import type { Token } from "./parsing/parser.js";
import { plain, unlinked } from "./plain.js";
import type { Style } from "./style.js";

/** What has been opened and waits for its end. */
interface Open {
  readonly kind: string;
  readonly finish: (text: string) => string;
  readonly before: string;
}

/** Elements whose content nobody sees. */
const unseen = new Set(["script", "style", "svg", "iframe", "title", "head"]);

/** The tokens of a line, or of a paragraph, as text. */
export class Inline {
  readonly #style: Style;
  readonly #open: Open[] = [];
  #text = "";
  /** Whether nothing stands on the line yet. */
  #isAtLineStart = true;
  #unseen: string | undefined;
  #paired: ReadonlySet<number> = new Set();
  #at = 0;

  /** `isLink` for what stands inside of a link, where no other may be. */
  static toText(tokens: readonly Token[], style: Style, isLink = false): string {
    const inline = new Inline(style);
    if (isLink) inline.#enter("link", (text) => text);
    inline.#addAll(joined(tokens));
    while (inline.#open.length > 0) inline.#leave();
    // Not by a pattern, which would look from each blank of a long row.
    const lines = inline.#text.split("\n").map((line) => line.trim());
    return lines
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim();
  }

  private constructor(style: Style) {
    this.#style = style;
  }

  #addAll(tokens: readonly Token[]): void {
    this.#paired = pairedTags(tokens);
    for (const token of tokens) {
      this.#add(token);
      this.#at += 1;
    }
  }

  #add(token: Token): void {
    if (token.type === "html_inline") this.#tag(token.content);
    else if (this.#unseen !== undefined) return;
    else if (token.type.endsWith("_close")) this.#close(token.type.slice(0, -"_close".length));
    else if (token.type.endsWith("_open")) this.#begin(token);
    else if (token.type === "image") {
      const alt = Inline.toText(token.children ?? [], this.#style, true);
      this.#image(alt, addressOf(String(token.attrGet("src"))) ?? "");
    } else this.#write(this.#textOf(token));
  }

  #begin(token: Token): void {
    const { strong, emphasis, strikethrough } = this.#style;
    if (token.type === "link_open") this.#beginLink(token);
    else if (token.type === "strong_open") this.#enter("strong", strong);
    else if (token.type === "em_open") this.#enter("em", emphasis);
    else if (token.type === "s_open") this.#enter("s", strikethrough);
  }

  #beginLink(token: Token): void {
    const href = String(token.attrGet("href"));
    const url = addressOf(href);
    // `<std::string>` is no address, although it has the form of one.
    const isNone = url === undefined && token.markup === "autolink" && !href.includes("://");
    if (isNone) this.#enter("link", (text) => `<${text}>`);
    else this.#enterLink(url);
  }

  #textOf({ type, content, markup }: Token): string {
    const style = this.#style;
    if (type === "text") return plain(content, this.#isAtLineStart);
    if (type === "softbreak" || type === "hardbreak") return "\n";
    if (type === "code_inline") return style.code(unlinked(content));
    if (type === "formula") {
      const isBlock = markup === "$$" || markup === "\\[";
      return plain(style.formula(content, isBlock), this.#isAtLineStart);
    }
    return type === "footnote_ref" ? style.footnote(content) : "";
  }

  #write(text: string): void {
    if (text === "") return;
    this.#text += text;
    const [last = ""] = /[^\n]*$/.exec(text.slice(-200)) ?? [];
    this.#isAtLineStart = last.trim() === "" && (last !== text || this.#isAtLineStart);
  }

  #image(alt: string, url: string): void {
    if (this.#isIn("link")) this.#write(alt);
    else this.#write(this.#style.image(alt, url));
  }

  #enterLink(url: string | undefined): void {
    if (url === undefined || this.#isIn("link")) this.#enter("link", (text) => text);
    else this.#enter("link", (text) => linked(text, url, this.#style.link));
  }

  #tag(source: string): void {
    if (source.startsWith("<!--")) return;
    const tag = tagOf(source);
    const isPaired = this.#paired.has(this.#at);
    if (this.#unseen !== undefined) {
      if (tag?.isClosing === true && tag.name === this.#unseen) this.#unseen = undefined;
    } else if (tag === undefined || !(isPaired || isMarkup(tag))) {
      // One that is only talked about has no end.
      this.#write(plain(source, false));
    } else if (unseen.has(tag.name)) this.#unseen = tag.name;
    else this.#element(tag, source);
  }

  #element(tag: Tag, source: string): void {
    const { name, isClosing, attributes } = tag;
    if (name === "a") {
      if (isClosing) this.#close("link");
      // WeChat's own links, to mini programs, are passed on.
      else if (attributes.has("data-miniprogram-appid") && !this.#isIn("link")) {
        this.#enter("link", (text) => `${source}${asLinkText(text)}</a>`);
      } else this.#enterLink(addressOf(attributes.get("href") ?? ""));
    } else if (name === "img") {
      const alt = plain(attributes.get("alt") ?? "", false);
      this.#image(alt, addressOf(attributes.get("src") ?? "") ?? "");
    } else if (name === "br") this.#write("\n");
    else if (name === "li" && !isClosing) this.#write(`\n${bulletOf(this.#style, 1)}`);
    else if (name === "td" || name === "th") this.#write(" ");
    else if (isBlockTag(tag) && !this.#isAtLineStart && !this.#isIn("link")) this.#write("\n");
  }

  #isIn(kind: string): boolean {
    return this.#open.some((open) => open.kind === kind);
  }

  #enter(kind: string, finish: (text: string) => string): void {
    this.#open.push({ kind, finish, before: this.#text });
    this.#text = "";
    // A link begins with its tag.
    if (kind === "link") this.#isAtLineStart = false;
  }

  /** Ends the innermost of a kind, with what was opened in it; nothing where none is open. */
  #close(kind: string): void {
    if (!this.#isIn(kind)) return;
    while (this.#leave() !== kind);
  }

  #leave(): string | undefined {
    const open = this.#open.pop();
    if (open === undefined) return undefined;
    this.#text = open.before + open.finish(this.#text);
    return open.kind;
  }
}

/** Texts that stand beside each other because what was between them is not shown. */
function joined(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = [];
  for (const token of tokens) {
    if (token.type === "text" && token.content === "") continue;
    const last = found.at(-1);
    if (token.type === "text" && last?.type === "text") last.content += token.content;
    else found.push(token);
  }
  return found;
}

/** A link longer than a message would be bare markup in two of them. */
const longestLink = 1_800;

function linked(text: string, url: string, link: Style["link"]): string {
  const shown = asLinkText(text) || url;
  const made = link(shown, url);
  return Buffer.byteLength(made) > longestLink ? shown : made;
}

/** In one line, and without what would end it. */
function asLinkText(text: string): string {
  const line = text
    .split("\n")
    .map((part) => part.trim())
    .join(" ");
  return line.replace(/</g, "＜").replace(/>/g, "＞").trim();
}

export function bulletOf({ bullet }: Style, depth: number): string {
  return typeof bullet === "string" ? bullet : bullet(depth);
}
