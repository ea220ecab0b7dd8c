/**
 * Customer service (客服消息): an agent account is added at the start, and whoever writes gets an answer
 * in its name, outside of the reply.
 *
 *   npx tsx examples/customer-service.ts
 *
 * Settings come from the environment: PORT, WECHAT_TOKEN, WECHAT_APP_ID, WECHAT_APP_SECRET,
 * WECHAT_API_BASE_URL (a simulated WeChat, for example) and WECHAT_KF_ACCOUNT.
 */
import Koa from "koa";
import Router from "koa-router";
import { ApiError, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

/** A name, `@`, and the account's WeChat id (微信号). */
const agent = process.env.WECHAT_KF_ACCOUNT || "service@local";

const wx = new Wechat(account);
const { customerService, kfAccounts } = wx.api;

/** WeChat's codes for "exists already". */
const exists = [61453, 65406];
const ready = kfAccounts.add({ kf_account: agent, nickname: "小微" }).then(
  () => console.log(`Added ${agent}.`),
  (error: unknown) => {
    if (error instanceof ApiError && exists.includes(error.errcode))
      console.log(`${agent} exists.`);
    else console.error(error);
  },
);

wx.on("text", async (ctx) => {
  await ready;
  if (ctx.message.bizmsgmenuid !== undefined) {
    // A tap on the menu below comes back as a text.
    await customerService.sendText(ctx.openid, "谢谢您的评价!", { as: agent });
    return;
  }
  // At most five of these after each message of the user, within 48 hours.
  await customerService.sendText(ctx.openid, `收到：${ctx.message.Content}`, { as: agent });
  await customerService.sendMenu(ctx.openid, {
    head_content: "您对本次服务是否满意?",
    list: [
      { id: "101", content: "满意" },
      { id: "102", content: "不满意" },
    ],
  });
  // No reply besides: what the user sees has been sent.
});

const router = new Router();
router.all("/wechat", wx.middleware());

listen(new Koa().use(router.routes()));
