import { ConfigError, WechatError } from "../errors.js";
import type { Store } from "./store.js";

/** What is needed of a client of the package `ioredis`. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** What is needed of a client of the package `redis`. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

export interface RedisStoreOptions {
  /** What every key begins with. Default: `"koa-wx"`. */
  readonly prefix?: string;
  /** How long a command may take, in milliseconds. Default: 1,000. */
  readonly timeout?: number;
}

/** Gives `KEYS[1]` a new life if it still holds `ARGV[1]`. */
const renewScript =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end';
/** Removes `KEYS[1]` if it still holds `ARGV[1]`. */
const removeScript =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) else return 0 end';

/**
 * A store in Redis, which several processes share.
 *
 * ```ts
 * const wx = new Wechat({ token: "…", store: new RedisStore(new Redis(process.env.REDIS_URL)) });
 * ```
 *
 * Takes a connected client of `ioredis` or `redis`; its `"error"` events are yours to listen to.
 * A command that fails or takes too long rejects with a WechatError `WX_STORE`.
 */
export class RedisStore implements Store {
  readonly shared = true;
  readonly #run: (args: string[]) => Promise<unknown>;
  readonly #prefix: string;
  readonly #timeout: number;

  constructor(client: IoRedisClient | NodeRedisClient, options: RedisStoreOptions = {}) {
    this.#run = runner(client);
    this.#prefix = options.prefix ?? "koa-wx";
    this.#timeout = options.timeout ?? 1_000;
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.#command("GET", this.#at(key));
    return typeof value === "string" ? value : undefined;
  }

  async set(key: string, value: string, ttl: number): Promise<void> {
    if (ttl > 0) await this.#command("SET", this.#at(key), value, "PX", milliseconds(ttl));
    else await this.delete(key);
  }

  async delete(key: string): Promise<void> {
    await this.#command("DEL", this.#at(key));
  }

  async claim(key: string, value: string, ttl: number): Promise<boolean> {
    const args = [this.#at(key), value, "PX", milliseconds(ttl), "NX"];
    return (await this.#command("SET", ...args)) === "OK";
  }

  async renew(key: string, value: string, ttl: number): Promise<boolean> {
    const args = [renewScript, "1", this.#at(key), value, milliseconds(ttl)];
    return Number(await this.#command("EVAL", ...args)) === 1;
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    const args = [removeScript, "1", this.#at(key), value];
    return Number(await this.#command("EVAL", ...args)) === 1;
  }

  async wait(key: string, timeout: number, signal?: AbortSignal): Promise<string | undefined> {
    const end = performance.now() + timeout;
    let pause = 20;
    for (;;) {
      // A store that does not answer right now may do so before the time is over.
      const value = await this.get(key).catch(() => undefined);
      const left = end - performance.now();
      if (value !== undefined || left <= 0 || signal?.aborted) return value;
      await sleep(Math.min(pause, left), signal);
      pause = Math.min(pause * 1.5, 200);
    }
  }

  #at(key: string): string {
    return `${this.#prefix}:${key}`;
  }

  #command(name: string, ...args: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new WechatError(
            "WX_STORE",
            `Redis did not answer ${name} within ${this.#timeout} ms. Check that it is up and can be reached.`,
          ),
        );
      }, this.#timeout);
      this.#run([name, ...args]).then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          // The cause's text may quote the command, which holds values.
          const what = error instanceof Error ? error.name : typeof error;
          reject(new WechatError("WX_STORE", `Redis failed at ${name} (${what}).`));
        },
      );
    });
  }
}

function runner(client: IoRedisClient | NodeRedisClient): (args: string[]) => Promise<unknown> {
  if ("call" in client && typeof client.call === "function") {
    return async ([name = "", ...args]) => client.call(name, ...args);
  }
  if ("sendCommand" in client && typeof client.sendCommand === "function") {
    return async (args) => client.sendCommand(args);
  }
  throw new ConfigError(
    "new RedisStore() takes a client of the package ioredis (new Redis(url)) or redis (await createClient({ url }).connect()).",
  );
}

const milliseconds = (ttl: number) => String(Math.max(1, Math.ceil(ttl)));

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
