import { ConfigError } from "../errors.js";

/**
 * Where koa-wx keeps what must outlive one request: tokens, tickets, finished runs, late replies,
 * sessions, logins. Keys and values are strings, times are milliseconds.
 */
export interface Store {
  /** Whether other processes see the same data. Without it, koa-wx coordinates in memory alone. */
  readonly shared: boolean;
  /** The value of `key`, or `undefined` when there is none or it has expired. */
  get(key: string): Promise<string | undefined>;
  /** Sets `key` to `value` for `ttl` milliseconds. */
  set(key: string, value: string, ttl: number): Promise<void>;
  /** Removes `key`. */
  delete(key: string): Promise<void>;
  /** Sets `key` only if it is absent; resolves to whether this call set it. */
  claim(key: string, value: string, ttl: number): Promise<boolean>;
  /** Gives `key` a new life of `ttl`, only if it still holds `value`; resolves to whether it did. */
  renew(key: string, value: string, ttl: number): Promise<boolean>;
  /** Sets `key` to `value` for `ttl` only if it still holds `expected`; resolves to whether it did. */
  replace(key: string, expected: string, value: string, ttl: number): Promise<boolean>;
  /** Removes `key` only if it still holds `value`; resolves to whether it did. */
  compareAndDelete(key: string, value: string): Promise<boolean>;
  /**
   * Resolves to the value of `key` as soon as it is set, at once if it is already there, and to
   * `undefined` when `timeout` milliseconds have passed or `signal` aborts. Never rejects for either.
   */
  wait(key: string, timeout: number, signal?: AbortSignal): Promise<string | undefined>;
}

const methods = [
  "get",
  "set",
  "delete",
  "claim",
  "renew",
  "replace",
  "compareAndDelete",
  "wait",
] as const satisfies readonly (keyof Store)[];

/** Refuses what cannot be a store, such as a client of Redis by itself. Throws a ConfigError. */
export function checkStore(store: unknown): asserts store is Store {
  const missing = methods.find(
    (name) => typeof (store as Partial<Store> | null)?.[name] !== "function",
  );
  if (missing === undefined) return;
  throw new ConfigError(
    `"store" must be a new MemoryStore(), a new RedisStore(client), or one of your own with all methods of Store; this one has no ${missing}().`,
  );
}

/** The same store with every key prefixed, so that accounts and features cannot meet. */
export function scoped(store: Store, prefix: string): Store {
  const at = (key: string) => `${prefix}:${key}`;
  return {
    get shared() {
      return store.shared;
    },
    get: (key) => store.get(at(key)),
    set: (key, value, ttl) => store.set(at(key), value, ttl),
    delete: (key) => store.delete(at(key)),
    claim: (key, value, ttl) => store.claim(at(key), value, ttl),
    renew: (key, value, ttl) => store.renew(at(key), value, ttl),
    replace: (key, expected, value, ttl) => store.replace(at(key), expected, value, ttl),
    compareAndDelete: (key, value) => store.compareAndDelete(at(key), value),
    wait: (key, timeout, signal) => store.wait(at(key), timeout, signal),
  };
}
