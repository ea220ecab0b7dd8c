// One of the processes behind fleet.test.ts: a guarded app on a shared Redis.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import Koa from "koa";
import { RedisStore, Wechat, wxUser } from "../../../src/index.js";
import { loginAccount } from "../../support/login.js";

const [redis = "", cloud = ""] = process.argv.slice(2);
const store = new RedisStore(new Redis(redis));
const wx = new Wechat({ ...loginAccount, api: { baseUrl: cloud }, store });
const login = wx.oauth({ baseUrl: "https://shop.example.com" });

const app = new Koa();
app.keys = ["the same in both"];
app.silent = true;
const allow = { "https://staging.example.com": "the secret of the staging site" };
app.use(wx.oauthBroker({ baseUrl: "https://shop.example.com", allow }));
app.use(login).use(async (ctx) => {
  if (ctx.path === "/logout") await login.logout(ctx);
  ctx.body = ctx.path === "/token" ? await login.token(ctx) : wxUser(ctx).openid;
});
const server = createServer(app.callback()).listen(0, "127.0.0.1", () =>
  process.send?.((server.address() as AddressInfo).port),
);
process.on("disconnect", () => process.exit());
