import { expect } from "chai";
import { createClient } from "../../../src/api/client.js";
import { type Api, account, developer, startApi } from "./start.js";

describe("/sns/oauth2: web login in the simulated API", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
    api.follower("alice");
  });
  afterEach(() => api.close());

  const usual = {
    appid: account.appId,
    redirect_uri: "https://bot.test/back?a=1",
    response_type: "code",
    scope: "snsapi_base",
    state: "xyz",
  };

  const page = (
    query: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) =>
    fetch(`${api.url}/connect/oauth2/authorize?${new URLSearchParams({ ...usual, ...query })}`, {
      redirect: "manual",
      headers,
    });

  async function landing(query: Readonly<Record<string, string>> = {}) {
    const response = await page(query);
    expect(response.status).to.equal(302);
    return new URL(response.headers.get("location") ?? "");
  }

  async function codeFor(query: Readonly<Record<string, string>> = {}) {
    return (await landing(query)).searchParams.get("code") ?? "";
  }

  async function exchange(code: string, query: Readonly<Record<string, string>> = {}) {
    const all = {
      appid: account.appId,
      secret: account.appSecret,
      code,
      grant_type: "authorization_code",
      ...query,
    };
    const response = await fetch(`${api.url}/sns/oauth2/access_token?${new URLSearchParams(all)}`);
    return (await response.json()) as Record<string, string>;
  }

  const sns = async (path: string, query: Readonly<Record<string, string>>) =>
    (await (await fetch(`${api.url}/sns/${path}?${new URLSearchParams(query)}`)).json()) as Record<
      string,
      unknown
    >;

  it("leads back at once with a code and the state when it asks for no profile", async () => {
    const url = await landing();
    expect(url.href).to.match(/^https:\/\/bot\.test\/back\?a=1&code=[\w-]{32}&state=xyz$/);
  });

  it("asks the user before it gives the profile", async () => {
    const response = await page({ scope: "snsapi_userinfo" });
    expect(response.status).to.equal(200);
    const html = await response.text();
    expect(html).to.include("允许").and.to.include("拒绝").and.to.include("alice");
    const link = /href="([^"]*sim_consent=allow[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    const allowed = await fetch(`${api.url}/connect/oauth2/authorize${link}`, {
      redirect: "manual",
    });
    expect(allowed.headers.get("location")).to.match(/^https:\/\/bot\.test\/back\?a=1&code=/);
  });

  it("asks also for the openid alone when told to", async () => {
    expect((await page({ forcePopup: "true" })).status).to.equal(200);
  });

  it("leads back without a code when the user refuses", async () => {
    const url = await landing({ scope: "snsapi_userinfo", sim_consent: "deny" });
    expect(url.href).to.equal("https://bot.test/back?a=1&state=xyz");
  });

  it("knows by name, openid or cookie whose phone it is, or takes the first user", async () => {
    const { people } = api.world;
    const [alice, bob] = [people.named("alice"), people.named("鲍勃")];
    expect(await exchange(await codeFor())).to.include({ openid: alice.openid });
    const byName = await page({ sim_user: "鲍勃" });
    const byOpenid = await exchange(await codeFor({ sim_user: bob.openid }));
    expect(byOpenid).to.include({ openid: bob.openid });
    const cookie = byName.headers.get("set-cookie")?.split(";")[0] ?? "";
    const later = new URL((await page({}, { cookie })).headers.get("location") ?? "");
    const answer = await exchange(later.searchParams.get("code") ?? "");
    expect(answer).to.include({ openid: bob.openid, scope: "snsapi_base" });
  });

  it("shows what is wrong with the address, with WeChat's numbers", async () => {
    const problems = [
      [{ appid: "" }, "10012"],
      [{ appid: "wxother" }, "10016"],
      [{ redirect_uri: "" }, "10011"],
      [{ redirect_uri: "javascript:alert(1)" }, "10003"],
      [{ scope: "" }, "10010"],
      [{ scope: "snsapi_login" }, "10005"],
      [{ response_type: "token" }, "response_type"],
      [{ state: "s".repeat(129) }, "state"],
    ] as const;
    for (const [query, problem] of problems) {
      const response = await page(query);
      expect(response.headers.get("location"), problem).to.equal(null);
      expect(await response.text()).to.include(problem);
    }
    const { state, ...rest } = usual;
    const disordered = new URLSearchParams({ state, ...rest });
    const response = await fetch(`${api.url}/connect/oauth2/authorize?${disordered}`);
    expect(await response.text()).to.include("该链接无法访问");
  });

  it("leads to the configured domain only", async () => {
    api.world.loginDomain = "bot.test";
    expect((await landing()).hostname).to.equal("bot.test");
    const response = await page({ redirect_uri: "https://www.bot.test/" });
    expect(await response.text()).to.include("10003");
  });

  it("writes a user's name as text", async () => {
    const html = await (await page({ scope: "snsapi_userinfo", sim_user: "<img src=x>" })).text();
    expect(html).to.include("&lt;img src=x&gt;").and.not.to.include("<img");
  });

  it("takes a code once, and within five minutes", async () => {
    const code = await codeFor();
    expect(await exchange(code)).to.include({ scope: "snsapi_base", expires_in: 7200 });
    expect(await exchange(code)).to.include({ errcode: 40163 });
    expect(await exchange("invented")).to.include({ errcode: 40029 });
    expect(await exchange("")).to.include({ errcode: 41008 });
    const late = await codeFor();
    await api.clock.advance(300_000);
    expect(await exchange(late)).to.include({ errcode: 42003 });
    const wrong = await codeFor();
    expect(await exchange(wrong, { secret: "x" })).to.include({ errcode: 40125 });
    expect(await exchange(wrong, { appid: "wxother" })).to.include({ errcode: 40013 });
    expect(await exchange(wrong)).to.have.property("openid");
  });

  it("gives koa-wx's client the profile that the user has shown", async () => {
    const alice = api.world.people.named("alice");
    const { oauth } = createClient({ ...developer, baseUrl: api.url });
    const token = await oauth.exchange(
      await codeFor({ scope: "snsapi_userinfo", sim_consent: "allow" }),
    );
    expect(token).to.include({ openid: alice.openid, unionid: alice.unionid });
    expect(token).not.to.have.property("is_snapshotuser");
    expect(await oauth.userinfo(token.access_token, token.openid)).to.include({
      openid: alice.openid,
      nickname: "alice",
      sex: 0,
      city: "",
    });
    const renewed = await oauth.refresh(token.refresh_token);
    expect(renewed.access_token).not.to.equal(token.access_token);
    expect(await oauth.check(renewed.access_token, token.openid)).to.equal(true);
    expect(await oauth.check("invented", token.openid)).to.equal(false);
  });

  it("gives nobody's openid in snapshot mode", async () => {
    const alice = api.world.people.named("alice");
    const query = { scope: "snsapi_userinfo", sim_consent: "snapshot" };
    const answer = await exchange(await codeFor(query));
    expect(answer).to.include({ is_snapshotuser: 1 });
    expect(answer.openid).not.to.equal(alice.openid);
  });

  it("refuses tokens that are wrong, expired or not enough", async () => {
    const base = await exchange(await codeFor());
    const { access_token = "", openid = "", refresh_token = "" } = base;
    expect(await sns("userinfo", { access_token, openid })).to.include({ errcode: 48001 });
    expect(await sns("auth", { access_token, openid })).to.deep.equal({ errcode: 0, errmsg: "ok" });
    expect(await sns("auth", { access_token, openid: "o" })).to.include({ errcode: 40003 });
    expect(await sns("auth", { access_token: "x", openid })).to.include({ errcode: 40001 });
    await api.clock.advance(7_200_000);
    expect(await sns("auth", { access_token, openid })).to.include({ errcode: 42001 });
    const refresh = { appid: account.appId, grant_type: "refresh_token", refresh_token };
    expect(await sns("oauth2/refresh_token", refresh)).to.include({ openid });
    await api.clock.advance(30 * 86_400_000);
    expect(await sns("oauth2/refresh_token", refresh)).to.include({ errcode: 42002 });
    const invented = { ...refresh, refresh_token: "x" };
    expect(await sns("oauth2/refresh_token", invented)).to.include({ errcode: 40030 });
  });

  it("is asked for its token first, then for the openid, then for its scope", async () => {
    for (const call of ["userinfo", "auth"]) {
      expect(await sns(call, {})).to.include({ errcode: 41001 });
      expect(await sns(call, { openid: "o" })).to.include({ errcode: 41001 });
      expect(await sns(call, { access_token: "x" })).to.include({ errcode: 40001 });
      expect(await sns(call, { access_token: "x", openid: "o" })).to.include({ errcode: 40001 });
    }
    const { access_token = "" } = await exchange(await codeFor());
    expect(await sns("userinfo", { access_token })).to.include({ errcode: 41009 });
    expect(await sns("userinfo", { access_token, openid: "o" })).to.include({ errcode: 40003 });
    await api.clock.advance(7_200_000);
    expect(await sns("userinfo", { access_token })).to.include({ errcode: 42001 });
  });

  it("stands in the record without a code", async () => {
    const code = await codeFor();
    const { access_token = "" } = await exchange(code);
    const text = JSON.stringify(api.world.journal.records);
    expect(text).to.include("leads to https://bot.test/back with a code");
    expect(text).not.to.include(code);
    expect(text).not.to.include(access_token);
  });
});
