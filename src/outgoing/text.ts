import { ReplyError } from "../errors.js";
import { textLimit } from "../message/reply.js";

/** What is done with a text that is longer than WeChat accepts. */
export type Overflow = "error" | "split" | "truncate";

/** Whether a text is short enough for one message of `limit` bytes of UTF-8. */
export function fits(text: string, limit = textLimit): boolean {
  // No UTF-16 unit takes more than three bytes of UTF-8.
  return text.length * 3 <= limit || Buffer.byteLength(text) <= limit;
}

/**
 * Makes a text fit into messages of `limit` bytes: refuses it, splits it, or ends it with an
 * ellipsis. Pieces end with a sentence where they can, else with a clause, and never inside a
 * character as readers see it or inside a link (`<a …>…</a>`).
 *
 * Throws a ReplyError (`WX_REPLY_TOO_LONG`) for a text that is too long in the mode `"error"`, and
 * for a single link that is longer than a message.
 */
export function fitText(text: string, limit = textLimit, mode: Overflow = "error"): string[] {
  if (fits(text, limit)) return [text];
  if (mode === "error") throw tooLong(text, limit);
  if (mode === "truncate") return [truncate(text, limit)];
  const pieces: string[] = [];
  let rest = text;
  while (!fits(rest, limit)) {
    const end = cut(rest, limit);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  pieces.push(rest);
  // WeChat shows a blank message as an error.
  return pieces.filter((piece) => piece.trim() !== "");
}

/** The longest beginning that fits, with an ellipsis. */
export function truncate(text: string, limit = textLimit): string {
  const ellipsis = "…";
  const room = limit - Buffer.byteLength(ellipsis);
  return text.slice(0, whole(text, reach(text, room))) + ellipsis;
}

/** Where to cut a text that does not fit, so that what comes before does. Never 0. */
export function cut(text: string, limit = textLimit): number {
  const hard = reach(text, limit);
  const part = text.slice(0, hard);
  // A piece that is far from full costs a message, of which there are few.
  for (const [boundary, least] of [
    [sentenceEnd, hard / 2],
    [clauseEnd, hard / 4],
  ] as const) {
    let soft = 0;
    for (const match of part.matchAll(boundary)) soft = match.index + match[0].length;
    if (soft <= least) continue;
    const end = whole(text, soft);
    if (end > least) return end;
  }
  const end = whole(text, hard);
  if (end > 0) return end;
  if (!isLink.test(text)) return hard;
  throw new ReplyError(
    `A link in the text is longer than ${limit} bytes, which is all that WeChat accepts in a message. Shorten its address.`,
    "WX_REPLY_TOO_LONG",
  );
}

const sentenceEnd = /(?:[。！？!?…\n]|\.(?=\s))+["'”’」』）)\]》]*\s*/g;
const clauseEnd = /[，、,；;：:]\s*|\s+/g;
const isLink = /^<a[\s>]/i;
const linkStart = /<a[\s>]/gi;
const graphemes = new Intl.Segmenter();
const encoder = new TextEncoder();

/** How many units of UTF-16 fit into `limit` bytes, without half a code point. */
function reach(text: string, limit: number): number {
  // The limit in bytes is one in units too.
  return encoder.encodeInto(text.slice(0, limit), new Uint8Array(limit)).read;
}

/** The last place at or before `end` that is neither inside a link nor inside a character. */
function whole(text: string, end: number): number {
  const start = linkAround(text, end) ?? end;
  if (start === 0 || start >= text.length) return start;
  // Characters are looked for from nearby: a window keeps the segmenter off a huge text.
  const from = Math.max(0, start - 256);
  const around = graphemes.segment(text.slice(from, start + 64)).containing(start - from);
  const character = around === undefined ? start : from + around.index;
  // A "character" without end (accents upon accents) may be cut; a code point may not.
  return character === from ? start : character;
}

/** Where the link begins in whose middle `end` lies. */
function linkAround(text: string, end: number): number | undefined {
  linkStart.lastIndex = 0;
  for (let match = linkStart.exec(text); match !== null; match = linkStart.exec(text)) {
    if (match.index >= end) return undefined;
    const close = closing(text, match.index);
    // What is never closed is no link, and neither is anything after it.
    if (close === undefined) return undefined;
    if (close > end) return match.index;
    linkStart.lastIndex = close;
  }
  return undefined;
}

function closing(text: string, from: number): number | undefined {
  const close = /<\/a\s*>/gi;
  close.lastIndex = from;
  return close.exec(text) === null ? undefined : close.lastIndex;
}

function tooLong(text: string, limit: number): ReplyError {
  return new ReplyError(
    `reply.text() is ${Buffer.byteLength(text)} bytes; WeChat accepts ${limit} in a reply (about ${Math.floor(limit / 3)} Chinese characters) and shows an error otherwise. Shorten it, send the rest with ctx.send(), or set "overflow" to "split" or "truncate".`,
    "WX_REPLY_TOO_LONG",
  );
}
