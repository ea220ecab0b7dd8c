import { isAnswerable } from "../message/answerable.js";
import { isReplyType } from "../message/replies.js";
import type { Reply, Result } from "../message/reply.js";
import { checkOptions, filled, kindOf, type Rules, timer } from "../options.js";
import type { Handler } from "../router/compose.js";
import { type Context, runOf } from "../router/context.js";
import { nearest } from "../spelling.js";
import { Lines } from "../store/line.js";
import type { Store } from "../store/store.js";
import type { MaybePromise } from "../time/maybe-promise.js";
import { Places } from "./places.js";
import { pushKey } from "./session/record.js";

/** The options of `exclusive(…)`. */
export interface ExclusiveOptions {
  /**
   * What becomes of a message that comes while the user's last one is still being answered: it waits for that
   * answer (`"wait"`, the default), it replaces it (`"replace"`), or it is answered with a text, a reply, or what a
   * function returns.
   */
  readonly busy?:
    | "wait"
    | "replace"
    | Reply
    | (string & {})
    | ((ctx: Context) => MaybePromise<Result>);
  /** How long a process that died keeps its users waiting, in milliseconds. Default: 6,000. */
  readonly lease?: number;
  /** Keeps this apart from others of the same bot. Default: `"exclusive"`. */
  readonly name?: string;
}

/**
 * Answers each user one message at a time: the handlers after it, and the answer until all of it has been
 * delivered. Put it before `session()`, where a message would wait as well.
 *
 * ```ts
 * wx.use(exclusive({ busy: "replace" }));
 * wx.use(exclusive({ busy: "上一个问题还没有答完，请稍候。" }));
 * ```
 *
 * With `"replace"` the older answer's `ctx.signal` aborts, and what it has not sent is dropped. Processes that share a
 * RedisStore share this; while that is away, each goes by what it knows. Throws a ConfigError for options that
 * are wrong.
 */
export function exclusive(options: ExclusiveOptions = {}): Handler<Context> {
  checkOptions(options, "exclusive()", rules, {
    wanted: 'exclusive() takes an object such as { busy: "replace" }',
  });
  const { busy = "wait", lease = 6_000, name = "exclusive" } = options;
  const lines = new WeakMap<Store, Lines>();
  const places = new WeakMap<Store, Places>();

  /** Waits until the user's earlier messages are answered. */
  const wait = async (ctx: Context, key: string) => {
    const line = lines.get(ctx.store) ?? new Lines();
    lines.set(ctx.store, line);
    const turn = await line.take(ctx.store, key, { lease, signal: () => ctx.signal });
    return () => void turn.release();
  };

  /** Takes the user's place, if it is free or is to be taken in any case. */
  const take = (ctx: Context, key: string) => {
    const all = places.get(ctx.store) ?? new Places(ctx.store, lease);
    places.set(ctx.store, all);
    return all.take(key, {
      push: pushKey(ctx.message),
      // A push that is no WeChat's may have none.
      at: ctx.message.CreateTime ?? 0,
      replaces: busy === "replace",
      lost: () => runOf(ctx).stop(),
    });
  };

  return async function exclusive(ctx, next) {
    if (!isAnswerable(ctx.message)) return next();
    const key = `${name}:{${ctx.openid}}`;
    const release = await (busy === "wait" ? wait(ctx, key) : take(ctx, key));
    if (release === undefined) {
      // The user has said something newer since, which is being answered.
      if (busy === "replace") return undefined;
      return typeof busy === "function" ? busy(ctx) : busy;
    }
    // All of an answer that streams has been delivered then, or was given up.
    void runOf(ctx).finished().then(release);
    return next();
  };
}

const rules: Rules<ExclusiveOptions> = {
  busy: { fault: faultOfBusy },
  lease: timer,
  name: filled(),
};

function faultOfBusy(busy: unknown): string | undefined {
  const isReply = isReplyType((busy as Partial<Reply> | null)?.type);
  if (typeof busy !== "string" && typeof busy !== "function" && !isReply) {
    return `must be "wait", "replace", a text, a reply or a function that returns one, got ${kindOf(busy)}`;
  }
  if (typeof busy !== "string" || busy === "wait" || busy === "replace") return undefined;
  const meant = nearest(busy, ["wait", "replace"]);
  return meant === undefined
    ? undefined
    : `is ${JSON.stringify(busy)}, which users would be answered with. Did you mean "${meant}"? As a text, give reply.text(…)`;
}
