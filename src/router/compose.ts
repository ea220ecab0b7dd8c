import { WechatError } from "../errors.js";
import { isStream, type NextResult, type Result } from "../message/reply.js";
import { andThen, isPromise, type MaybePromise } from "../time/maybe-promise.js";
import { stoppable } from "./stoppable.js";
import { noteHandler } from "./trace.js";

/** One, or several. */
export type MaybeArray<T> = T | readonly T[];

/** Runs the handlers further down and resolves to what they answer. */
export type Next = () => Promise<NextResult>;

/**
 * Answers a push by returning: a reply, a string (a text reply), or nothing (acknowledge without
 * a message). A handler that returns nothing after `next()` passes the reply from further down on; one
 * that awaits `next()` may catch what fails further down.
 */
export type Handler<C> = (ctx: C, next: Next) => MaybePromise<Result>;

const isDirect = Symbol("direct");
/** A handler of ours: its `next()` gives at once what is there at once, and it passes on what that gives. */
type Direct<C> = (ctx: C, next: () => MaybePromise<NextResult>) => MaybePromise<Result>;

/** Marks a handler that need not wait for `next()`: a push that is answered at once is spared the promises. */
export function direct<C>(handler: Direct<C>): Handler<C> {
  return Object.assign(handler, { [isDirect]: true });
}

/** Calls one handler and settles what it answers, whether or not it awaited `next()`. */
export function invoke<C>(
  handler: Handler<C> & { readonly [isDirect]?: true },
  ctx: C,
  further: () => MaybePromise<Result>,
): MaybePromise<Result> {
  const next = () => andThen(further(), (result) => ending(result, ctx));
  if (handler[isDirect]) return (handler as Direct<C>)(ctx, next);
  let downstream: Downstream | undefined;
  const own = handler(ctx, () => {
    if (downstream !== undefined) {
      throw new WechatError(
        "WX_NEXT",
        "next() was called twice by the same handler. Call it once and keep what it returns.",
      );
    }
    downstream = new Downstream((resolve) => resolve(next()));
    downstream.watch();
    return downstream;
  });
  // Most handlers answer at once; they are spared the promises.
  if (downstream === undefined && !isPromise(own)) return own;
  return settle(own, () => downstream);
}

/** What `next()` gives. An error of what is further down belongs to the handler that waits for it, as in Koa. */
class Downstream extends Promise<NextResult> {
  /** Whether a handler waits for it, in any way. */
  isAwaited = false;
  hasFailed = false;

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: that it is called is what has to be known
  override then<A = NextResult, B = never>(
    done?: ((result: NextResult) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(done, failed);
  }

  /** Notes a failure, so that no rejection is left behind where the handler throws before it awaits this. */
  watch(): void {
    super.then(undefined, () => {
      this.hasFailed = true;
    });
  }
}

/** What a handler makes of a stream must not keep that from being stopped. */
function ending(result: Result, ctx: unknown): NextResult {
  if (!isStream(result)) return result;
  return stoppable(result, () => (ctx as { readonly signal: AbortSignal }).signal);
}

async function settle(
  own: MaybePromise<Result>,
  downstream: () => Downstream | undefined,
): Promise<Result> {
  const answer = await own;
  const below = downstream();
  // Whoever waited for it has caught its error, or wants to wait no longer.
  if (below?.isAwaited && (below.hasFailed || (answer ?? undefined) !== undefined)) return answer;
  // Else it is awaited even when `answer` wins, so that an error further down is never lost.
  const passed = await below;
  return answer ?? passed;
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
