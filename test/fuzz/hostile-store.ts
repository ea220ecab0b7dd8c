import { MemoryStore, type Store, StoreError } from "../../src/index.js";
import { nastyText } from "./mutate.js";
import { mutateJson } from "./mutate-json.js";
import type { Random } from "./random.js";
import { asShared } from "./shared-store.js";

const week = 7 * 86_400_000;

/** What stands at a key that somebody else has written: junk, or nearly what was to stand there. */
function hostile(own: string | undefined, random: Random): string {
  if (own === undefined || random.chance(0.2)) {
    return random.chance(0.5) ? nastyText(random) : mutateJson({ a: [1, "b", null] }, random);
  }
  try {
    const value = JSON.parse(own) as unknown;
    // More than once: a record has many fields, and most are looked at only in some phase.
    return mutateJson(value, random);
  } catch {
    return random.chance(0.5) ? `${own}${nastyText(random)}` : nastyText(random);
  }
}

/**
 * A shared store into which somebody else writes as well: before an operation its key may hold what
 * koa-wx has never written, or another type of Redis, of which every command is refused.
 */
export class HostileStore {
  /** How likely it is for each operation; 0 lets koa-wx alone. */
  rate: number;
  /** What was planted, in order. */
  readonly planted: (readonly [key: string, value: string])[] = [];
  readonly #inner = new MemoryStore();
  readonly #random: Random;

  constructor(random: Random, rate: number) {
    this.#random = random;
    this.rate = rate;
  }

  /** The store as one process has it. */
  connect(): Store {
    const store = asShared(this.#inner);
    const before = (key: string, own?: string) => this.#plant(key, own);
    return {
      shared: true,
      get: async (key) => {
        await before(key);
        return store.get(key);
      },
      set: async (key, value, ttl) => {
        await before(key, value);
        return store.set(key, value, ttl);
      },
      delete: async (key) => {
        await before(key);
        return store.delete(key);
      },
      claim: async (key, value, ttl) => {
        await before(key, value);
        return store.claim(key, value, ttl);
      },
      replace: async (key, expected, value, ttl) => {
        await before(key, value);
        return store.replace(key, expected, value, ttl);
      },
      compareAndDelete: async (key, value) => {
        await before(key, value);
        return store.compareAndDelete(key, value);
      },
      enter: async (key, value, ttl, beside) => {
        await before(key, value);
        if (beside !== undefined) await before(beside);
        return store.enter(key, value, ttl, beside);
      },
      exchange: async (key, expected, value, ttl, options) => {
        await before(key, value);
        return store.exchange(key, expected, value, ttl, options);
      },
      listen: (channel, listener) =>
        store.listen(channel, (key, value) => {
          if (value === undefined || !this.#strikes()) listener(key, value);
          else listener(key, this.#note(key ?? "", hostile(value, this.#random)));
        }),
      schedule: async (list, member, after) => {
        if (this.#strikes())
          await store.schedule(list, this.#note(list, nastyText(this.#random)), 0);
        return store.schedule(list, member, after);
      },
      due: (list, limit, again) => store.due(list, limit, again),
    };
  }

  #strikes(): boolean {
    return this.rate > 0 && this.#random.chance(this.rate);
  }

  async #plant(key: string, own: string | undefined): Promise<void> {
    if (!this.#strikes()) return;
    if (this.#random.chance(0.1)) {
      this.#note(key, "(another type)");
      throw new StoreError("Redis refused a command: WRONGTYPE.", "key");
    }
    const now = own ?? (await this.#inner.get(key));
    await this.#inner.set(key, this.#note(key, hostile(now, this.#random)), week);
  }

  #note(key: string, value: string): string {
    this.planted.push([key, value.slice(0, 300)]);
    return value;
  }
}
