import Markdown, { type MarkdownIt, type StateInline, type Token } from "markdown-it";
import { mathBlock, mathInline } from "../math/rules.js";
import { definitionTexts, surplusCells } from "./dropped.js";

export type { Token };

/** Deeper than anybody reads; what is deeper still is laid flat before it comes here. */
const maxNesting = 100;

/**
 * The parser: CommonMark with tables and strikethrough, and what language models write besides:
 * emphasis beside Chinese punctuation, formulas, footnotes, bare addresses.
 *
 * It is markdown-it, because a list of tokens without a tree cannot overflow, its nesting is bounded, and
 * it takes linear time for every hostile text that we know: 160,000 `[`, `*a`, `![`, back ticks or `>`
 * in less than two seconds. marked overflows on 10,000 nested `>`; micromark takes ten times as long,
 * and more than linear time for `a**`; commonmark takes quadratic time for `[a](`.
 */
export const parser: MarkdownIt = create();

function create(): MarkdownIt {
  const md = new Markdown({ html: true, maxNesting });
  // HTML is read tag by tag, so that Markdown between two tags is Markdown.
  md.disable(["html_block"]);
  // Of what WeChat cannot open the text is shown, whatever the scheme.
  md.validateLink = () => true;
  md.core.ruler.at("strip_references", definitionTexts);
  md.core.ruler.after("block", "surplus_cells", surplusCells);
  md.inline.ruler.before("escape", "formula", mathInline);
  md.inline.ruler.before("link", "footnote_ref", footnoteReference);
  md.inline.ruler.before("escape", "address", address);
  md.block.ruler.before("fence", "formula_block", mathBlock, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  md.inline.State = class extends md.inline.State {
    override scanDelims(start: number, canSplitWord: boolean) {
      const scanned = super.scanDelims(start, canSplitWord);
      if (this.src[start] === "~") return scanned;
      const isStar = this.src[start] === "*";
      return (isStar ? starDelimiters : lowLineDelimiters)(this.src, start, scanned);
    }
  };
  return md;
}

type Delimiters = ReturnType<StateInline["scanDelims"]>;

const space = /^\s?$/u;
const letter = /[A-Za-z0-9]/;
const punctuation = /[\p{P}\p{S}]/u;
const ideograph =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303f\uff00-\uffef]/u;

/**
 * Which stars open and close an emphasis. CommonMark asks for a blank between punctuation and a word,
 * which Chinese does not have: `**“强调”**后` is meant to close. And it takes the stars of `2*3*4` for
 * an emphasis, which would be lost with its stars.
 */
function starDelimiters(src: string, start: number, scanned: Delimiters): Delimiters {
  const before = start === 0 ? "" : lastCharacter(src, start);
  const after = String.fromCodePoint(src.codePointAt(start + scanned.length) ?? 32);
  // `**5**kg` closes there; what would open there is an operator.
  const isInside = letter.test(before) && letter.test(after);
  const [beforeSpace, afterSpace] = [space.test(before), space.test(after)];
  const isDouble = scanned.length > 1;
  const isChinese = isDouble || ideograph.test(before) || ideograph.test(after);
  const mayOpen = isChinese || !punctuation.test(after);
  const mayClose = isChinese || !punctuation.test(before);
  return {
    ...scanned,
    can_open: !isInside && (scanned.can_open || (!afterSpace && mayOpen)),
    can_close: scanned.can_close || (!beforeSpace && mayClose),
  };
}

/** Low lines beside Chinese, which has no blanks, are not within a word. */
function lowLineDelimiters(src: string, start: number, scanned: Delimiters): Delimiters {
  const before = start === 0 ? "" : lastCharacter(src, start);
  const after = String.fromCodePoint(src.codePointAt(start + scanned.length) ?? 32);
  return {
    ...scanned,
    can_open: scanned.can_open || (ideograph.test(before) && !space.test(after)),
    can_close: scanned.can_close || (ideograph.test(after) && !space.test(before)),
  };
}

function lastCharacter(text: string, end: number): string {
  return /[\s\S]$/u.exec(text.slice(Math.max(0, end - 2), end))?.[0] ?? "";
}

/** `[^1]`, whether or not there is a note: that may come later. */
function footnoteReference(state: StateInline, silent: boolean): boolean {
  if (!state.src.startsWith("[^", state.pos)) return false;
  const found = footnoteLabel.exec(state.src.slice(state.pos, state.pos + 110));
  // The label of a link is one.
  if (found === null || "([".includes(state.src[state.pos + found[0].length] ?? " ")) return false;
  if (!silent) state.push("footnote_ref", "", 0).content = found[1] as string;
  state.pos += found[0].length;
  return true;
}

const footnoteLabel = /^\[\^([^\s[\]^]{1,100})\]/;

/** What an address is made of; the first sign of another script ends it. */
const addressRest = /[\w\-./?%&=+#:@~!$,;'()[\]]{1,2000}/y;

/** `https://…` as it stands in a text. */
function address(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== ":" || !src.startsWith("://", pos) || state.linkLevel > 0) return false;
  const [scheme = ""] = /https?$/i.exec(src.slice(Math.max(0, pos - 5), pos)) ?? [];
  // The parser looks ahead without keeping what it passed.
  if (scheme === "" || (!silent && !state.pending.endsWith(scheme))) return false;
  addressRest.lastIndex = pos + 3;
  const rest = trimmed(addressRest.exec(src)?.[0] ?? "");
  const end = Math.min(state.posMax, pos + 3 + rest.length);
  if (!/^[\w[]/.test(rest) || end < pos + 4) return false;
  if (!silent) {
    const url = src.slice(pos - scheme.length, end);
    state.pending = state.pending.slice(0, -scheme.length);
    state.push("link_open", "a", 1).attrs = [["href", url]];
    state.push("text", "", 0).content = url;
    state.push("link_close", "a", -1);
  }
  state.pos = end;
  return true;
}

/** Without the marks that belong to the sentence, and a bracket that was opened before. */
function trimmed(address: string): string {
  let end = address.length;
  const brackets = { ")": 0, "]": 0 };
  for (const sign of address) {
    if (sign === "(") brackets[")"] -= 1;
    else if (sign === "[") brackets["]"] -= 1;
    else if (sign === ")" || sign === "]") brackets[sign] += 1;
  }
  for (; end > 0; end -= 1) {
    const sign = address[end - 1] as string;
    if (sign === ")" || sign === "]") {
      if (brackets[sign] <= 0) break;
      brackets[sign] -= 1;
    } else if (!".,;:!?'~_".includes(sign)) break;
  }
  return address.slice(0, end);
}
