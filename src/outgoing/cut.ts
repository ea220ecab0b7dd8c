import { ReplyError } from "../errors.js";
import { textLimit } from "../message/reply.js";
import { everything, thing, wholesIn } from "./wholes.js";

/**
 * Where to cut a text that is longer than `limit` bytes of UTF-8, so that what comes before fits: at
 * the end of a line, else of a sentence, else of a clause or a word, else between two characters.
 *
 * The place lies after the first character, and never inside what readers take for one thing
 * (`wholesIn()`), if that fits into a message. It depends on the text alone, and on no more of it than
 * two messages hold; cutting a text to pieces takes time in proportion to its length.
 *
 * Throws a ReplyError (`WX_REPLY_TOO_LONG`) for a link of HTML that is longer than a message.
 */
export function cut(text: string, limit = textLimit): number {
  if (longLink(text, limit) !== undefined) throw linkTooLong(limit);
  const hard = reach(text, limit);
  const near = text.slice(0, hard + limit);
  const wholes = wholesIn(near, limit);
  // A piece that is far from full costs a message, of which there are few.
  for (const [boundary, full] of [
    [lineEnd, 3 / 4],
    [sentenceEnd, 1 / 2],
    [clauseEnd, 1 / 4],
  ] as const) {
    const end = ends(near, Math.floor(hard * full), hard, boundary).findLast(
      (end) => wholes[end] === 0 && characterAt(near, end) === end,
    );
    if (end !== undefined) return end;
  }
  return (
    between(near, hard, wholes, everything) ||
    between(near, hard, wholes, thing) ||
    characterAt(near, hard) ||
    hard
  );
}

/**
 * Where the whole sentences of a text end that is still being written, as far as they fit: 0 if there are
 * none. What may go on with the next word (an address, a link, code, a table, `3.` before `14`) is not whole
 * yet. `isQuiet`: nothing has come for a while, so a full stop at the very end is one.
 */
