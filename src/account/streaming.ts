import type { Reply } from "../message/reply.js";
import { type Sender, startTyping } from "../outgoing/customer-service.js";
import { GrowingText } from "../outgoing/growing-text.js";
import type { OutgoingHooks } from "../outgoing/hooks.js";
import type { LatePolicy, LateReplies } from "../outgoing/late.js";
import { StreamedAnswer } from "../outgoing/streamed-answer.js";
import { type Context, runOf } from "../router/context.js";
import type { Router } from "../router/router.js";
import { optionsOf, type Stoppable } from "../router/stoppable.js";
import type { Clock } from "../time/clock.js";
import type { Report } from "./common.js";
import type { Finish } from "./departure.js";

/** What an account has to do with answers that stream. */
export interface StreamingOptions {
  readonly hooks: OutgoingHooks;
  readonly late: LateReplies<Context>;
  readonly router: Router;
  readonly sender: Sender | undefined;
  /** How the rest follows, unless an answer's own options say so. */
  readonly way: LatePolicy<Context>;
  /** How long one delivery waits, and how long a hook has for the first words, in milliseconds. */
  readonly patience: { readonly delivery: number; ahead(): number };
  readonly maySend: () => Promise<boolean>;
  readonly report: Report;
  readonly clock: Clock;
}

/** An answer that is written while it is delivered. `name` is its push's. */
export function streamed(
  source: Stoppable,
  ctx: Context,
  { name, finish }: { readonly name: string; readonly finish: Finish },
  options: StreamingOptions,
): StreamedAnswer<Context> {
  const { hooks, late, router, sender, way, patience, maySend, report, clock } = options;
  const { openid, message, signal } = ctx;
  const run = runOf(ctx);
  /** All of what `wx.catch` writes piece by piece: it follows as one text. */
  const whole = async (words: Stoppable): Promise<Reply | undefined> => {
    const failed = async (error: unknown) => {
      report(error, undefined);
      return "";
    };
    const text = new GrowingText(words, { map: (parts) => parts, failed, silence: 0, clock });
    await text.over;
    const content = text.text.trim();
    return content === "" ? undefined : { type: "text", content };
  };
  return new StreamedAnswer(source, optionsOf(source), {
    openid,
    message,
    ctx,
    name,
    late,
    outlook: hooks,
    way,
    patience,
    clock,
    signal,
    stop: () => run.stop(),
    isStopped: () => run.isStopped,
    async rescue(error): Promise<Reply | undefined> {
      try {
        const words = await finish(await router.rescue(error, ctx));
        return words === undefined || "type" in words ? words : await whole(words);
      } catch (nobodys) {
        report(nobodys, undefined);
        return undefined;
      }
    },
    maySend: async () => sender !== undefined && (await maySend()),
    typing: () =>
      sender === undefined ? undefined : startTyping(sender, openid, { signal, clock }),
  });
}
