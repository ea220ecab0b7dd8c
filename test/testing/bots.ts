import Koa from "koa";
import Router from "koa-router";
import { Wechat, type WechatOptions } from "koa-wx";
import { type Phone, type SimulateOptions, simulate, type Target } from "koa-wx/testing";

export const account = { token: "token", appId: "wxb11529c136998cb6", appSecret: "app-secret" };

/** An app that answers at /wechat. */
export function appOf(wx: Wechat): Koa {
  const router = new Router();
  router.all("/wechat", wx.middleware());
  const app = new Koa();
  app.use(router.routes());
  return app;
}

/** Phones that are closed after each test. */
export function phones() {
  const open: Phone[] = [];
  afterEach(() => Promise.all(open.splice(0).map((phone) => phone.close())));
  const start = async (target: Target, options: Partial<SimulateOptions> = {}): Promise<Phone> => {
    const phone = await simulate(target, { ...account, ...options });
    open.push(phone);
    return phone;
  };
  return {
    start,
    /** A phone for a bot that calls the simulated API. */
    forBot: (
      teach: (wx: Wechat) => void,
      options: Partial<SimulateOptions> = {},
      more: Partial<WechatOptions> = {},
    ) =>
      start(({ url }) => {
        const wx = new Wechat({ ...account, api: { baseUrl: url }, ...more });
        teach(wx);
        return appOf(wx);
      }, options),
  };
}
