import { expectTypeOf } from "expect-type";
import { type HostOptions, Wechat, type WechatOptions } from "koa-wx";

describe("wx.fetch(): the types of other hosts", () => {
  it("ask for a token, or for 微信云托管 and an AppID", () => {
    const typed = () => {
      new Wechat({ token: "AAAAA" });
      new Wechat({ cloudHosting: true, appId: "wx1" });
      new Wechat({ cloudHosting: { calls: "file", owner: "wx2" }, appId: "wx1", token: "AAAAA" });
      new Wechat(({ appId }) => ({ appId: appId ?? "" }), { cloudHosting: true });
      // @ts-expect-error: nothing tells a push from what anybody may send
      new Wechat({});
      // @ts-expect-error: nobody says whose calls they are
      new Wechat({ cloudHosting: true });
      // @ts-expect-error: without 微信云托管 pushes are signed
      new Wechat({ cloudHosting: false, appId: "wx1" });
      // @ts-expect-error: inner, file or token
      new Wechat({ cloudHosting: { calls: "outer" }, appId: "wx1" });
    };
    expectTypeOf(typed).toBeFunction();
    expectTypeOf<WechatOptions["token"]>().toEqualTypeOf<string | readonly string[]>();
  });

  it("take and give what the Fetch standard has", () => {
    const { fetch } = new Wechat({ token: "AAAAA" });
    expectTypeOf(fetch).parameter(0).toEqualTypeOf<Request>();
    expectTypeOf(fetch).returns.resolves.toEqualTypeOf<Response>();
    expectTypeOf<{
      waitUntil(work: Promise<unknown>): void;
      env: object;
    }>().toExtend<HostOptions>();
    expectTypeOf<(work: Promise<void>) => void>().toExtend<NonNullable<HostOptions["waitUntil"]>>();
  });
});
