import ScopedRouter from "@koa/router";
import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import Koa from "koa";
import Router from "koa-router";
import {
  Wechat,
  WechatError,
  type WxProfiledUser,
  type WxUser,
  type WxUserState,
  wxUser,
} from "../../src/index.js";

/** What an app has in its own types. */
interface State {
  trace: string;
}
interface Ctx {
  db: { find(id: string): string };
}

describe("wx.oauth(): the types of web login", () => {
  const wx = new Wechat({ token: "AAAAA", appId: "wxlogin0000000001", appSecret: "s3cret" });
  const login = wx.oauth({ baseUrl: "https://shop.example.com" });
  const profiled = login.require("snsapi_userinfo");

  it("fit an app with types of its own", () => {
    const app = new Koa<State, Ctx>();
    app.use(login.callback());
    app.use(login).use(async (ctx) => {
      expectTypeOf(ctx.state.wxUser).toEqualTypeOf<WxUser>();
      expectTypeOf(ctx.state.trace).toEqualTypeOf<string>();
      expectTypeOf(ctx.db).toEqualTypeOf<Ctx["db"]>();
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(login.user(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(await login.find(ctx)).toEqualTypeOf<WxUser | undefined>();
      expectTypeOf(await login.refresh(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(await login.token(ctx)).toEqualTypeOf<string>();
      await login.logout(ctx);
    });
    app.use(profiled).use((ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxProfiledUser>();
    });
  });

  it("fit a handler that does not follow the guard in one chain", () => {
    const app = new Koa<State, Ctx>();
    app.use(login);
    app.use(async (ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(login.user(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(profiled.user(ctx)).toEqualTypeOf<WxProfiledUser>();
      expectTypeOf(await login.find(ctx)).toEqualTypeOf<WxUser | undefined>();
      await login.logout(ctx);
    });
  });

  it("fit koa-router and @koa/router, with types of the app's own and without", () => {
    const router = new Router<State, Ctx>();
    router.get("/me", login, (ctx) => {
      expectTypeOf(ctx.state.wxUser).toEqualTypeOf<WxUser>();
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(login.user(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(profiled.user(ctx).profile.nickname).toEqualTypeOf<string>();
      expectTypeOf(ctx.db).toEqualTypeOf<Ctx["db"]>();
    });
    router.get("/profile", profiled, (ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxProfiledUser>();
    });
    router.get("/open", async (ctx) => {
      expectTypeOf(await login.find(ctx)).toEqualTypeOf<WxUser | undefined>();
    });
    router.get("/sign", wx.jssdk({ allow: ["https://shop.example.com"] }));

    const scoped = new ScopedRouter<State, Ctx>();
    scoped.use(login);
    scoped.get("/me", login, (ctx) => {
      expectTypeOf(ctx.state.wxUser).toEqualTypeOf<WxUser>();
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(login.user(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(ctx.state.trace).toEqualTypeOf<string>();
      expectTypeOf(ctx.db).toEqualTypeOf<Ctx["db"]>();
    });
    scoped.get("/profile", profiled, async (ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxProfiledUser>();
      await login.logout(ctx);
    });
    scoped.get("/sign", wx.jssdk({ allow: ["https://shop.example.com"] }));

    new Router().get("/me", login, (ctx) => {
      expectTypeOf(login.user(ctx)).toEqualTypeOf<WxUser>();
      wxUser(ctx);
    });
    new ScopedRouter().get("/me", login, (ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
      expectTypeOf(login.user(ctx)).toEqualTypeOf<WxUser>();
    });
  });

  it("fit a router that is guarded as a whole", () => {
    const router = new Router<State & WxUserState, Ctx>();
    router.use(login);
    router.get("/me", (ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
    });
    new Koa<State, Ctx>().use(new ScopedRouter<State, Ctx>().use(login).routes());
  });

  it("fit states that name the user, or may", () => {
    new Koa<WxUserState<WxProfiledUser>>().use((ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxProfiledUser>();
    });
    new Koa<Partial<WxUserState>>().use((ctx) => {
      expectTypeOf(wxUser(ctx)).toEqualTypeOf<WxUser>();
    });
    // @ts-expect-error The state of a request is an object.
    expect(() => wxUser({ state: 1 })).to.throw(WechatError);
    // @ts-expect-error A request has a state.
    expect(() => wxUser({})).to.throw(TypeError);
  });

  it("are kept at run time: nobody is taken for somebody who has shown a profile", () => {
    const ctx = { state: { wxUser: { openid: "oAlice", scope: "snsapi_base" } } };
    expect(login.user(ctx)).to.deep.include({ openid: "oAlice" });
    expect(() => profiled.user(ctx)).to.throw(WechatError, /put that guard before the handler/);
    expect(() => login.user({ state: {} })).to.throw(WechatError, /guard did not run/);
  });
});
