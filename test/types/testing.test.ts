/** What koa-wx/testing promises at compile time. */
import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import Koa from "koa";
import { Wechat } from "koa-wx";
import {
  type Answer,
  type App,
  type CallRecord,
  type CloudSimulateOptions,
  type Content,
  FakeClock,
  type Page,
  type Phone,
  type PushRecord,
  type SimulateOptions,
  type Snapshot,
  simulate,
  type Target,
  type User,
} from "koa-wx/testing";

/** Never called: only its types matter. */
async function uses(phone: Phone, alice: User): Promise<void> {
  const answer = await alice.sends("hi");
  expectTypeOf(answer).toEqualTypeOf<Answer>();
  expectTypeOf(answer.text).toEqualTypeOf<string | undefined>();
  expectTypeOf(answer.reply).toEqualTypeOf<Content | undefined>();
  expectTypeOf(answer.push).toEqualTypeOf<PushRecord | undefined>();
  expectTypeOf(answer.late).returns.resolves.toEqualTypeOf<Content>();
  if (answer.reply?.type === "news") {
    expectTypeOf(answer.reply.articles[0]?.title).toEqualTypeOf<string | undefined>();
  }
  expectTypeOf(phone.user("alice", { sex: 2 })).toEqualTypeOf<User>();
  expectTypeOf(phone.api.calls("token")).toEqualTypeOf<readonly CallRecord[]>();
  expectTypeOf(phone.clock).toEqualTypeOf<FakeClock>();
  expectTypeOf(phone.export()).toEqualTypeOf<Snapshot>();
  expectTypeOf(alice.opens("/me", { consent: "deny" })).resolves.toEqualTypeOf<Page>();
  phone.api.fails("token", { hang: true }, 1);
  phone.api.fails("token", 40001);
  await alice.pushes({ MsgType: "event", Event: "VIEW", EventKey: "https://a.example/" });
  await alice.pushes({ MsgType: "event", Event: "pic_weixin", SendPicsInfo: { Count: 1 } });

  // @ts-expect-error: a text is a string
  await alice.sends(1);
  // @ts-expect-error: there is no such user interface
  await alice.send("hi");
  // @ts-expect-error: 0, 1 or 2
  phone.user("alice", { sex: "female" });
  // @ts-expect-error: allow, deny or snapshot
  await alice.opens("/me", { consent: "maybe" });
  // @ts-expect-error: a fault is an errcode, a status, or to hang
  phone.api.fails("token", { error: 40001 });
  // @ts-expect-error: the chat is only read
  alice.chat.push({ id: 1, at: 1, from: "user", content: { type: "text", content: "" } });
  // @ts-expect-error: image, voice, video, thumb or news
  phone.api.addMedia({ mediaId: "A", type: "picture" });
  // @ts-expect-error: a Date is nothing that stands in a push
  await alice.pushes({ MsgType: "event", at: new Date() });
}

describe("koa-wx/testing: the types", () => {
  it("take every kind of bot", () => {
    const wx = new Wechat({ token: "AAAAA" });
    const app = new Koa();
    const targets: readonly Target[] = [
      "http://localhost:3000/wechat",
      new URL("http://localhost:3000/wechat"),
      app,
      wx,
      () => app,
      async () => wx,
      async ({ url, appUrl, api }) => {
        expectTypeOf(url).toEqualTypeOf<string>();
        expectTypeOf(appUrl).toEqualTypeOf<string>();
        expectTypeOf(api).toEqualTypeOf<Phone["api"]>();
        return "http://localhost:3000/wechat";
      },
    ];
    expectTypeOf<Wechat>().toExtend<App>();
    expectTypeOf<Koa>().toExtend<App>();
    expectTypeOf<Wechat<{ visits: number }>>().toExtend<App>();
    // @ts-expect-error: nothing to talk to
    const wrong: Target = () => undefined;
    expect(targets).to.have.length(7);
    expect(wrong).to.be.a("function");
  });

  it("ask for a token and know each option", () => {
    expectTypeOf<Parameters<typeof simulate>[1]>().toEqualTypeOf<
      SimulateOptions | CloudSimulateOptions
    >();
    expectTypeOf(simulate).returns.resolves.toEqualTypeOf<Phone>();
    const full: SimulateOptions = {
      token: "AAAAA",
      appId: "wx1",
      appSecret: "s",
      encodingAESKey: "k",
      mode: "compat",
      path: "/wechat",
      clock: new FakeClock(),
      attempts: 1,
      patience: 100,
      verify: false,
    };
    // @ts-expect-error: without a token nothing can be signed
    const missing: SimulateOptions = { appId: "wx1" };
    // @ts-expect-error: plain, compat or safe
    const mode: SimulateOptions = { token: "t", mode: "secure" };
    // @ts-expect-error: the option is encodingAESKey
    const misspelt: SimulateOptions = { token: "t", encodingAesKey: "k" };
    expect(
      [full, missing, mode, misspelt].every((options) => typeof options === "object"),
    ).to.equal(true);
  });

  it("say what a user sees", () => {
    expect(uses).to.be.a("function");
    expectTypeOf<Answer["banner"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Content["type"]>().toEqualTypeOf<
      | "text"
      | "image"
      | "voice"
      | "video"
      | "music"
      | "news"
      | "location"
      | "link"
      | "menu"
      | "template"
      | "miniprogram"
      | "card"
      | "event"
      | "transfer_customer_service"
      | "banner"
    >();
  });
});
