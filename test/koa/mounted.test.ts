import { once } from "node:events";
import type { Server } from "node:http";
import AtRouter from "@koa/router";
import { expect } from "chai";
import Koa, { type Middleware } from "koa";
import mount from "koa-mount";
import KoaRouter from "koa-router";
import Koa2 from "koa2";
import { Wechat } from "../../src/index.js";
import { account, send, signedQuery, textXml } from "../support/push.js";

const origin = "https://shop.example.com";
const asked = { method: "GET", query: { url: `${origin}/` } };

describe("isMounted(): where a middleware of koa-wx stands", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const start = async (app: Koa) => {
    app.silent = true;
    const server = app.listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return server.address();
  };

  const wechat = () =>
    new Wechat({
      ...account,
      tokenProvider: { get: async () => "T", ticket: async () => "TICKET" },
      acceptPlain: true,
    }).on("text", (ctx) => ctx.text);
  const passing: Middleware = (ctx, next) => {
    ctx.set("X-Passed", "yes");
    return next();
  };
  const site: Middleware = (ctx) => {
    ctx.body = "the site";
  };

  const before: Readonly<Record<string, () => Middleware>> = {
    "a route of koa-router": () => {
      const router = new KoaRouter();
      router.all("/about", passing);
      return router.routes() as unknown as Middleware;
    },
    "a route of @koa/router": () => {
      const router = new AtRouter();
      router.all("/about", passing as never);
      return router.routes() as unknown as Middleware;
    },
    "koa-mount": () => mount("/about", passing),
  };
  for (const [what, passes] of Object.entries(before)) {
    for (const [version, App] of [
      ["Koa 3", Koa],
      ["Koa 2", Koa2],
    ] as const) {
      it(`is the app itself after ${what} that passes on, under ${version}`, async () => {
        const wx = wechat();
        for (const middleware of [wx.jssdk({ allow: [origin] }), wx.middleware()]) {
          const app = new App().use(passes()).use(middleware).use(site);
          const address = await start(app as Koa);
          for (const request of [{ method: "GET" }, asked, { method: "POST" }]) {
            const answer = await send(address, { path: "/about", ...request });
            expect(answer).to.include({ status: 200, body: "the site" });
            expect(answer.headers["x-passed"]).to.equal("yes");
          }
        }
      });

      it(`is the app itself, where it answers all the same, after ${what} under ${version}`, async () => {
        const wx = wechat();
        const sign = wx.jssdk({ allow: [origin] });
        const app = new App().use(passes()).use(sign).use(wx.middleware()).use(site);
        const address = await start(app as Koa);
        const signed = await send(address, { path: "/wx/jssdk", ...asked });
        expect(JSON.parse(signed.body)).to.have.property("signature");
        const push = { path: "/about", query: signedQuery(), body: textXml("你好") };
        expect((await send(address, push)).body).to.contain("你好");
      });
    }
  }

  const mounted: Readonly<Record<string, (app: Koa, wx: Wechat) => unknown>> = {
    "a route of koa-router": (app, wx) => {
      const router = new KoaRouter();
      router.all("/wechat", wx.middleware());
      router.get("/sign", wx.jssdk({ allow: [origin] }));
      app.use(router.routes() as unknown as Middleware);
    },
    "a route of @koa/router": (app, wx) => {
      const router = new AtRouter();
      router.all("/wechat", wx.middleware());
      router.get("/sign", wx.jssdk({ allow: [origin] }));
      app.use(router.routes() as unknown as Middleware);
    },
    "koa-mount": (app, wx) =>
      app.use(mount("/wechat", wx.middleware())).use(mount("/sign", wx.jssdk({ allow: [origin] }))),
    "an app under koa-mount": (app, wx) =>
      app
        .use(mount("/wechat", new Koa().use(wx.middleware())))
        .use(mount("/sign", new Koa().use(wx.jssdk({ allow: [origin] })))),
  };
  for (const [what, mountOn] of Object.entries(mounted)) {
    it(`is the path that was given to it: ${what}`, async () => {
      const app = new Koa();
      mountOn(app, wechat());
      app.use(site);
      const address = await start(app);
      expect((await send(address, { method: "GET" })).status).to.equal(403);
      const signed = await send(address, { path: "/sign", ...asked });
      expect(JSON.parse(signed.body)).to.have.property("signature");
      expect((await send(address, { path: "/sign", method: "GET" })).status).to.equal(400);
    });
  }
});
