import { expect } from "chai";
import { Redis } from "ioredis";
import { createCluster, createClient as createRedis, createSentinel } from "redis";
import { ConfigError, StoreError } from "../../../src/errors.js";
import type { GatewayOptions } from "../../../src/gateway/options.js";
import { signingHeaders } from "../../../src/gateway/signing.js";
import { tokenServer } from "../../../src/gateway/token-server.js";
import { MemoryStore } from "../../../src/store/memory.js";
import { RedisStore } from "../../../src/store/redis/redis.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { startRedis } from "../../support/redis.js";
import { startRedisCluster, startRedisSentinel } from "../../support/redis-fleet.js";
import {
  accountOf,
  appId,
  appSecret,
  call,
  crmSecret,
  type Gateway,
  giveTokens,
  raw,
  secret,
  signed,
  startGateway,
  until,
} from "../gateway.js";

const target = `/tokens/${appId}`;
const clients = {
  shop: { secret: [secret, `${secret}-previous`] as const, tokens: true },
  crm: { secret: crmSecret, tokens: true, rate: { points: 2, window: 60_000 } },
};

/** A signature that one gateway took is refused by the other, and both count a client's calls together. */
async function expectShared(one: Gateway, two: Gateway): Promise<void> {
  const headers = signed("GET", target);
  expect((await raw(one, "GET", target, headers)).status).to.equal(200);
  expect((await raw(two, "GET", target, headers)).json.error).to.equal("replay");
  const crm = { id: "crm", secret: crmSecret };
  const statuses: number[] = [];
  for (const gateway of [one, two, one, two])
    statuses.push((await call(gateway, "GET", target, "", crm)).status);
  expect(statuses).to.deep.equal([200, 200, 429, 429]);
}

