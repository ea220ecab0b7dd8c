import { LRUCache } from "lru-cache";
import { ConfigError } from "../errors.js";
import type { Store } from "./store.js";

/** How much a MemoryStore keeps. */
export interface MemoryStoreOptions {
  /** How many entries. Default: as many as fit in `maxSize`. The least recently used go first. */
  readonly max?: number;
  /** Characters of keys and values together. Default: 64 Mi. The least recently used go first. */
  readonly maxSize?: number;
  /** The clock, in milliseconds. Default: one that no change of the system's time can move. */
  readonly now?: () => number;
}

/**
 * A store in this process's memory: bounded, lost with the process, and seen by no other. An entry
 * that alone is larger than `maxSize` is not kept.
 *
 * ```ts
 * const wx = new Wechat({ token: "…", store: new MemoryStore({ max: 10_000 }) });
 * ```
 */
export class MemoryStore implements Store {
  readonly shared = false;
  readonly #entries: LRUCache<string, string>;
  readonly #waiters = new Map<string, Set<(value: string) => void>>();
  /** How many entries were written since those whose time is over were looked for. */
  #written = 0;

  constructor(options: MemoryStoreOptions = {}) {
    const { max, maxSize = 64 * 1024 * 1024, now } = options;
    for (const [name, bound] of Object.entries({ max, maxSize })) {
      if (bound !== undefined && !(Number.isSafeInteger(bound) && bound > 0)) {
        throw new ConfigError(`new MemoryStore(): ${name} is a whole number above 0.`);
      }
    }
    this.#entries = new LRUCache({
      ...(max === undefined ? {} : { max }),
      maxSize,
      // An entry costs something besides its characters.
      sizeCalculation: (value, key) => value.length + key.length + 100,
      ttlResolution: 0,
      ...(now === undefined ? {} : { perf: { now } }),
    });
  }

  /** How many entries there are, those whose time is over included until they are swept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Drops the entries whose time is over. They are never given out; this frees their memory. */
  sweep(): void {
    this.#written = 0;
    this.#entries.purgeStale();
  }

  async get(key: string): Promise<string | undefined> {
    return this.#entries.get(key);
  }

  async set(key: string, value: string, ttl: number): Promise<void> {
    this.#put(key, value, ttl);
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async claim(key: string, value: string, ttl: number): Promise<boolean> {
    if (this.#entries.get(key) !== undefined) return false;
    this.#put(key, value, ttl);
    return true;
  }

  async renew(key: string, value: string, ttl: number): Promise<boolean> {
    if (this.#entries.get(key) !== value) return false;
    this.#put(key, value, ttl);
    return true;
  }

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    if (this.#entries.get(key) !== expected) return false;
    this.#put(key, value, ttl);
    return true;
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    return this.#entries.get(key) === value && this.#entries.delete(key);
  }

  wait(key: string, timeout: number, signal?: AbortSignal): Promise<string | undefined> {
    const present = this.#entries.get(key);
    if (present !== undefined || timeout <= 0 || signal?.aborted) return Promise.resolve(present);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, waiters);
      const done = (value?: string) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        waiters.delete(done);
        if (waiters.size === 0) this.#waiters.delete(key);
        resolve(value);
      };
      const giveUp = () => done();
      const timer = setTimeout(giveUp, timeout);
      signal?.addEventListener("abort", giveUp, { once: true });
      waiters.add(done);
    });
  }

  #put(key: string, value: string, ttl: number): void {
    if (!(ttl > 0)) {
      this.#entries.delete(key);
      return;
    }
    this.#entries.set(key, value, { ttl: Math.ceil(ttl) });
    this.#written += 1;
    // Seldom enough to cost next to nothing, often enough that no more than half of them are stale.
    if (this.#written >= Math.max(1_000, this.#entries.size / 2)) this.sweep();
    const waiters = this.#waiters.get(key);
    if (waiters !== undefined) for (const waiter of [...waiters]) waiter(value);
  }
}
