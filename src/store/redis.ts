import { ConfigError, WechatError } from "../errors.js";
import type { Store } from "./store.js";

/** What is needed of a client of the package `ioredis`. */
export interface IoRedisClient {
  /** `"ready"` while commands reach the server. */
  readonly status?: string;
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** What is needed of a client of the package `redis`. */
export interface NodeRedisClient {
  /** Whether commands reach the server. */
  readonly isReady?: boolean;
  sendCommand(args: string[]): Promise<unknown>;
}

/** Where a RedisStore keeps its keys, and how patient it is. */
export interface RedisStoreOptions {
  /** What every key begins with. Default: `"koa-wx"`. */
  readonly prefix?: string;
  /** How long a command may take, in milliseconds. Default: 1,000. */
  readonly timeout?: number;
}

/** Gives `KEYS[1]` a new life if it still holds `ARGV[1]`. */
const renewScript =
  'if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("pexpire", KEYS[1], ARGV[2]) else return 0 end';
/** Sets `KEYS[1]` to `ARGV[2]` if it still holds `ARGV[1]`. */
const replaceScript =
  'if redis.call("get", KEYS[1]) == ARGV[1] then redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3]) return 1 else return 0 end';
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
 * Takes a client or cluster of `ioredis`, or a connected client of `redis`. The client stays yours:
 * listen to its `"error"` events (without a listener, `redis` ends the process when the connection
 * breaks) and close it after `wx.close()`. A command that fails or takes too long rejects with a
 * WechatError `WX_STORE`, whose message holds neither keys nor values. A `ttl` that is not above
 * zero removes the key.
 */
export class RedisStore implements Store {
  readonly shared = true;
  readonly #connection: Connection;
  readonly #prefix: string;
  readonly #timeout: number;
  #wasReady = false;

  constructor(client: IoRedisClient | NodeRedisClient, options: RedisStoreOptions = {}) {
    const { prefix = "koa-wx", timeout = 1_000 } = options;
    if (!(timeout > 0 && timeout < 2 ** 31)) {
      throw new ConfigError(
        "new RedisStore(): timeout is a number of milliseconds above 0, such as 1_000.",
      );
    }
    this.#connection = connection(client);
    this.#prefix = prefix;
    this.#timeout = timeout;
  }

  async get(key: string): Promise<string | undefined> {
    const value = await this.#command("GET", this.#at(key));
    // A client of `redis` can be set to give buffers.
    if (Buffer.isBuffer(value)) return value.toString();
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
    return String(await this.#command("SET", ...args)) === "OK";
  }

  async renew(key: string, value: string, ttl: number): Promise<boolean> {
    const args = [renewScript, "1", this.#at(key), value, milliseconds(ttl)];
    return Number(await this.#command("EVAL", ...args)) === 1;
  }

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    if (!(ttl > 0)) return this.compareAndDelete(key, expected);
    const args = [replaceScript, "1", this.#at(key), expected, value, milliseconds(ttl)];
    return Number(await this.#command("EVAL", ...args)) === 1;
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    const args = [removeScript, "1", this.#at(key), value];
    return Number(await this.#command("EVAL", ...args)) === 1;
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

  #at(key: string): string {
    return `${this.#prefix}:${key}`;
  }

  #command(name: string, ...args: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let over = false;
      const timer = setTimeout(() => {
        over = true;
        reject(storeError(name, `did not answer within ${this.#timeout} ms`, advice));
      }, this.#timeout);
      const send = async () => {
        // In the queue of a client that has lost its connection, a command would outlive its time
        // and overwrite what came after it.
        while (this.#isCut()) {
          await new Promise((again) => setTimeout(again, 20));
          if (over) return undefined;
        }
        const value = await this.#connection.run([name, ...args]);
        // An answer is the proof of a connection, also for a command that waited for the first one.
        this.#wasReady = true;
        return value;
      };
      // Both are without effect, and nothing is left unhandled, when the time is already over.
      send()
        .then(resolve, (error: unknown) => reject(refusal(name, error)))
        .finally(() => clearTimeout(timer));
    });
  }

  /** Whether the client had a connection and lost it; while it first connects, its queue serves. */
  #isCut(): boolean {
    const ready = this.#connection.isReady();
    if (ready) this.#wasReady = true;
    return this.#wasReady && !ready;
  }
}

interface Connection {
  run(args: string[]): Promise<unknown>;
  isReady(): boolean;
}

function connection(client: IoRedisClient | NodeRedisClient): Connection {
  if (typeof client === "object" && client !== null) {
    if ("call" in client && typeof client.call === "function") {
      return {
        run: async ([name = "", ...args]) => client.call(name, ...args),
        isReady: () => client.status === undefined || client.status === "ready",
      };
    }
    // A cluster of `redis` has a sendCommand of another shape.
    const isCluster = "nodeByAddress" in client;
    if (!isCluster && "sendCommand" in client && typeof client.sendCommand === "function") {
      return {
        run: async (args) => client.sendCommand(args),
        isReady: () => client.isReady ?? true,
      };
    }
  }
  throw new ConfigError(
    "new RedisStore() takes a client of the package ioredis (new Redis(url), or new Cluster(nodes)) or redis (await createClient({ url }).connect()).",
  );
}

const advice = "Check that Redis is up, can be reached from here and is not overloaded.";

function storeError(command: string, what: string, then: string): WechatError {
  return new WechatError("WX_STORE", `Redis ${what} (${command}). ${then}`);
}

/** The client's error is not passed on, not even as the cause: it quotes the command with its values. */
function refusal(command: string, error: unknown): WechatError {
  const text = error instanceof Error ? error.message : "";
  // Redis begins its own errors with a word such as NOAUTH or READONLY, a connection has a code.
  const code = /^[A-Z]{2,20}(?= )/.exec(text)?.[0] ?? systemCode(error);
  const then =
    (code === undefined ? undefined : remedies[code]) ??
    'Check the client\'s connection, and listen to its "error" events for the reason.';
  const name = error instanceof Error ? error.name : typeof error;
  return storeError(command, `refused a command: ${code ?? name}`, then);
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return /^E[A-Z]{4,20}$/.exec(String(error.code))?.[0];
}

const remedies: Readonly<Record<string, string>> = {
  NOAUTH: "Give the client Redis' password.",
  WRONGPASS: "Give the client the right user name and password.",
  NOPERM: "Allow the user GET, SET, DEL and EVAL on the store's keys.",
  READONLY: "Connect to the primary, not to a replica.",
  OOM: "Give Redis more memory (maxmemory) or a policy that evicts keys.",
  MOVED: "This is a Redis Cluster: pass a Cluster of ioredis.",
};

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
