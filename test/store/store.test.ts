import { once } from "node:events";
import { inspect } from "node:util";
import { expect } from "chai";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { ConfigError, type StoreError, WechatError } from "../../src/errors.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { MemoryStore } from "../../src/store/memory.js";
import type { RedisClient } from "../../src/store/redis/client.js";
import { RedisStore } from "../../src/store/redis/redis.js";
import { type Store, scoped, soon } from "../../src/store/store.js";
import { errorOf } from "../support/error-of.js";
import { freePort } from "../support/redis.js";
import { everyClient } from "../support/redis-clients.js";
import { EveryRedis } from "../support/redis-fleet.js";
import { pause, until } from "../support/until.js";

const redis = new EveryRedis();
const closing: (() => unknown)[] = [];
let prefix = 0;

const ioredis = () => {
  const client = new Redis(redis.single.port, "127.0.0.1", {
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  });
  client.on("error", () => {});
  closing.push(() => client.disconnect());
  return client;
};
const nodeRedis = async () => {
  const client = createClient({ url: redis.single.url, socket: { reconnectStrategy: 50 } });
  client.on("error", () => {});
  await client.connect();
  closing.push(() => client.destroy());
  return client;
};
const unique = () => ({ prefix: `test-${prefix++}` });

/** In their newest versions; `redis/connection.test.ts` has the older ones too. */
const clients = Object.entries(everyClient(redis)).filter(([name]) => !/[45]/.test(name));

const stores: Record<string, () => Store | Promise<Store>> = {
  MemoryStore: () => new MemoryStore(),
  ...Object.fromEntries(
    clients.map(([name, open]) => [
      `RedisStore on ${name}`,
      async () => {
        const { client, close } = await open();
        closing.push(close);
        return new RedisStore(client, unique());
      },
    ]),
  ),
  "FallbackStore on Redis": () => new FallbackStore(new RedisStore(ioredis(), unique())),
  "a scoped store": () => scoped(new MemoryStore(), "scope"),
};

