import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { createClient, RedisStore } from "../../src/index.js";
import { type Call, startApiServer } from "../support/api-server.js";
import { bundle } from "../support/bundle.js";
import { send, signedQuery, textXml } from "../support/push.js";
import { type RedisServer, startRedis } from "../support/redis.js";
import { pushLikeWechat } from "../support/wechat.js";
import { type RunningBot, startBot } from "./start-bot.js";

/** One delivery: its answer, or nothing when the connection broke. */
const deliver = ({ address }: RunningBot, body: string) =>
  send(address, { query: signedQuery(), body }).then(
    (answer) => answer.body,
    () => undefined,
  );

describe("RedisStore: a bot that is killed while its handlers run", function () {
  this.timeout(30_000);
  let redis: RedisServer;
  const bots: RunningBot[] = [];
  const start = async (url?: string) => {
    const bot = await startBot(url);
    bots.push(bot);
    return bot;
  };
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await Promise.all(bots.map((bot) => bot.kill()));
    await redis.stop();
  });

  it("is stood in for by another process, which answers one of WeChat's next two deliveries", async () => {
    const [victim, other] = await Promise.all([start(redis.url), start(redis.url)]);
    const body = textXml("1000");
    const began = victim.began("1000");
    const first = deliver(victim, body);
    await began;
    await victim.kill();
    expect(await first).to.equal(undefined);
    const begun = performance.now();
    const retry = pushLikeWechat(other.address, body);
    // The run is held until its lease is over; a message that is new is not held up by that.
    expect(await deliver(other, textXml("0"))).to.include(`pid ${other.pid}`);
    expect(performance.now() - begun).to.be.lessThan(2_000);
    const deliveries = await retry;
    expect(deliveries.length).to.be.at.most(2);
    expect(deliveries.at(-1)?.body).to.include(`pid ${other.pid}`);
  });

  it("handles WeChat's next delivery when it is started again, without a store that outlives it", async () => {
    const victim = await start();
    const body = textXml("100");
    const began = victim.began("100");
    const first = deliver(victim, body);
    await began;
    await victim.kill();
    expect(await first).to.equal(undefined);
    const again = await start();
    expect(await deliver(again, body)).to.include(`pid ${again.pid}`);
  });

  it("does not keep the others from a token that it was fetching, but one that is slow is waited for", async () => {
    const api = await startApiServer();
    const connection = new Redis(redis.url);
    const store = new RedisStore(connection);
    const client = (appId: string) =>
      createClient({ appId, appSecret: "s", baseUrl: api.url, store });
    let asks = 0;
    api.on("/cgi-bin/stable_token", async ({ body }: Call) => {
      const { appid } = JSON.parse(String(body)) as { appid: string };
      if (appid === "wx-killed" && asks++ === 0) return undefined;
      if (appid === "wx-slow") await sleep(4_800);
      return { access_token: "the-token", expires_in: 7200 };
    });
    const script = `
      import { Redis } from "ioredis";
      import { createClient, RedisStore } from "./src/index.ts";
      const store = new RedisStore(new Redis("${redis.url}"));
      createClient({ appId: "wx-killed", appSecret: "s", baseUrl: "${api.url}", store }).users.get("o");`;
    const child = spawn(process.execPath, [await bundle(script)], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    try {
      while (asks === 0) await sleep(20);
      child.kill("SIGKILL");
      const begun = performance.now();
      const slow = Promise.all([
        client("wx-slow").users.get("o"),
        client("wx-slow").users.get("o"),
      ]);
      await client("wx-killed").users.get("o");
      expect(asks).to.equal(2);
      expect(performance.now() - begun).to.be.lessThan(8_000);
      await slow;
      const fetches = api
        .to("/cgi-bin/stable_token")
        .filter(({ body }) => body.includes("wx-slow"));
      expect(fetches).to.have.length(1);
    } finally {
      child.kill("SIGKILL");
      connection.disconnect();
      await api.close();
    }
  });
});
