import { expect } from "chai";
import Koa from "koa";
import Router from "koa-router";
import { reply, Wechat, type WechatOptions } from "koa-wx";
import { FakeClock, type Phone, type SimulateOptions, simulate, type Target } from "koa-wx/testing";

const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const plain = { token: "token", appId: "wxb11529c136998cb6" };
const encrypted = { ...plain, encodingAESKey };

function botOf(options: WechatOptions) {
  const wx = new Wechat(options);
  wx.onSubscribe((ctx) => `welcome from ${ctx.scene ?? "nowhere"}`);
  wx.onClick("help", () => "how can I help?");
  wx.onScan((ctx) => `scene ${ctx.scene}`);
  wx.onText("nothing", () => {});
  wx.onText("broken", () => reply.raw("<xml></xml>"));
  wx.on("text", (ctx) => ctx.message.Content);
  wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
  wx.onVoice((ctx) => ctx.message.Recognition ?? "nothing recognised");
  wx.on("video", (ctx) => reply.video(ctx.message.MediaId, { title: "yours" }));
  wx.on("location", (ctx) => `${ctx.message.Location_X},${ctx.message.Location_Y}`);
  wx.on("link", (ctx) => ctx.message.Url);
  const router = new Router();
  router.all("/wechat", wx.middleware());
  return { wx, app: new Koa().use(router.routes()) };
}

describe("koa-wx/testing", () => {
  const phones: Phone[] = [];
  afterEach(() => Promise.all(phones.splice(0).map((phone) => phone.close())));
  async function started(target: Target, options: SimulateOptions): Promise<Phone> {
    const phone = await simulate(target, options);
    phones.push(phone);
    return phone;
  }

  const accounts: Readonly<Record<string, SimulateOptions>> = {
    明文模式: plain,
    兼容模式: { ...encrypted, mode: "compat" },
    安全模式: encrypted,
  };
  for (const [mode, account] of Object.entries(accounts)) {
    it(`lets users talk to a bot in ${mode}`, async () => {
      const { mode: _, ...options } = account;
      const phone = await started(botOf(options).app, account);
      const alice = phone.user("alice");
      expect((await alice.follows({ scene: "poster" })).text).to.equal("welcome from poster");
      expect(await alice.sends("你好 🌏")).to.deep.include({
        reply: reply.text("你好 🌏"),
        text: "你好 🌏",
        attempts: 1,
        banner: undefined,
      });
      expect((await alice.sendsVoice("天气")).text).to.equal("天气");
      expect((await alice.sendsVoice()).text).to.equal("nothing recognised");
      expect((await alice.sendsImage()).reply).to.have.property("type", "image");
      expect((await alice.sendsVideo()).reply).to.deep.include({ type: "video", title: "yours" });
      expect((await alice.sendsLocation(31.5, 120.25)).text).to.equal("31.5,120.25");
      expect((await alice.sendsLink("https://a.example/?b=1&c=2")).text).to.equal(
        "https://a.example/?b=1&c=2",
      );
      expect((await alice.clicks("help")).text).to.equal("how can I help?");
      expect((await alice.scans(12)).text).to.equal("scene 12");
      expect((await alice.sends("nothing")).reply).to.equal(undefined);
      await alice.unfollows();
      expect(alice.following).to.equal(false);
    });
  }

  it("shows the banner for what WeChat would refuse, and says why", async () => {
    const phone = await started(botOf(plain).app, plain);
    const answer = await phone.user("alice").sends("broken");
    expect(answer.banner).to.equal("该公众号提供的服务出现故障，请稍后再试");
    expect(answer.reason).to.contain("ToUserName");
  });

  it("takes a Wechat without Koa", async () => {
    const phone = await started(botOf(plain).wx, plain);
    expect((await phone.user("bob").sends("hi")).text).to.equal("hi");
  });

  it("takes an app of Express, or another request listener, from a function", async () => {
    const phone = await started(() => botOf(plain).app.callback(), plain);
    expect((await phone.user("bob").sends("hi")).text).to.equal("hi");
  });

  it("takes a function that gets the addresses, and an address", async () => {
    let appUrl = "";
    const phone = await started((given) => {
      appUrl = given.appUrl;
      expect(given.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
      return botOf(plain).app;
    }, plain);
    expect((await phone.user("bob").sends("hi")).text).to.equal("hi");
    const second = await started(`${appUrl}/wechat`, plain);
    expect((await second.user("bob").sends("again")).text).to.equal("again");
  });

  it("keeps users apart, and each keeps their openid from run to run", async () => {
    const phone = await started(botOf(plain).app, plain);
    const [alice, bob] = [phone.user("alice"), phone.user("bob")];
    await Promise.all([alice.sends("a"), bob.sends("b")]);
    expect(alice.chat).to.have.length(2);
    expect(alice.openid).to.match(/^o[\w-]{27}$/);
    expect(alice.openid).not.to.equal(bob.openid);
    const again = await started(botOf(plain).app, plain);
    expect(again.user("alice").openid).to.equal(alice.openid);
  });

  it("says what is wrong when the bot does not pass the verification", async () => {
    const wrong = simulate(botOf(plain).app, { ...plain, token: "other" });
    await wrong.then(
      () => expect.fail("the token is wrong"),
      (error) => {
        expect(error.code).to.equal("WX_SIMULATOR");
        expect(error.message).to.contain("Token验证失败").and.contain("403");
      },
    );
  });

  it("moves a fake clock, and with it the timestamps of the pushes", async () => {
    const clock = new FakeClock();
    const now = () => clock.now();
    const phone = await started(botOf({ ...plain, now }).app, { ...plain, clock });
    await phone.clock.advance(86_400_000);
    const { push } = await phone.user("alice").sends("tomorrow");
    expect(push?.outcome).to.equal("reply");
    expect(push?.xml).to.contain(`<CreateTime>${Math.floor(clock.now() / 1000)}</CreateTime>`);
  });

  it("refuses to move the real clock", async () => {
    const phone = await started(botOf(plain).app, plain);
    expect(() => phone.clock).to.throw(/new FakeClock\(\)/);
  });
});
