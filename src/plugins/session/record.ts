import { createHash } from "node:crypto";
import { StoreError, WechatError } from "../../errors.js";
import type { AnyMessage } from "../../message/messages.js";
import { runKey } from "../../message/push-key.js";
import { isFileReply, type Result } from "../../message/reply.js";
import type { Store } from "../../store/store.js";

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

/**
 * The session of one user in the store. It is written by compare-and-set from what was read, so
 * that a write which was held up on its way undoes no later one.
 */
export class SessionFile {
  readonly record: SessionRecord | undefined;
  readonly #store: Store;
  readonly #key: string;
  readonly #text: string | undefined;

  /** `text` is what stands at `key`. */
  constructor(store: Store, key: string, text: string | undefined) {
    this.#store = store;
    this.#key = key;
    this.#text = text;
    this.record = parse(text);
  }

  /**
   * Writes what follows on what was read. Resolves to `false`, having written nothing, if somebody
   * else has written meanwhile.
   */
  async write(record: SessionRecord, ttl: number): Promise<boolean> {
    const text = JSON.stringify(record);
    try {
      if (this.#text === undefined) {
        const { held } = await this.#store.enter(this.#key, text, ttl);
        return held === undefined || held.value === text;
      }
      const { done, held } = await this.#store.exchange(this.#key, this.#text, text, ttl);
      // Its time may have ended meanwhile.
      return done || held?.value === text || (held === undefined && (await this.#again(text, ttl)));
    } catch (cause) {
      throw away(cause);
    }
  }

  /** Gives a session that was not changed a new life; the next push finds it all the same if that fails. */
  keep(ttl: number): void {
    if (this.#text === undefined) return;
    this.#store.replace(this.#key, this.#text, this.#text, ttl).catch(() => {});
  }

  async #again(text: string, ttl: number): Promise<boolean> {
    return (await this.#store.enter(this.#key, text, ttl)).held === undefined;
  }
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

/** A push in a few characters. */
export function pushKey(message: AnyMessage): string {
  return createHash("sha1").update(runKey(message, "")).digest("base64url").slice(0, 16);
}

/** The answer to a push that has changed the session already, by a process that died too early. */
export function answerTo(record: SessionRecord | undefined, key: string): Answered | undefined {
  return record?.answered?.find(([known]) => known === key);
}

/** Adds a push to those that have been answered. */
export function answeredWith(
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
