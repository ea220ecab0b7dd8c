import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { WechatError } from "../errors.js";
import type { Store } from "../store/store.js";

/** How many may wait for one key in this process; more than a person can type. */
const longestLine = 100;

/** How a turn is waited for and held. */
export interface TurnOptions {
  /** How long to wait for it, in milliseconds. */
  readonly wait: number;
  /** How long a process that died keeps it, in milliseconds. */
  readonly lease: number;
  /** Gives up waiting, and gives the turn back when it is held. */
  readonly signal: AbortSignal;
}

/** The right to work on a key. */
export interface Turn {
  /** Whether nobody else can have had a turn since this one began, as far as is known. */
  readonly unbroken: boolean;
  /** Lets the next one in. Never rejects; the second call does nothing. */
  release(): Promise<void>;
}

/**
 * Lets one at a time work on a key: in this process in the order of arrival, between processes by a
 * lock in the store, which a process that died loses after `lease`.
 *
 * A process that stands still for longer than that loses its turn too, without knowing: whoever
 * writes must check that nobody else has written meanwhile.
 */
export class Turns {
  /** Who waits for each key that is taken. */
  readonly #lines = new Map<string, Set<() => void>>();

  /** Waits for a turn. Rejects with a WechatError `WX_SESSION` when it takes too long. */
  async take(store: Store, key: string, options: TurnOptions): Promise<Turn> {
    options.signal.throwIfAborted();
    const until = performance.now() + options.wait;
    await this.#stand(key, until, options);
    const leave = () => this.#leave(key);
    try {
      const lock = await Lock.take(store, key, until, options);
      let released: Promise<void> | undefined;
      const release = () => {
        options.signal.removeEventListener("abort", release);
        released ??= lock.release().then(leave);
        return released;
      };
      options.signal.addEventListener("abort", release, { once: true });
      return {
        get unbroken() {
          return lock.unbroken;
        },
        release,
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Stands in the line of this process. */
  #stand(key: string, until: number, { wait, signal }: TurnOptions): Promise<void> {
    const line = this.#lines.get(key);
    if (line === undefined) {
      this.#lines.set(key, new Set());
      return Promise.resolve();
    }
    if (line.size >= longestLine) throw tooMany();
    return new Promise((resolve, reject) => {
      const end = () => {
        line.delete(enter);
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
      };
      const enter = () => {
        end();
        resolve();
      };
      const giveUp = () => {
        end();
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        end();
        reject(tooLong(wait));
      }, until - performance.now());
      line.add(enter);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  #leave(key: string): void {
    const line = this.#lines.get(key);
    const [next] = line ?? [];
    if (next === undefined) this.#lines.delete(key);
    else next();
  }
}

/** A lock in the store, renewed while it is held. */
class Lock {
  readonly #store: Store;
  readonly #key: string;
  readonly #token: string;
  readonly #lease: number;
  readonly #heart: NodeJS.Timeout;
  #broken = false;
  #renewed: number;
  #released: Promise<void> | undefined;

  constructor(store: Store, key: string, token: string, lease: number, claimed: number) {
    this.#store = store;
    this.#key = key;
    this.#token = token;
    this.#lease = lease;
    this.#renewed = claimed;
    this.#heart = setInterval(() => void this.#renew(), lease / 3);
    this.#heart.unref();
  }

  static async take(store: Store, key: string, until: number, options: TurnOptions) {
    const { wait, lease, signal } = options;
    const token = randomUUID();
    for (let pause = 4; ; pause = Math.min(pause * 1.5, 50)) {
      const asked = performance.now();
      if (await store.claim(key, token, lease)) {
        const lock = new Lock(store, key, token, lease, asked);
        if (!signal.aborted) return lock;
        await lock.release();
        signal.throwIfAborted();
      }
      if (performance.now() >= until) throw tooLong(wait);
      // Not in step with the others that wait.
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      signal.throwIfAborted();
    }
  }

  get unbroken(): boolean {
    return !this.#broken && performance.now() - this.#renewed < this.#lease;
  }

  release(): Promise<void> {
    clearInterval(this.#heart);
    // If the store is away, the lease ends it.
    this.#released ??= this.#store.compareAndDelete(this.#key, this.#token).then(
      () => {},
      () => {},
    );
    return this.#released;
  }

  async #renew(): Promise<void> {
    const asked = performance.now();
    try {
      const held = await this.#store.renew(this.#key, this.#token, this.#lease);
      // Whoever had it meanwhile may have written.
      if (!held) this.#broken = true;
      else this.#renewed = asked;
      if (held || this.#released !== undefined) return;
      if (!(await this.#store.claim(this.#key, this.#token, this.#lease))) return;
      if (this.#released !== undefined) await this.#store.compareAndDelete(this.#key, this.#token);
    } catch {
      // Tried again at the next beat.
    }
  }
}

function tooLong(wait: number): WechatError {
  return new WechatError(
    "WX_SESSION",
    `The user's session was busy for more than ${wait} ms, because an earlier message of the same user is still being handled. Make that handler faster, or raise session({ wait }).`,
  );
}

function tooMany(): WechatError {
  return new WechatError(
    "WX_SESSION",
    `More than ${longestLine} messages of one user wait for the session. Make the handlers faster.`,
  );
}
