import { ConfigError, DeclinedError, StoreError, WechatError } from "../../errors.js";
import { isStream, type Result, StreamReply } from "../../message/reply.js";
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
import type { MaybePromise } from "../../router/compose.js";
import { type Context, runOf } from "../../router/context.js";
import { definePlugin, type Plugin } from "../../router/handlers.js";
import { optionsOf } from "../../router/stoppable.js";
import { Lines } from "../../store/line.js";
import type { Store } from "../../store/store.js";
import {
  answeredWith,
  answerTo,
  away,
  pushKey,
  SessionFile,
  type SessionRecord,
} from "./record.js";

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

const cells = new WeakMap<Context, CursorCell>();

/** Where `flow()` keeps its cursor during a push; `undefined` without `session()`. */
export function cursorCell(ctx: Context): CursorCell | undefined {
  return cells.get(ctx);
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

  return definePlugin<SessionFlavor<object>>(async function session(ctx, next) {
    if (cells.has(ctx)) throw usedTwice();
    const { store, message, openid } = ctx;
    const run = runOf(ctx);
    const queue = lines.get(store) ?? new Lines();
    lines.set(store, queue);
    // In braces, so that a Redis Cluster keeps the two together.
    const beside = `${name}:data:{${openid}}`;
    const options = { wait, lease, beside, signal: () => ctx.signal };
    const turn = await queue
      .take(store, `${name}:line:{${openid}}`, options)
      .catch((error: unknown) => {
        throw error instanceof WechatError && !(error instanceof StoreError) ? error : away(error);
      });
    // The next one may wait a little; the answer need not.
    const release = () => void turn.release();
    // A run that is given up must not keep the user waiting.
    run.onAbort(release);
    let isWritten = true;
    try {
      const file = new SessionFile(store, beside, turn.beside);
      const { record } = file;
      // With memory alone, a push that died with its process is gone like everything else.
      const key = store.shared ? pushKey(message) : undefined;
      const answered = key === undefined ? undefined : answerTo(record, key);
      if (answered !== undefined) return answered[2];

      const cell: CursorCell = { cursor: record?.cursor };
      cells.set(ctx, cell);
      ctx.session = await current(record, ctx);
      const before = snapshot(ctx.session, cell);
      const write = async (reply: Result): Promise<void> => {
        const after = snapshot(ctx.session, cell);
        if (run.isAborted) return;
        if (after === before && (record === undefined || record.version === version)) {
          file.keep(ttl);
          return;
        }
        const written = await file.write(
          {
            version,
            revision: (record?.revision ?? 0) + 1,
            data: ctx.session,
            ...(cell.cursor === undefined ? {} : { cursor: cell.cursor }),
            ...(key === undefined ? {} : { answered: answeredWith(record, key, reply) }),
          },
          ttl,
        );
        if (!written) throw conflict();
      };
      const reply = await next();
      if (!isStream(reply)) {
        await write(reply);
        return reply;
      }
      isWritten = false;
      // Whatever becomes of the stream, the next message must not wait for it for ever.
      void run.finished().then(release);
      return whenRead(reply, write, release);
    } finally {
      if (isWritten) release();
    }
  });
}

/** The same stream; what it gave is written when it has ended, also where whoever reads it has read enough. */
function whenRead(
  stream: AsyncIterable<string>,
  write: (text: string) => Promise<void>,
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

/** The session as it would be stored, to see whether it changed. */
function snapshot(data: unknown, { cursor }: CursorCell): string {
  if (typeof data !== "object" || data === null) {
    throw new WechatError(
      "WX_SESSION",
      `ctx.session must be an object, got ${data === null ? "null" : typeof data}.`,
    );
  }
  try {
    return JSON.stringify([data, cursor]);
  } catch (cause) {
    throw new WechatError(
      "WX_SESSION",
      "ctx.session cannot be stored as JSON: it holds itself, or a BigInt. Keep plain data in it.",
      { cause },
    );
  }
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

function conflict(): WechatError {
  return new WechatError(
    "WX_SESSION",
    "The session was not written, because another process has written it meanwhile: this one stood still for longer than session({ lease }).",
  );
}

function usedTwice(): ConfigError {
  return new ConfigError(
    "session() is used twice on the way of one push. Use it once, before everything that needs ctx.session.",
    "WX_REGISTRATION",
  );
}
