/**
 * Slow answers: send 3, 8 or 25 and get the answer after so many seconds. The first comes in reply to
 * WeChat's first delivery, the second to its second, the last by customer-service message (客服消息),
 * after a placeholder.
 *
 *   npx tsx examples/slow-answer.ts
 *
 * SCALE makes every second shorter, for a quick look: SCALE=0.1. WECHAT_API_BASE_URL is where
 * customer-service messages go; the other settings are those of echo.ts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import Koa from "koa";
import Router from "koa-router";
import { Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const scale = Number(process.env.SCALE ?? 1);

const wx = new Wechat({
  ...account,
  deadline: {
    ms: 4_500 * scale,
    onTimeout: () => "正在思考…",
    // Where sending is refused, the user's next 继续 fetches the answer.
    collect: { match: "继续" },
  },
});

wx.onText(/^(\d+)$/, async (ctx) => {
  const seconds = Number(ctx.match[1]);
  await sleep(seconds * 1000 * scale, undefined, { signal: ctx.signal });
  return `${seconds} 秒的回答，第 ${ctx.attempt} 次推送`;
});
wx.on("text", () => "请发 3、8 或 25。");

const router = new Router();
router.all("/wechat", wx.middleware());

const app = new Koa();
app.use(router.routes());

listen(app);
