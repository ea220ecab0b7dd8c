import { createHash } from "node:crypto";
import { WechatError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import { runKey } from "../message/push-key.js";
import type { Result } from "../message/reply.js";
import type { Store } from "../store/store.js";

/**
 * How long a revision is kept beside the session: longer than a process can stand still between the
 * check of its turn and the write.
 */
const fence = 60_000;
/**
 * How long an answered push is remembered, in milliseconds, how many are, and the longest reply that
 * is. WeChat's last delivery comes ten seconds after the first.
 */
const memory = { ms: 30_000, pushes: 64, reply: 4_096 };

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
 * Reads and writes the session of one user.
 *
 * A shared store that is away is replaced by memory, which knows nothing of the user. What is begun
 * there would overwrite the session afterwards, so every step makes sure that it was not there.
 */
export class SessionFile {
  readonly #store: Store;
  readonly #name: string;
  readonly #openid: string;
  readonly #isAway: () => boolean;
  /** The record as text, as it is published. */
  #published: string | undefined;
  /** The record as text, in its last revision, even if its writer died before publishing it. */
  #latest: string | undefined;

  constructor(store: Store, name: string, openid: string, isAway: () => boolean) {
    this.#store = store;
    this.#isAway = isAway;
    this.#name = name;
    this.#openid = openid;
  }

  /** The last revision of the session. */
  async read(): Promise<SessionRecord | undefined> {
    this.#published = await this.#store.get(this.#at("data"));
    this.#latest = this.#published;
    let record = parse(this.#latest);
    for (;;) {
      const next = await this.#store.get(this.#at((record?.revision ?? 0) + 1));
      if (this.#isAway()) throw away();
      if (next === undefined) return record;
      this.#latest = next;
      record = parse(next);
    }
  }

  /** Whether somebody has written since `read()`. */
  async isStale(): Promise<boolean> {
    const known = this.#latest;
    await this.read();
    return this.#latest !== known;
  }

  /**
   * Writes the revision that follows the one that was read. Resolves to `false`, having written
   * nothing, if somebody else has done so already.
   *
   * The claim of the revision is the write; what comes after it only makes it last.
   */
  async write(record: SessionRecord, ttl: number): Promise<boolean> {
    const text = JSON.stringify(record);
    // It must not outlive the session: then a new one begins with revision 1.
    const kept = Math.min(fence, ttl);
    const revision = this.#at(record.revision);
    const claimed = await this.#store.claim(revision, text, kept);
    if (this.#isAway()) {
      await this.#store.delete(revision);
      throw away();
    }
    if (!claimed) return false;
    await this.#store.set(this.#at("data"), text, ttl);
    // The claim stands, and will be found; memory must not hide what others make of it.
    if (this.#isAway()) await this.#store.delete(this.#at("data"));
    return true;
  }

  /** Gives a session that was not changed a new life. */
  async keep(ttl: number): Promise<void> {
    if (this.#latest === undefined || this.#isAway()) return;
    if (this.#latest === this.#published) {
      await this.#store.renew(this.#at("data"), this.#latest, ttl);
    } else {
      await this.#store.set(this.#at("data"), this.#latest, ttl);
    }
  }

  #at(part: string | number): string {
    return `${this.#name}:${part}:${this.#openid}`;
  }
}

function away(): WechatError {
  return new WechatError(
    "WX_SESSION",
    "The shared store is away, so the user's session is not available. Answer this in wx.catch, and bring the store back.",
  );
}

function parse(text: string | undefined): SessionRecord | undefined {
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as SessionRecord;
    if (typeof record.revision === "number" && typeof record.version === "number") return record;
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
  const small = reply !== undefined && JSON.stringify(reply).length <= memory.reply;
  const recent = (record?.answered ?? []).filter(([, at]) => now - at < memory.ms);
  return [...recent, small ? [key, now, reply] : ([key, now] as const)].slice(
    -memory.pushes,
  ) as readonly Answered[];
}
