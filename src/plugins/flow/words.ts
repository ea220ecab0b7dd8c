import type { Context } from "../../router/context.js";
import { withoutFullStop } from "../../router/matching/accept.js";

/** What was said in each push that is being handled, in its plain form. */
const heard = new WeakMap<Context, string | undefined>();

/** What was typed or spoken, without white space around it and the full stop that speech recognition adds. */
export function spoken(ctx: Context): string | undefined {
  const { message } = ctx;
  if (message.MsgType === "text") return message.Content.trim();
  if (message.MsgType !== "voice" || !message.Recognition) return undefined;
  return withoutFullStop(message.Recognition).trim();
}

/** The same without the difference in width that makes equal words unequal. */
export function words(ctx: Context): string | undefined {
  if (heard.has(ctx)) return heard.get(ctx);
  const said = spoken(ctx);
  const plainly = said === undefined ? undefined : plain(said);
  heard.set(ctx, plainly);
  return plainly;
}

/** What has marks on it, and at most 30 of them (Unicode's Stream-Safe Text Format, UAX #15). */
const streamSafe = /[^\p{M}\uFF9E\uFF9F]*[\p{M}\uFF9E\uFF9F]{0,30}/gu;

/**
 * A text as `words()` gives it. Normalisation sorts the marks on a letter, which takes the square of
 * their number; no language has more than a few, so longer rows are taken in parts.
 */
export function plain(text: string): string {
  const normal =
    text.length < 100
      ? text.normalize("NFKC")
      : text.replace(streamSafe, (part) => part.normalize("NFKC"));
  return normal.trim();
}
