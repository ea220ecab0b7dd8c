/**
 * A menu (自定义菜单): written to WeChat at the start if it differs, and its clicks answered.
 *
 *   npx tsx examples/menu.ts
 *
 * Settings come from the environment: PORT, WECHAT_TOKEN, WECHAT_APP_ID, WECHAT_APP_SECRET and
 * WECHAT_API_BASE_URL (a simulated WeChat, for example).
 */
import Koa from "koa";
import Router from "koa-router";
import { Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const wx = new Wechat(account);

wx.onClick("SONG", () => "今日歌曲：《茉莉花》");
wx.onClick("LIKE", () => "谢谢!");
wx.onEvent("scancode_waitmsg", (ctx) => `扫到了：${ctx.message.ScanCodeInfo.ScanResult}`);
wx.fallback(() => "请点下面的菜单。");

const router = new Router();
router.all("/wechat", wx.middleware());

const written = wx.api.menu.sync({
  button: [
    { type: "click", name: "今日歌曲", key: "SONG" },
    {
      name: "更多",
      sub_button: [
        { type: "view", name: "搜索", url: "https://www.soso.com/" },
        { type: "scancode_waitmsg", name: "扫一扫", key: "SCAN" },
        { type: "click", name: "赞一下", key: "LIKE" },
      ],
    },
  ],
});

// The bot answers even while the menu cannot be written.
written.then(
  (wrote) => console.log(wrote ? "The menu was written." : "The menu is up to date."),
  (error: Error) => console.error(`The menu was not written: ${error.message}`),
);

listen(new Koa().use(router.routes()));
