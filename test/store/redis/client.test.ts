import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import { Redis } from "ioredis";
import type * as ioredis5 from "ioredis5";
import { createClient, createClientPool, RESP_TYPES } from "redis";
import type * as redis4 from "redis4";
import { createClient as createClient4 } from "redis4";
import type * as redis5 from "redis5";
import { createClient as createClient5 } from "redis5";
import { ConfigError, StoreError } from "../../../src/errors.js";
import type { RedisClient } from "../../../src/store/redis/client.js";
import { RedisConnection, Script } from "../../../src/store/redis/connection.js";
import { RedisStore } from "../../../src/store/redis/redis.js";
import { errorOf } from "../../support/error-of.js";
import { type RedisServer, startRedis } from "../../support/redis.js";

let redis: RedisServer;
const closing: (() => unknown)[] = [];

/** A connected client of any version of `redis`. */
async function connected<C extends { connect(): Promise<unknown>; on: unknown }>(
  client: C & { readonly isOpen?: boolean; close?(): unknown; disconnect?(): unknown },
): Promise<C> {
  (client.on as (event: string, listener: () => void) => void)("error", () => {});
  await client.connect();
  closing.push(() => (client.close ?? client.disconnect)?.call(client));
  return client;
}

function ioredis(options: object = {}): Redis {
  const client = new Redis(redis.port, "127.0.0.1", { retryStrategy: () => 50, ...options });
  client.on("error", () => {});
  closing.push(() => client.disconnect());
  return client;
}

