/**
 * A page that knows its user (网页授权): say anything to the bot, open the link that it sends, agree,
 * and see your own portrait, openid, 昵称, 性别, 省份, 城市 and 国家.
 *
 *   npx tsx examples/profile.ts
 *
 * BASE_URL is the public address of this app; its domain is the account's 网页授权域名.
 * APP_KEYS signs the cookies. The other settings are those of echo.ts; where
 * WECHAT_API_BASE_URL is the simulated WeChat, its consent page is used.
 */
import { randomUUID } from "node:crypto";
import Koa from "koa";
import Router from "koa-router";
import { Wechat } from "koa-wx";
import type { UserProfile } from "koa-wx/api";
import { account, listen } from "./local.js";

const {
  PORT = "3000",
  BASE_URL = `http://127.0.0.1:${PORT}`,
  APP_KEYS = randomUUID(),
} = process.env;

const wx = new Wechat(account);
wx.fallback(() => `<a href="${BASE_URL}/profile">我的资料</a>`);

const login = wx.oauth({ baseUrl: BASE_URL });
const profiled = login.require("snsapi_userinfo");

const router = new Router();
router.all("/wechat", wx.middleware());
router.get("/profile", profiled, (ctx) => {
  show(ctx, "我的资料", profilePage(profiled.user(ctx).profile));
});
router.post("/logout", async (ctx) => {
  await login.logout(ctx);
  show(ctx, "已退出", html`<h1>已退出</h1><a class="button" href="/profile">重新登录</a>`);
});

const app = new Koa();
app.keys = [APP_KEYS];
app.use(router.routes());

listen(app);

function profilePage(profile: UserProfile): Html {
  const { openid, nickname, headimgurl, sex, province, city, country } = profile;
  const sexes: Record<string, string> = { 1: "男", 2: "女" };
  const rows = {
    OpenID: openid,
    昵称: nickname,
    性别: sexes[sex] ?? "未知",
    // WeChat tells nobody's place since 2021.
    省份: province || "未填写",
    城市: city || "未填写",
    国家: country || "未填写",
  };
  const portrait = /^https?:\/\//.test(headimgurl)
    ? html`<img class="portrait" src="${headimgurl}" alt="头像" referrerpolicy="no-referrer">`
    : html`<div class="portrait" role="img" aria-label="头像">${[...nickname][0] ?? "?"}</div>`;
  return html`<header>${portrait}<h1>${nickname}</h1></header>
<dl>${Object.entries(rows).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<form method="post" action="/logout"><button class="button">退出登录</button></form>`;
}

/** HTML in which everything that was filled in is escaped: a nickname can be `<script>`. */
class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function html(parts: TemplateStringsArray, ...values: (string | Html | Html[])[]): Html {
  const escaped = values.map((value) => {
    if (typeof value !== "string")
      return [value]
        .flat()
        .map(({ text }) => text)
        .join("");
    return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  });
  return new Html(String.raw({ raw: parts }, ...escaped));
}

function show(ctx: Koa.Context, title: string, content: Html): void {
  ctx.type = "html";
  ctx.set("Cache-Control", "no-store");
  ctx.set(
    "Content-Security-Policy",
    "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; form-action 'self'",
  );
  ctx.body = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${title}</title>
<style>
:root { color-scheme: light dark; --page: #ededed; --cell: #fff; --text: #191919; --faint: #737373; --line: #e5e5e5 }
@media (prefers-color-scheme: dark) { :root { --page: #111; --cell: #191919; --text: #d5d5d5; --faint: #8a8a8a; --line: #2c2c2c } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 480px; min-height: 100vh; background: var(--page); color: var(--text); font: 17px/1.4 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif }
header { display: flex; flex-direction: column; align-items: center; gap: 16px; padding: 40px 24px 32px; background: var(--cell) }
h1 { margin: 0; max-width: 100%; font-size: 22px; font-weight: 600; text-align: center; overflow-wrap: anywhere }
body > h1 { padding-top: 30vh }
.portrait { width: 88px; height: 88px; border-radius: 12px; object-fit: cover; background: #07c160; color: #fff; font-size: 40px; line-height: 88px; text-align: center }
dl { margin: 8px 0 0; background: var(--cell) }
dl div { display: flex; gap: 16px; margin-left: 16px; padding: 16px 16px 16px 0; border-bottom: 1px solid var(--line) }
dl div:last-child { border-bottom: 0 }
dt { flex: none; width: 4.5em }
dd { flex: 1; margin: 0; color: var(--faint); text-align: right; overflow-wrap: anywhere }
.button { display: block; width: 100%; margin: 8px 0 0; padding: 16px; border: 0; background: var(--cell); color: #fa5151; font: inherit; text-align: center; text-decoration: none; cursor: pointer }
a.button { margin-top: 32px; color: #07c160 }
</style>
${content.text}
</html>
`;
}