export function sentences(text: string, limit: number, isQuiet: boolean): number {
  const hard = reach(text, limit);
  const near = text.slice(0, hard + limit);
  const wholes = wholesIn(near, limit);
  const open = openIn(near);
  const last = near.length < text.length ? Number.POSITIVE_INFINITY : near.length;
  const isEnd = (end: number) =>
    wholes[end] === 0 &&
    end <= open &&
    characterAt(near, end) === end &&
    // A mark of ASCII may turn out to stand inside of something, a full stop in a number at any time.
    (end < last || !(isQuiet ? /\d\.$/ : /[.!?]["')\]]*$/).test(near.slice(0, end)));
  return ends(near, 0, hard, sentenceEnd).findLast(isEnd) ?? 0;
}

/** The beginning of a text that fits into a message of `limit` bytes with `more` behind it. */
export function beginning(text: string, limit: number, more: string): string {
  const room = reach(text, limit - Buffer.byteLength(more));
  const near = text.slice(0, room + limit);
  const hard = Math.min(room, longLink(text, limit) ?? room);
  return near.slice(0, between(near, hard, wholesIn(near, limit), everything)) + more;
}

// In ASCII, a mark inside a word ends nothing: 12,345 and 12:30 and https://example.com/?a=1.
const lineEnd = /\n\s*/g;
const sentenceEnd = /((?:[。！？…\n]|[.!?](?=["')\]]*(?![!-~])))+["'”’」』）)\]》]*)\s*/g;
const clauseEnd = /([，、；：]|[,;:](?![!-~]))\s*|\s+/g;

/** Where lines, sentences or clauses end after `least`, with the white space behind them that fits. */
function ends(text: string, least: number, hard: number, boundary: RegExp): number[] {
  const found: number[] = [];
  boundary.lastIndex = least;
  for (let match = boundary.exec(text); match !== null; match = boundary.exec(text)) {
    const { index, 0: all, 1: mark = "" } = match;
    if (index + mark.length > hard) break;
    found.push(Math.min(hard, index + all.length));
  }
  return found;
}

/** How many units of UTF-16 fit into `limit` bytes, without half a code point. */
function reach(text: string, limit: number): number {
  // The limit in bytes is one in units too.
  return encoder.encodeInto(text.slice(0, limit), new Uint8Array(limit)).read;
}

const encoder = new TextEncoder();
const graphemes = new Intl.Segmenter();

/** The last place at or before `end` that is inside nothing of these kinds, nor inside a character. */
function between(text: string, end: number, wholes: Uint8Array, kinds: number): number {
  let at = end;
  for (;;) {
    while (((wholes[at] ?? 0) & kinds) !== 0) at -= 1;
    const character = characterAt(text, at);
    if (character === at) return at;
    at = character;
  }
}

/** What a character may go back, in units of UTF-16: as many flags in a row as fill a message. */
const longestCharacter = 1_024;

/**
 * Where the character begins in whose middle `end` lies, or `end` itself. The segmenter takes in all that it
 * is given: of a whole text, and asked for each sentence, it would take the square of its length.
 */
function characterAt(text: string, end: number): number {
  const from = Math.max(0, end - longestCharacter);
  const found = graphemes.segment(text.slice(from, end + 2)).containing(end - from);
  return found === undefined ? end : from + found.index;
}

/** Where something begins that is not over at the end of a text: a block of code, a table, a link. */
function openIn(text: string): number {
  let open = text.length;
  let fence: { readonly mark: string; readonly index: number } | undefined;
  for (const { index, 0: line, 1: mark = "" } of text.matchAll(/^ {0,3}(`{3,}|~{3,}).*$/gm)) {
    if (fence === undefined) fence = { mark, index };
    else if (mark.startsWith(fence.mark) && line.trim() === mark) fence = undefined;
  }
  if (fence !== undefined) open = fence.index;
  open = Math.min(open, tableFrom(text));
  const line = text.lastIndexOf("\n") + 1;
  const code = text.indexOf("`", line);
  if (code >= 0 && text.slice(line).split("`").length % 2 === 0) {
    open = Math.min(open, text.lastIndexOf("`"));
  }
  const bracket = text.lastIndexOf("[");
  if (bracket >= line && /^\[[^\]\n]*(?:\](?:\([^)\n]*)?)?$/.test(text.slice(bracket))) {
    open = Math.min(open, bracket);
  }
  const anchor = text.toLowerCase().lastIndexOf("<a");
  if (anchor >= 0 && !/<\/a\s*>/i.test(text.slice(anchor))) open = Math.min(open, anchor);
  const [address] = /[a-z][a-z\d+.-]{0,20}:\/\/[!-~]*$/i.exec(text.slice(-2_048)) ?? [];
  return address === undefined ? open : Math.min(open, text.length - address.length);
}

/** Where the rows begin at the end of a text, the last of which may be followed by another one. */
function tableFrom(text: string): number {
  let from = text.length;
  let end = text.endsWith("\n") ? text.length - 1 : text.length;
  while (end > 0) {
    const line = text.lastIndexOf("\n", end - 1) + 1;
    if (!/^[ \t]*\|/.test(text.slice(line, end))) break;
    from = line;
    end = line - 1;
  }
  return from;
}

/** Where a link of HTML begins that is longer than a message: in pieces it would be bare markup. */
function longLink(text: string, limit: number): number | undefined {
  for (const { index } of text.slice(0, limit).matchAll(/<a[\s>]/gi)) {
    // What another link follows before it is closed is none.
    linkEdge.lastIndex = index + 2;
    const edge = linkEdge.exec(text)?.[0];
    if (!edge?.startsWith("</")) continue;
    if (Buffer.byteLength(text.slice(index, linkEdge.lastIndex)) > limit) return index;
  }
  return undefined;
}

const linkEdge = /<a[\s>]|<\/a\s*>/gi;

function linkTooLong(limit: number): ReplyError {
  return new ReplyError(
    `A link in the text is longer than ${limit} bytes, which is all that WeChat accepts in a message. Shorten its address.`,
    "WX_REPLY_TOO_LONG",
  );
}
