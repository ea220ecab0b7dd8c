// One of the bots behind fleet.test.ts: a model that writes so many characters in so many seconds.
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import Koa from "koa";
import { exclusive, RedisStore, Wechat } from "../../src/index.js";
import { written } from "./fleet.js";

const { account, redisUrl, api, scale } = JSON.parse(process.argv[2] as string) as {
  account: { token: string; appId: string; appSecret: string };
  redisUrl: string;
  api: string;
  scale: number;
};
const lease = 6_000 * scale;
const wx = new Wechat({
  ...account,
  api: { baseUrl: api },
  store: new RedisStore(new Redis(redisUrl)),
  // A little less than with WeChat: what takes a machine its time does not shrink with the scale.
  deadline: { ms: (scale < 1 ? 4_000 : 4_500) * scale, lease, onTimeout: () => "正在思考…" },
});
wx.use(exclusive({ busy: "replace", lease }));
wx.onText(/^(\d+) characters in (\d+) s$/, async function* (ctx) {
  const [characters, seconds] = ctx.match.slice(1).map(Number) as [number, number];
  const { openid } = ctx;
  process.send?.({ event: "began", openid });
  ctx.signal.addEventListener("abort", () => process.send?.({ event: "aborted", openid }));
  const text = written(characters);
  const parts = seconds * 5;
  for (let part = 0; part < parts; part += 1) {
    await sleep((seconds * 1_000 * scale) / parts);
    const [from, to] = [part, part + 1].map((at) => Math.floor((text.length * at) / parts));
    yield text.slice(from, to);
  }
});
wx.onText("新的问题", () => "新的回答。");
wx.catch((error, ctx) => {
  process.send?.({ event: "failed", openid: ctx.openid, message: error.message });
  return "出了点问题。";
});

const server = new Koa().use(wx.middleware()).listen(0, "127.0.0.1", () => {
  process.send?.({ event: "listening", port: (server.address() as AddressInfo).port });
});
