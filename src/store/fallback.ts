import { MemoryStore } from "./memory.js";
import type { Store } from "./store.js";

/** How long a store that failed is left in peace before it is tried again. */
const rest = 1_000;

/**
 * A shared store that may fail: while it does, memory serves at once, with one warning for each
 * outage. What was written to memory stays readable until its time is over, also after the outage.
 * Between processes nothing is coordinated meanwhile.
 */
export class FallbackStore implements Store {
  readonly #store: Store;
  readonly #memory: MemoryStore;
  readonly #warn: (message: string) => void;
  /** When the store may be tried again; 0 while it is well. */
  #retryAt = 0;
  /** Until when something written during an outage may still be in memory. */
  #remembered = 0;

  constructor(store: Store, warn: (message: string) => void = warnProcess) {
    this.#store = store;
    this.#memory = new MemoryStore();
    this.#warn = warn;
  }

  get shared(): boolean {
    return this.#store.shared && this.#retryAt === 0;
  }

  get(key: string): Promise<string | undefined> {
    return this.#read(key, () => this.#store.get(key));
  }

  set(key: string, value: string, ttl: number): Promise<void> {
    return this.#write(ttl, (store) => store.set(key, value, ttl));
  }

  async delete(key: string): Promise<void> {
    if (this.#mayRemember()) await this.#memory.delete(key);
    await this.#write(0, (store) => store.delete(key));
  }

  async claim(key: string, value: string, ttl: number): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.get(key)) !== undefined) return false;
    return this.#write(ttl, (store) => store.claim(key, value, ttl));
  }

  async renew(key: string, value: string, ttl: number): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.renew(key, value, ttl))) return true;
    return this.#write(ttl, (store) => store.renew(key, value, ttl));
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    if (this.#mayRemember() && (await this.#memory.compareAndDelete(key, value))) return true;
    return this.#write(0, (store) => store.compareAndDelete(key, value));
  }

  async wait(key: string, timeout: number, signal?: AbortSignal): Promise<string | undefined> {
    const found = new AbortController();
    const either = signal === undefined ? found.signal : AbortSignal.any([signal, found.signal]);
    const waits = [this.#memory, this.#store].map(async (store) => {
      const value = await store.wait(key, timeout, either);
      if (value !== undefined) found.abort();
      return value;
    });
    const values = await Promise.all(waits);
    return values[0] ?? values[1];
  }

  async #read<T>(key: string, read: () => Promise<T>): Promise<T | string | undefined> {
    const remembered = this.#mayRemember() ? await this.#memory.get(key) : undefined;
    if (remembered !== undefined) return remembered;
    return this.#try(read, () => Promise.resolve(undefined));
  }

  #write<T>(ttl: number, write: (store: Store) => Promise<T>): Promise<T> {
    return this.#try(
      () => write(this.#store),
      () => {
        this.#remembered = Math.max(this.#remembered, performance.now() + ttl);
        return write(this.#memory);
      },
    );
  }

  async #try<T>(work: () => Promise<T>, instead: () => Promise<T>): Promise<T> {
    if (this.#retryAt > performance.now()) return instead();
    const wasDown = this.#retryAt !== 0;
    // One call probes the store; the others go to memory until it has answered.
    if (wasDown) this.#retryAt = performance.now() + rest;
    try {
      const value = await work();
      this.#retryAt = 0;
      return value;
    } catch (error) {
      if (this.#retryAt === 0 && !wasDown) {
        this.#warn(
          `The shared store failed, so this process goes on alone until it is back: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      this.#retryAt = performance.now() + rest;
      return instead();
    }
  }

  #mayRemember(): boolean {
    return this.#remembered > performance.now();
  }
}

function warnProcess(message: string): void {
  process.emitWarning(message, { code: "WX_STORE" });
}
