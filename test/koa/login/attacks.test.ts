import { expect } from "chai";
import Koa from "koa";
import { type LoginGuard, type OAuthOptions, wxUser } from "../../../src/index.js";
import {
  alice,
  type LoginCloud,
  type Site,
  startLoginCloud,
  startSite,
  strictly,
  Visitor,
  wechatAt,
} from "../../support/login.js";

describe("wx.oauth(): attacks", () => {
  let cloud: LoginCloud;
  let site: Site;
  let now: number;

  const start = async (more: Partial<OAuthOptions> = {}, account = {}): Promise<Site> =>
    startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const wx = wechatAt(cloud, { now: () => now, ...account });
      const login: LoginGuard = wx.oauth(strictly(cloud, url, more));
      return app.use(login).use(async (ctx) => {
        if (ctx.path === "/logout") await login.logout(ctx);
        ctx.body = wxUser(ctx).openid;
      });
    });
  /** Begins a login and gives the address that WeChat would send the user back to. */
  const begin = async (visitor: Visitor, path = "/shop", at = site) => {
    const { location } = await visitor.get(at.url + path);
    return new URL((await visitor.get(location)).location);
  };
  const isNobody = async (visitor: Visitor) =>
    (await visitor.get(`${site.url}/shop`)).status === 302;

  beforeEach(async () => {
    now = Date.now();
    cloud = await startLoginCloud();
    site = await start();
  });
  afterEach(async () => {
    await site.close();
    await cloud.close();
  });

  describe("with the state", () => {
    const forgeries: Record<string, (state: string) => string> = {
      "a forged one": () => "forged",
      "one of the right form": () => "0".repeat(74),
      "one whose id was changed": (state) => (state[0] === "0" ? "1" : "0") + state.slice(1),
      "one whose round was changed": (state) => `${state.slice(0, 41)}9${state.slice(42)}`,
      "one whose signature was cut": (state) => state.slice(0, -1),
      "an empty one": () => "",
    };
    for (const [what, forge] of Object.entries(forgeries)) {
      it(`${what} is refused before WeChat is asked`, async () => {
        const visitor = new Visitor();
        const callback = await begin(visitor);
        callback.searchParams.set("state", forge(callback.searchParams.get("state") ?? ""));
        const answer = await visitor.get(callback.href);
        expect(answer.status).to.equal(403);
        expect(answer.body).to.contain("WX_OAUTH_STATE");
        expect(cloud.exchanges).to.equal(0);
        expect(await isNobody(visitor)).to.equal(true);
      });
    }

    it("a missing one is refused", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      callback.searchParams.delete("state");
      expect((await visitor.get(callback.href)).status).to.equal(403);
      expect(cloud.exchanges).to.equal(0);
    });

    it("two of them, or two codes, are refused", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      for (const name of ["state", "code"]) {
        const doubled = new URL(callback);
        doubled.searchParams.append(name, callback.searchParams.get(name) ?? "");
        expect((await visitor.get(doubled.href)).status).to.equal(403);
      }
      expect(cloud.exchanges).to.equal(0);
    });

    it("a foreign one is refused by a browser that has begun a login of its own", async () => {
      const mallory = await begin(new Visitor());
      const victim = new Visitor();
      await begin(victim);
      const answer = await victim.get(mallory.href);
      expect(answer.status).to.equal(403);
      expect(cloud.exchanges).to.equal(0);
      expect(await isNobody(victim)).to.equal(true);
    });

    it("a foreign one is refused by a browser that is logged in", async () => {
      const mallory = await begin(new Visitor());
      const victim = new Visitor();
      await victim.browse(site.url);
      cloud.person = { ...alice, openid: "oMallory" };
      expect((await victim.get(mallory.href)).status).to.equal(403);
      expect((await victim.get(`${site.url}/shop`)).body).to.equal("oAlice");
      expect(cloud.exchanges).to.equal(1);
    });

    it("a foreign one in a browser that knows nothing begins a login of its own", async () => {
      cloud.person = { ...alice, openid: "oMallory" };
      const mallory = await begin(new Visitor());
      cloud.person = alice;
      const victim = new Visitor();
      const answer = await victim.get(mallory.href);
      expect(answer.location).to.contain("/connect/oauth2/authorize");
      expect(cloud.exchanges).to.equal(0);
      expect((await victim.browse(answer.location)).body).to.equal("oAlice");
    });

    it("a foreign one that was used leads nobody in", async () => {
      const mallory = new Visitor();
      const callback = await begin(mallory);
      await mallory.browse(callback.href);
      const victim = new Visitor();
      await victim.browse(`${site.url}/shop`);
      cloud.person = { ...alice, openid: "oOther" };
      const other = new Visitor();
      await other.browse(`${site.url}/shop`);
      expect((await other.get(callback.href)).status).to.equal(403);
      expect((await other.get(`${site.url}/shop`)).body).to.equal("oOther");
    });

    it("one that was used takes no other code: the first outcome stands", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      const before = new Map(visitor.cookies);
      await visitor.get(callback.href);
      cloud.person = { ...alice, openid: "oMallory" };
      callback.searchParams.set("code", cloud.code());
      for (const [name, value] of before) visitor.cookies.set(name, value);
      expect((await visitor.get(callback.href)).location).to.equal(`${site.url}/shop`);
      expect(cloud.exchanges).to.equal(1);
      expect((await visitor.get(`${site.url}/shop`)).body).to.equal("oAlice");
    });

    it("one that is older than ten minutes is replaced by a new one", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      now += 601_000;
      const answer = await visitor.get(callback.href);
      expect(answer.location).to.contain("/connect/oauth2/authorize");
      expect(cloud.exchanges).to.equal(0);
    });

    it("one of another account is refused", async () => {
      const other = await start({}, { appId: "wxother000000000", appSecret: "other" });
      try {
        const visitor = new Visitor();
        const callback = await begin(visitor, "/shop", other);
        const answer = await visitor.get(site.url + callback.pathname + callback.search);
        expect(answer.status).to.equal(403);
        expect(cloud.exchanges).to.equal(0);
      } finally {
        await other.close();
      }
    });

    it("and a cookie that was tampered with: the login is not this browser's", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      for (const [name, value] of visitor.cookies) {
        if (/-login-\w+$/.test(name)) visitor.cookies.set(name, `${value.slice(0, -2)}xx`);
      }
      expect((await visitor.get(callback.href)).status).to.equal(403);
      expect(cloud.exchanges).to.equal(0);
    });
  });

  describe("with the code", () => {
    it("one of another account leads to a new round, and not to its owner's account", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      callback.searchParams.set("code", cloud.code("snsapi_base", "wxother000000000"));
      const answer = await visitor.get(callback.href);
      expect(answer.location).to.contain("/connect/oauth2/authorize");
      const page = await visitor.browse(answer.location);
      expect(page.url).to.equal(`${site.url}/shop`);
      expect(page.body).to.equal("oAlice");
    });

    it("one that another login has brought is not exchanged again", async () => {
      const first = new Visitor();
      const used = await begin(first);
      await first.get(used.href);
      const second = new Visitor();
      const callback = await begin(second);
      callback.searchParams.set("code", used.searchParams.get("code") ?? "");
      const answer = await second.get(callback.href);
      expect(answer.location).to.contain("/connect/oauth2/authorize");
      expect(cloud.exchanges).to.equal(1);
    });

    it("a request of another method exchanges nothing", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      for (const method of ["POST", "HEAD"]) {
        const answer = await visitor.get(callback.href, {}, method);
        expect(answer.status).to.equal(405);
        expect(answer.headers.allow).to.equal("GET");
      }
      expect(cloud.exchanges).to.equal(0);
    });
  });

  describe("with returnTo", () => {
    const evil = [
      "//evil.com",
      "///evil.com",
      "/\\evil.com",
      "\\\\evil.com",
      "/%5cevil.com",
      "/%2fevil.com",
      "/%2Fevil.com",
      "https:evil.com",
      "https:/evil.com",
      "https://evil.com",
      "http://evil.com/",
      "HTTPS://EVIL.COM",
      "javascript:alert(1)",
      "JavaScript:alert(1)",
      "data:text/html,x",
      "\t//evil.com",
      "/\t/evil.com",
      "/\n/evil.com",
      "/%09/evil.com",
      "/%0a/evil.com",
      "/%0d%0aSet-Cookie:a=b",
      "https://shop.example.com@evil.com",
      "https://127.0.0.1.evil.com/",
      " //evil.com",
      "evil.com",
      "",
      `/${"a".repeat(3000)}`,
    ];
    for (const returnTo of evil) {
      it(`${JSON.stringify(returnTo).slice(0, 40)} leads home`, async () => {
        const visitor = new Visitor();
        const query = new URLSearchParams({ returnTo });
        const page = await visitor.browse(`${site.url}/wx/login?${query}`);
        expect(page.url).to.equal(`${site.url}/`);
        const again = await visitor.get(`${site.url}/wx/login?${query}`);
        expect(again.location).to.equal(`${site.url}/`);
      });
    }

    it("/.//evil.com stays on this site", async () => {
      const { location } = await new Visitor().get(`${site.url}/wx/login?returnTo=/.//evil.com`);
      const visitor = new Visitor();
      await visitor.browse(site.url);
      const again = await visitor.get(`${site.url}/wx/login?returnTo=/.//evil.com`);
      expect(again.location).to.equal(`${site.url}//evil.com`);
      expect(location).to.contain("/connect/oauth2/authorize");
    });

    it("/ok?x=//evil.com is a page of this site", async () => {
      const visitor = new Visitor();
      const query = new URLSearchParams({ returnTo: "/ok?x=//evil.com" });
      expect((await visitor.browse(`${site.url}/wx/login?${query}`)).url).to.equal(
        `${site.url}/ok?x=//evil.com`,
      );
    });

    it("an origin of the list is allowed, and its subdomains are not", async () => {
      const allowing = await start({ returnTo: ["https://m.example.com"] });
      try {
        const visitor = new Visitor();
        await visitor.browse(allowing.url);
        const to = async (returnTo: string) =>
          (await visitor.get(`${allowing.url}/wx/login?${new URLSearchParams({ returnTo })}`))
            .location;
        expect(await to("https://m.example.com/a?b=1")).to.equal("https://m.example.com/a?b=1");
        expect(await to("https://x.m.example.com/")).to.equal(`${allowing.url}/`);
        expect(await to("http://m.example.com/")).to.equal(`${allowing.url}/`);
        expect(await to("https://m.example.com:444/")).to.equal(`${allowing.url}/`);
      } finally {
        await allowing.close();
      }
    });

    it("a request target that begins with two slashes stays on this site", async () => {
      const visitor = new Visitor();
      const first = await visitor.get(`${site.url}//evil.com/x`);
      const back = await visitor.get((await visitor.get(first.location)).location);
      expect(back.location).to.equal(`${site.url}//evil.com/x`);
    });
  });

  it("a forged Host changes no address", async () => {
    for (const proxy of [false, true]) {
      const app = await startSite((url) => {
        const koa = new Koa({ proxy });
        koa.keys = ["test"];
        return koa.use(wechatAt(cloud).oauth(strictly(cloud, url)));
      });
      try {
        const forged = {
          host: "evil.com",
          "x-forwarded-host": "evil.com",
          "x-forwarded-proto": "https",
          forwarded: "host=evil.com",
        };
        const visitor = new Visitor();
        const { location } = await visitor.get(`${app.url}/shop`, forged);
        expect(new URL(location).searchParams.get("redirect_uri")).to.equal(`${app.url}/wx/login`);
        const back = await visitor.get((await visitor.get(location)).location, forged);
        expect(back.location).to.equal(`${app.url}/shop`);
        const json = await new Visitor().get(app.url, { ...forged, accept: "application/json" });
        expect(json.body).to.not.contain("evil.com");
      } finally {
        await app.close();
      }
    }
  });

  describe("with a stolen cookie", () => {
    it("nobody gets in after the logout", async () => {
      const visitor = new Visitor();
      const callback = await begin(visitor);
      const begun = new Map(visitor.cookies);
      await visitor.get(callback.href);
      const thief = new Visitor();
      for (const [name, value] of visitor.cookies) thief.cookies.set(name, value);
      expect((await thief.get(`${site.url}/shop`)).body).to.equal("oAlice");
      await visitor.get(`${site.url}/logout`);
      expect(await isNobody(thief)).to.equal(true);
      // Nor by going back to the callback with what the browser had then.
      thief.cookies.clear();
      for (const [name, value] of begun) thief.cookies.set(name, value);
      const again = await thief.get(callback.href);
      expect(again.location).to.contain("/connect/oauth2/authorize");
      expect(cloud.exchanges).to.equal(1);
    });

    it("nobody gets in with the id of before the login", async () => {
      const visitor = new Visitor();
      await visitor.browse(site.url);
      const before = new Map(visitor.cookies);
      cloud.isTrusting = true;
      await visitor.browse(`${site.url}/wx/login?scope=snsapi_userinfo`);
      const thief = new Visitor();
      for (const [name, value] of before) thief.cookies.set(name, value);
      expect(await isNobody(thief)).to.equal(true);
      expect(await isNobody(visitor)).to.equal(false);
    });
  });

  // Found by `npm run fuzz`: of such an object JavaScript cannot make a text or a number.
  it("an answer of WeChat with odd fields neither breaks the login nor gets into the user", async () => {
    const odd = { toString: 1, valueOf: 2 };
    cloud.server.on("/sns/oauth2/access_token", {
      access_token: "T",
      openid: "oAlice",
      ...{ expires_in: odd, scope: odd, unionid: odd, is_snapshotuser: odd },
    });
    const page = await new Visitor().browse(`${site.url}/shop`);
    expect(page.body).to.equal("oAlice");
    expect(site.errors).to.deep.equal([]);
  });

  it("an openid in the query is not believed", async () => {
    const visitor = new Visitor();
    const page = await visitor.browse(`${site.url}/shop?openid=oBoss&unionid=uBoss`);
    expect(page.body).to.equal("oAlice");
  });

  it("pages of koa-wx run no script and quote nothing unescaped", async () => {
    const { headers, body } = await new Visitor().get(
      `${site.url}/wx/login?code=<script>&state=<script>`,
    );
    expect(body).to.not.contain("<script");
    expect(headers["content-security-policy"]).to.contain("default-src 'none'");
    expect(headers["x-content-type-options"]).to.equal("nosniff");
  });
});