describe("Store", () => {
  before(async function () {
    this.timeout(20_000);
    await redis.start();
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
        const set = performance.now();
        await store.set("a", "你好", 500);
        expect(await store.get("a")).to.equal("你好");
        await until(async () => (await store.get("a")) === undefined);
        expect(performance.now() - set).to.be.greaterThan(400);
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
        expect(await store.replace("d", "yours", "yours", 5_000)).to.equal(false);
        expect(await store.replace("d", "mine", "mine", 5_000)).to.equal(true);
        await pause(110);
        expect(await store.get("d")).to.equal("mine");
        expect(await store.replace("d", "yours", "theirs", 5_000)).to.equal(false);
        expect(await store.get("d")).to.equal("mine");
        expect(await store.replace("d", "mine", "ours", 5_000)).to.equal(true);
        expect(await store.replace("d", "ours", "mine", 5_000)).to.equal(true);
        expect(await store.replace("nothing", "", "mine", 5_000)).to.equal(false);
        expect(await store.get("nothing")).to.equal(undefined);
        expect(await store.compareAndDelete("d", "yours")).to.equal(false);
        expect(await store.compareAndDelete("d", "mine")).to.equal(true);
        expect(await store.get("d")).to.equal(undefined);
        expect(await store.replace("d", "mine", "mine", 5_000)).to.equal(false);
      });

      it("enters a key once, and tells the others what is there and for how long", async () => {
        await store.set("{e}:beside", "more", 5_000);
        expect(await store.enter("{e}", "first", 5_000, "{e}:beside")).to.deep.equal({
          held: undefined,
          beside: "more",
        });
        await pause(30);
        const { held, beside } = await store.enter("{e}", "second", 9_000, "{e}:none");
        expect([held?.value, beside]).to.deep.equal(["first", undefined]);
        expect(held?.left).to.be.within(4_000, 4_985);
        expect(await store.get("{e}")).to.equal("first");
      });

      it("exchanges what is still there, with a new life or the old one", async () => {
        await store.set("f", "1", 5_000);
        expect(await store.exchange("f", "1", "2", 9_000)).to.deep.include({ done: true });
        const refused = await store.exchange("f", "1", "3", 9_000);
        expect(refused.done).to.equal(false);
        expect(refused.held?.value).to.equal("2");
        expect(refused.held?.left).to.be.within(8_000, 9_000);
        expect((await store.exchange("f", "2", "4", undefined)).done).to.equal(true);
        expect((await store.enter("f", "5", 1_000)).held?.left).to.be.within(8_000, 9_000);
        expect(await store.exchange("none", "1", "2", 9_000)).to.deep.equal({
          done: false,
          held: undefined,
        });
      });

      it("lets nobody take over from a holder who renews, or is heard and stands still for a while", async () => {
        const takeOver = { channel: "holder", out: 5_000, stopped: 1_000 };
        const take = (left: number) =>
          store
            .set("g", "theirs", left)
            .then(() => store.exchange("g", "theirs", "mine", 9_000, { takeOver }))
            .then(({ done }) => done);
        expect(await take(8_000)).to.equal(false);
        expect(await take(3_000)).to.equal(true);
        const stop = await store.listen("holder", () => {});
        // A node of a cluster knows only those who listen to itself.
        if (!/cluster/i.test(name)) expect(await take(3_000)).to.equal(false);
        expect(await take(900)).to.equal(true);
        stop();
        await pause(60);
        expect(await take(3_000)).to.equal(true);
      });

      it("tells those who listen what a key was exchanged for", async () => {
        const heard: unknown[] = [];
        const stop = await store.listen("news", (key, value) => void heard.push([key, value]));
        await store.set("h", "1", 5_000);
        await store.exchange("h", "1", "two\nlines", 5_000, { notify: ["news", "others"] });
        for (let turns = 0; turns < 50 && heard.length === 0; turns += 1) await pause(10);
        expect(heard).to.deep.equal([["h", "two\nlines"]]);
        stop();
      });

      it("gives out what is due, and not again before its time", async () => {
        await store.schedule("list", "soon", 0);
        await store.schedule("list", "gone", 0);
        await store.schedule("list", "later", 60_000);
        await store.schedule("list", "gone", undefined);
        await pause(10);
        expect(await store.due("list", 10, 60)).to.deep.equal(["soon"]);
        expect(await store.due("list", 10, 60)).to.deep.equal([]);
        await pause(90);
        expect(await store.due("list", 10, 60_000)).to.deep.equal(["soon"]);
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

    it("is bounded in entries, and refuses bounds that are none", async () => {
      const store = new MemoryStore({ max: 2 });
      for (const key of ["a", "b", "c"]) await store.set(key, "x", 60_000);
      expect(await store.get("a")).to.equal(undefined);
      expect(await store.get("c")).to.equal("x");
      expect(() => new MemoryStore({ max: 0 })).to.throw(ConfigError, /"max" .* whole number/);
      expect(() => new MemoryStore({ maxSize: 1.5 })).to.throw(ConfigError, /maxSize/);
    });

    it("frees what nobody can ask for any more, while it is written to and when it is told to", async () => {
      let now = 0;
      const store = new MemoryStore({ now: () => now });
      for (let index = 0; index < 10_000; index++) {
        now += 1;
        await store.set(String(index), "x", 100);
      }
      expect(store.size).to.be.below(2_000);
      now += 101;
      store.sweep();
      expect(store.size).to.equal(0);
    });

    it("gives nothing at once where another class says what its methods do", () => {
      class Other extends MemoryStore {
        override async get(): Promise<string | undefined> {
          return "other";
        }
      }
      expect(soon(scoped(new MemoryStore(), "a")).get("b")).to.equal(undefined);
      expect(soon(scoped(new Other(), "a")).get("b")).to.be.a("promise");
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
      for (const wrong of [{}, undefined, "redis://localhost"]) {
        expect(() => new RedisStore(wrong as never)).to.throw(ConfigError, /ioredis.*or redis/);
      }
      const client = { call: async () => null };
      expect(() => new RedisStore(client, { timeout: 0 })).to.throw(ConfigError, /timeout/);
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

    it("says what to do about a refusal, without what the client quotes", async () => {
      const refusals = {
        "NOAUTH Authentication required for a secret": /NOAUTH.*password/,
        "READONLY You can't write a secret against a replica": /READONLY.*primary/,
        "a secret went wrong": /Error.*"error" events/,
      };
      for (const [message, expected] of Object.entries(refusals)) {
        const store = new RedisStore({ call: () => Promise.reject(new Error(message)) });
        const error = await errorOf(store.claim("key", "a secret", 1_000), WechatError);
        expect(error.code).to.equal("WX_STORE");
        expect(error.message).to.match(expected);
        expect(inspect(error)).not.to.include("a secret");
      }
    });

    it("writes for a user who may use no channels, and says so to whoever listens", async () => {
      const { prefix } = unique();
      await redis.single.command("ACL", "SETUSER", "mute", "on", ">pw", `~${prefix}:*`, "+@all");
      const client = new Redis(redis.single.port, "127.0.0.1", {
        username: "mute",
        password: "pw",
      });
      closing.push(() => client.disconnect());
      const store = new RedisStore(client, { prefix });
      await store.set("a", "1", 5_000);
      const takeOver = { channel: "holder", out: 9_000, stopped: 0 };
      expect(
        await store.exchange("a", "1", "2", 5_000, { notify: ["b", "c"], takeOver }),
      ).to.deep.equal({ done: true, held: undefined });
      expect(await store.get("a")).to.equal("2");
      expect(
        (
          await errorOf(
            store.listen("b", () => {}),
            WechatError,
          )
        ).message,
      ).to.match(/NOPERM.*&koa-wx/);
    });

    it("leaves no rejection behind when a command fails after its time", async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => void unhandled.push(reason);
      process.on("unhandledRejection", note);
      const late = () => pause(30).then(() => Promise.reject(new Error("too late")));
      const store = new RedisStore({ call: late }, { timeout: 10 });
      expect((await errorOf(store.get("key"), WechatError)).message).to.match(/within 10 ms/);
      await pause(40);
      process.off("unhandledRejection", note);
      expect(unhandled).to.deep.equal([]);
    });

    for (const name of ["RedisStore on ioredis", "RedisStore on redis"]) {
      it(`never runs what it gave up while there was no connection: ${name}`, async () => {
        const client = name.endsWith("ioredis") ? ioredis() : await nodeRedis();
        const store = new RedisStore(client, { ...unique(), timeout: 150 });
        await store.set("token", "old", 60_000);
        await redis.single.kill();
        await pause(30);
        const begun = performance.now();
        expect((await errorOf(store.set("token", "given up", 60_000), WechatError)).code).to.equal(
          "WX_STORE",
        );
        expect(performance.now() - begun).to.be.lessThan(400);
        await redis.single.restart();
        await pause(300);
        expect(await store.get("token")).to.equal(undefined);
      });
    }
  });

  describe("FallbackStore", () => {
    it("serves from memory while Redis is gone, says so once, and that it is back", async () => {
      const warnings: string[] = [];
      const shared = new RedisStore(ioredis(), { ...unique(), timeout: 100 });
      const store = new FallbackStore(shared, { warn: (message) => warnings.push(message) });
      await store.set("before", "1", 60_000);
      await redis.single.kill();
      expect(await store.claim("during", "mine", 60_000)).to.equal(true);
      expect(await store.claim("during", "yours", 60_000)).to.equal(false);
      expect(await store.get("during")).to.equal("mine");
      const begun = performance.now();
      for (let index = 0; index < 100; index++) await store.set(`k${index}`, "v", 60_000);
      expect(performance.now() - begun).to.be.lessThan(500);
      expect(warnings).to.have.length(1);
      await redis.single.restart();
      // It is tried once a second.
      for (let tries = 0; tries < 50; tries += 1) {
        await pause(100);
        await store.set("after", "2", 60_000);
        if ((await shared.get("after").catch(() => undefined)) === "2") break;
      }
      expect(await shared.get("after")).to.equal("2");
      // Written there where nothing stood.
      expect(await shared.get("during")).to.equal("mine");
      await store.set("during", "newer", 60_000);
      expect(await store.get("during")).to.equal("newer");
      expect(await shared.get("during")).to.equal("newer");
      expect(warnings).to.have.length(2);
      expect(warnings[0]).to.include("goes on alone until it is back");
      expect(warnings[1]).to.match(/is back after \d+ s/);
    });

    describe("says why a client keeps silent", () => {
      const wrong = { username: "nobody", password: "wrong" };
      const silent: Record<string, [port: () => Promise<number> | number, RegExp]> = {
        "has a wrong password": [
          () => redis.single.port,
          /WRONGPASS.*Give the client the right user name and password/,
        ],
        "finds nobody": [freePort, /ECONNREFUSED/],
      };
      for (const [what, [port, reason]] of Object.entries(silent)) {
        const open: Record<string, () => Promise<RedisClient>> = {
          ioredis: async () => {
            const retryStrategy = () => 50;
            const client = new Redis(await port(), "127.0.0.1", { ...wrong, retryStrategy });
            client.on("error", () => {});
            closing.push(() => client.disconnect());
            return client;
          },
          redis: async () => {
            const socket = { port: await port(), host: "127.0.0.1", reconnectStrategy: 50 };
            const client = createClient({ ...wrong, socket });
            client.on("error", () => {});
            void client.connect().catch(() => {});
            closing.push(() => client.isOpen && client.destroy());
            return client;
          },
        };
        for (const [name, make] of Object.entries(open)) {
          it(`because it ${what}: ${name}`, async () => {
            const warnings: string[] = [];
            const warn = (message: string) => void warnings.push(message);
            const shared = new RedisStore(await make(), { ...unique(), timeout: 300 });
            const store = new FallbackStore(shared, { warn, patience: 200, rest: 400 });
            expect(await store.get("a")).to.equal(undefined);
            await until(() => warnings.length > 0);
            await pause(400);
            expect(warnings).to.have.length(1);
            expect(warnings[0]).to.match(reason);
            expect(warnings[0]).to.not.match(/nobody|wrong/);
          });
        }
      }

      it("as a connection that hangs does, or that answers before it has said why", async () => {
        const warnings: string[] = [];
        let isWell = false;
        const shared = Object.assign(Object.create(new MemoryStore()) as Store, {
          shared: true,
          get: () => new Promise<never>(() => {}),
          claim: async () => isWell || new Promise<never>(() => {}),
        });
        const told: string[] = [];
        const times = { patience: 20, rest: 60 };
        const hanging = new FallbackStore(shared, {
          ...times,
          warn: (text) => warnings.push(text),
        });
        await hanging.get("a");
        await until(() => warnings.length > 0);
        hanging.close();
        expect(warnings[0]).to.include("does not answer");
        isWell = true;
        await new FallbackStore(shared, { ...times, warn: (text) => told.push(text) }).get("a");
        await until(() => told.length > 1);
        expect(told.map((text) => /goes on alone|is back/.exec(text)?.[0])).to.deep.equal([
          "goes on alone",
          "is back",
        ]);
      });
    });

    it("lets a key that cannot be used fail alone", async () => {
      const warnings: string[] = [];
      const { prefix } = unique();
      const shared = new RedisStore(ioredis(), { prefix });
      const warn = (message: string) => void warnings.push(message);
      const store = new FallbackStore(shared, { warn });
      await redis.single.command("RPUSH", `${prefix}:list`, "an element");
      await redis.single.command(
        "ACL",
        "SETUSER",
        "half",
        "on",
        ">pw",
        `~${prefix}:mine*`,
        "+@all",
      );
      const half = new Redis(redis.single.port, "127.0.0.1", { username: "half", password: "pw" });
      closing.push(() => half.disconnect());
      const others = new FallbackStore(new RedisStore(half, { prefix }), { warn });
      const failing: [FallbackStore, () => Promise<unknown>][] = [
        [store, () => store.get("list")],
        [store, () => store.compareAndDelete("list", "1")],
        [store, () => store.replace("list", "1", "2", 1_000)],
        [others, () => others.set("theirs", "1", 1_000)],
        [others, () => others.claim("theirs", "1", 1_000)],
      ];
      for (const [at, work] of failing) {
        const error = await errorOf(work(), WechatError);
        expect([error.code, (error as StoreError).scope]).to.deep.equal(["WX_STORE", "key"]);
        expect(at.shared).to.equal(true);
        await at.set("mine", "1", 60_000);
        expect(await shared.get("mine")).to.equal("1");
        await shared.delete("mine");
      }
      expect(warnings).to.deep.equal([]);
    });

    it("is not brought back by an answer from before the outage", async () => {
      const inner = new MemoryStore();
      let mode: "slow" | "down" | "well" = "slow";
      const warnings: string[] = [];
      const shared: Store = Object.assign(Object.create(inner) as Store, {
        shared: true,
        get: async () => {
          if (mode === "down") throw new WechatError("WX_STORE", "It is down.");
          await pause(30);
          return "from the store";
        },
      });
      const store = new FallbackStore(shared, { warn: (message) => warnings.push(message) });
      const slow = store.get("a");
      mode = "down";
      await Promise.all([store.get("b"), store.get("c")]);
      expect(await slow).to.be.oneOf(["from the store", undefined]);
      expect(await store.get("d")).to.equal(undefined);
      expect(warnings).to.have.length(1);
    });

    it("is neither kept away nor taken away by calls from before the outage that fail late", async () => {
      const fails: (() => void)[] = [];
      let isWell = false;
      const shared = Object.assign(new MemoryStore(), {
        shared: true,
        get: async () => {
          if (isWell) return "from the store";
          return new Promise<never>((_, reject) => {
            fails.push(() => reject(new WechatError("WX_STORE", "No answer in time.")));
          });
        },
      });
      const warnings: string[] = [];
      const warn = (message: string) => void warnings.push(message);
      const store = new FallbackStore(shared, { warn, patience: 30, rest: 100 });
      const early = Array.from({ length: 100 }, (_, at) => store.get(`early ${at}`));
      await Promise.all(early);
      isWell = true;
      const asked = performance.now();
      while (store.returnedAt === Number.NEGATIVE_INFINITY && performance.now() - asked < 2_000) {
        fails.pop()?.();
        await pause(25);
      }
      expect(fails, "failed before it was back").to.not.be.empty;
      for (const fail of fails) fail();
      await pause(0);
      expect(await store.get("late")).to.equal("from the store");
      expect(warnings).to.have.length(2);
    });

    it("warns through the process when nobody else is told", async () => {
      const warned = once(process, "warning");
      const store = new FallbackStore(
        new RedisStore({ call: () => Promise.reject(new Error("gone")) }),
      );
      expect(await store.get("a")).to.equal(undefined);
      const [warning] = (await warned) as [Error & { code: string }];
      expect(warning.code).to.equal("WX_STORE");
      expect(warning.message).to.include("goes on alone");
    });
  });
});
