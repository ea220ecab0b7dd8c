import { expect } from "chai";
import Koa from "koa";
import bodyParser from "koa-bodyparser";
import {
  type BrokerOptions,
  ConfigError,
  type LoginGuard,
  type OAuthOptions,
  Wechat,
  wxUser,
} from "../../../src/index.js";
import {
  type LoginCloud,
  openSite,
  type Site,
  startLoginCloud,
  strictly,
  Visitor,
  wechatAt,
} from "../../support/login.js";

const secret = "the secret of the staging site";
const other = "the secret of some other site";

describe("wx.oauthBroker()", () => {
  let cloud: LoginCloud;
  let broker: Site;
  let staging: Site;
  let login: LoginGuard;
  let start: string;

  /** Puts a broker on the account's domain and a site that uses it on another. */
  const open = async (
    more: Partial<OAuthOptions> = {},
    prepare: (app: Koa) => void = () => {},
  ): Promise<void> => {
    const [here, there] = [await openSite(), await openSite()];
    start = `${here.url}/wx/broker/start`;

    const lender = new Koa();
    lender.keys = ["broker"];
    prepare(lender);
    const allow = { [there.url]: secret, "https://other.example.com": other };
    lender.use(wechatAt(cloud).oauthBroker(strictly(cloud, here.url, { allow })));
    lender.use((ctx) => {
      ctx.body = "next";
    });
    here.serve(lender);

    const borrower = new Koa();
    borrower.keys = ["staging"];
    login = new Wechat({ token: "AAAAA" }).oauth({
      baseUrl: there.url,
      broker: { url: `${here.url}/wx/broker`, secret },
      ...more,
    });
    borrower.use(login).use(async (ctx) => {
      if (ctx.path === "/token") ctx.body = await login.token(ctx);
      else ctx.body = { path: ctx.url, ...wxUser(ctx) };
    });
    there.serve(borrower);
    [broker, staging] = [here, there];
  };
  /** Has a user fetch a ticket for the staging site. */
  const fetchTicket = async (query: Record<string, string> = {}) => {
    const to = `${staging.url}/wx/login?keep=1`;
    const visitor = new Visitor();
    let visit = await visitor.get(
      `${start}?${new URLSearchParams({ to, state: "abc", ...query })}`,
    );
    while (visit.location !== "" && !visit.location.startsWith(staging.url)) {
      visit = await visitor.get(visit.location);
    }
    return new URL(visit.location).searchParams;
  };
  const redeem = async (ticket: string, own = secret) => {
    const response = await fetch(`${broker.url}/wx/broker/redeem`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ticket, secret: own }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const spent = {
    status: 200,
    body: { errcode: 40029, errmsg: "the ticket is used, expired, or of another site" },
  };

  beforeEach(async () => {
    cloud = await startLoginCloud();
  });
  afterEach(async () => {
    await Promise.all([staging.close(), broker.close(), cloud.close()]);
  });

  describe("for a site that uses wx.oauth()", () => {
    it("logs users in on their way through", async () => {
      await open();
      const visitor = new Visitor();
      const page = await visitor.browse(`${staging.url}/shop?item=1`);
      expect(JSON.parse(page.body)).to.deep.equal({
        path: "/shop?item=1",
        openid: "oAlice",
        scope: "snsapi_base",
      });
      expect(cloud.exchanges).to.equal(1);
    });

    it("brings the profile where the site asks for it", async () => {
      cloud.isTrusting = true;
      await open({ scope: "snsapi_userinfo" });
      const page = JSON.parse((await new Visitor().browse(staging.url)).body);
      expect(page.profile.nickname).to.equal("爱丽丝");
      expect(page.unionid).to.equal("uAlice");
    });

    it("asks WeChat once for several sites", async () => {
      await open();
      const visitor = new Visitor();
      await visitor.browse(staging.url);
      const { location } = await visitor.get(`${start}?to=https://other.example.com/in`);
      expect(location).to.match(/^https:\/\/other\.example\.com\/in\?code=[\w.-]+$/);
      expect(cloud.exchanges).to.equal(1);
    });

    it("keeps the user's own token to itself", async () => {
      await open();
      const visitor = new Visitor();
      await visitor.browse(staging.url);
      expect((await visitor.get(`${staging.url}/token`)).status).to.equal(500);
      expect(String(staging.errors[0])).to.contain("stays with the broker");
    });

    it("begins anew when a ticket is spent, and stops after two rounds", async () => {
      await open({ broker: { url: `${cloud.url}/wx/broker`, secret } });
      cloud.server.on("/wx/broker/redeem", { errcode: 40029, errmsg: "used" });
      const visitor = new Visitor();
      let visit = await visitor.get(staging.url);
      for (let round = 0; visit.status === 302; round++) {
        const state = new URL(visit.location).searchParams.get("state");
        visit = await visitor.get(`${staging.url}/wx/login?code=ticket${round}&state=${state}`);
      }
      expect(visit.status).to.equal(400);
      expect(cloud.server.to("/wx/broker/redeem")).to.have.length(2);
    });

    it("takes no user for what it is not: a broker of another make leaves fields out", async () => {
      await open({ broker: { url: `${cloud.url}/wx/broker`, secret } });
      for (const user of [null, 1, {}, { openid: "" }, { openid: 1 }]) {
        cloud.server.on("/wx/broker/redeem", { user });
        const visitor = new Visitor();
        const { location } = await visitor.get(staging.url);
        const state = new URL(location).searchParams.get("state");
        const back = await visitor.get(
          `${staging.url}/wx/login?code=T${Math.random()}&state=${state}`,
        );
        expect(back.status).to.equal(502);
      }
      cloud.server.on("/wx/broker/redeem", { user: { openid: "oAlice", unionid: null } });
      const visitor = new Visitor();
      const { location } = await visitor.get(staging.url);
      const state = new URL(location).searchParams.get("state");
      const page = await visitor.browse(`${staging.url}/wx/login?code=ticket&state=${state}`);
      expect(JSON.parse(page.body)).to.deep.include({ openid: "oAlice", scope: "snsapi_base" });
    });
  });

  describe("hands out a ticket", () => {
    beforeEach(() => open());

    it("that says nothing by itself, and that the site redeems", async () => {
      const query = await fetchTicket();
      expect(query.get("state")).to.equal("abc");
      expect(query.get("keep")).to.equal("1");
      expect(query.toString()).to.not.contain("oAlice");
      expect(await redeem(query.get("code") ?? "")).to.deep.equal({
        status: 200,
        body: { user: { openid: "oAlice", scope: "snsapi_base" } },
      });
    });

    it("that is good for one time, even when two ask at once", async () => {
      const ticket = (await fetchTicket()).get("code") ?? "";
      const answers = await Promise.all([redeem(ticket), redeem(ticket)]);
      expect(answers.filter(({ body }) => "user" in body)).to.have.length(1);
      expect(await redeem(ticket)).to.deep.equal(spent);
    });

    it("that is good for one site, whatever other sites know", async () => {
      const ticket = (await fetchTicket()).get("code") ?? "";
      expect(await redeem(ticket, other)).to.deep.equal(spent);
      expect((await redeem(ticket)).body).to.have.property("user");
    });

    it("that cannot be made up", async () => {
      const [id = "", signature = ""] = ((await fetchTicket()).get("code") ?? "").split(".");
      for (const ticket of ["", ".", id, `${id}.`, `x${id}.${signature}`, `${id}.x${signature}`]) {
        expect(await redeem(ticket)).to.deep.equal(spent);
      }
    });

    it("to nobody who does not know a secret", async () => {
      const ticket = (await fetchTicket()).get("code") ?? "";
      expect((await redeem(ticket, "guess")).status).to.equal(401);
      expect((await redeem(ticket)).body).to.have.property("user");
    });
  });

  describe("refuses", () => {
    beforeEach(() => open());

    const wrong = {
      "an origin that is not on the list": "https://evil.com/",
      "an origin that only begins alike": "https://other.example.com.evil.com/",
      "a user name that looks like the origin": "https://other.example.com@evil.com/",
      "a user name on the right origin": "https://a:b@other.example.com/",
      "another scheme": "http://other.example.com/",
      "another port": "https://other.example.com:444/",
      "a path": "/wx/login",
      "a script": "javascript:alert(1)",
      "a fragment": "https://other.example.com/#x",
      nothing: "",
    };
    for (const [what, to] of Object.entries(wrong)) {
      it(what, async () => {
        const answer = await new Visitor().get(`${start}?${new URLSearchParams({ to })}`);
        expect(answer.status).to.equal(403);
        expect(cloud.server.calls).to.deep.equal([]);
      });
    }

    it("two addresses, a strange scope, a strange state", async () => {
      const to = `to=${encodeURIComponent("https://other.example.com/")}`;
      for (const query of [`${to}&${to}`, `${to}&scope=all`, `${to}&state=a%26b`]) {
        expect((await new Visitor().get(`${start}?${query}`)).status).to.equal(400);
      }
    });

    it("other methods, and bodies that are no JSON or too long", async () => {
      const url = `${broker.url}/wx/broker/redeem`;
      expect((await fetch(url)).status).to.equal(405);
      expect((await fetch(start, { method: "POST" })).status).to.equal(405);
      expect((await fetch(url, { method: "POST", body: "x" })).status).to.equal(400);
      expect((await fetch(url, { method: "POST", body: "x".repeat(9_000) })).status).to.equal(413);
    });

    it("at start-up, to serve nobody, or for a secret that can be guessed", () => {
      const wx = wechatAt(cloud);
      const baseUrl = "https://login.example.com";
      for (const allow of [undefined, {}, { "https://a.example.com": "short" }, { evil: secret }]) {
        const options = { baseUrl, allow } as BrokerOptions;
        expect(() => wx.oauthBroker(options)).to.throw(ConfigError, /allow/);
      }
      const unset = { baseUrl, allow: { "https://a.example.com": "" } };
      expect(() => wx.oauthBroker(unset)).to.throw(
        ConfigError,
        /The secret in allow\["https:\/\/a\.example\.com"\].*16 characters.*variable/,
      );
      const own = "a secret of the site's own";
      for (const [allow, says] of [
        [["https://a.example.com"], /names the sites.*each with a secret.*got an array/],
        ["https://a.example.com", /names the sites.*got a string/],
        [new Map([["https://a.example.com", own]]), /names the sites.*got no site/],
        [{ [own]: "https://a.example.com" }, /no site's origin on the left of a secret/],
        [{ "a.example.com": own }, /no site's origin/],
        [{ "https://a.example.com/login": own }, /takes origins.*given with a path/],
        [{ "https://a.example.com": [own] }, /The secret in allow\["https:\/\/a\.example\.com"\]/],
      ] as const) {
        const options = { baseUrl, allow } as unknown as BrokerOptions;
        const refused = expect(() => wx.oauthBroker(options)).to.throw(ConfigError, says);
        refused.and.property("message").not.to.contain(own);
      }
      const returnTo = "https://m.example.com" as unknown as string[];
      expect(() => wx.oauth({ baseUrl, returnTo })).to.throw(ConfigError, /"returnTo".*a string/);
      const misspelt = { baseUrl, allow: { "https://a.example.com": secret }, basePath: "/x" };
      const old = { baseUrl, allow: {}, maxAge: 60_000 };
      expect(() => wx.oauthBroker(old)).to.throw(ConfigError, /"maxAge".*"ttl", in milliseconds/);
      expect(() => wx.oauthBroker(misspelt)).to.throw(ConfigError, /"basePath" is not an option/);
      const broker = { url: "https://login.example.com/wx/broker", secret: "short" };
      expect(() => wx.oauth({ baseUrl, broker })).to.throw(ConfigError, /broker.secret/);
    });
  });

  it("takes what a body parser has read", async () => {
    await open({}, (app) => app.use(bodyParser()));
    const ticket = (await fetchTicket()).get("code") ?? "";
    expect((await redeem(ticket)).body).to.have.property("user");
  });

  it("leaves other paths alone", async () => {
    await open();
    expect((await new Visitor().get(`${broker.url}/other`)).body).to.equal("next");
  });
});
