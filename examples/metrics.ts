/**
 * Metrics for Prometheus: what koa-wx publishes on its diagnostics channels, counted by prom-client.
 *
 *   npx tsx examples/metrics.ts
 *
 * Settings come from the environment: PORT, METRICS_PORT, WECHAT_TOKEN, WECHAT_APP_ID,
 * WECHAT_APP_SECRET, WECHAT_AES_KEY and WECHAT_API_BASE_URL (a simulated WeChat, for example).
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import Router from "koa-router";
import { observe, reply, Wechat } from "koa-wx";
import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from "prom-client";
import { account, listen } from "./local.js";

const seconds = [0.005, 0.02, 0.1, 0.5, 1, 2.5, 4.5, 10, 30, 120];
const counter = (name: string, help: string, labelNames: readonly string[]) =>
  new Counter({ name, help, labelNames });
const histogram = (name: string, help: string, labelNames: readonly string[]) =>
  new Histogram({ name, help, labelNames, buckets: seconds });

// The pushes of WeChat. Many that are "abandoned" are pushes that it has to deliver again.
const pushes = counter("koa_wx_pushes_total", "Requests to the server address.", [
  "app",
  "type",
  "outcome",
  "code",
]);
const answered = histogram("koa_wx_push_duration_seconds", "Until a request was answered.", [
  "app",
  "outcome",
]);
observe("koa-wx:push", ({ appId: app = "", type, event, outcome, code = "", duration }) => {
  pushes.inc({ app, type: event ?? type ?? "", outcome, code });
  answered.observe({ app, outcome }, duration / 1000);
});

// The handlers: one run for each push, however often it was delivered.
const handled = histogram("koa_wx_run_duration_seconds", "How long the handlers took.", [
  "app",
  "type",
  "outcome",
  "late",
]);
const failures = counter("koa_wx_run_failures_total", "Errors of handlers.", ["app", "error"]);
observe("koa-wx:run", ({ appId: app = "", type, event, outcome, error, late, duration }) => {
  handled.observe({ app, type: event ?? type, outcome, late: String(late) }, duration / 1000);
  if (error !== undefined) failures.inc({ app, error });
});

const replies = counter("koa_wx_replies_total", "Replies, by the way they went.", [
  "app",
  "type",
  "way",
  "outcome",
]);
observe("koa-wx:reply", ({ appId: app = "", type, way, outcome }) => {
  replies.inc({ app, type, way, outcome });
});

const calls = histogram("koa_wx_api_call_duration_seconds", "Calls of WeChat's APIs.", [
  "app",
  "endpoint",
  "outcome",
  "errcode",
]);
observe("koa-wx:call", ({ appId: app = "", endpoint, outcome, errcode = "", duration }) => {
  calls.observe({ app, endpoint, outcome, errcode: String(errcode) }, duration / 1000);
});

// More than a few "fetched" an hour, or any "invalidated": somebody else fetches tokens too.
const tokens = counter("koa_wx_token_refreshes_total", "Access tokens and tickets.", [
  "app",
  "kind",
  "outcome",
]);
observe("koa-wx:token", ({ appId: app = "", kind, outcome }) => {
  tokens.inc({ app, kind, outcome });
});

// While the shared store is away, each process goes on alone. 1 for long: see to Redis.
const away = new Gauge({ name: "koa_wx_store_away", help: "Whether the shared store is away." });
observe("koa-wx:store", ({ outcome }) => away.set(outcome === "away" ? 1 : 0));

collectDefaultMetrics();

// On a port of their own that only this machine reaches: metrics are nobody else's business.
const metrics = new Koa().use(async (ctx) => {
  if (ctx.path !== "/metrics") return;
  ctx.type = register.contentType;
  ctx.body = await register.metrics();
});
const server = metrics.listen(Number(process.env.METRICS_PORT ?? 9464), "127.0.0.1");
await once(server, "listening");
console.log(`Metrics on http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => server.close());

// A bot to be watched.
const wx = new Wechat(account);
wx.onText("客服", async (ctx) => {
  await ctx.send("客服马上就来。");
});
wx.onText("错误", () => {
  throw new RangeError("This is what a failing handler looks like.");
});
wx.on("text", (ctx) => ctx.message.Content);
wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
wx.catch((error, ctx) => {
  console.error(error);
  return ctx.late ? undefined : "出错了，请稍后再试。";
});

const router = new Router();
router.all("/wechat", wx.middleware());

listen(new Koa().use(router.routes()));
