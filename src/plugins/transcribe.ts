import type { ReceivedFile } from "../api/files/received-file.js";
import { ConfigError } from "../errors.js";
import type { VoiceMessage } from "../message/messages.js";
import { kindOf } from "../options.js";
import type { Handler } from "../router/compose.js";
import type { Context } from "../router/context.js";
import type { MaybePromise } from "../time/maybe-promise.js";

/** Makes a text of a voice; an empty one, or nothing, for one that says nothing. */
export type Transcriber = (
  file: ReceivedFile,
  ctx: Context<VoiceMessage>,
) => MaybePromise<string | undefined>;

/**
 * Has a speech service of yours recognise the voices that WeChat has not: the handlers after it find the
 * text in `ctx.text`, and `hears()` hears it. With an empty text the voice goes on as one, to `onVoice()`.
 * Give `ctx.signal` to the service; what fails goes to `wx.catch`.
 *
 * ```ts
 * wx.use(transcribe(async (file, ctx) => speech.toText(file.data, file.contentType, ctx.signal)));
 * wx.hears("天气", () => "晴，25 度。");
 * ```
 *
 * It runs once for a push, however often that is delivered. AMR and Speex are handed on as they come,
 * in 16 kHz where WeChat has that. Throws a ConfigError for what is no function.
 */
export function transcribe(transcriber: Transcriber): Handler<Context> {
  if (typeof transcriber !== "function") {
    throw new ConfigError(
      `transcribe() takes a function that makes a text of a voice, (file, ctx) => text, got ${kindOf(transcriber)}.`,
    );
  }
  return async function transcribe(ctx, next) {
    if (!isUnheard(ctx)) return next();
    const text = (await transcriber(await ctx.file(), ctx))?.trim();
    // Where WeChat puts what it has recognised: all that hears voices looks there.
    if (text) Object.assign(ctx.message, { Recognition: text });
    return next();
  };
}

function isUnheard(ctx: Context): ctx is Context<VoiceMessage> {
  return ctx.message.MsgType === "voice" && !ctx.message.Recognition?.trim();
}
