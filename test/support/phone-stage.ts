import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Koa from "koa";
import { reply, Wechat } from "koa-wx";
import { startSimulator } from "../../src/simulator/server.js";

const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/** A bot, and the simulated WeChat in front of it, both on this machine. */
export type PhoneStage = Awaited<ReturnType<typeof startPhoneStage>>;

/**
 * Starts a bot of many talents and a phone to try it on. Time runs ten times faster than on WeChat:
 * it waits half a second for an answer, and the bot gives up a little earlier.
 */
export async function startPhoneStage({ debug = false } = {}) {
  const bot = createServer();
  bot.listen(0, "127.0.0.1");
  await once(bot, "listening");
  const botUrl = `http://127.0.0.1:${(bot.address() as AddressInfo).port}`;
  const options = {
    account: {
      token: "token",
      appSecret: "secret of the tea shop",
      encodingAESKey,
      mode: "plain",
      name: "山间茶铺",
    },
    target: `${botUrl}/wechat`,
    patience: 500,
  } as const;
  let simulator = await startSimulator(options);
  const { url, cloud } = simulator;

  const { token, appId, appSecret } = cloud.world.account;
  const wx = new Wechat({
    ...{ token, appId, appSecret, encodingAESKey, acceptPlain: true },
    api: { baseUrl: url },
    debug,
    deadline: { ms: 420, onTimeout: () => "正在思考…" },
  });
  wx.onSubscribe((ctx) => `欢迎${ctx.scene === undefined ? "" : `，来自${ctx.scene}`}`);
  wx.onScan((ctx) => `又见面了，${ctx.scene}`);
  wx.onClick("today", () => "桂花乌龙");
  wx.onText("想一想", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_900));
    return "想好了";
  });
  wx.onText("沉默", () => {
    reply.text("忘了写 return");
  });
  wx.onText("坏", () => reply.raw("<xml></xml>"));
  wx.onText("图文", () =>
    reply.news([
      { title: "秋茶", description: "", picUrl: "https://a.example/t.jpg", url: botUrl },
    ]),
  );
  wx.onText("代码", () => '<img src=x onerror="alert(1)"><a href="javascript:alert(2)">点</a>');
  wx.onText("登录", () => `<a href="${botUrl}/login">进入会员中心</a>`);
  wx.on("text", (ctx) => `收到：${ctx.message.Content}`);
  wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
  wx.onVoice((ctx) => `听到：${ctx.message.Recognition}`);
  wx.on("location", (ctx) => `你在${ctx.message.Label}`);

  const sdk = wx.jssdk({ allow: [botUrl], jsApiList: ["getLocation"] });
  const shop = new Koa();
  shop.silent = true;
  shop.use(async (ctx, next) => {
    if (ctx.path === "/login") {
      ctx.cookies.set("before", "kept", { sameSite: "lax" });
      const query = new URLSearchParams({
        appid: appId,
        redirect_uri: `${botUrl}/member`,
        response_type: "code",
        scope: "snsapi_userinfo",
        state: "s",
      });
      ctx.redirect(`${url}/connect/oauth2/authorize?${query}#wechat_redirect`);
    } else if (ctx.path === "/member") {
      const code = encodeURIComponent(String(ctx.query.code));
      const asked = `appid=${appId}&secret=${appSecret}&code=${code}&grant_type=authorization_code`;
      const answer = await fetch(`${url}/sns/oauth2/access_token?${asked}`);
      const { openid } = (await answer.json()) as { openid: string };
      ctx.type = "html";
      ctx.body = `<!doctype html><title>m</title><h1>${openid} ${ctx.cookies.get("before")}</h1>`;
    } else if (ctx.path === "/place") {
      ctx.type = "html";
      ctx.body = placePage(JSON.stringify(await sdk.config(`${botUrl}/place`)));
    } else await next();
  });
  shop.use(wx.middleware());
  bot.on("request", shop.callback());

  return {
    world: cloud.world,
    url,
    /** A page with the JS-SDK. */
    place: `${botUrl}/place`,
    /** Starts the simulated WeChat anew at the same address, as after an interruption. */
    async restart() {
      await simulator.close();
      simulator = await startSimulator({ ...options, port: Number(new URL(url).port) });
    },
    async close() {
      await simulator.close();
      bot.close();
      bot.closeAllConnections();
      await wx.close();
    },
  };
}

/** A page that asks the phone where it is. */
function placePage(config: string): string {
  return `<!doctype html><html lang="zh-CN"><title>门店</title><h1>最近的门店</h1>
<script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script>
<script>wx.config(${config}); wx.ready(() => wx.getLocation({ type: "gcj02" }));</script></html>`;
}
