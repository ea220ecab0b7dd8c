import { ConfigError, WechatError } from "../errors.js";
import { type Reply, toReply } from "../message/reply.js";
import { kindOf } from "../options.js";
import type { Context } from "../router/context.js";
import { type Clock, systemClock } from "../time/clock.js";
import { andThen, isPromise, type MaybePromise } from "../time/maybe-promise.js";

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

/** Looks at what leaves. `C` is the context that handlers get. */
export interface Outlook<C> {
  /**
   * What leaves instead of a message, or `undefined` if nothing does. `isPart` of a text whose source was
   * looked at before. Throws, or rejects, when a hook fails or takes longer than `patience` milliseconds:
   * then the message must not leave.
   */
  pass(
    reply: Reply,
    info: OutgoingOf<C>,
    isPart?: boolean,
    patience?: number,
  ): MaybePromise<Reply | undefined>;
  /** A text that is to be cut, as those hooks make it that map streams. */
  prepare(content: string, info: OutgoingOf<C>): MaybePromise<string>;
  /** The source of a stream, as those hooks make it. */
  stream(parts: AsyncIterable<string>, info: OutgoingOf<C>): AsyncIterable<string>;
}

/** Looks at nothing. */
export const everythingPasses: Outlook<unknown> = {
  pass: (reply) => reply,
  prepare: (content) => content,
  stream: (parts) => parts,
};

type OutgoingOf<C> = Omit<Outgoing, "ctx"> & { readonly ctx: C | undefined };

/** The hooks of `wx.outgoing()`, in their order. What they have not passed never leaves. */
export class OutgoingHooks implements Outlook<Context> {
  readonly #hooks: OutgoingHook[] = [];
  readonly #patience: number;
  readonly #clock: Clock;

  /** A hook has `patience` milliseconds. */
  constructor(patience: number, clock: Clock = systemClock) {
    this.#patience = patience;
    this.#clock = clock;
  }

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

  /** Whether they may ask others, who take their time: what maps streams does not. */
  get needTime(): boolean {
    return this.#hooks.some(({ stream }) => stream === undefined);
  }

  pass(
    reply: Reply,
    info: Outgoing,
    isPart = false,
    patience = this.#patience,
  ): MaybePromise<Reply | undefined> {
    const hooks = isPart ? this.#hooks.filter(({ stream }) => stream === undefined) : this.#hooks;
    if (hooks.length === 0) return reply;
    const passed = passThrough(hooks, 0, reply, info);
    return isPromise(passed) ? inTime(passed, patience, this.#clock) : passed;
  }

  prepare(content: string, info: Outgoing): MaybePromise<string> {
    if (this.#hooks.every(({ stream }) => stream === undefined)) return content;
    return inTime(joined(this.stream(only(content), info)), this.#patience, this.#clock);
  }

  stream(parts: AsyncIterable<string>, info: Outgoing): AsyncIterable<string> {
    return this.#hooks.reduce((source, hook) => hook.stream?.(source, info) ?? source, parts);
  }
}

async function* only(content: string): AsyncGenerator<string, undefined> {
  yield content;
}

async function joined(parts: AsyncIterable<string>): Promise<string> {
  let all = "";
  for await (const part of parts) all += part;
  return all;
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
  return andThen(hook(reply, info), next);
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
