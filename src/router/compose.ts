import { WechatError } from "../errors.js";
import { isStream, type NextResult, type Result } from "../message/reply.js";
import { stoppable } from "./stoppable.js";
import { noteHandler } from "./trace.js";

/** Something at once, or later. */
export type MaybePromise<T> = T | Promise<T>;
/** One, or several. */
export type MaybeArray<T> = T | readonly T[];

/** Runs the handlers further down and resolves to what they answer. */
export type Next = () => Promise<NextResult>;

/**
 * Answers a push by returning: a reply, a string (a text reply), or nothing (acknowledge without
 * a message). A handler that returns nothing after `next()` passes the reply from further down on.
 */
export type Handler<C> = (ctx: C, next: Next) => MaybePromise<Result>;

/** Calls one handler and settles what it answers, whether or not it awaited `next()`. */
export function invoke<C>(
  handler: Handler<C>,
  ctx: C,
  next: () => MaybePromise<Result>,
): MaybePromise<Result> {
  let downstream: Promise<NextResult> | undefined;
  const own = handler(ctx, () => {
    if (downstream !== undefined) {
      throw new WechatError(
        "WX_NEXT",
        "next() was called twice by the same handler. Call it once and keep what it returns.",
      );
    }
    downstream = new Promise((resolve) => {
      const passed = next();
      resolve(
        isPromise(passed) ? passed.then((result) => ending(result, ctx)) : ending(passed, ctx),
      );
    });
    // A handler that throws before it awaits next() must not leave a rejection behind.
    downstream.catch(() => {});
    return downstream;
  });
  // Most handlers answer at once; they are spared the promises.
  if (downstream === undefined && !isPromise(own)) return own;
  return settle(own, () => downstream);
}

/** What a handler makes of a stream must not keep that from being stopped. */
function ending(result: Result, ctx: unknown): NextResult {
  if (!isStream(result)) return result;
  return stoppable(result, () => (ctx as { readonly signal: AbortSignal }).signal);
}

async function settle(
  own: MaybePromise<Result>,
  downstream: () => Promise<Result> | undefined,
): Promise<Result> {
  const answer = await own;
  // Awaited even when `answer` wins, so that an error further down is never lost.
  const passed = await downstream();
  return answer ?? passed;
}

/** Whether a value has to be awaited. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value;
}

/** Joins handlers into one, as an onion: each gets the rest of them as its `next`. */
export function compose<C>(handlers: readonly Handler<C>[]): Handler<C> {
  const from = (index: number, ctx: C, next: Next): MaybePromise<Result> => {
    const handler = handlers[index];
    if (index > 0) noteHandler(index + 1);
    return handler === undefined ? next() : invoke(handler, ctx, () => from(index + 1, ctx, next));
  };
  return (ctx, next) => from(0, ctx, next);
}
