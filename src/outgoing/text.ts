import { ReplyError } from "../errors.js";
import { type Reply, textLimit } from "../message/reply.js";
import type { Spelt } from "../spelling.js";
import { beginning, cut } from "./cut.js";

/** What is done with a text that is longer than WeChat accepts. */
export type Overflow = Spelt<"error" | "split" | "truncate">["out"];

/** Whether a text is short enough for one message of `limit` bytes of UTF-8. */
export function fits(text: string, limit = textLimit): boolean {
  // A unit of UTF-16 takes one to three bytes of UTF-8; so a long text need not be measured.
  if (text.length * 3 <= limit) return true;
  return text.length <= limit && Buffer.byteLength(text) <= limit;
}

/**
 * Makes a text fit into messages of `limit` bytes: refuses it, splits it as `cut()` says, or ends it
 * with an ellipsis.
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

/** A reply whose text, if it is one, fits into one message. Throws as `fitText()` does. */
export function fitted(reply: Reply, mode: Exclude<Overflow, "split">): Reply {
  if (reply.type !== "text" || fits(reply.content)) return reply;
  const [content = ""] = fitText(reply.content, textLimit, mode);
  return { ...reply, content };
}

/** The longest beginning that fits, with an ellipsis. */
export function truncate(text: string, limit = textLimit): string {
  return beginning(text, limit, "…");
}

function tooLong(text: string, limit: number): ReplyError {
  return new ReplyError(
    `reply.text() is ${Buffer.byteLength(text)} bytes; WeChat accepts ${limit} in a reply (about ${Math.floor(limit / 3)} Chinese characters) and shows an error otherwise. Shorten it, send the rest with ctx.send(), or set "overflow" to "split" or "truncate".`,
    "WX_REPLY_TOO_LONG",
  );
}
