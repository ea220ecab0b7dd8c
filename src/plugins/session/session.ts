import { ConfigError, DeclinedError, StoreError, WechatError } from "../../errors.js";
import { isStream, type NextResult, type Result, StreamReply } from "../../message/reply.js";
import {
  checkOptions,
  filled,
  func,
  ms,
  number,
  type Rules,
  required,
  timer,
} from "../../options.js";
import { direct } from "../../router/compose.js";
import { type Context, runOf } from "../../router/context.js";
import { definePlugin, type Plugin } from "../../router/handlers.js";
import { optionsOf } from "../../router/stoppable.js";
import { Lines, type Turn } from "../../store/line.js";
import type { Store } from "../../store/store.js";
import { andThen, isPromise, lastly, type MaybePromise } from "../../time/maybe-promise.js";
import { away, pushKey, SessionFile, type SessionRecord } from "./record.js";

/** The options of `session()`. Times are milliseconds. */
export interface SessionOptions<S extends object> {
  /** What a user begins with; a promise is awaited, so it may be read from elsewhere. */
  readonly initial: (ctx: Context) => S | Promise<S>;
  /** How long a session is kept after the user's last push, in milliseconds. Default: 604,800,000 (seven days). */
  readonly ttl?: number;
  /** Counts the changes of the session's shape. Default: 1. */
  readonly version?: number;
  /**
   * Makes a session of this version from one of an earlier version. Without it, those begin anew.
   * One of a later version is never touched: its push is left to a process that knows that version.
   */
  readonly migrate?: (stored: unknown, version: number) => S | Promise<S>;
  /**
   * How long a message waits for an earlier one of the same user, in milliseconds. Default: 15,000, WeChat's
   * three tries.
   */
  readonly wait?: number;
  /** How long a process that died keeps its users' sessions, in milliseconds. Default: 6,000. */
  readonly lease?: number;
  /** Keeps these sessions apart from others in the same store. Default: `"session"`. */
  readonly name?: string;
}

/** What `session()` adds to the context. */
export interface SessionFlavor<S extends object> {
  /** What is remembered of this user. Change it or assign another; it is written afterwards. */
  session: S;
}

const week = 7 * 24 * 60 * 60 * 1_000;
/** A place for the cursor of a dialogue, written together with the session. */
export interface CursorCell {
  cursor: unknown;
}

const ofCursor = Symbol("cursor");
const cellIn = (ctx: Context) => ctx as Context & { [ofCursor]?: CursorCell };

/** Where `flow()` keeps its cursor during a push; `undefined` without `session()`. */
export function cursorCell(ctx: Context): CursorCell | undefined {
  return cellIn(ctx)[ofCursor];
}

/**
 * Remembers things about each user between messages: `ctx.session`, kept in the account's store.
 *
 * ```ts
 * const wx = new Wechat({ token: "…" }).use(session({ initial: () => ({ count: 0 }) }));
 * wx.on("text", (ctx) => `This is message ${++ctx.session.count}.`);
 * ```
 *
 * It holds what JSON can hold. Messages of one user are handled one after the other, also where
 * several processes share a RedisStore, so that none loses what another has written. Nothing is
 * written when a handler fails or its run is given up (`ctx.signal`), and a push that runs again
 * after its process died does not count twice. A push that cannot have the session fails with a
 * WechatError `WX_SESSION`.
 */
