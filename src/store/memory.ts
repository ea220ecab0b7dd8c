import { LRUCache } from "lru-cache";
import { checkOptions, count, func, type Rules } from "../options.js";
import type {
  AtOnce,
  Entered,
  Exchanged,
  ExchangeOptions,
  Held,
  Listener,
  Store,
} from "./store.js";

type TakeOver = NonNullable<ExchangeOptions["takeOver"]>;

/** How much a MemoryStore keeps. */
export interface MemoryStoreOptions {
  /** How many entries. Default: as many as fit in `maxSize`. The least recently used go first. */
  readonly max?: number;
  /** Characters of keys and values together. Default: 64 Mi. The least recently used go first. */
  readonly maxSize?: number;
  /** The clock, in milliseconds. Default: one that no change of the system's time can move. */
  readonly now?: () => number;
}

const rules: Rules<MemoryStoreOptions> = { max: count, maxSize: count, now: func("Date.now") };

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
  /** @internal Not where another class has made other methods of these. */
  readonly atOnce: AtOnce | undefined;
  readonly #entries: LRUCache<string, string>;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #lists = new Map<string, Map<string, number>>();
  readonly #now: () => number;
  /** How many entries were written since those whose time is over were looked for. */
  #written = 0;

  constructor(options: MemoryStoreOptions = {}) {
    checkOptions(options, "new MemoryStore()", rules);
    const { max, maxSize = 64 * 1024 * 1024, now = () => performance.now() } = options;
    this.#entries = new LRUCache({
      ...(max === undefined ? {} : { max }),
      maxSize,
      // An entry costs something besides its characters.
      sizeCalculation: (value, key) => value.length + key.length + 100,
      ttlResolution: 0,
      perf: { now },
    });
    this.#now = now;
    if (new.target !== MemoryStore) return;
    this.atOnce = {
      get: (key) => this.#entries.get(key),
      replace: (...given) => this.#replace(...given),
      enter: (...given) => this.#enter(...given),
      exchange: (...given) => this.#exchange(...given),
    };
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

  /** Everything that is kept. */
  entries(): (readonly [key: string, held: Held])[] {
    return [...this.#entries.keys()].flatMap((key) => {
      const held = this.#held(key);
      return held === undefined ? [] : [[key, held] as const];
    });
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

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    return this.#replace(key, expected, value, ttl);
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    return this.#entries.get(key) === value && this.#entries.delete(key);
  }

  async enter(key: string, value: string, ttl: number, beside?: string): Promise<Entered> {
    return this.#enter(key, value, ttl, beside);
  }

  async exchange(
    key: string,
    expected: string,
    value: string,
    ttl: number | undefined,
    options?: ExchangeOptions,
  ): Promise<Exchanged> {
    return this.#exchange(key, expected, value, ttl, options);
  }

  async listen(channel: string, listener: Listener): Promise<() => void> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) {
        this.#listeners.delete(channel);
      }
    };
  }

  async schedule(list: string, member: string, after: number | undefined): Promise<void> {
    const members = this.#lists.get(list) ?? new Map<string, number>();
    members.delete(member);
    if (after !== undefined) this.#lists.set(list, members.set(member, this.#now() + after));
    if (members.size === 0) this.#lists.delete(list);
  }

  async due(list: string, limit: number, again: number): Promise<readonly string[]> {
    const members = this.#lists.get(list) ?? new Map<string, number>();
    const now = this.#now();
    const found = [...members].filter(([, at]) => at <= now).slice(0, limit);
    for (const [member] of found) members.set(member, now + again);
    return found.map(([member]) => member);
  }

  #replace(key: string, expected: string, value: string, ttl: number): boolean {
    if (this.#entries.get(key) !== expected) return false;
    this.#put(key, value, ttl);
    return true;
  }

  #enter(key: string, value: string, ttl: number, beside?: string): Entered {
    const held = this.#held(key);
    if (held === undefined) this.#put(key, value, ttl);
    return { held, beside: beside === undefined ? undefined : this.#entries.get(beside) };
  }

  #exchange(
    key: string,
    expected: string,
    value: string,
    ttl: number | undefined,
    { takeOver, notify = [] }: ExchangeOptions = {},
  ): Exchanged {
    const isAsExpected = this.#entries.peek(key) === expected;
    if (!isAsExpected || (takeOver !== undefined && !this.#isOut(key, takeOver))) {
      return { done: false, held: this.#held(key) };
    }
    this.#put(key, value, ttl ?? this.#left(key));
    for (const channel of notify) {
      for (const listener of this.#listeners.get(channel) ?? []) listener(key, value);
    }
    return { done: true, held: undefined };
  }

  #held(key: string): Held | undefined {
    const value = this.#entries.get(key);
    return value === undefined ? undefined : { value, left: this.#left(key) };
  }

  #left(key: string): number {
    return Math.max(0, this.#entries.getRemainingTTL(key));
  }

  #isOut(key: string, { channel, out, stopped }: TakeOver): boolean {
    const left = this.#left(key);
    return left <= stopped || (left <= out && !this.#listeners.has(channel));
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
  }
}
