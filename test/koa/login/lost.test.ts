import { expect } from "chai";
import Koa from "koa";
import Router from "koa-router";
import type { LoginHook } from "../../../src/further-types.js";
import { type OAuthOptions, wxUser } from "../../../src/index.js";
import {
  type Front,
  type LoginCloud,
  type Site,
  startLoginCloud,
  startSite,
  strictly,
  Visitor,
  wechatAt,
} from "../../support/login.js";

describe("wx.oauth(): a login whose way back is broken", () => {
  let cloud: LoginCloud;
  let site: Site;

  beforeEach(async () => {
    cloud = await startLoginCloud();
  });
  afterEach(async () => {
    await site.close();
    await cloud.close();
  });

  type Mount = "the whole app" | "routes, with callback()" | "single routes";
  const start = async (mount: Mount, front: Front, more: Partial<OAuthOptions> = {}) => {
    site = await startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const login = wechatAt(cloud).oauth(strictly(cloud, url, more));
      if (mount === "the whole app") {
        app.use(login).use((ctx) => {
          ctx.body = wxUser(ctx).openid;
        });
        return app;
      }
      if (mount === "routes, with callback()") app.use(login.callback());
      const router = new Router();
      router.get(["/me", "/other"], login, (ctx) => {
        ctx.body = wxUser(ctx).openid;
      });
      app.use(router.routes());
      return app;
    }, front);
  };
  const rounds = (trail: readonly string[]) =>
    trail.filter((url) => url.includes("/connect/oauth2/authorize")).length;
  const isBack = (target: string) => /[?&]code=/.test(target);

  const drops: Front = (target) => (isBack(target) ? target.replace(/\?.*$/, "") : target);
  const fronts: Record<string, Front> = {
    "the query is dropped": drops,
    "something is put behind the state": (target) =>
      isBack(target) ? `${target}?from=app` : target,
    "the state is dropped": (target) => target.replace(/&state=\w+/, ""),
    "the state is cut": (target) => target.replace(/(&state=\w{20})\w+/, "$1"),
    "everything is there twice": (target) =>
      isBack(target) ? `${target}&${target.replace(/^.*\?/, "")}` : target,
    "the ampersand is escaped": (target) =>
      isBack(target) ? target.replace("&", "&amp;") : target,
    "the query is replaced": (target) =>
      isBack(target) ? target.replace(/\?.*$/, "?code=&utm_source=app") : target,
  };
  const mounts: Mount[] = ["the whole app", "routes, with callback()", "single routes"];
  for (const mount of mounts) {
    for (const [what, front] of Object.entries(fronts)) {
      it(`ends after two rounds at most, and says what was lost: ${mount}, ${what}`, async () => {
        await start(mount, front);
        const page = await new Visitor().browse(`${site.url}/me`);
        expect(rounds(page.trail)).to.be.lessThanOrEqual(2);
        expect(page.status).to.be.oneOf([400, 403]);
        expect(page.body).to.match(/<small>WX_OAUTH_\w+ · .*(code|state)/);
        expect(page.body).to.not.contain("Cookie");
        expect(cloud.exchanges).to.equal(0);
      });
    }
  }

  it("ends after two rounds, where the query becomes a part of the path", async () => {
    await start("the whole app", (target) =>
      isBack(target) ? target.replace("?", "%3F") : target,
    );
    const page = await new Visitor().browse(`${site.url}/me`);
    expect([page.status, rounds(page.trail)]).to.deep.equal([400, 2]);
    expect(page.body).to.contain("登录没有完成");
  });

  it("is told to the app, with the address at which it ended", async () => {
    await start("the whole app", drops);
    await new Visitor().browse(`${site.url}/me`);
    expect(site.errors).to.have.length(1);
    expect(site.errors[0]).to.have.property("code", "WX_OAUTH_LOOP");
    expect(String(site.errors[0]))
      .to.contain(`${site.url}/wx/login?code=…&state=…`)
      .and.to.not.match(/cookie/i);
  });

  it("is told to a hook of your own", async () => {
    const loop: LoginHook = (ctx, problem) => {
      ctx.body = problem.message;
    };
    await start("single routes", drops, { on: { loop } });
    const page = await new Visitor().browse(`${site.url}/me`);
    expect(page.body).to.contain(`${site.url}/me?code=…&state=…`);
  });

  for (const mount of mounts) {
    it(`leads to the page that was asked for when it is whole again: ${mount}`, async () => {
      let broken = 1;
      await start(mount, (target) => (isBack(target) && broken-- > 0 ? drops(target) : target));
      const page = await new Visitor().browse(`${site.url}/me?a=1&b=2`);
      expect([page.body, page.url]).to.deep.equal(["oAlice", `${site.url}/me?a=1&b=2`]);
    });

    it(`can be tried again from the page that says so: ${mount}`, async () => {
      let broken = 2;
      await start(mount, (target) => (isBack(target) && broken-- > 0 ? drops(target) : target));
      const visitor = new Visitor();
      const failed = await visitor.browse(`${site.url}/me?a=1`);
      expect(failed.status).to.equal(400);
      const again = /<a href="([^"]+)"/.exec(failed.body)?.[1]?.replaceAll("&#38;", "&") ?? "";
      const page = await visitor.browse(again);
      expect([page.body, page.url]).to.deep.equal(["oAlice", `${site.url}/me?a=1`]);
    });
  }

  it("is not seen where users refuse, again and again", async () => {
    for (const mount of mounts) {
      await start(mount, (target) => target, { scope: "snsapi_userinfo" });
      const visitor = new Visitor();
      let next = `${site.url}/me`;
      for (let time = 0; time < 4; time++) {
        const consent = await visitor.browse(next);
        const refusal = /id="deny" href="([^"]+)"/.exec(consent.body)?.[1] ?? "";
        const denied = await visitor.get(refusal);
        expect([denied.status, denied.body.includes("没有获得授权")]).to.deep.equal([403, true]);
        next = /<a href="([^"]+)"/.exec(denied.body)?.[1]?.replaceAll("&#38;", "&") ?? "";
      }
      if (mount !== "single routes") await site.close();
    }
  });

  it("is seen on a page whose address is written in more than one way", async () => {
    site = await startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const router = new Router();
      router.get("/shop{/*rest}", wechatAt(cloud).oauth(strictly(cloud, url)), (ctx) => {
        ctx.body = wxUser(ctx).openid;
      });
      app.use(router.routes());
      return app;
    }, drops);
    for (const path of [
      "/shop/a/../b",
      "/shop/'|^",
      "/shop/./",
      "/shop//x",
      `/shop/${"a".repeat(2_100)}`,
    ]) {
      const page = await new Visitor().browse(site.url + path);
      expect([page.status, rounds(page.trail)], path).to.deep.equal([400, 2]);
    }
  });

  it("is not seen where several pages are opened and none has come back", async () => {
    for (const mount of mounts) {
      await start(mount, (target) => target);
      const visitor = new Visitor();
      for (let tab = 0; tab < 6; tab++) {
        const { location } = await visitor.get(`${site.url}/me?tab=${tab}`);
        expect(location).to.contain("/connect/oauth2/authorize");
      }
      expect((await visitor.browse(`${site.url}/me?tab=1`)).body).to.equal("oAlice");
      if (mount !== "single routes") await site.close();
    }
  });
});
