import { ConfigError } from "../errors.js";
import { isAnswerable } from "../message/answerable.js";
import { runKey } from "../message/push-key.js";
import type { Result } from "../message/reply.js";
import { checkOptions, count, filled, func, number, type Rules, required } from "../options.js";
import type { Handler } from "../router/compose.js";
import type { Context } from "../router/context.js";
import type { Store } from "../store/store.js";
import type { MaybePromise } from "../time/maybe-promise.js";
import { type Limiter, limiterIn } from "./limiter.js";

/** The options of `limit(…)`. */
export interface LimitOptions {
  /** How many messages of a user are answered in a window. */
  readonly points: number;
  /** The window, in milliseconds, at least 1,000. It begins with the first message. */
  readonly window: number;
  /** How long a user who has exceeded it waits, in milliseconds. Default: until the window is over. */
  readonly block?: number;
  /** How many points a message costs, a whole number; 0 is free. Default: 1. */
  readonly cost?: (ctx: Context) => number;
  /**
   * What is answered when there are not enough points. Default: that the user writes too fast.
   */
  readonly onExceeded?: (
    ctx: Context,
    exceeded: {
      /** How long the user has to wait, in milliseconds. */
      readonly retryAfter: number;
    },
  ) => MaybePromise<Result>;
  /** Keeps this limit apart from others of the same bot. Default: `"limit"`. */
  readonly name?: string;
}

/**
 * Limits how much each user is answered: the handlers after it run for so many messages, and taps on
 * the menu, in a window; what only reports something, such as LOCATION, is not counted.
 *
 * ```ts
 * wx.use(limit({ points: 20, window: 3_600_000, onExceeded: () => "今天问得太多了，请稍后再来。" }));
 * ```
 *
 * A push counts once however often it is delivered or run again. It counts in the account's store, so
 * processes that share a RedisStore share it; while that is away, each counts for itself. A MemoryStore
 * forgets the users who wrote least recently. Throws a ConfigError for options that are wrong.
 */
export function limit(options: LimitOptions): Handler<Context> {
  checkOptions(options, "limit()", rules, { renamed });
  const { cost = () => 1, onExceeded = tooFast, name = "limit", ...limits } = options;
  const limiters = new WeakMap<Store, Promise<Limiter>>();
  const limiterOf = (store: Store) => {
    const known = limiters.get(store) ?? limiterIn(store, name, { block: 0, ...limits });
    limiters.set(store, known);
    return known;
  };
  return async function limit(ctx, next) {
    if (!isAnswerable(ctx.message)) return next();
    const points = cost(ctx);
    if (!Number.isSafeInteger(points) || points < 0) {
      throw new ConfigError(
        `limit(): "cost" must return a whole number, 0 or more, got ${String(points)}.`,
      );
    }
    if (points === 0) return next();
    const limiter = await limiterOf(ctx.store);
    const push = runKey(ctx.message, ctx.account.appId ?? "");
    const { isExceeded, retryAfter } = await limiter.consume(ctx.openid, points, push);
    return isExceeded ? onExceeded(ctx, { retryAfter }) : next();
  };
}

const tooFast = () => "您发得太快了，请稍后再试。";

const atLeastASecond = number({ of: "milliseconds", isWhole: true, least: 1_000 });

const rules: Rules<LimitOptions> = {
  points: required(count),
  window: required(atLeastASecond),
  block: atLeastASecond,
  cost: func("() => 1"),
  onExceeded: func('() => "请稍后再试。"'),
  name: filled(),
};

const renamed = {
  duration: 'The window is "window", in milliseconds: 60000 for a minute.',
  blockDuration: 'How long a user waits is "block", in milliseconds: 60000 for a minute.',
};
