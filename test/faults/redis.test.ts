import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import Koa from "koa";
import { RedisStore, Wechat } from "../../src/index.js";
import { account, send, signedQuery, textXml } from "../support/push.js";
import { type RedisServer, startRedis } from "../support/redis.js";
import { until } from "../support/until.js";
import { pushLikeWechat } from "../support/wechat.js";
import { startWay, type Way } from "./way.js";

/** After so long without an answer a client takes its connection for dead. */
const socketTimeout = 2_500;

/** A message of a user who has not written before. */
let users = 0;
const someone = (content: string) => textXml(content).replace("alice", `user-${++users}`);

describe("RedisStore: two bots that share a Redis", function () {
  this.timeout(30_000);
  let redis: RedisServer;
  let way: Way;
  let ran: string[];
  let warnings: string[];
  const unhandled: unknown[] = [];
  const closing: (() => Promise<void>)[] = [];
  const warned = ({ code, message }: Error & { code?: string }) =>
    void (code === "WX_STORE" && /goes on alone/.test(message) && warnings.push(code));
  const note = (reason: unknown) => void unhandled.push(reason);

  const bot = async (): Promise<AddressInfo> => {
    const client = new Redis(way.address.port, { retryStrategy: () => 50, socketTimeout });
    client.on("error", () => {});
    const wx = new Wechat({ token: account.token, store: new RedisStore(client) });
    wx.on("text", async (ctx) => {
      ran.push(ctx.openid);
      await sleep(Number(ctx.message.Content));
      return `to ${ctx.openid}`;
    });
    const app = new Koa().use(wx.middleware());
    app.on("error", note);
    const server: Server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(async () => {
      server.close().closeAllConnections();
      // In this order: a client that is taken away from a bot is an outage, and the next test's.
      await wx.close();
      client.disconnect();
    });
    return server.address() as AddressInfo;
  };

  before(() => void process.on("warning", warned).on("unhandledRejection", note));
  after(() => void process.off("warning", warned).off("unhandledRejection", note));
  let one: AddressInfo;
  let other: AddressInfo;
  beforeEach(async () => {
    redis = await startRedis();
    way = await startWay(redis.port);
    [ran, warnings] = [[], []];
    [one, other] = await Promise.all([bot(), bot()]);
    await sharing();
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
    await way[Symbol.asyncDispose]();
    await redis.stop();
    expect(unhandled).to.deep.equal([]);
  });

  /** What one delivery is answered with, and how long that took. */
  const push = async (address: AddressInfo, body: string): Promise<[string, number]> => {
    const begun = performance.now();
    const answer = await send(address, { query: signedQuery(), body });
    const [, content = answer.body] = /<Content><!\[CDATA\[(.*?)\]\]>/.exec(answer.body) ?? [];
    return [content, performance.now() - begun];
  };

  /** Checks that a push that reaches both runs once, and its answer is the same. */
  async function sharing() {
    const before = ran.length;
    const body = someone("0");
    const [[first], [second]] = [await push(one, body), await push(other, body)];
    expect(first).to.include("to user-").and.to.equal(second);
    expect(ran.length - before).to.equal(1);
  }

  /** Checks that everybody who writes is answered within WeChat's five seconds, and with sense. */
  const answering = async (ms: number, outages = ["WX_STORE", "WX_STORE"]) => {
    const answers: Promise<[string, number]>[] = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      answers.push(push(one, someone("20")), push(other, someone("20")));
      await sleep(100);
    }
    for (const [body, took] of await Promise.all(answers)) {
      expect(body).to.include("to user-");
      expect(took).to.be.lessThan(4_600);
    }
    expect(ran.length).to.equal(answers.length + 1);
    // One for each bot, however many commands have failed.
    await until(() => warnings.length >= outages.length);
    expect(warnings).to.deep.equal(outages);
  };

  /** Waits until the bots have noticed that Redis is well. */
  const noticed = async () => {
    for (let tries = 1; ; tries += 1) {
      await sleep(500);
      const body = someone("0");
      const before = ran.length;
      await push(one, body);
      await push(other, body);
      if (ran.length - before === 1) break;
      expect(tries).to.be.lessThan(20);
    }
    await sharing();
    expect(warnings.length).to.be.at.most(2);
  };

  it("answer in time while every command takes two seconds, and share again when it is quick", async () => {
    way.delay = 2_000;
    // Waiting costs nothing: this is no outage.
    await answering(1_800, []);
    way.delay = 0;
    await noticed();
  });

  it("answer in time while Redis hangs, and share again when it goes on", async () => {
    redis.pause();
    await answering(1_800);
    redis.resume();
    await noticed();
  });

  it("answer in time while Redis is full, and share again when it has room", async () => {
    const admin = new Redis(redis.url);
    try {
      await admin.config("SET", "maxmemory-policy", "noeviction");
      await admin.config("SET", "maxmemory", "1");
      await answering(1_500);
      await admin.config("SET", "maxmemory", "0");
      await noticed();
    } finally {
      admin.disconnect();
    }
  });

  it("answer in time while their connections to Redis have died without a word, and share again over new ones", async () => {
    way.lose();
    // Before the clients give them up, and soon enough that it is no outage.
    await answering(socketTimeout - 200, []);
    await noticed();
  });

  it("finish what runs when Redis is killed and comes back without its data, and answer it once", async () => {
    const bodies = [someone("1500"), someone("1500")];
    const answers = bodies.map((body, index) => push(index === 0 ? one : other, body));
    await sleep(300);
    await redis.kill();
    await redis.restart();
    for (const [index, answer] of answers.entries()) {
      const [body, took] = await answer;
      expect(body).to.include("to user-");
      expect(took).to.be.lessThan(4_600);
      // A delivery that comes afterwards gets the same.
      expect((await push(index === 0 ? one : other, bodies[index] ?? ""))[0]).to.equal(body);
    }
    expect(ran).to.have.length(3);
    await noticed();
  });

  it("answer in time while every command takes half a second, and run once", async () => {
    way.delay = 500;
    const deliveries = await pushLikeWechat(one, someone("0"));
    expect(deliveries).to.have.length(1);
    expect(deliveries[0]?.body).to.include("to user-");
    expect(ran).to.have.length(2);
  });
});
