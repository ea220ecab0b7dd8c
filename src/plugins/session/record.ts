import { createHash } from "node:crypto";
import { StoreError, WechatError } from "../../errors.js";
import type { AnyMessage } from "../../message/messages.js";
import { runKey } from "../../message/push-key.js";
import { isFileReply, type Result } from "../../message/reply.js";
import { type Store, soon } from "../../store/store.js";
import { andThen, isPromise, type MaybePromise } from "../../time/maybe-promise.js";

/**
 * How long an answered push is remembered, in milliseconds, how many are, and how much of their
 * replies, in characters. WeChat's last delivery comes ten seconds after the first.
 */
const memory = { ms: 30_000, pushes: 64, replies: 8_192 };

/** A push that was answered: its key, when, and with what. */
type Answered = readonly [key: string, at: number, reply?: Result];

/** What is kept for one user. */
export interface SessionRecord {
  /** The version of `data`, as the option `version`. */
  readonly version: number;
  /** Counts the writes, so that no two of them can follow the same one. */
  readonly revision: number;
  /** `ctx.session`. */
  readonly data: unknown;
  /** Where the user is in a dialogue; belongs to `flow()`. */
  readonly cursor?: unknown;
  /** The last pushes that changed the session: one that is run again must not change it twice. */
  readonly answered?: readonly Answered[];
}

/** What a session holds at some moment. */
type State = Pick<SessionRecord, "version" | "data" | "cursor">;

/**
 * The session of one user in the store. It is written by compare-and-set from what was read, so
 * that a write which was held up on its way undoes no later one.
 */
export class SessionFile {
  readonly record: SessionRecord | undefined;
  /** The answer to this push, if it has changed the session already, in a process that died too early. */
  readonly answered: Answered | undefined;
  readonly #store: ReturnType<typeof soon>;
  readonly #key: string;
  readonly #text: string | undefined;
  readonly #push: string | undefined;
  /** What is stored of a session that nobody changes. */
  #unchanged: string | undefined;

  /** `text` is what stands at `key`. With the key of a `push`, its answer is kept along. */
  constructor(store: Store, key: string, text: string | undefined, push: string | undefined) {
    this.#store = soon(store);
    this.#key = key;
    this.#text = text;
    this.#push = push;
    this.record = parse(text);
    this.answered = push === undefined ? undefined : answerTo(this.record, push);
  }

  /** The handlers begin with this. */
  begin(state: State): void {
    if (this.record?.version === state.version) this.#unchanged = this.#text;
    else {
      const text = textOf(state, this.record, undefined);
      // One of another version is written anew in any case.
      if (this.record === undefined) this.#unchanged = text;
    }
  }

  /**
   * The handlers are done, and this is left. Fails, having written nothing, if somebody else has written
   * meanwhile. What was not changed gets a new life; the next push finds it all the same if that fails.
   */
  end(state: State, reply: Result, ttl: number): MaybePromise<void> {
    const { record } = this;
    const push = this.#push;
    const text = textOf(state, record, record?.answered);
    if (this.#unchanged !== undefined && contentOf(text) === contentOf(this.#unchanged)) {
      return this.#keep(ttl);
    }
    const written = this.#write(
      push === undefined ? text : textOf(state, record, answeredWith(record, push, reply)),
      ttl,
    );
    const done = isPromise(written)
      ? written.catch((cause) => Promise.reject(away(cause)))
      : written;
    return andThen(done, (isWritten) => {
      if (!isWritten) throw conflict();
    });
  }

  #write(text: string, ttl: number): MaybePromise<boolean> {
    if (this.#text === undefined) return this.#enter(text, ttl);
    return andThen(
      this.#store.exchange(this.#key, this.#text, text, ttl),
      ({ done, held }) =>
        // Its time may have ended meanwhile.
        done || held?.value === text || (held === undefined && this.#enter(text, ttl)),
    );
  }

  #enter(text: string, ttl: number): MaybePromise<boolean> {
    return andThen(
      this.#store.enter(this.#key, text, ttl),
      ({ held }) => held === undefined || held.value === text,
    );
  }

  #keep(ttl: number): void {
    if (this.#text === undefined) return;
    const kept = this.#store.replace(this.#key, this.#text, this.#text, ttl);
    if (isPromise(kept)) kept.catch(() => {});
  }
}

/** The record that follows another, its numbers first and its fields in this order always. */
function textOf(
  { version, data, cursor }: State,
  before: SessionRecord | undefined,
  answered: SessionRecord["answered"],
): string {
  if (typeof data !== "object" || data === null) {
    throw new WechatError(
      "WX_SESSION",
      `ctx.session must be an object, got ${data === null ? "null" : typeof data}.`,
    );
  }
  const revision = (before?.revision ?? 0) + 1;
  try {
    return JSON.stringify({ version, revision, data, cursor, answered });
  } catch (cause) {
    throw new WechatError(
      "WX_SESSION",
      "ctx.session cannot be stored as JSON: it holds itself, or a BigInt. Keep plain data in it.",
      { cause },
    );
  }
}

/** What stands in a record behind its numbers: the same text if nothing was changed. */
function contentOf(text: string): string {
  return text.slice(text.indexOf('"data":'));
}

/** The shared store cannot be asked, or not for this user, and nothing in its place knows the user. */
export function away(cause: unknown): WechatError {
  if (cause instanceof StoreError && cause.scope === "key") {
    return new WechatError(
      "WX_SESSION",
      `The store is well, but not the key of this user's session. ${cause.message}`,
      { cause },
    );
  }
  return new WechatError(
    "WX_SESSION",
    "The shared store is away, so the user's session is not available. Answer this in wx.catch, and bring the store back.",
    { cause },
  );
}

function parse(text: string | undefined): SessionRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as SessionRecord;
    const { revision, version, data, answered = [] } = record;
    const isOurs = typeof revision === "number" && Number.isSafeInteger(version);
    const isData = typeof data === "object" && data !== null;
    if (isOurs && isData && Array.isArray(answered) && answered.every(Array.isArray)) return record;
  } catch {
    // Told below, without what it held.
  }
  throw new WechatError(
    "WX_SESSION",
    "What the store holds as a session was not written by session(). Keep other things under other keys, or give session() another name.",
  );
}

function conflict(): WechatError {
  return new WechatError(
    "WX_SESSION",
    "The session was not written, because another process has written it meanwhile: this one stood still for longer than session({ lease }).",
  );
}

/** A push in a few characters. */
export function pushKey(message: AnyMessage): string {
  return createHash("sha1").update(runKey(message, "")).digest("base64url").slice(0, 16);
}

function answerTo(record: SessionRecord | undefined, key: string): Answered | undefined {
  return record?.answered?.find(([known]) => known === key);
}

/** Adds a push to those that have been answered. */
function answeredWith(
  record: SessionRecord | undefined,
  key: string,
  reply: Result,
): readonly Answered[] {
  const now = Date.now();
  const recent = (record?.answered ?? []).filter(([, at]) => now - at < memory.ms);
  // A file is no JSON; who died with it has it no more.
  const isFile = typeof reply === "object" && "type" in reply && isFileReply(reply);
  const all: readonly Answered[] = [...recent, isFile ? [key, now] : [key, now, reply]];
  let room = memory.replies;
  // From the newest on; of those for whose reply there is no room, only that they were answered.
  const kept = all
    .slice(-memory.pushes)
    .toReversed()
    .map(([known, at, given]): Answered => {
      room -= given === undefined ? 0 : JSON.stringify(given).length;
      return given === undefined || room < 0 ? [known, at] : [known, at, given];
    });
  return kept.toReversed();
}