describe("tokenServer() and apiProxy(): the gateway's door", () => {
  let wechat: ApiServer;
  let gateway: Gateway;
  const start = (more: Partial<GatewayOptions> = {}) =>
    startGateway((audit) => [
      tokenServer({ accounts: [accountOf(wechat)], clients, audit, ...more }),
    ]);

  before(async () => {
    wechat = await startApiServer();
    giveTokens(wechat);
    gateway = await start();
  });
  after(async () => {
    await gateway.close();
    await wechat.close();
  });

  it("lets a signed request in", async () => {
    const { status, json, headers } = await call(gateway, "GET", target);
    expect(status).to.equal(200);
    expect(json.access_token).to.equal("T1-0123456789");
    expect(headers["cache-control"]).to.equal("no-store");
  });

  it("takes the previous secret while secrets change", async () => {
    const signing = { secret: `${secret}-previous` };
    expect((await call(gateway, "GET", target, "", signing)).status).to.equal(200);
  });

  for (const name of Object.values(signingHeaders).filter((h) => h !== signingHeaders.bodyHash)) {
    it(`refuses a request without ${name}`, async () => {
      const { [name]: _, ...headers } = signed("GET", target);
      const { status, json } = await raw(gateway, "GET", target, headers);
      expect([status, json.error]).to.deep.equal([401, "unsigned"]);
    });
  }

  for (const [what, value] of [
    [signingHeaders.timestamp, "1e9"],
    [signingHeaders.timestamp, "-700000000"],
    [signingHeaders.nonce, "short"],
    [signingHeaders.nonce, "x".repeat(65)],
    [signingHeaders.nonce, "a nonce with spaces"],
    [signingHeaders.signature, "Z".repeat(64)],
    [signingHeaders.signature, "0".repeat(63)],
    [signingHeaders.client, "__proto__ x"],
    [signingHeaders.bodyHash, "none"],
  ] as const) {
    it(`refuses ${JSON.stringify(value.slice(0, 20))} as ${what}`, async () => {
      const headers = { ...signed("GET", target), [what]: value };
      const { status, json } = await raw(gateway, "GET", target, headers);
      expect([status, json.error]).to.deep.equal([401, "unsigned"]);
    });
  }

  for (const [what, signing] of Object.entries({
    "with another secret": { secret: crmSecret },
    "by an unknown client": { id: "nobody" },
    "by a client that is a property of every object": { id: "constructor" },
    "by a client with another's secret": { id: "crm" },
    "for another method": { method: "POST" },
    "for another path": { target: "/tokens/wx2222222222222222" },
    "for a query that is not there": { target: `${target}?a=b` },
    "with an empty secret": { secret: "" },
  })) {
    it(`refuses a request signed ${what}`, async () => {
      const { status, json } = await call(gateway, "GET", target, "", signing);
      expect([status, json.error]).to.deep.equal([401, "signature"]);
    });
  }

  it("says the same to an unknown client as to a wrong signature", async () => {
    const unknown = await call(gateway, "GET", target, "", { id: "nobody" });
    const wrong = await call(gateway, "GET", target, "", { secret: crmSecret });
    expect(unknown.text).to.equal(wrong.text);
  });

  it("refuses a request that was seen before", async () => {
    const headers = signed("GET", target);
    expect((await raw(gateway, "GET", target, headers)).status).to.equal(200);
    const { status, json } = await raw(gateway, "GET", target, headers);
    expect([status, json.error]).to.deep.equal([401, "replay"]);
  });

  it("refuses all but one of many copies at once", async () => {
    const headers = signed("GET", target);
    const copies = Array.from({ length: 20 }, () => raw(gateway, "GET", target, headers));
    const statuses = (await Promise.all(copies)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).to.have.length(1);
    expect(statuses.filter((status) => status === 401)).to.have.length(19);
  });

  it("keeps the nonces of two clients apart", async () => {
    const nonce = "the-same-nonce-0123456789";
    const crm = { id: "crm", secret: crmSecret, nonce };
    expect((await call(gateway, "GET", target, "", { nonce })).status).to.equal(200);
    expect((await call(gateway, "GET", target, "", crm)).status).to.equal(200);
  });

  for (const seconds of [-301, 301, -86_400]) {
    it(`refuses a timestamp that is off by ${seconds} seconds`, async () => {
      const timestamp = String(Math.floor(Date.now() / 1000) + seconds + Math.sign(seconds));
      const { status, json } = await call(gateway, "GET", target, "", { timestamp });
      expect([status, json.error]).to.deep.equal([401, "stale"]);
    });
  }

  it("remembers a nonce as long as its timestamp can be fresh", async () => {
    let time = 1_700_000_000_000;
    const now = () => time;
    const store = new MemoryStore({ now });
    await using other = await start({ now, store });
    // From a clock that is five minutes ahead: fresh for ten.
    const headers = signed("GET", target, "", { timestamp: "1700000300" });
    expect((await raw(other, "GET", target, headers)).status).to.equal(200);
    time += 599_000;
    expect((await raw(other, "GET", target, headers)).json.error).to.equal("replay");
    time += 2_000;
    expect((await raw(other, "GET", target, headers)).json.error).to.equal("stale");
  });

  it("counts a client's requests and says how many are left", async () => {
    await using other = await start();
    const crm = { id: "crm", secret: crmSecret };
    const first = await call(other, "GET", target, "", crm);
    expect(first.headers).to.include({
      "ratelimit-limit": "2",
      "ratelimit-remaining": "1",
      "ratelimit-policy": "2;w=60",
    });
    expect(Number(first.headers["ratelimit-reset"])).to.be.within(59, 60);
    await call(other, "GET", target, "", crm);
    const third = await call(other, "GET", target, "", crm);
    expect([third.status, third.json.error]).to.deep.equal([429, "rate"]);
    expect(third.headers["ratelimit-remaining"]).to.equal("0");
    expect(Number(third.headers["retry-after"])).to.be.within(59, 60);
    expect((await call(other, "GET", target)).status).to.equal(200);
  });

  it("does not count what others send in a client's name", async () => {
    await using other = await start();
    const crm = { id: "crm", secret: crmSecret };
    const headers = signed("GET", target, "", crm);
    await raw(other, "GET", target, headers);
    for (let i = 0; i < 5; i++) {
      await raw(other, "GET", target, headers);
      await call(other, "GET", target, "", { id: "crm" });
    }
    expect((await call(other, "GET", target, "", crm)).status).to.equal(200);
  });

  describe("with clients that send too much", () => {
    const few = { points: 2, window: 60_000 };
    const two = {
      shop: { secret, tokens: true },
      crm: { secret: crmSecret, tokens: true, rate: few },
    };
    const crm = { id: "crm", secret: crmSecret };

    it("keeps nothing of what it refuses with 429", async () => {
      const store = new MemoryStore();
      await using other = await start({ clients: two, store });
      for (let i = 0; i < 2; i++) await call(other, "GET", target, "", crm);
      const { size } = store;
      const late = signed("GET", target, "", crm);
      for (let i = 0; i < 3; i++)
        expect((await raw(other, "GET", target, late)).json.error).to.equal("rate");
      expect(store.size).to.equal(size);
    });

    it("forgets no other client's nonce, nor a token, however many come", async () => {
      const store = new MemoryStore({ max: 4 });
      const accounts = [accountOf(wechat, store)];
      const busy = { ...two, crm: { ...two.crm, rate: { points: 100, window: 60_000 } } };
      await using other = await start({ accounts, clients: busy, store });
      const before = signed("GET", target);
      expect((await raw(other, "GET", target, before)).status).to.equal(200);
      const fetched = wechat.to("/cgi-bin/stable_token").length;
      for (let i = 0; i < 20; i++) await call(other, "GET", target, "", crm);
      expect((await raw(other, "GET", target, before)).json.error).to.equal("replay");
      const { expires_in } = (await call(other, "GET", target)).json;
      // Half a minute is what a value gets whose life nobody wrote down.
      expect(expires_in).to.be.greaterThan(7_000);
      expect(wechat.to("/cgi-bin/stable_token")).to.have.length(fetched);
    });

    it("remembers every nonce of a rate that it allows", async () => {
      await using other = await start({ clients: two, maxAge: 2 });
      const sent = [signed("GET", target, "", crm), signed("GET", target, "", crm)];
      for (const headers of sent) await raw(other, "GET", target, headers);
      for (const headers of sent)
        expect((await raw(other, "GET", target, headers)).json.error).to.equal("replay");
    });

    it("counts no copies, also not of those that come at once", async () => {
      await using other = await start({ clients: two });
      const headers = signed("GET", target, "", crm);
      await Promise.all(Array.from({ length: 10 }, () => raw(other, "GET", target, headers)));
      expect((await call(other, "GET", target, "", crm)).status).to.equal(200);
    });
  });

  it("reports at once where it failed, and not a word of why, whatever the error says", async () => {
    const url = "https://api.weixin.qq.com/?access_token=HIDDEN";
    const failing = () => {
      throw new Error(`${"\n".repeat(60_000)}    at ${url}\n    at ${url}`);
    };
    const store = new MemoryStore();
    await using other = await start({ store });
    Object.defineProperty(store, "shared", { get: failing });
    const begun = performance.now();
    const { status, json } = await call(other, "GET", target);
    expect(performance.now() - begun).to.be.lessThan(500);
    expect([status, json]).to.deep.equal([
      500,
      { error: "internal", message: "The gateway failed: Error." },
    ]);
    await until(() => other.log().includes("failing"));
    expect(other.log()).not.to.contain("HIDDEN");
  });

  it("lends a token, with its life, while the store fails", async () => {
    class Unreadable extends MemoryStore {
      override async get(): Promise<undefined> {
        throw new StoreError("It holds something else.", "key");
      }
    }
    await using other = await start({ store: new Unreadable() });
    const { status, json } = await call(other, "GET", target);
    expect(status).to.equal(200);
    expect(json.expires_in).to.be.within(7195, 7200);
  });

  it("takes no request for fresh by a clock that gives no number", async () => {
    await using other = await start({ now: () => Number.NaN });
    expect((await call(other, "GET", target)).json.error).to.equal("stale");
  });

  it("tells the audit who came and what became of it, and nothing that is secret", async () => {
    await using other = await start();
    await call(other, "GET", target);
    await call(other, "GET", target, "", { id: "\u001b[31mevil".replace("\u001b", "e") });
    await call(other, "GET", "/tokens/wx2222222222222222");
    await until(() => other.audits.length === 3);
    const [good, bad, foreign] = other.audits;
    expect(good).to.deep.include({
      action: "token",
      outcome: "ok",
      client: "shop",
      appId,
      method: "GET",
      status: 200,
    });
    expect(bad).to.deep.include({ outcome: "unsigned", client: undefined, status: 401 });
    expect(foreign).to.deep.include({ outcome: "account", client: "shop", appId: undefined });
    for (const hidden of ["T1-0123456789", secret, crmSecret, appSecret, "evil"])
      expect(other.log()).not.to.contain(hidden);
  });

  it("serves although the audit fails", async () => {
    await using other = await start({
      audit() {
        throw new Error("The disk is full.");
      },
    });
    expect((await call(other, "GET", target)).status).to.equal(200);
    await until(() => other.log().includes("The disk is full."));
    await using later = await start({
      async audit() {
        throw new Error("The disk is slow and full.");
      },
    });
    expect((await call(later, "GET", target)).status).to.equal(200);
    await until(() => later.log().includes("The disk is slow and full."));
  });

  describe("with Redis", function () {
    this.timeout(10_000);

    it("shares nonces and rates between processes", async () => {
      await using server = await startRedis();
      const ioredis = new Redis(server.url);
      const node = createRedis({ url: server.url });
      await node.connect();
      try {
        await using one = await start({ store: new RedisStore(ioredis), redis: ioredis });
        await using two = await start({ store: new RedisStore(node), redis: node });
        await expectShared(one, two);
      } finally {
        ioredis.disconnect();
        node.destroy();
      }
    });

    for (const [what, open] of Object.entries({
      "a Cluster": async () => {
        const cluster = await startRedisCluster();
        const rootNodes = cluster.nodes.map(({ url }) => ({ url }));
        return { servers: cluster, client: await createCluster({ rootNodes }).connect() };
      },
      "a Sentinel": async () => {
        const sentinel = await startRedisSentinel();
        const sentinelRootNodes = [{ host: "127.0.0.1", port: sentinel.port }];
        const client = createSentinel({ name: sentinel.name, sentinelRootNodes });
        return { servers: sentinel, client: await client.connect() };
      },
    })) {
      it(`shares nonces and rates through ${what} of redis`, async () => {
        const { servers, client } = await open();
        client.on("error", () => {});
        try {
          const shared = { store: new RedisStore(client), redis: client };
          await using one = await start(shared);
          await using two = await start(shared);
          await expectShared(one, two);
        } finally {
          await client.close();
          await servers.stop();
        }
      });
    }

    it("goes on alone, and counts, while Redis does not answer", async () => {
      await using server = await startRedis();
      const redis = new Redis(server.url);
      try {
        const store = new RedisStore(redis, { timeout: 200 });
        await using alone = await start({ store, redis });
        const crm = { id: "crm", secret: crmSecret };
        expect((await call(alone, "GET", target)).status).to.equal(200);
        server.pause();
        const statuses: number[] = [];
        for (let i = 0; i < 3; i++)
          statuses.push((await call(alone, "GET", target, "", crm)).status);
        expect(statuses).to.deep.equal([200, 200, 429]);
        server.resume();
      } finally {
        redis.disconnect();
      }
    });
  });

  describe("opened with wrong options", () => {
    const good = () => ({ accounts: [accountOf(wechat)], clients });
    for (const [what, wrong] of Object.entries({
      "no accounts": { accounts: [] },
      "no clients": { clients: {} },
      "a short secret": { clients: { shop: { secret: "short" } } },
      "a short previous secret": { clients: { shop: { secret: [secret, "short"] as const } } },
      "no secret": { clients: { shop: {} as { secret: string } } },
      "a name with a space": { clients: { "a b": { secret } } },
      "a path with an escape": { clients: { shop: { secret, paths: ["/cgi-bin/%2e"] } } },
      "a path with dots": { clients: { shop: { secret, paths: ["/cgi-bin/../x"] } } },
      "a relative path": { clients: { shop: { secret, paths: ["cgi-bin/menu"] } } },
      "an open end": { clients: { shop: { secret, paths: ["/cgi-bin/menu*"] } } },
      "an account that it does not have": { clients: { shop: { secret, accounts: ["wx9"] } } },
      "half a point": { clients: { shop: { secret, rate: { points: 0.5, window: 1_000 } } } },
      "a window in seconds": { clients: { shop: { secret, rate: { points: 1, window: 60 } } } },
      "a window by its old name": {
        clients: { shop: { secret, rate: { points: 1, duration: 60 } as never } },
      },
      "half a second until the client asks again": { refresh: 500 },
      "no parallel calls": { clients: { shop: { secret, parallel: 0 } } },
      "a prefix that ends with a slash": { prefix: "/tokens/" },
      "a day of freshness": { maxAge: 86_400 },
    })) {
      it(`refuses ${what}`, () => {
        const says = /tokenServer\(\)|"clients\.shop\./;
        expect(() => tokenServer({ ...good(), ...wrong })).to.throw(ConfigError, says);
      });
    }

    it("refuses a client of Redis that cannot work", () => {
      for (const redis of [createRedis().legacy(), "redis://127.0.0.1", {}] as never[]) {
        expect(() => tokenServer({ ...good(), redis })).to.throw(ConfigError, /ioredis.*redis/);
      }
    });

    it("refuses two accounts with one app id", () => {
      const accounts = [accountOf(wechat), accountOf(wechat)];
      expect(() => tokenServer({ accounts, clients })).to.throw(ConfigError, "same appId");
    });
  });
});
