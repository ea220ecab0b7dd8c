import { expect } from "chai";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { ConfigError, WechatError } from "../../src/errors.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { MemoryStore } from "../../src/store/memory.js";
import { RedisStore } from "../../src/store/redis.js";
import { type Store, scoped } from "../../src/store/store.js";
import { type RedisServer, startRedis } from "../support/redis.js";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let redis: RedisServer;
const closing: (() => unknown)[] = [];
let prefix = 0;

const ioredis = () => {
  const client = new Redis(redis.port, "127.0.0.1", {
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  client.on("error", () => {});
  closing.push(() => client.disconnect());
  return client;
};
const nodeRedis = async () => {
  const client = createClient({ url: redis.url, socket: { reconnectStrategy: 50 } });
  client.on("error", () => {});
  await client.connect();
  closing.push(() => client.destroy());
  return client;
};
const unique = () => ({ prefix: `test-${prefix++}` });

const stores: Record<string, () => Store | Promise<Store>> = {
  MemoryStore: () => new MemoryStore(),
  "RedisStore on ioredis": () => new RedisStore(ioredis(), unique()),
  "RedisStore on redis": async () => new RedisStore(await nodeRedis(), unique()),
  "FallbackStore on Redis": () => new FallbackStore(new RedisStore(ioredis(), unique())),
  "a scoped store": () => scoped(new MemoryStore(), "scope"),
};

describe("Store", () => {
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    for (const close of closing) await close();
    await redis.stop();
  });

  for (const [name, make] of Object.entries(stores)) {
    describe(name, () => {
      let store: Store;
      before(async () => {
        store = await make();
      });

      it("keeps values for their time", async () => {
        expect(await store.get("a")).to.equal(undefined);
        await store.set("a", "你好", 60);
        expect(await store.get("a")).to.equal("你好");
        await pause(90);
        expect(await store.get("a")).to.equal(undefined);
      });

      it("replaces and deletes them, and takes no time for none", async () => {
        await store.set("b", "1", 5_000);
        await store.set("b", "2", 5_000);
        expect(await store.get("b")).to.equal("2");
        await store.set("b", "3", 0);
        expect(await store.get("b")).to.equal(undefined);
        await store.set("b", "4", 5_000);
        await store.delete("b");
        expect(await store.get("b")).to.equal(undefined);
      });

      it("lets one of many claim a key, until its time is over", async () => {
        const claims = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.claim("c", String(index), 80)),
        );
        expect(claims.filter(Boolean)).to.have.length(1);
        await pause(110);
        expect(await store.claim("c", "later", 80)).to.equal(true);
      });

      it("renews and removes for the holder alone", async () => {
        await store.claim("d", "mine", 80);
        expect(await store.renew("d", "yours", 5_000)).to.equal(false);
        expect(await store.renew("d", "mine", 5_000)).to.equal(true);
        await pause(110);
        expect(await store.get("d")).to.equal("mine");
        expect(await store.compareAndDelete("d", "yours")).to.equal(false);
        expect(await store.compareAndDelete("d", "mine")).to.equal(true);
        expect(await store.get("d")).to.equal(undefined);
        expect(await store.renew("d", "mine", 5_000)).to.equal(false);
      });

      it("tells those who wait when a key is set", async () => {
        const waits = [store.wait("e", 2_000), store.wait("e", 2_000)];
        await pause(30);
        await store.set("e", "now", 5_000);
        expect(await Promise.all(waits)).to.deep.equal(["now", "now"]);
        expect(await store.wait("e", 2_000)).to.equal("now");
      });

      it("lets those who wait give up", async () => {
        const controller = new AbortController();
        const waits = [store.wait("f", 40), store.wait("f", 5_000, controller.signal)];
        setTimeout(() => controller.abort(), 30);
        expect(await Promise.all(waits)).to.deep.equal([undefined, undefined]);
        expect(await store.wait("f", 5_000, controller.signal)).to.equal(undefined);
      });

      it("keeps a large value", async () => {
        const large = "长".repeat(64 * 1024);
        await store.set("g", large, 5_000);
        expect(await store.get("g")).to.equal(large);
      });
    });
  }

  describe("MemoryStore", () => {
    it("is bounded", async () => {
      const store = new MemoryStore({ maxSize: 10_000 });
      for (let index = 0; index < 1_000; index++) await store.set(String(index), "x", 60_000);
      expect(await store.get("0")).to.equal(undefined);
      expect(await store.get("999")).to.equal("x");
    });

    it("goes by the clock it is given", async () => {
      let now = 1_000;
      const store = new MemoryStore({ now: () => now });
      await store.set("a", "1", 500);
      now += 499;
      expect(await store.get("a")).to.equal("1");
      now += 2;
      expect(await store.get("a")).to.equal(undefined);
    });
  });

  describe("RedisStore", () => {
    it("refuses what is no client, and says what is", () => {
      expect(() => new RedisStore({} as never)).to.throw(ConfigError, /ioredis.*or redis/);
    });

    it("gives up on a server that does not answer, without its values in the error", async () => {
      const store = new RedisStore({ call: () => new Promise(() => {}) }, { timeout: 20 });
      const error = await store.set("key", "a secret", 1_000).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).to.be.instanceOf(WechatError);
      expect((error as WechatError).code).to.equal("WX_STORE");
      expect(String((error as Error).stack)).not.to.include("secret");
    });
  });

  describe("FallbackStore", () => {
    it("serves from memory while Redis is gone, warns once, and recovers", async () => {
      const warnings: string[] = [];
      const shared = new RedisStore(ioredis(), { ...unique(), timeout: 100 });
      const store = new FallbackStore(shared, (message) => warnings.push(message));
      await store.set("before", "1", 60_000);
      await redis.kill();
      expect(await store.claim("during", "mine", 60_000)).to.equal(true);
      expect(await store.claim("during", "yours", 60_000)).to.equal(false);
      expect(await store.get("during")).to.equal("mine");
      expect(store.shared).to.equal(false);
      const begun = performance.now();
      for (let index = 0; index < 100; index++) await store.set(`k${index}`, "v", 60_000);
      expect(performance.now() - begun).to.be.lessThan(500);
      expect(warnings).to.have.length(1);
      await redis.restart();
      await pause(1_300);
      await store.set("after", "2", 60_000);
      expect(store.shared).to.equal(true);
      expect(await shared.get("after")).to.equal("2");
      expect(await store.get("during")).to.equal("mine");
      expect(warnings).to.have.length(1);
    });
  });
});
