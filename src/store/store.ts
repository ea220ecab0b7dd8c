import type { Rule } from "../options.js";
import type { MaybePromise } from "../time/maybe-promise.js";

/** A value that was found, and how long it has left to live: both in one look. */
export interface Held {
  readonly value: string;
  /** Milliseconds, by the store's own clock: the clocks of the processes may differ. */
  readonly left: number;
}

/** What `enter` found. */
export interface Entered {
  /** What was there before; `undefined` when this call has set the key. */
  readonly held: Held | undefined;
  /** The value of the other key that was asked for. */
  readonly beside: string | undefined;
}

/** Conditions of `exchange`, and who is to hear of it. */
export interface ExchangeOptions {
  /**
   * Takes over from a holder that has not renewed: only if the value has at most `out` milliseconds
   * left and nobody listens on the holder's `channel`, or at most `stopped` even if somebody does.
   * Renewing sets the same value again, so the value alone does not tell.
   */
  readonly takeOver?:
    | { readonly channel: string; readonly out: number; readonly stopped: number }
    | undefined;
  /** Channels on which the key and the new value are told. */
  readonly notify?: readonly string[] | undefined;
}

/** What became of an `exchange`. */
export interface Exchanged {
  readonly done: boolean;
  /** What is there instead, when it was not done. */
  readonly held: Held | undefined;
}

/** Hears of a key that was exchanged; without a key, that something may be missed from now on, or was until now. */
export type Listener = (key?: string, value?: string) => void;

type Soon = "get" | "replace" | "enter" | "exchange";
/** Methods of a store that give at once what they give. */
export type AtOnce = {
  readonly [K in Soon]: (...given: Parameters<Store[K]>) => Awaited<ReturnType<Store[K]>>;
};

/**
 * Where koa-wx keeps what must outlive one request: tokens, tickets, runs, late replies, sessions,
 * logins. Keys and values are strings, times are milliseconds. Every method is atomic.
 */
export interface Store {
  /** Whether other processes see the same data. Without it, koa-wx coordinates in memory alone. */
  readonly shared: boolean;
  /** @internal Where nothing has to be waited for. */
  readonly atOnce?: AtOnce | undefined;
  /** The value of `key`, or `undefined` when there is none or it has expired. */
  get(key: string): Promise<string | undefined>;
  /** Sets `key` to `value` for `ttl` milliseconds. */
  set(key: string, value: string, ttl: number): Promise<void>;
  /** Removes `key`. */
  delete(key: string): Promise<void>;
  /** Sets `key` only if it is absent; resolves to whether this call set it. */
  claim(key: string, value: string, ttl: number): Promise<boolean>;
  /** Sets `key` to `value` for `ttl` only if it still holds `expected`; resolves to whether it did. */
  replace(key: string, expected: string, value: string, ttl: number): Promise<boolean>;
  /** Removes `key` only if it still holds `value`; resolves to whether it did. */
  compareAndDelete(key: string, value: string): Promise<boolean>;
  /**
   * Sets `key` only if it is absent, and tells what was there; reads the key `beside` afterwards.
   * Both have the same text in braces, so that a Redis Cluster keeps them together.
   */
  enter(key: string, value: string, ttl: number, beside?: string): Promise<Entered>;
  /**
   * Sets `key` to `value` only if it still holds `expected`, and tells what is there if not. It
   * lives for `ttl` from now, or, with `undefined`, for as long as it has left.
   */
  exchange(
    key: string,
    expected: string,
    value: string,
    ttl: number | undefined,
    options?: ExchangeOptions,
  ): Promise<Exchanged>;
  /** Listens on a channel of `exchange` until the returned function is called. */
  listen(channel: string, listener: Listener): Promise<() => void>;
  /** Puts a member on a list, due `after` milliseconds from now; `undefined` takes it off. */
  schedule(list: string, member: string, after: number | undefined): Promise<void>;
  /** At most `limit` members that are due. They are due again `again` milliseconds from now. */
  due(list: string, limit: number, again: number): Promise<readonly string[]>;
}

const methods = [
  "get",
  "set",
  "delete",
  "claim",
  "replace",
  "compareAndDelete",
  "enter",
  "exchange",
  "listen",
  "schedule",
  "due",
] as const satisfies readonly (keyof Store)[];

/** What can be a store: no client of Redis by itself. */
export const storeRule: Rule = {
  fault(store) {
    const missing = methods.find(
      (name) => typeof (store as Partial<Store> | null)?.[name] !== "function",
    );
    return (
      missing &&
      `must be a new MemoryStore(), a new RedisStore(client), or one of your own with all methods of Store; this one has no ${missing}()`
    );
  },
};

/** The methods of a store, which give at once what is there at once, and else reject what they throw. */
export function soon(store: Store): {
  readonly [K in Soon]: (
    ...given: Parameters<Store[K]>
  ) => MaybePromise<Awaited<ReturnType<Store[K]>>>;
} {
  if (!store.shared && store.atOnce !== undefined) return store.atOnce;
  return {
    get: async (...given) => store.get(...given),
    replace: async (...given) => store.replace(...given),
    enter: async (...given) => store.enter(...given),
    exchange: async (...given) => store.exchange(...given),
  };
}

/** The same store with every key prefixed, so that accounts and features cannot meet. */
export function scoped(store: Store, prefix: string): Store {
  const begin = `${prefix}:`;
  const at = (key: string) => begin + key;
  const now = store.atOnce;
  return {
    get shared() {
      return store.shared;
    },
    atOnce: now && {
      get: (key) => now.get(at(key)),
      replace: (key, expected, value, ttl) => now.replace(at(key), expected, value, ttl),
      enter: (key, value, ttl, beside) =>
        now.enter(at(key), value, ttl, beside === undefined ? undefined : at(beside)),
      exchange: (key, expected, value, ttl, options) =>
        now.exchange(at(key), expected, value, ttl, options),
    },
    get: (key) => store.get(at(key)),
    set: (key, value, ttl) => store.set(at(key), value, ttl),
    delete: (key) => store.delete(at(key)),
    claim: (key, value, ttl) => store.claim(at(key), value, ttl),
    replace: (key, expected, value, ttl) => store.replace(at(key), expected, value, ttl),
    compareAndDelete: (key, value) => store.compareAndDelete(at(key), value),
    enter: (key, value, ttl, beside) =>
      store.enter(at(key), value, ttl, beside === undefined ? undefined : at(beside)),
    exchange: (key, expected, value, ttl, options) =>
      store.exchange(at(key), expected, value, ttl, options),
    // Channels belong to processes, not to accounts; what is told on them are the keys of this scope.
    listen: (channel, listener) =>
      store.listen(channel, (key, value) => {
        if (key === undefined) listener();
        else if (key.startsWith(begin)) listener(key.slice(begin.length), value);
      }),
    schedule: (list, member, after) => store.schedule(at(list), member, after),
    due: (list, limit, again) => store.due(at(list), limit, again),
  };
}
