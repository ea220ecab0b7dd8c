/**
 * The echo bot: 你问我答 (text comes back as text) and 图尚往来 (a picture comes back as a picture).
 *
 *   npm start
 *
 * Settings come from the environment: PORT, WECHAT_TOKEN, WECHAT_APP_ID, WECHAT_APP_SECRET and
 * WECHAT_AES_KEY (the last one switches to 安全模式). Without them it runs on local defaults.
 */
import Koa from "koa";
import Router from "koa-router";
import { reply, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const wx = new Wechat(account);

wx.onEvent("subscribe", () => "感谢您的关注!");
wx.on("text", (ctx) => ctx.message.Content);
wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
wx.onVoice((ctx) => ctx.text || "无法识别");
wx.fallback(() => "我能听懂文字、图片和语音，请发一条试试。");

const router = new Router();
router.all("/wechat", wx.middleware());

const app = new Koa().use(router.routes());

listen(app);
