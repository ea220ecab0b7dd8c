import { checkOptions, type Rules, text, timer } from "../../options.js";
import type { Entered, Exchanged, ExchangeOptions, Held, Listener, Store } from "../store.js";
import type { RedisClient } from "./client.js";
import { RedisConnection, type Reply, Script } from "./connection.js";
import { tellRedis } from "./error.js";

/** Where a RedisStore keeps its keys, and how patient it is. */
export interface RedisStoreOptions {
  /** What every key begins with. Default: `"koa-wx"`. */
  readonly prefix?: string;
  /** How long a command may take, in milliseconds. Default: 4,000. */
  readonly timeout?: number;
}

const rules: Rules<RedisStoreOptions> = { prefix: text, timeout: timer };

/**
 * Sets `KEYS[1]` if it is absent, else tells what it holds and its time; reads `KEYS[2]`. All that can
 * fail is read first, or what was set would stay although the caller hears of an error.
 */
const entering = new Script(`
local beside = KEYS[2] and redis.call("get", KEYS[2]) or false
local held = redis.call("get", KEYS[1])
local left = 0
if held then left = redis.call("pttl", KEYS[1])
else redis.call("set", KEYS[1], ARGV[1], "px", ARGV[2]) end
return {held, left, beside}`);
/**
 * Sets `KEYS[1]` from `ARGV[1]` to `ARGV[2]`, unless a holder who is listened to on `ARGV[4]` may
 * keep it, and tells those on the channels from `ARGV[8]` on. A user of Redis who may use no channels
 * writes all the same, and nobody is told. A node of a cluster knows only those who listen to it: for
 * the others, a holder who stands still is out with his lease.
 */
const exchanging = new Script(`
local held = redis.call("get", KEYS[1])
local left = redis.call("pttl", KEYS[1])
if held ~= ARGV[1] then return {0, held, left} end
if ARGV[4] ~= "" then
  local isOut = left <= tonumber(ARGV[5]) and redis.pcall("pubsub", "numsub", ARGV[4])[2] == 0
  if not isOut and left > tonumber(ARGV[6]) then return {0, held, left} end
end
redis.call("set", KEYS[1], ARGV[2], "px", ARGV[3] == "" and math.max(left, 1) or ARGV[3])
for index = 8, #ARGV do redis.pcall("publish", ARGV[index], ARGV[7] .. "\\n" .. ARGV[2]) end
return {1, false, 0}`);
/** Puts a member on a list, due in so many milliseconds. */
const scheduling = new Script(`
local now = redis.call("time")
redis.call("zadd", KEYS[1], now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2], ARGV[1])
return 1`);
/** The members of a list that are due, which are due again later. */
const taking = new Script(`
local time = redis.call("time")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call("zrangebyscore", KEYS[1], "-inf", now, "limit", 0, ARGV[1])
for _, member in ipairs(found) do redis.call("zadd", KEYS[1], now + ARGV[2], member) end
return found`);
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
 * `redis`. The client stays yours: listen to its `"error"` events (without a listener, `redis` ends
 * the process when the connection breaks) and close it after `wx.close()`. One more connection like
 * it listens, and is closed with it. A command that fails or takes too long rejects with a
 * StoreError, whose message holds neither keys nor values. A `ttl` that is not above zero removes
 * the key.
 */
export class RedisStore implements Store {
  readonly shared = true;
  readonly #connection: RedisConnection;
  readonly #prefix: string;

  constructor(client: RedisClient, options: RedisStoreOptions = {}) {
    checkOptions(options, "new RedisStore()", rules);
    const { prefix = "koa-wx", timeout = 4_000 } = options;
    this.#connection = new RedisConnection(client, timeout);
    this.#prefix = prefix;
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

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    if (!(ttl > 0)) return this.compareAndDelete(key, expected);
    return this.#does(replacing, key, expected, value, milliseconds(ttl));
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    return this.#does(removing, key, value);
  }

  async enter(key: string, value: string, ttl: number, beside?: string): Promise<Entered> {
    const keys = beside === undefined ? [this.#at(key)] : [this.#at(key), this.#at(beside)];
    const reply = await this.#connection.script(entering, keys, value, milliseconds(ttl));
    const [held, left, other] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
    return { held: heldOf(held, left), beside: textOf(other) };
  }

  async exchange(
    key: string,
    expected: string,
    value: string,
    ttl: number | undefined,
    { takeOver, notify = [] }: ExchangeOptions = {},
  ): Promise<Exchanged> {
    const { channel, out, stopped } = takeOver ?? { channel: "", out: -1, stopped: -1 };
    const reply = await this.#connection.script(
      exchanging,
      [this.#at(key)],
      expected,
      value,
      ttl === undefined ? "" : milliseconds(ttl),
      takeOver === undefined ? "" : this.#channel(channel),
      String(out),
      String(stopped),
      key,
      ...notify.map((name) => this.#channel(name)),
    );
    const [done, held, left] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
    if (done !== "1" && done !== "0") throw noAnswer("EVALSHA");
    return { done: done === "1", held: done === "1" ? undefined : heldOf(held, left) };
  }

  listen(channel: string, listener: Listener): Promise<() => void> {
    const hear = (message: string) => {
      const end = message.indexOf("\n");
      listener(message.slice(0, end), message.slice(end + 1));
    };
    return this.#connection.subscribe(this.#channel(channel), hear, () => listener());
  }

  async schedule(list: string, member: string, after: number | undefined): Promise<void> {
    const key = this.#at(list);
    if (after === undefined) await this.#connection.run(key, "ZREM", member);
    else await this.#connection.script(scheduling, [key], member, String(Math.ceil(after)));
  }

  async due(list: string, limit: number, again: number): Promise<readonly string[]> {
    const args = [String(limit), String(Math.ceil(again))];
    const reply = await this.#connection.script(taking, [this.#at(list)], ...args);
    if (!Array.isArray(reply)) throw noAnswer("EVALSHA");
    return reply.filter((member) => typeof member === "string");
  }

  /** Whether a script did something. */
  async #does(script: Script, key: string, ...args: readonly string[]): Promise<boolean> {
    const reply = await this.#connection.script(script, [this.#at(key)], ...args);
    if (reply === "1" || reply === "0") return reply === "1";
    throw noAnswer("EVALSHA");
  }

  #at(key: string): string {
    return `${this.#prefix}:${key}`;
  }

  #channel(name: string): string {
    return this.#connection.channel(this.#at(name));
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

/** A value with the time it has left. What is no answer is an error, never a "nothing there". */
function heldOf(value: Reply | undefined, left: Reply | undefined): Held | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : { value: text, left: Number(left) };
}

function textOf(value: Reply | undefined): string | undefined {
  if (value === null || typeof value === "string") return value ?? undefined;
  throw noAnswer("EVALSHA");
}
