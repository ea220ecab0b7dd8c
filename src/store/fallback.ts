import { StoreError } from "../errors.js";
import { MemoryStore } from "./memory.js";
import type { Store } from "./store.js";

/** How long a store that failed is left in peace before it is tried again. */
const rest = 1_000;
/** A store that fails again this soon is still in the same outage, and worth no new warning. */
const calm = 10_000;
/** How often memory is searched, after an outage, for what nobody can ask for any more. */
const sweepEvery = 60_000;

/**
 * A shared store that may fail. While it does, memory serves, with one warning for each outage: a
 * process warning `WX_STORE`, or a call of `warn`. The store is tried again in the background, at
 * most once a second and only while something is asked of it; no call waits for that.
 *
 * What the switch means:
 * - `shared` is false during an outage. Nothing is coordinated between processes meanwhile: each may
 *   claim the same key, and what the others wrote cannot be read.
 * - What this process wrote during an outage stays readable to it until its time is over, or until
 *   it writes or deletes the key again. It is not carried into the store.
 * - What is deleted during an outage may be there again afterwards, as the store kept it.
 * - An error of one key (a StoreError of scope `"key"`) is that call's alone, and rejects it.
 * - A command that ran out of time may have reached the store all the same.
 */
export class FallbackStore implements Store {
  readonly #store: Store;
  readonly #memory = new MemoryStore();
  readonly #warn: (message: string) => void;
  #isDown = false;
  /** Counts outages, so that an answer from before one does not end it. */
  #outages = 0;
  #isProbing = false;
  #retryAt = 0;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  /** Until when something written during an outage may still be in memory. */
  #remembered = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(store: Store, warn: (message: string) => void = warnProcess) {
    this.#store = store;
    this.#warn = warn;
  }

  /** Whether the store is shared and well. */
  get shared(): boolean {
    // Somebody who asks this first, and then does without the store, must not keep it down.
    this.#probe();
    return this.#store.shared && !this.#isDown;
  }

  async get(key: string): Promise<string | undefined> {
    const remembered = this.#mayRemember() ? await this.#memory.get(key) : undefined;
    return remembered ?? this.#try((store) => store.get(key));
  }

  async set(key: string, value: string, ttl: number): Promise<void> {
    await this.#try(async (store) => {
      await store.set(key, value, ttl);
      await this.#forget(key, store);
    }, ttl);
  }

  async delete(key: string): Promise<void> {
    await this.#try(async (store) => {
      await store.delete(key);
      await this.#forget(key, store);
    });
  }

  async claim(key: string, value: string, ttl: number): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.get(key)) !== undefined) return false;
    return this.#try((store) => store.claim(key, value, ttl), ttl);
  }

  async renew(key: string, value: string, ttl: number): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.renew(key, value, ttl))) {
      this.#remember(ttl);
      return true;
    }
    return this.#try((store) => store.renew(key, value, ttl));
  }

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.replace(key, expected, value, ttl))) {
      this.#remember(ttl);
      return true;
    }
    return this.#try((store) => store.replace(key, expected, value, ttl));
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.compareAndDelete(key, value))) return true;
    return this.#try((store) => store.compareAndDelete(key, value));
  }

  async wait(key: string, timeout: number, signal?: AbortSignal): Promise<string | undefined> {
    // In both: an outage may begin or end meanwhile.
    const found = new AbortController();
    const stop = () => found.abort();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    const waits = [this.#memory, this.#store].map(async (store) => {
      const value = await store.wait(key, timeout, found.signal).catch(() => undefined);
      if (value !== undefined) stop();
      return value;
    });
    const values = await Promise.all(waits);
    signal?.removeEventListener("abort", stop);
    return values[0] ?? values[1];
  }

  /** Asks the store, or memory while the store is down; what lands there may live for `ttl`. */
  async #try<T>(work: (store: Store) => Promise<T>, ttl = 0): Promise<T> {
    this.#probe();
    if (!this.#isDown) {
      const begun = this.#outages;
      try {
        return await work(this.#store);
      } catch (error) {
        if (error instanceof StoreError && error.scope === "key") throw error;
        if (begun === this.#outages) this.#fail(error);
      }
    }
    this.#remember(ttl);
    return work(this.#memory);
  }

  #fail(error: unknown): void {
    const now = performance.now();
    this.#isDown = true;
    this.#outages += 1;
    this.#retryAt = now + rest;
    if (now - this.#recoveredAt < calm) return;
    const reason = error instanceof Error ? error.message : typeof error;
    this.#warn(
      `The shared store failed, so this process goes on alone until it is back: ${reason}`,
    );
  }

  /** Tries a store that is down, by writing: a replica that only reads is of no use. */
  #probe(): void {
    if (!this.#isDown || this.#isProbing || performance.now() < this.#retryAt) return;
    this.#isProbing = true;
    this.#store
      .claim("probe", "1", rest)
      .then(
        () => {
          this.#isDown = false;
          this.#recoveredAt = performance.now();
          this.#sweepLater();
        },
        () => {
          this.#retryAt = performance.now() + rest;
        },
      )
      .finally(() => {
        this.#isProbing = false;
      });
  }

  /** Frees what an outage has left in memory, as its time passes. */
  #sweepLater(): void {
    if (this.#sweeper !== undefined) return;
    this.#sweeper = setInterval(() => {
      this.#memory.sweep();
      if (this.#memory.size > 0) return;
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }, sweepEvery).unref();
  }

  /** Drops what an outage left in memory, when `store` has taken something newer. */
  async #forget(key: string, store: Store): Promise<void> {
    if (store !== this.#memory && this.#mayRemember()) await this.#memory.delete(key);
  }

  #remember(ttl: number): void {
    if (ttl > 0) this.#remembered = Math.max(this.#remembered, performance.now() + ttl);
  }

  #mayRemember(): boolean {
    return this.#remembered > performance.now();
  }
}

function warnProcess(message: string): void {
  process.emitWarning(message, { code: "WX_STORE" });
}