describe("RedisStore: a client of Redis", () => {
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    for (const close of closing) await close();
    await redis.stop();
  });

  it("is taken by its type, in every version", () => {
    expectTypeOf<ioredis5.Redis>().toExtend<RedisClient>();
    expectTypeOf<ioredis5.Cluster>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof redis4.createClient>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof redis4.createCluster>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof redis5.createClient>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof redis5.createClientPool>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof redis5.createCluster>>().toExtend<RedisClient>();
    expectTypeOf<ReturnType<typeof redis5.createSentinel>>().toExtend<RedisClient>();
    expectTypeOf<string>().not.toExtend<RedisClient>();
    expectTypeOf<Promise<Redis>>().not.toExtend<RedisClient>();
  });

  it("is refused at construction where it can be seen not to work, with the reason", async () => {
    const url = redis.url;
    const listening = createClient5({ url });
    await connected(listening);
    await listening.subscribe("a", () => {});
    const deaf = ioredis();
    await deaf.call("get", "a");
    await deaf.subscribe("a");
    const inLegacyMode = createClient4({ url, legacyMode: true });
    const refused: [wrong: unknown, expected: RegExp][] = [
      [undefined, /This is undefined/],
      [null, /This is/],
      [redis.url, /address/],
      [6379, /number/],
      [{ host: "127.0.0.1", port: 6379 }, /This is none/],
      [Promise.resolve(ioredis()), /promise.*await/],
      [createClient({ url }).legacy(), /legacy/],
      [createClient5({ url }).legacy(), /legacy/],
      [inLegacyMode, /legacy/],
      [listening, /listens.*duplicate/],
    ];
    if (deaf.mode === "subscriber") refused.push([deaf, /listens.*duplicate/]);
    for (const [wrong, expected] of refused) {
      const make = () => new RedisStore(wrong as RedisClient);
      expect(make, String(expected)).to.throw(ConfigError, expected);
      expect(make).to.throw(/ioredis.*createSentinel/);
    }
  });

  it("is refused at its first use where it answers otherwise, never with a no", async () => {
    const answers: Record<string, (command: string) => unknown> = {
      undefined: () => undefined,
      bytes: () => Buffer.from("OK"),
      object: () => ({}),
      boolean: () => true,
      "something else": (command) => (command.toLowerCase() === "evalsha" ? null : "OK"),
    };
    for (const [what, answer] of Object.entries(answers)) {
      for (const client of [
        { call: async (command: string) => answer(command) },
        { sendCommand: async ([command = ""]: string[]) => answer(command) },
      ]) {
        const store = new RedisStore(client);
        for (const ask of [
          () => store.claim("a", "1", 1_000),
          () => store.get("a"),
          () => store.replace("a", "1", "1", 1_000),
        ]) {
          const error = await errorOf(ask(), StoreError);
          expect([error.code, error.scope]).to.deep.equal(["WX_STORE", "store"]);
          expect(error.message).to.include(`seems to answer with ${what}`);
        }
      }
    }
  });

  it("is told what it misses when it was never connected, or is closed", async () => {
    const forgotten = new RedisStore(createClient({ url: redis.url }));
    expect((await errorOf(forgotten.get("a"), StoreError)).message).to.match(
      /await client\.connect\(\)/,
    );
    const closed = ioredis();
    closed.disconnect();
    expect((await errorOf(new RedisStore(closed).get("a"), StoreError)).scope).to.equal("store");
  });

  it("that begins to listen later is told to leave that to another", async () => {
    const client = ioredis({ protocol: 2 });
    const store = new RedisStore(client);
    await store.set("a", "1", 1_000);
    await client.subscribe("b");
    const error = await errorOf(store.get("a"), StoreError);
    expect(error.scope).to.equal("store");
    expect(error.message).to.match(/listens to channels/);
  });

  it("may give what types it likes to others", async () => {
    const script = new Script('return {1, redis.call("get", KEYS[1])}');
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.NUMBER]: String };
    const url = redis.url;
    const various: RedisClient[] = [
      ioredis({ stringNumbers: true }),
      ioredis({ protocol: 3, replyMapping: "resp3" }),
      ioredis({ enableAutoPipelining: true, enableOfflineQueue: false }),
      await connected(createClient({ url, commandOptions: { typeMapping } })),
      await connected(createClient({ url, RESP: 2, disableOfflineQueue: true })),
      (await connected(createClient({ url }))).withTypeMapping(typeMapping),
      await connected(createClientPool({ url, commandOptions: { typeMapping } })),
    ];
    for (const client of various) {
      const connection = new RedisConnection(client, 1_000);
      await connection.run("types", "SET", "text");
      expect(await connection.run("types", "GET")).to.equal("text");
      expect(await connection.script(script, ["types"])).to.deep.equal(["1", "text"]);
    }
  });

  it("puts its own prefix before keys and channels, and is heard by its like alone", async () => {
    const publish = new Script(
      'redis.call("set", KEYS[1], "x") return redis.call("publish", ARGV[1], "to " .. KEYS[1])',
    );
    const keyPrefix = "app:";
    const url = redis.url;
    for (const client of [
      ioredis({ keyPrefix }),
      await connected(createClient({ url, keyPrefix })),
      await connected(createClientPool({ url, keyPrefix })),
    ]) {
      const connection = new RedisConnection(client, 1_000);
      const other = new RedisConnection(ioredis(), 1_000);
      const heard: string[] = [];
      const hear = (message: string) => void heard.push(message);
      await connection.subscribe(connection.channel("news"), hear, () => {});
      await other.subscribe(other.channel("news"), hear, () => {});
      await connection.script(publish, ["key"], connection.channel("news"));
      expect(await redis.command("EXISTS", "app:key", "key")).to.equal(1);
      expect(await redis.command("DEL", "app:key")).to.equal(1);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(heard).to.deep.equal(["to app:key"]);
      connection.close();
      other.close();
    }
  });

  it("of a process that ends needs no close() of the store", async () => {
    const client = ioredis();
    const connection = new RedisConnection(client, 1_000);
    await connection.subscribe(
      "a channel",
      () => {},
      () => {},
    );
    client.disconnect();
    const counts = async () => String(await redis.command("PUBSUB", "NUMSUB", "a channel"));
    const end = performance.now() + 5_000;
    while ((await counts()) !== "a channel,0" && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await counts()).to.equal("a channel,0");
    const without = new RedisConnection({ call: async () => null }, 1_000);
    const error = await errorOf(
      without.subscribe(
        "a",
        () => {},
        () => {},
      ),
      StoreError,
    );
    expect(error.message).to.match(/cannot be duplicated/);
  });
});