export function session(): Plugin<SessionFlavor<Record<string, unknown>>>;
export function session<S extends object>(options: SessionOptions<S>): Plugin<SessionFlavor<S>>;
export function session(
  options: SessionOptions<object> = { initial: () => ({}) },
): Plugin<SessionFlavor<object>> {
  checkOptions(options, "session()", rules);
  const { initial, migrate, ...settings } = options;
  const { ttl = week, version = 1, wait = 15_000, lease = 6_000, name = "session" } = settings;
  const lines = new WeakMap<Store, Lines>();

  /** The stored session as one of this version. */
  const current = (record: SessionRecord | undefined, ctx: Context): MaybePromise<object> => {
    if (record === undefined) return initial(ctx);
    if (record.version === version) return record.data as object;
    if (record.version > version) throw newer(record.version, version, ctx.store.shared);
    return migrate === undefined ? initial(ctx) : migrate(record.data, record.version);
  };

  /** Answers a push with its session, at the front of the user's line. */
  const attend = (
    ctx: Context & SessionFlavor<object>,
    next: () => MaybePromise<NextResult>,
    key: string,
    turn: Turn,
  ): MaybePromise<Result> => {
    const run = runOf(ctx);
    // The next one may wait a little; the answer need not.
    const release = () => void turn.release();
    // A run that is given up must not keep the user waiting.
    run.onAbort(release);
    let isStreaming = false;
    const answer = (): MaybePromise<Result> => {
      const { store, message } = ctx;
      // With memory alone, a push that died with its process is gone like everything else.
      const push = store.shared ? pushKey(message) : undefined;
      const file = new SessionFile(store, key, turn.beside, push);
      const { record, answered } = file;
      if (answered !== undefined) return answered[2];

      const cell: CursorCell = { cursor: record?.cursor };
      cellIn(ctx)[ofCursor] = cell;
      const state = () => ({ version, data: ctx.session, cursor: cell.cursor });
      const write = (reply: Result) => (run.isAborted ? undefined : file.end(state(), reply, ttl));
      return andThen(current(record, ctx), (data) => {
        ctx.session = data;
        file.begin(state());
        return andThen(next(), (reply) => {
          if (!isStream(reply)) return andThen(write(reply), () => reply);
          isStreaming = true;
          // Whatever becomes of the stream, the next message must not wait for it for ever.
          void run.finished().then(release);
          return whenRead(reply, write, release);
        });
      });
    };
    return lastly(answer, () => {
      if (!isStreaming) release();
    });
  };

  return definePlugin<SessionFlavor<object>>(
    direct(function session(ctx, next) {
      if (cursorCell(ctx) !== undefined) throw usedTwice();
      const { store, openid } = ctx;
      let queue = lines.get(store);
      if (queue === undefined) {
        queue = new Lines();
        lines.set(store, queue);
      }
      // In braces, so that a Redis Cluster keeps the two together.
      const beside = `${name}:data:{${openid}}`;
      const options = { wait, lease, beside, signal: () => ctx.signal };
      const turn = queue.takeSoon(store, `${name}:line:{${openid}}`, options);
      return andThen(isPromise(turn) ? turn.catch(unavailable) : turn, (turn) =>
        attend(ctx, next, beside, turn),
      );
    }),
  );
}

/** The same stream; what it gave is written when it has ended, also where whoever reads it has read enough. */
function whenRead(
  stream: AsyncIterable<string>,
  write: (text: string) => MaybePromise<void>,
  release: () => void,
): StreamReply {
  const read = async function* () {
    let text = "";
    let hasFailed = false;
    try {
      for await (const part of stream) {
        // What is no text fails later, where it is said why.
        if (typeof part === "string") text += part;
        yield part;
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      try {
        if (!hasFailed) await write(text);
      } finally {
        release();
      }
    }
  };
  return new StreamReply(read(), optionsOf(stream));
}

const rules: Rules<SessionOptions<object>> = {
  initial: required(func("() => ({ count: 0 })")),
  ttl: ms,
  version: number({ isWhole: true, least: 0 }),
  migrate: func("(stored, version) => ({ count: 0 })"),
  wait: timer,
  lease: timer,
  name: filled(),
};

/** Where other processes share the store, one of them knows the version: the push is left to it. */
function newer(stored: number, ours: number, isShared: boolean): WechatError {
  const Refusal = isShared ? DeclinedError : WechatError;
  return new Refusal(
    "WX_SESSION",
    `The stored session has version ${stored}, this process knows version ${ours}. Bring every process to the same release; the session is left as it is.`,
  );
}

function unavailable(error: unknown): never {
  throw error instanceof WechatError && !(error instanceof StoreError) ? error : away(error);
}

function usedTwice(): ConfigError {
  return new ConfigError(
    "session() is used twice on the way of one push. Use it once, before everything that needs ctx.session.",
    "WX_REGISTRATION",
  );
}
