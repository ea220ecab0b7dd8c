import { WechatError } from "../errors.js";
import type { Result } from "../message/reply.js";

export type MaybePromise<T> = T | Promise<T>;
export type MaybeArray<T> = T | readonly T[];

/** Runs the handlers further down and resolves to what they answer. */
export type Next = () => Promise<Result>;

/**
 * Answers a push by returning: a reply, a string (a text reply), or nothing (acknowledge without
 * a message). A handler that returns nothing after `next()` passes the reply from further down on.
 */
export type Handler<C> = (ctx: C, next: Next) => MaybePromise<Result>;

/** Calls one handler and settles what it answers, whether or not it awaited `next()`. */
export async function invoke<C>(handler: Handler<C>, ctx: C, next: Next): Promise<Result> {
  let downstream: Promise<Result> | undefined;
  const own = await handler(ctx, () => {
    if (downstream !== undefined) {
      throw new WechatError(
        "WX_NEXT",
        "next() was called twice by the same handler. Call it once and keep what it returns.",
      );
    }
    downstream = next();
    // A handler that throws before it awaits next() must not leave a rejection behind.
    downstream.catch(() => {});
    return downstream;
  });
  if (downstream === undefined) return own;
  // Awaited even when `own` wins, so that an error further down is never lost.
  const passed = await downstream;
  return own ?? passed;
}

/** Joins handlers into one, as an onion: each gets the rest of them as its `next`. */
export function compose<C>(handlers: readonly Handler<C>[]): Handler<C> {
  const from = (index: number, ctx: C, next: Next): Promise<Result> => {
    const handler = handlers[index];
    return handler === undefined ? next() : invoke(handler, ctx, () => from(index + 1, ctx, next));
  };
  return (ctx, next) => from(0, ctx, next);
}
