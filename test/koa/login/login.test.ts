import { readFileSync } from "node:fs";
import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import Koa from "koa";
import mount from "koa-mount";
import Router from "koa-router";
import Koa2 from "koa2";
import {
  ConfigError,
  type LoginGuard,
  type OAuthOptions,
  Wechat,
  WechatError,
  type WxProfiledUser,
  type WxUser,
  type WxUserState,
  wxUser,
} from "../../../src/index.js";
import type { Call } from "../../support/api-server.js";
import {
  alice,
  type LoginCloud,
  loginAccount,
  type Site,
  startLoginCloud,
  startSite,
  strictly,
  Visitor,
  wechatAt,
} from "../../support/login.js";

const messageOf = (run: () => unknown): string => {
  try {
    run();
    return "";
  } catch (error) {
    return String(error);
  }
};

describe("wx.oauth()", () => {
  let cloud: LoginCloud;
  const sites: Site[] = [];
  let login: LoginGuard;

  const start = async (make: (url: string) => Koa): Promise<Site> => {
    const site = await startSite(make);
    sites.push(site);
    return site;
  };
  /** An app that is guarded as a whole and says who is there. */
  const guarded = (more: Partial<OAuthOptions> = {}) =>
    start((url) => {
      const app = new Koa();
      app.keys = ["test"];
      login = wechatAt(cloud).oauth(strictly(cloud, url, more));
      app.use(login);
      app.use(async (ctx) => {
        if (ctx.path === "/logout") await login.logout(ctx);
        ctx.body = { path: ctx.url, ...wxUser(ctx) };
      });
      return app;
    });

  beforeEach(async () => {
    cloud = await startLoginCloud();
  });
  afterEach(async () => {
    for (const site of sites.splice(0)) await site.close();
    await cloud.close();
  });

  describe("logs a user in", () => {
    it("silently, and leads to the page that was asked for", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const page = await visitor.browse(`${site.url}/shop?item=1&note=a%0Ab`);
      expect(JSON.parse(page.body)).to.deep.equal({
        path: "/shop?item=1&note=a%0Ab",
        openid: "oAlice",
        scope: "snsapi_base",
      });
      expect(page.trail.map((url) => new URL(url).pathname)).to.deep.equal([
        "/shop",
        "/connect/oauth2/authorize",
        "/wx/login",
        "/shop",
      ]);
      expect(cloud.exchanges).to.equal(1);
    });

    it("once: the next page asks nobody", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      await visitor.browse(site.url);
      const calls = cloud.server.calls.length;
      expect((await visitor.get(`${site.url}/next`)).status).to.equal(200);
      expect(cloud.server.calls).to.have.length(calls);
    });

    it("with the profile, where that is the scope", async () => {
      cloud.isTrusting = true;
      const site = await guarded({ scope: "snsapi_userinfo" });
      const page = JSON.parse((await new Visitor().browse(site.url)).body);
      expect(page.profile).to.deep.equal(alice);
      expect(page.unionid).to.equal("uAlice");
    });

    it("by redirects that show no text and are not cached", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const first = await visitor.get(`${site.url}/shop`);
      const second = await visitor.get((await visitor.get(first.location)).location);
      for (const visit of [first, second]) {
        expect(visit.status).to.equal(302);
        expect(visit.body).to.equal("");
        expect(visit.headers["cache-control"]).to.equal("no-store");
      }
      expect(second.location).to.equal(`${site.url}/shop`);
    });

    it("with cookies that scripts and other sites cannot use, and that hold no name and no token", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const cookies = (await visitor.get(site.url)).cookies;
      expect(cookies.length).to.be.greaterThan(1);
      for (const cookie of cookies) expect(cookie).to.match(/samesite=lax; httponly/);
      await visitor.browse(site.url);
      expect([...visitor.cookies.values()].join()).to.not.match(/oAlice|user-token|refresh/);
    });

    it("with cookies for https alone, behind a proxy that ends TLS, whatever the proxy says", async () => {
      const site = await start(() => {
        const app = new Koa();
        app.keys = ["test"];
        return app.use(wechatAt(cloud).oauth(strictly(cloud, "https://shop.example.com")));
      });
      const first = await new Visitor().get(`${site.url}/me`, { host: "internal:8080" });
      const own = first.cookies.filter((cookie) => cookie.startsWith("__Host-wx-"));
      expect(own.length).to.equal(first.cookies.length);
      for (const cookie of own)
        expect(cookie).to.match(/path=\/; expires=[^;]+; samesite=lax; secure; httponly$/);
      expect(new URL(first.location).searchParams.get("redirect_uri")).to.equal(
        "https://shop.example.com/wx/login",
      );
    });

    it("under koa 2", async () => {
      const site = await start((url) => {
        const app = new Koa2() as unknown as Koa;
        app.keys = ["test"];
        app.use(wechatAt(cloud).oauth(strictly(cloud, url)));
        return app.use((ctx) => {
          ctx.body = wxUser(ctx).openid;
        });
      });
      expect((await new Visitor().browse(site.url)).body).to.equal("oAlice");
    });
  });

  describe("guards a route", () => {
    const routed = (isServed: boolean) =>
      start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        const guard = wechatAt(cloud).oauth(strictly(cloud, url));
        const router = new Router();
        router.get("/open", (ctx) => {
          ctx.body = "open";
        });
        router.get("/me", guard, (ctx) => {
          ctx.body = guard.user(ctx).openid;
        });
        if (isServed) app.use(guard.callback());
        app.use(router.routes());
        return app;
      });

    it("and leaves the others alone", async () => {
      const site = await routed(true);
      const visitor = new Visitor();
      expect((await visitor.get(`${site.url}/open`)).body).to.equal("open");
      expect((await visitor.browse(`${site.url}/me`)).body).to.equal("oAlice");
    });

    it("alone, so that WeChat sends users back to the page itself", async () => {
      const site = await routed(false);
      const visitor = new Visitor();
      const { location } = await visitor.get(`${site.url}/me?a=1&state=own`);
      expect(new URL(location).searchParams.get("redirect_uri")).to.equal(`${site.url}/me`);
      const page = await visitor.browse(`${site.url}/me?a=1&state=own`);
      expect([page.body, page.url]).to.deep.equal(["oAlice", `${site.url}/me?a=1&state=own`]);
      expect(site.errors).to.deep.equal([]);
    });

    it("alone, and a state that is not its own begins a login of its own", async () => {
      const site = await routed(false);
      const visitor = new Visitor();
      const forged = await visitor.get(`${site.url}/me?code=stolen&state=${"0".repeat(74)}`);
      expect(forged.status).to.equal(302);
      expect(new URL(forged.location).pathname).to.equal("/connect/oauth2/authorize");
      expect(cloud.exchanges).to.equal(0);
    });

    it("alone, and tells other requests the page at which to log in", async () => {
      const site = await routed(false);
      const answer = await new Visitor().get(`${site.url}/me`, {
        Accept: "application/json",
        "Sec-Fetch-Mode": "cors",
        Referer: `${site.url}/me?tab=2`,
      });
      expect(answer.status).to.equal(401);
      expect(JSON.parse(answer.body).authorizeUrl).to.equal(`${site.url}/me?tab=2`);
    });

    it("under koa-mount, where its path is below the mount", async () => {
      const site = await start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        const guard = wechatAt(cloud).oauth(strictly(cloud, url, { path: "/shop/login" }));
        const shop = new Koa().use(guard).use((ctx) => {
          ctx.body = wxUser(ctx).openid;
        });
        return app.use(mount("/shop", shop));
      });
      const page = await new Visitor().browse(`${site.url}/shop/cart`);
      expect(page.body).to.equal("oAlice");
      expect(page.url).to.equal(`${site.url}/shop/cart`);
    });

    it("below a path that a proxy takes off", async () => {
      const site = await start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        return app.use(wechatAt(cloud).oauth(strictly(cloud, `${url}/app/`)));
      });
      const { location } = await new Visitor().get(`${site.url}/me`);
      expect(new URL(location).searchParams.get("redirect_uri")).to.equal(
        `${site.url}/app/wx/login`,
      );
    });
  });

  describe("asks for more where a route needs it", () => {
    it("and keeps the login for the others", async () => {
      const site = await start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        const guard = wechatAt(cloud).oauth(strictly(cloud, url));
        const router = new Router();
        router.get("/profile", guard.require("snsapi_userinfo"), (ctx) => {
          ctx.body = guard.require("snsapi_userinfo").user(ctx).profile.nickname;
        });
        app
          .use(guard)
          .use(router.routes())
          .use((ctx) => {
            ctx.body = wxUser(ctx).scope;
          });
        return app;
      });
      cloud.isTrusting = true;
      const visitor = new Visitor();
      expect((await visitor.browse(`${site.url}/`)).body).to.equal("snsapi_base");
      expect((await visitor.browse(`${site.url}/profile`)).body).to.equal("爱丽丝");
      expect((await visitor.get(`${site.url}/`)).body).to.equal("snsapi_userinfo");
      expect(cloud.exchanges).to.equal(2);
    });
  });

  describe("answers what is not a navigation", () => {
    const cases: Record<string, [Record<string, string>, string?]> = {
      "a fetch": [{ accept: "*/*", "sec-fetch-mode": "cors" }],
      "a fetch of an old browser": [{ accept: "application/json" }],
      "an XMLHttpRequest of jQuery": [{ "x-requested-with": "XMLHttpRequest" }],
      "a prefetch": [{ "sec-purpose": "prefetch", "sec-fetch-mode": "navigate" }],
      "a POST": [{ accept: "application/json" }, "POST"],
    };
    for (const [what, [headers, method]] of Object.entries(cases)) {
      it(`401 and the address to go to: ${what}`, async () => {
        const site = await guarded();
        const visitor = new Visitor();
        const referer = `${site.url}/cart?x=1`;
        const answer = await visitor.get(
          `${site.url}/api/cart`,
          { ...headers, referer, ...(what === "a prefetch" ? { accept: "*/*" } : {}) },
          method,
        );
        expect(answer.status).to.equal(401);
        expect(answer.cookies).to.deep.equal([]);
        const { code, authorizeUrl } = JSON.parse(answer.body);
        expect(code).to.equal("WX_OAUTH");
        const page = await visitor.browse(authorizeUrl);
        expect(page.url).to.equal(referer);
        expect(JSON.parse(page.body).openid).to.equal("oAlice");
      });
    }

    describe("and a page says which it is", () => {
      /** A page whose policy sends no Referer, as helmet's default has it. */
      const fetched = { accept: "application/json", "sec-fetch-mode": "cors" };
      const ask = async (path: string, headers: Record<string, string> = {}, more = {}) => {
        const site = await guarded(more);
        const visitor = new Visitor();
        const answer = await visitor.get(site.url + path, { ...fetched, ...headers });
        expect(answer.status).to.equal(401);
        const { authorizeUrl } = JSON.parse(answer.body);
        const page = await visitor.browse(authorizeUrl).catch(() => ({ url: authorizeUrl }));
        return page.url.replace(site.url, "");
      };

      it("by the header X-Return-To, with all of its address or the path alone", async () => {
        expect(await ask("/api/cart", { "x-return-to": "/cart?x=1" })).to.equal("/cart?x=1");
        const site = await guarded();
        const address = `${site.url}/cart?x=1&y=%E8%AF%8D`;
        const answer = await new Visitor().get(`${site.url}/api`, {
          ...fetched,
          "x-return-to": address,
        });
        expect(new URL(JSON.parse(answer.body).authorizeUrl).searchParams.get("returnTo")).to.equal(
          address,
        );
      });

      it("by the parameter returnTo", async () => {
        expect(await ask(`/api/cart?returnTo=${encodeURIComponent("/cart?x=1")}`)).to.equal(
          "/cart?x=1",
        );
      });

      it("the header before the parameter, and both before the Referer", async () => {
        const referer = `${sites[0]?.url ?? "http://127.0.0.1"}/other`;
        expect(await ask("/api?returnTo=/b", { "x-return-to": "/a", referer })).to.equal("/a");
        expect(await ask("/api?returnTo=/b", { referer })).to.equal("/b");
      });

      for (const evil of [
        "//evil.com",
        "/\\evil.com",
        "https://evil.com/",
        "https:evil.com",
        "javascript:alert(1)",
        "/%5cevil.com",
        "/%0d%0aX: y",
        "evil.com",
        `/${"a".repeat(3000)}`,
      ]) {
        it(`but not ${evil.slice(0, 20)}, which leads to what else is known, or home`, async () => {
          expect(await ask("/api", { "x-return-to": evil })).to.equal("/");
          expect(await ask(`/api?returnTo=${encodeURIComponent(evil)}`)).to.equal("/");
          expect(await ask("/api?returnTo=/b", { "x-return-to": evil })).to.equal("/b");
        });
      }

      it("on an origin of the list, and on no other", async () => {
        const more = { returnTo: ["https://m.example.com"] };
        for (const [address, end] of [
          ["https://m.example.com/cart", "https://m.example.com/cart"],
          ["https://x.example.com/cart", "/"],
        ] as const) {
          const site = await guarded(more);
          const headers = { ...fetched, "x-return-to": address };
          const answer = await new Visitor().get(`${site.url}/api`, headers);
          const { searchParams } = new URL(JSON.parse(answer.body).authorizeUrl);
          expect(searchParams.get("returnTo")?.replace(site.url, "")).to.equal(end);
        }
      });

      it("and a form that was sent, too", async () => {
        const site = await guarded();
        const headers = { "sec-fetch-mode": "navigate", "x-return-to": "/form?a=1" };
        const answer = await new Visitor().get(`${site.url}/send`, headers, "POST");
        expect(answer.body).to.contain(encodeURIComponent(`${site.url}/form?a=1`));
      });
    });

    it("not so Android's WeChat, which names itself in X-Requested-With", async () => {
      const site = await guarded();
      const answer = await new Visitor().get(site.url, { "x-requested-with": "com.tencent.mm" });
      expect(answer.status).to.equal(302);
    });

    it("with a page, where a form was sent", async () => {
      const site = await guarded();
      const answer = await new Visitor().get(site.url, { "sec-fetch-mode": "navigate" }, "POST");
      expect(answer.status).to.equal(401);
      expect(answer.body).to.contain("请先登录");
    });
  });

  describe("lets WeChat make sure of the domain", () => {
    const verify = { name: "MP_verify_AbCdEf0123456789.txt", content: "AbCdEf0123456789" };
    /** WeChat's server is no phone, and has no cookies. */
    const fetchFile = (site: Site, path = `/${verify.name}`, method = "GET") =>
      new Visitor().get(site.url + path, { "user-agent": "Mozilla/4.0", accept: "*/*" }, method);

    it("where the whole app is guarded", async () => {
      const site = await guarded({ verify: { ...verify, content: `${verify.content}\n` } });
      const answer = await fetchFile(site);
      expect([answer.status, answer.body]).to.deep.equal([200, verify.content]);
      expect(answer.headers["content-type"]).to.equal("text/plain; charset=utf-8");
      expect(answer.cookies).to.deep.equal([]);
      expect((await fetchFile(site, undefined, "HEAD")).status).to.equal(200);
    });

    it("and lets nobody else in for it", async () => {
      const site = await guarded({ verify });
      for (const path of [
        "/MP_verify_ZZZZZZ0123456789.txt",
        `/${verify.name}/`,
        `//${verify.name}`,
        `/x/${verify.name}`,
        `/x?/${verify.name}`,
        `/x%2f..%2f${verify.name}`,
      ]) {
        expect((await fetchFile(site, path)).status, path).to.equal(401);
      }
      expect((await fetchFile(site, undefined, "POST")).status).to.equal(401);
      const without = await guarded();
      expect((await fetchFile(without)).status).to.equal(401);
    });

    it("where routes are guarded, with callback(), and at a broker", async () => {
      const allow = { "https://a.example.com": "a secret of sixteen" };
      const routed = await start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        return app.use(
          wechatAt(cloud)
            .oauth(strictly(cloud, url, { verify }))
            .callback(),
        );
      });
      const broker = await start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        return app.use(wechatAt(cloud).oauthBroker(strictly(cloud, url, { allow, verify })));
      });
      for (const site of [routed, broker]) {
        expect((await fetchFile(site)).body).to.equal(verify.content);
      }
    });
  });

  describe("has an outcome for", () => {
    it("a user who refuses", async () => {
      const site = await guarded({ scope: "snsapi_userinfo" });
      const visitor = new Visitor();
      const consent = await visitor.browse(`${site.url}/shop`);
      const denied = await visitor.get(/id="deny" href="([^"]+)"/.exec(consent.body)?.[1] ?? "");
      expect(denied.status).to.equal(403);
      expect(denied.body).to.contain("没有获得授权").and.to.contain("WX_OAUTH_DENIED");
      const again = /<a href="([^"]+)"/.exec(denied.body)?.[1]?.replaceAll("&#38;", "&") ?? "";
      cloud.isTrusting = true;
      expect((await visitor.browse(again)).url).to.equal(`${site.url}/shop`);
      expect(cloud.exchanges).to.equal(1);
    });

    it("a user who agreed to less than was asked for", async () => {
      const site = await guarded({ scope: "snsapi_userinfo" });
      const visitor = new Visitor();
      const { location } = await visitor.get(site.url);
      const state = new URL(location).searchParams.get("state");
      const code = cloud.code("snsapi_base");
      const answer = await visitor.get(`${site.url}/wx/login?code=${code}&state=${state}`);
      expect(answer.body).to.contain("WX_OAUTH_DENIED");
    });

    it("a snapshot user, who is not let in, and is when the page opens in full", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      cloud.isSnapshot = true;
      const page = await visitor.browse(`${site.url}/shop`);
      expect(page.status).to.equal(403);
      expect(page.body).to.contain("使用完整服务").and.to.contain("WX_OAUTH_SNAPSHOT");
      cloud.isSnapshot = false;
      expect((await visitor.browse(page.url)).url).to.equal(`${site.url}/shop`);
    });

    it("a bare callback, which begins a login", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      expect((await visitor.browse(`${site.url}/wx/login`)).url).to.equal(`${site.url}/`);
      const again = await visitor.get(`${site.url}/wx/login?returnTo=/shop`);
      expect(again.location).to.equal(`${site.url}/shop`);
      expect(cloud.exchanges).to.equal(1);
    });

    it("another browser than WeChat's", async () => {
      const site = await guarded();
      const page = await new Visitor().get(site.url, { "user-agent": "Firefox" });
      expect(page.status).to.equal(403);
      expect(page.body).to.contain("请在微信中打开");
      const work = await new Visitor().get(site.url, { "user-agent": "wxwork/4 MicroMessenger/7" });
      expect(work.status).to.equal(403);
      expect(cloud.server.calls).to.deep.equal([]);
    });

    it("a WeChat that cannot be reached, and for the reload after it", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      cloud.server.on("/sns/oauth2/access_token", { errcode: 40125, errmsg: "invalid appsecret" });
      const page = await visitor.browse(`${site.url}/shop`);
      expect(page.status).to.equal(502);
      expect(page.body).to.contain("暂时无法登录");
      expect(String(site.errors[0]))
        .to.contain("40125")
        .and.to.not.match(/s3cret|code=/);
      const reload = await visitor.get(page.url);
      expect(reload.location).to.contain("/connect/oauth2/authorize");
    });

    it("each of these by a hook of your own", async () => {
      const seen: string[] = [];
      const site = await guarded({
        on: {
          outside: (_ctx, _problem, next) => next(),
          snapshot: (ctx, problem) => {
            seen.push(problem.code);
            ctx.body = `go on: ${problem.authorizeUrl}`;
          },
        },
      });
      cloud.isSnapshot = true;
      const page = await new Visitor().browse(site.url);
      expect(page.body).to.contain("go on: ");
      expect(seen).to.deep.equal(["WX_OAUTH_SNAPSHOT"]);
      const outside = await new Visitor().get(site.url, { "user-agent": "Firefox" });
      expect(outside.status).to.equal(500);
      expect(String(site.errors[0])).to.contain("the guard did not run");
    });
  });

  describe("ends circles", () => {
    it("when cookies do not come back: after two rounds, with the name of the cookie", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      visitor.keepsCookies = false;
      const page = await visitor.browse(`${site.url}/shop`);
      expect(page.status).to.equal(400);
      expect(page.body)
        .to.contain("WX_OAUTH_LOOP")
        .and.to.match(/wx-[0-9a-f]{6}-/);
      expect(page.trail.filter((url) => url.includes("/authorize"))).to.have.length(2);
      expect(cloud.exchanges).to.equal(0);
      expect(site.errors[0]).to.be.instanceOf(WechatError).with.property("code", "WX_OAUTH_LOOP");
    });

    it("when the login itself is lost: after two rounds", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      let page = await visitor.get(`${site.url}/shop`);
      for (let hops = 0; page.status === 302 && hops < 12; hops++) {
        page = await visitor.get(page.location);
        for (const name of visitor.cookies.keys()) {
          if (/-id(\.sig)?$/.test(name)) visitor.cookies.delete(name);
        }
      }
      expect(page.status).to.equal(400);
      expect(page.body).to.contain("WX_OAUTH_LOOP");
      expect(cloud.exchanges).to.equal(2);
    });

    it("when a session of your own forgets: after two rounds", async () => {
      const forgetful = { get: () => undefined, set: () => {}, destroy: () => {} };
      const site = await guarded({ session: () => forgetful });
      const page = await new Visitor().browse(`${site.url}/shop`);
      expect(page.status).to.equal(400);
      expect(page.body).to.contain("The session did not come back");
      expect(page.trail.filter((url) => url.includes("/authorize"))).to.have.length(2);
    });

    it("when processes do not share a store, and says that this is why", async () => {
      const site = await start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        const guards = [0, 1].map(() => wechatAt(cloud).oauth(strictly(cloud, url)));
        // The callback lands on one process, pages on the other.
        return app.use((ctx, next) =>
          (guards[ctx.path === "/wx/login" ? 0 : 1] as LoginGuard)(ctx as never, next),
        );
      });
      const page = await new Visitor().browse(`${site.url}/shop`);
      expect(page.status).to.equal(400);
      expect(page.body).to.contain("RedisStore");
      expect(cloud.exchanges).to.equal(2);
    });

    it("when WeChat refuses every code", async () => {
      const site = await guarded();
      cloud.server.on("/sns/oauth2/access_token", { errcode: 40029, errmsg: "invalid code" });
      const page = await new Visitor().browse(`${site.url}/shop`);
      expect(page.status).to.equal(400);
      expect(page.body).to.contain("微信没有认可这次登录");
      expect(cloud.exchanges).to.equal(2);
    });
  });

  describe("exchanges a code once", () => {
    const callbackOf = async (visitor: Visitor, url: string) => {
      const { location } = await visitor.get(url);
      return (await visitor.get(location)).location;
    };

    it("when the callback comes twice at the same moment", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const callback = await callbackOf(visitor, `${site.url}/shop`);
      cloud.delay = 50;
      const answers = await Promise.all([visitor.get(callback), visitor.get(callback)]);
      expect(answers.map(({ location }) => location)).to.deep.equal(
        Array(2).fill(`${site.url}/shop`),
      );
      expect(cloud.exchanges).to.equal(1);
      expect((await visitor.get(`${site.url}/shop`)).status).to.equal(200);
    });

    it("when the answer to the first is lost", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const callback = await callbackOf(visitor, `${site.url}/shop`);
      const before = new Map(visitor.cookies);
      await visitor.get(callback);
      visitor.cookies.clear();
      for (const [name, value] of before) visitor.cookies.set(name, value);
      expect((await visitor.browse(callback)).status).to.equal(200);
      expect(cloud.exchanges).to.equal(1);
    });

    it("when the user goes back to the callback later", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const callback = await callbackOf(visitor, `${site.url}/shop`);
      await visitor.browse(callback);
      const again = await visitor.browse(callback);
      expect(again.url).to.equal(`${site.url}/shop`);
      expect(again.status).to.equal(200);
      expect(cloud.exchanges).to.equal(1);
    });

    it("when four tabs log in at once", async () => {
      const site = await guarded();
      const visitor = new Visitor();
      const starts = await Promise.all(
        ["/a", "/b", "/c", "/d"].map((path) => visitor.get(site.url + path)),
      );
      for (const [index, { location }] of starts.entries()) {
        const page = await visitor.browse(location);
        expect(page.url).to.equal(`${site.url}/${"abcd"[index]}`);
      }
      expect(cloud.exchanges).to.equal(4);
    });
  });

  describe("keeps the user's own token", () => {
    const withTokens = () =>
      start((url) => {
        const app = new Koa();
        app.keys = ["test"];
        const guard = wechatAt(cloud).oauth(
          strictly(cloud, url, { scope: "snsapi_userinfo" as const }),
        );
        return app.use(guard).use(async (ctx) => {
          if (ctx.path === "/refresh") ctx.body = (await guard.refresh(ctx)).profile?.nickname;
          else ctx.body = await guard.token(ctx);
        });
      });

    it("and refreshes it once when it has ended", async () => {
      cloud.isTrusting = true;
      cloud.tokenLife = 30;
      const site = await withTokens();
      const visitor = new Visitor();
      const first = (await visitor.browse(`${site.url}/token`)).body;
      const refreshed = cloud.server.to("/sns/oauth2/refresh_token").length;
      cloud.tokenLife = 7200;
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => visitor.get(`${site.url}/token`)),
      );
      const tokens = new Set(answers.map(({ body }) => body));
      expect(tokens.size).to.equal(1);
      expect(tokens.has(first)).to.equal(false);
      expect(cloud.server.to("/sns/oauth2/refresh_token")).to.have.length(refreshed + 1);
      await visitor.get(`${site.url}/token`);
      expect(cloud.server.to("/sns/oauth2/refresh_token")).to.have.length(refreshed + 1);
    });

    it("and reads the profile anew with it", async () => {
      cloud.isTrusting = true;
      const site = await withTokens();
      const visitor = new Visitor();
      await visitor.browse(`${site.url}/token`);
      cloud.server.on("/sns/userinfo", { ...alice, nickname: "新名字" });
      expect((await visitor.get(`${site.url}/refresh`)).body).to.equal("新名字");
    });

    it("and refreshes it once when WeChat refuses it before its time", async () => {
      cloud.isTrusting = true;
      const site = await withTokens();
      const visitor = new Visitor();
      const first = (await visitor.browse(`${site.url}/token`)).body;
      cloud.server.on("/sns/userinfo", ({ query }: Call) =>
        query.access_token === first ? { errcode: 42001, errmsg: "access_token expired" } : alice,
      );
      expect((await visitor.get(`${site.url}/refresh`)).body).to.equal(alice.nickname);
      expect((await visitor.get(`${site.url}/token`)).body).not.to.equal(first);
      expect(cloud.server.to("/sns/oauth2/refresh_token")).to.have.length(1);
      // One that no refreshing mends is not refreshed for ever.
      cloud.server.on("/sns/userinfo", { errcode: 40001, errmsg: "invalid credential" });
      expect((await visitor.get(`${site.url}/refresh`)).status).to.equal(500);
      expect(cloud.server.to("/sns/oauth2/refresh_token")).to.have.length(2);
    });

    it("and logs the user out when it cannot be refreshed", async () => {
      cloud.isTrusting = true;
      const site = await withTokens();
      cloud.server.on("/sns/oauth2/refresh_token", { errcode: 42002, errmsg: "expired" });
      cloud.tokenLife = 30;
      const visitor = new Visitor();
      expect((await visitor.browse(`${site.url}/token`)).status).to.equal(500);
      expect(String(site.errors[0])).to.contain("log in again");
      expect((await visitor.get(`${site.url}/token`)).location).to.contain("/authorize");
    });
  });

  it("logs out, so that the next page asks WeChat again", async () => {
    const site = await guarded();
    const visitor = new Visitor();
    await visitor.browse(site.url);
    await visitor.get(`${site.url}/logout`);
    expect((await visitor.get(site.url)).location).to.contain("/connect/oauth2/authorize");
  });

  it("uses a session of your own in the place of cookies", async () => {
    const sessions = new Map<string, string>();
    const site = await start((url) =>
      new Koa()
        .use(
          wechatAt(cloud).oauth(
            strictly(cloud, url, {
              session: () => ({
                get: async (key: string) => sessions.get(key),
                set: async (key: string, value: string) => sessions.set(key, value),
                destroy: async (key: string) => sessions.delete(key),
              }),
            }),
          ),
        )
        .use((ctx) => {
          ctx.body = ctx.state.wxUser.openid;
        }),
    );
    const visitor = new Visitor();
    expect((await visitor.browse(site.url)).body).to.equal("oAlice");
    expect([...visitor.cookies.keys()]).to.deep.equal([]);
    expect([...sessions.keys()]).to.deep.equal(["id"]);
  });

  it("finds out who is there on pages that everybody may see", async () => {
    const site = await start((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const guard = wechatAt(cloud).oauth(strictly(cloud, url));
      return app.use(guard.callback()).use(async (ctx) => {
        ctx.body = (await guard.find(ctx))?.openid ?? guard.loginUrl({ returnTo: "/open" });
      });
    });
    const visitor = new Visitor();
    const { body } = await visitor.get(`${site.url}/open`);
    expect((await visitor.browse(body)).body).to.equal("oAlice");
  });

  describe("tells how WeChat's address is made", () => {
    it("with the parameters in the order that WeChat compares", () => {
      const guard = new Wechat(loginAccount).oauth({ baseUrl: "https://shop.example.com" });
      expect(
        guard.authorizeUrl({ state: "abc", scope: "snsapi_userinfo", forcePopup: true }),
      ).to.equal(
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wxlogin0000000001&redirect_uri=https%3A%2F%2Fshop.example.com%2Fwx%2Flogin&response_type=code&scope=snsapi_userinfo&state=abc&forcePopup=true#wechat_redirect",
      );
    });
  });

  describe("refuses, where a login's address is asked for", () => {
    const guard = new Wechat(loginAccount).oauth({ baseUrl: "https://shop.example.com" });
    const state = "abc";
    const wrong: Record<string, [unknown, RegExp]> = {
      nothing: [undefined, /login\.authorizeUrl\(\) takes an object/],
      "no state": [{}, /"state".*1 to 128 characters/],
      "an empty state": [{ state: "" }, /"state"/],
      "a state that WeChat would not give back": [{ state: "a".repeat(129) }, /"state"/],
      "a state that is a number": [{ state: 7 }, /"state".*got a number/],
      "the scope of another platform": [{ state, scope: "snsapi_login" }, /"scope".*snsapi_base/],
      "a path for an address": [{ state, redirectUri: "/back" }, /"redirectUri".*https:/],
      "WeChat's own name": [{ state, redirect_uri: "https://a.example" }, /"redirectUri"\?/],
    };
    for (const [what, [request, says]] of Object.entries(wrong)) {
      it(what, () => {
        expect(() => guard.authorizeUrl(request as { state: string })).to.throw(ConfigError, says);
      });
    }

    it("a scope of another platform, and no returnTo that a request may have named", () => {
      const from = (returnTo: unknown) => guard.loginUrl({ returnTo: returnTo as string });
      expect(from(["/a", "/b"])).to.equal(guard.loginUrl());
      expect(() => guard.loginUrl({ scope: "snsapi_login" as "snsapi_base" })).to.throw(
        ConfigError,
      );
    });
  });

  describe("refuses at start-up", () => {
    const baseUrl = "https://shop.example.com";
    const wrong: Record<string, [object, RegExp]> = {
      "no baseUrl": [{}, /baseUrl.*网页授权域名/s],
      "a baseUrl with a query": [{ baseUrl: `${baseUrl}?a=1` }, /query/],
      "plain http on the open internet": [{ baseUrl: "http://shop.example.com" }, /https/],
      "a baseUrl with a password": [{ baseUrl: "https://a:b@shop.example.com" }, /password/],
      "a scope that is none": [{ baseUrl, scope: "userinfo" }, /scope/],
      "an option that is none": [{ baseUrl, scop: "snsapi_base" }, /Did you mean "scope"/],
      "its life by an old name": [{ baseUrl, maxAge: 60_000 }, /"maxAge".*"ttl", in milliseconds/],
      "a life that is over": [{ baseUrl, ttl: 0 }, /"ttl".*milliseconds/],
      "a path that is none": [{ baseUrl, path: "login" }, /path/],
      "a returnTo with a path": [{ baseUrl, returnTo: ["https://a.example.com/x"] }, /path/],
      "a home elsewhere": [{ baseUrl, home: "//evil.com" }, /home/],
      "a file to verify without its text": [
        { baseUrl, verify: { name: "MP_verify_a.txt" } },
        /verify/,
      ],
      "a file to verify with a path": [
        { baseUrl, verify: { name: "../MP_verify_a.txt", content: "a" } },
        /verify/,
      ],
    };
    for (const [what, [options, message]] of Object.entries(wrong)) {
      it(what, () => {
        const wx = new Wechat(loginAccount);
        expect(() => wx.oauth(options as OAuthOptions)).to.throw(ConfigError, message);
      });
    }

    it("an account without an AppSecret", () => {
      const wx = new Wechat({ token: "AAAAA", appId: "wx1" });
      expect(() => wx.oauth({ baseUrl })).to.throw(ConfigError, /开发者密钥/);
    });

    it("and, with the first request, an app without keys", async () => {
      const site = await start((url) => new Koa().use(wechatAt(cloud).oauth(strictly(cloud, url))));
      await new Visitor().get(site.url);
      expect(String(site.errors[0])).to.contain("app.keys");
    });
  });

  for (const file of ["docs/web-login.md", "docs/web-login.zh-CN.md"]) {
    it(`has all its options in ${file}`, () => {
      const wx = new Wechat(loginAccount);
      const odd = { baseUrl: "https://shop.example.com", somethingElse: 1 };
      const listed = [...readFileSync(file, "utf8").matchAll(/^\| `(\w+)` \|/gm)].map(
        ([, name]) => name,
      );
      const names = /It takes (.+)\.$/.exec(messageOf(() => wx.oauth(odd)))?.[1]?.split(", ");
      expect(listed).to.include.members(names ?? ["none"]);
    });
  }

  it("types what it leaves in ctx.state", () => {
    const wx = new Wechat(loginAccount);
    const baseUrl = "https://shop.example.com";
    const base = wx.oauth({ baseUrl });
    const full = wx.oauth({ baseUrl, scope: "snsapi_userinfo" });
    expectTypeOf(base).toEqualTypeOf<LoginGuard<WxUser>>();
    expectTypeOf(full).toEqualTypeOf<LoginGuard<WxProfiledUser>>();
    expectTypeOf(base.require("snsapi_userinfo")).toEqualTypeOf<LoginGuard<WxProfiledUser>>();
    new Koa().use(full).use((ctx) => {
      expectTypeOf(ctx.state.wxUser).toEqualTypeOf<WxProfiledUser>();
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxProfiledUser>();
    });
    new Router<WxUserState>().get("/", base, (ctx) => {
      expectTypeOf(ctx.state.wxUser.openid).toEqualTypeOf<string>();
      expectTypeOf(base.user(ctx)).toEqualTypeOf<WxUser>();
    });
    const untyped = { state: { wxUser: { openid: "o" } } } as unknown as Koa.Context;
    expectTypeOf(wxUser(untyped)).toEqualTypeOf<WxUser>();
    expect(() => wxUser({ state: {} })).to.throw(WechatError, /router.get\(path, login, handler\)/);
  });
});
