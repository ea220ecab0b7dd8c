import { expect } from "chai";
import Koa from "koa";
import Router from "koa-router";
import { Wechat } from "koa-wx";
import type { Surroundings } from "koa-wx/testing";
import { errorOf } from "../support/error-of.js";
import { account, phones } from "./bots.js";

/** A site with a page for everybody who is logged in, and one with their profile. */
function siteOf({ url, appUrl }: Surroundings): Koa {
  const wx = new Wechat({ ...account, api: { baseUrl: url } });
  wx.on("text", () => `<a href="${appUrl}/me">me</a>`);
  const login = wx.oauth({ baseUrl: appUrl });
  const profiled = login.require("snsapi_userinfo");
  const router = new Router();
  router.all("/wechat", wx.middleware());
  router.get("/open", (ctx) => {
    ctx.body = { cookie: ctx.get("Cookie"), agent: ctx.get("User-Agent"), mark: ctx.get("X-Mark") };
    ctx.cookies.set("first", "1", { signed: false });
    ctx.append("Set-Cookie", "short=1; Max-Age=60; Path=/open");
    ctx.append("Set-Cookie", "elsewhere=1; Path=/other");
  });
  router.get("/forget", (ctx) => {
    ctx.append("Set-Cookie", "first=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/");
    ctx.body = "forgotten";
  });
  router.get("/circle", (ctx) => ctx.redirect("/circle"));
  router.get("/broken", (ctx) => ctx.res.destroy());
  router.get("/me", login, (ctx) => {
    ctx.body = login.user(ctx);
  });
  router.get("/profile", profiled, (ctx) => {
    ctx.body = profiled.user(ctx).profile;
  });
  const app = new Koa();
  app.silent = true;
  app.keys = ["a key of the test"];
  app.use(login.callback());
  app.use(router.routes());
  return app;
}

describe("user.opens(): pages that a user opens", () => {
  const { start } = phones();

  it("know their user after web login, which asks nothing for the openid alone", async () => {
    const phone = await start(siteOf);
    const alice = phone.user("alice");
    const { origin } = new URL(phone.botUrl);
    const page = await alice.opens("/me");
    expect(JSON.parse(page.body)).to.include({ openid: alice.openid });
    expect(page).to.include({ url: `${origin}/me`, status: 200 });
    const consent = page.visited.find((url) => url.startsWith(phone.url));
    expect(new URL(consent ?? "").searchParams.get("scope")).to.equal("snsapi_base");
    expect((await alice.opens("/me")).visited).to.deep.equal([`${origin}/me`]);
  });

  it("open from the link that the bot has sent", async () => {
    const phone = await start(siteOf);
    const bob = phone.user("bob");
    const { text = "" } = await bob.sends("link");
    const page = await bob.opens(/href="(.*?)"/.exec(text)?.[1] ?? "");
    expect(JSON.parse(page.body)).to.include({ openid: bob.openid });
  });

  it("get the profile of whoever agrees, and of nobody else", async () => {
    const phone = await start(siteOf);
    const alice = phone.user("alice", { nickname: "爱丽丝" });
    const bob = phone.user("bob");
    const refused = await alice.opens("/profile", { consent: "deny" });
    expect(refused.body).to.not.include(alice.openid).and.not.include("爱丽丝");
    const agreed = JSON.parse((await alice.opens("/profile")).body) as object;
    expect(agreed).to.include({ openid: alice.openid, nickname: "爱丽丝" });
    const other = JSON.parse((await bob.opens("/profile")).body) as object;
    expect(other).to.include({ openid: bob.openid, nickname: "bob" });
  });

  it("get an openid of nobody in snapshot mode", async () => {
    const phone = await start(siteOf);
    const alice = phone.user("alice");
    const page = await alice.opens("/profile", { consent: "snapshot" });
    expect(page.body).to.not.include(alice.openid);
    expect(page.visited.length).to.be.greaterThan(1);
  });

  it("come from WeChat's own address of the consent page as well", async () => {
    const phone = await start(siteOf);
    const alice = phone.user("alice");
    const { origin } = new URL(phone.botUrl);
    const consent = new URL("https://open.weixin.qq.com/connect/oauth2/authorize");
    for (const [name, value] of Object.entries({
      appid: account.appId,
      redirect_uri: `${origin}/open`,
      response_type: "code",
      scope: "snsapi_base",
      state: "s",
    })) {
      consent.searchParams.set(name, value);
    }
    const page = await alice.opens(`${consent}#wechat_redirect`);
    expect(page.status).to.equal(200);
    expect(page.url).to.match(/\/open\?code=[\w-]+&state=s$/);
  });

  it("get each user's own cookies, by path, until they are taken back", async () => {
    const phone = await start(siteOf);
    const alice = phone.user("alice");
    const cookies = async () => JSON.parse((await alice.opens("/open")).body).cookie as string;
    expect(await cookies()).to.equal("");
    expect((await cookies()).split("; ").sort()).to.deep.equal(["first=1", "short=1"]);
    await alice.opens("/forget");
    expect(await cookies()).to.equal("short=1");
    expect(JSON.parse((await phone.user("bob").opens("/open")).body).cookie).to.equal("");
  });

  it("see WeChat's browser, and the headers of the test", async () => {
    const phone = await start(siteOf);
    const { body, headers } = await phone.user("a").opens("/open", { headers: { "X-Mark": "1" } });
    expect(JSON.parse(body)).to.include({ mark: "1" });
    expect(JSON.parse(body).agent).to.include("MicroMessenger/");
    expect(headers["content-type"]).to.include("application/json");
  });

  it("say why they cannot be opened, without what the address holds", async () => {
    const phone = await start(siteOf);
    const alice = phone.user("alice");
    const messageOf = async (url: string) => {
      const { code, message } = await errorOf(alice.opens(url));
      expect(code).to.equal("WX_SIMULATOR");
      return message;
    };
    expect(await messageOf("/circle")).to.match(/redirects in a circle: .*\/circle → /);
    expect(await messageOf("/broken?code=secret")).to.match(
      /\/broken cannot be opened: ECONNRESET/,
    );
    expect(await messageOf("http://127.0.0.1:1/?code=x")).to.equal(
      "http://127.0.0.1:1/ cannot be opened: ECONNREFUSED.",
    );
    expect(await messageOf("weixin://scan")).to.include("Give a path of the bot");
  });
});
