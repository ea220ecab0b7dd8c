import { ConfigError } from "../errors.js";
import type { RedisClient } from "./redis-client.js";
import { RedisConnection, Script } from "./redis-connection.js";
import { tellRedis } from "./redis-error.js";
import type { Store } from "./store.js";

/** Where a RedisStore keeps its keys, and how patient it is. */
export interface RedisStoreOptions {
  /** What every key begins with. Default: `"koa-wx"`. */
  readonly prefix?: string;
  /** How long a command may take, in milliseconds. Default: 1,000. */
  readonly timeout?: number;
}

/** Gives `KEYS[1]` a new life if it still holds `ARGV[1]`. */
const renewing = new Script(
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end',
);
/** Sets `KEYS[1]` to `ARGV[2]` if it still holds `ARGV[1]`. */
const replacing = new Script(
  'if redis.call("get", KEYS[1]) == ARGV[1] then redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3]) return 1 else return 0 end',
);
/** Removes `KEYS[1]` if it still holds `ARGV[1]`. */
const removing = new Script(
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end',
);

/**
 * A store in Redis, which several processes share.
 *
 * ```ts
 * const wx = new Wechat({ token: "…", store: new RedisStore(new Redis(process.env.REDIS_URL)) });
 * ```
 *
 * Takes a `Redis` or a `Cluster` of `ioredis`, or a connected client, pool, cluster or Sentinel of
 * `redis`. The client stays yours:
 * listen to its `"error"` events (without a listener, `redis` ends the process when the connection
 * breaks) and close it after `wx.close()`. A command that fails or takes too long rejects with a
 * StoreError, whose message holds neither keys nor values. A `ttl` that is not above
 * zero removes the key.
 */
export class RedisStore implements Store {
  readonly shared = true;
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #timeout: number;

  constructor(client: RedisClient, options: RedisStoreOptions = {}) {
    const { prefix = "koa-wx", timeout = 1_000 } = options;
    if (!(timeout > 0 && timeout < 2 ** 31)) {
      throw new ConfigError(
        "new RedisStore(): timeout is a number of milliseconds above 0, such as 1_000.",
      );
    }
    this.#connection = new RedisConnection(client, timeout);
    this.#prefix = prefix;
    this.#timeout = timeout;
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.#connection.run(this.#at(key), "GET");
    if (value === null || typeof value === "string") return value ?? undefined;
    throw noAnswer("GET");
  }

  async set(key: string, value: string, ttl: number): Promise<void> {
    if (ttl > 0) await this.#connection.run(this.#at(key), "SET", value, "PX", milliseconds(ttl));
    else await this.delete(key);
  }

  async delete(key: string): Promise<void> {
    await this.#connection.run(this.#at(key), "DEL");
  }

  async claim(key: string, value: string, ttl: number): Promise<boolean> {
    const args = [value, "PX", milliseconds(ttl), "NX"];
    const reply = await this.#connection.run(this.#at(key), "SET", ...args);
    if (reply === "OK" || reply === null) return reply === "OK";
    throw noAnswer("SET");
  }

  async renew(key: string, value: string, ttl: number): Promise<boolean> {
    return this.#does(renewing, key, value, milliseconds(ttl));
  }

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    if (!(ttl > 0)) return this.compareAndDelete(key, expected);
    return this.#does(replacing, key, expected, value, milliseconds(ttl));
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    return this.#does(removing, key, value);
  }

  /** Looks again and again, at intervals that grow from 20 to 200 ms. */
  async wait(key: string, timeout: number, signal?: AbortSignal): Promise<string | undefined> {
    const end = performance.now() + timeout;
    let pause = 20;
    let value: string | undefined;
    for (;;) {
      // A store that does not answer right now may do so before the time is over.
      const looked = this.get(key).then(
        (found) => {
          value = found;
        },
        () => {},
      );
      // The first look is for what is there already, however little time there is.
      const patience = Math.max(end - performance.now(), Math.min(this.#timeout, 100));
      await settled(looked, patience, signal);
      const left = end - performance.now();
      if (value !== undefined || left <= 0 || signal?.aborted) return value;
      await settled(undefined, Math.min(pause, left), signal);
      pause = Math.min(pause * 1.5, 200);
    }
  }

  /** Whether a script did something. */
  async #does(script: Script, key: string, ...args: readonly string[]): Promise<boolean> {
    const reply = await this.#connection.script(script, this.#at(key), ...args);
    if (reply === "1" || reply === "0") return reply === "1";
    throw noAnswer("EVALSHA");
  }

  #at(key: string): string {
    return `${this.#prefix}:${key}`;
  }
}

/** What is no answer must never be taken for a "no". */
function noAnswer(command: string) {
  return tellRedis(
    command,
    "answered with what is no answer",
    "Check what stands between koa-wx and Redis, such as a proxy or a client of your own.",
  );
}

const milliseconds = (ttl: number) => String(ttl > 0 ? Math.min(Math.ceil(ttl), 1e13) : 1);

/** Resolves when `work` does, `ms` are over or `signal` aborts. */
function settled(work: Promise<void> | undefined, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    signal?.addEventListener("abort", done, { once: true });
    void work?.then(done);
  });
}
