import { ConfigError, WechatError } from "../errors.js";
import { type Reply, toReply } from "../message/reply.js";
import { kindOf } from "../options.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import type { Context } from "../router/context.js";
import { type Clock, systemClock } from "../time/clock.js";

/**
 * How a message goes to the user: `"passive"`, in the answer to the push, also as the beginning of a
 * stream; `"placeholder"`, what `deadline.onTimeout` says there; `"late"`, after it; `"page"`, fetched by
 * the user's next message; `"send"`, by `ctx.send()`.
 */
export type OutgoingWay = "passive" | "placeholder" | "late" | "page" | "send";

/** What is known of a message that is about to leave. */
export interface Outgoing {
  readonly way: OutgoingWay;
  /** For whom it is. */
  readonly openid: string;
  /** The push that it answers; not known for `wx.account().send()`, nor for what a process that died has left. */
  readonly ctx: Context | undefined;
}

/**
 * Sees everything that is about to leave for a user, and returns what leaves instead: the reply, another
 * one, a text, or nothing.
 */
export interface OutgoingHook {
  (reply: Reply, info: Outgoing): MaybePromise<Reply | string | undefined>;
  /**
   * Maps the source of an answer that streams, before it is cut into parts; for these the hook itself is
   * not called. A hook without it gets every part, which is whole sentences.
   */
  stream?(parts: AsyncIterable<string>, info: Outgoing): AsyncIterable<string>;
}

/** The hooks of `wx.outgoing()`, in their order. What they have not passed never leaves. */
export class OutgoingHooks {
  readonly #hooks: OutgoingHook[] = [];

  /** Throws a ConfigError for what is no function. */
  add(hook: OutgoingHook): void {
    if (typeof hook !== "function") {
      throw new ConfigError(
        `wx.outgoing() takes a function such as (reply) => reply, got ${kindOf(hook)}.`,
        "WX_REGISTRATION",
      );
    }
    this.#hooks.push(hook);
  }

  get areEmpty(): boolean {
    return this.#hooks.length === 0;
  }

  /**
   * What leaves instead of a reply, or `undefined` if nothing does. `isPart` of a stream, whose source
   * some hooks have seen. Throws, or rejects, when a hook fails or takes longer than `patience`
   * milliseconds: then the message must not leave.
   */
  pass(
    reply: Reply,
    info: Outgoing,
    { patience, isPart = false, clock = systemClock }: Passage,
  ): MaybePromise<Reply | undefined> {
    const hooks = isPart ? this.#hooks.filter(({ stream }) => stream === undefined) : this.#hooks;
    if (hooks.length === 0) return reply;
    const passed = passThrough(hooks, 0, reply, info);
    return isPromise(passed) ? inTime(passed, patience, clock) : passed;
  }

  /** The source of a stream as those hooks make it that map streams. */
  stream(parts: AsyncIterable<string>, info: Outgoing): AsyncIterable<string> {
    return this.#hooks.reduce((source, hook) => hook.stream?.(source, info) ?? source, parts);
  }
}

/** How a reply passes the hooks. */
export interface Passage {
  readonly patience: number;
  readonly isPart?: boolean;
  readonly clock?: Clock;
}

function passThrough(
  hooks: readonly OutgoingHook[],
  index: number,
  reply: Reply,
  info: Outgoing,
): MaybePromise<Reply | undefined> {
  const hook = hooks[index];
  if (hook === undefined) return reply;
  const next = (result: unknown) => {
    const passed = toReply(result, "wx.outgoing()");
    return passed === undefined ? undefined : passThrough(hooks, index + 1, passed, info);
  };
  const result = hook(reply, info);
  return isPromise(result) ? result.then(next) : next(result);
}

function inTime<T>(passed: Promise<T>, patience: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(tooSlow(patience)), patience);
    passed.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}

function tooSlow(patience: number): WechatError {
  return new WechatError(
    "WX_OUTGOING",
    `A hook of wx.outgoing() took longer than the ${Math.round(patience)} ms that were left, so the message was held back. Make it faster, or answer earlier.`,
  );
}
