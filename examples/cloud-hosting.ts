/**
 * 微信云托管: a service of the shape of Tencent's Koa template, with a page, an API for a mini program, and
 * pushes of WeChat, which come unsigned over the inner network. Beside it stand a Dockerfile and
 * container.config.json, in examples/cloud-hosting.
 *
 *   npm start cloud-hosting
 *
 * Settings come from the environment: WECHAT_APP_ID, and PORT and HOST, which the Dockerfile sets.
 */
import type { AddressInfo } from "node:net";
import Koa from "koa";
import Router from "koa-router";
import { Wechat } from "koa-wx";

const { HOST, PORT, WECHAT_APP_ID, WECHAT_API_BASE_URL, WECHAT_PHONE_URL } = process.env;

const wx = new Wechat({
  cloudHosting: true, // here, and nowhere else: without the platform's gateway everybody could push
  appId: WECHAT_APP_ID || "wx0000000000000000",
  // Of the simulated WeChat. In the container, calls go over the inner address, without a token.
  ...(WECHAT_API_BASE_URL ? { api: { baseUrl: WECHAT_API_BASE_URL } } : {}),
});

wx.onSubscribe(() => "感谢您的关注！发一条消息试试。");
wx.onText("客服", async (ctx) => {
  await ctx.send("客服马上就来。"); // a customer-service message
});
wx.on("text", (ctx) => `反弹你发的消息：${ctx.message.Content}`);

const router = new Router();
router.get("/", (ctx) => {
  ctx.body = "这里是云托管服务。";
});
router.get("/api/wx_openid", (ctx) => {
  ctx.body = ctx.get("x-wx-openid"); // of the mini program that calls
});
router.post("/message/post", wx.middleware()); // the path of 全局设置 → 消息推送

const app = new Koa().use(router.routes());
const server = app.listen(Number(PORT ?? 3000), HOST || "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(`Listening on http://localhost:${port}/message/post`);
  if (WECHAT_PHONE_URL) console.log(`\nOpen the phone and chat: ${WECHAT_PHONE_URL}`);
});

// A container is told before it is stopped: what is running may end.
process.once("SIGTERM", async () => {
  server.close();
  await wx.close({ timeout: 10_000 });
});
