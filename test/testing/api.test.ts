import { expect } from "chai";
import { type ApiError, reply } from "koa-wx";
import { FakeClock } from "koa-wx/testing";
import { phones } from "./bots.js";

const hour = 3_600_000;

describe("phone.api", () => {
  const { forBot } = phones();
  /** A bot that sends on demand and says how that went. */
  const sender = (options = {}, more = {}) =>
    forBot(
      (wx) => {
        wx.onText("picture", () => reply.image("LOGO"));
        wx.onText("upload", async (ctx) => {
          await ctx.api.customerService.sendImage(ctx.openid, "LOGO");
        });
        wx.on("text", async (ctx) => {
          try {
            await ctx.send("hello");
            return "sent";
          } catch (error) {
            return `failed: ${(error as ApiError).errcode ?? (error as Error).name}`;
          }
        });
      },
      options,
      more,
    );

  it("has calls fail with an errcode, as often as it is told, until they work again", async () => {
    const phone = await sender();
    const alice = phone.user("alice");
    const tries = async () => (await alice.sends("try")).text;
    expect(await tries()).to.equal("sent");
    phone.api.fails("message/custom/send", 45047);
    expect(await tries()).to.equal("failed: 45047");
    expect(await tries()).to.equal("failed: 45047");
    phone.api.works("message/custom/send");
    expect(await tries()).to.equal("sent");
    phone.api.fails("/cgi-bin/message/custom/send", { errcode: 45011, errmsg: "api!" }, 1);
    expect(await tries()).to.equal("failed: 45011");
    expect(await tries()).to.equal("sent");
    phone.api.fails("*", 45009);
    expect(await tries()).to.equal("failed: 45009");
    phone.api.works();
    expect(await tries()).to.equal("sent");
  });

  it("has the access token be refused once, which the bot survives", async () => {
    const phone = await sender();
    const alice = phone.user("alice");
    await alice.sends("try");
    phone.api.fails("message/custom/send", 40001, 1);
    expect((await alice.sends("try")).text).to.equal("sent");
    expect(phone.api.calls("message/custom/send")).to.have.length(3);
  });

  it("lists the calls of one path or all, without tokens and secrets", async () => {
    const phone = await sender();
    await phone.user("alice").sends("try");
    const [call] = phone.api.calls("message/custom/send");
    expect(call).to.include({ method: "POST", status: 200 });
    expect(JSON.parse(call?.body ?? "")).to.deep.include({ text: { content: "hello" } });
    expect(phone.api.calls("/cgi-bin/message/custom/send")).to.deep.equal([call]);
    expect(phone.api.calls().map(({ path }) => path)).to.include("/cgi-bin/stable_token");
    const all = JSON.stringify(phone.api.calls());
    expect(all)
      .to.not.include("app-secret")
      .and.not.match(/access_token":\s*\\?"[\w-]{20}/);
  });

  it("takes as long as it is told, also forever", async () => {
    const phone = await sender({}, { deadline: { ms: 4_500 } });
    const alice = phone.user("alice");
    phone.api.latency = 60;
    expect(phone.api.latency).to.equal(60);
    const begun = performance.now();
    expect((await alice.sends("try")).text).to.equal("sent");
    // Two calls: the token and the message.
    expect(performance.now() - begun).to.be.greaterThan(110);
    phone.api.latency = 0;
    phone.api.fails("message/custom/send", { hang: true }, 1);
    void alice.sends("try");
    while (phone.api.calls("message/custom/send").length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    // afterEach closes the phone while that call and its push are open.
  });

  it("owns the files that a bot answers with or sends", async () => {
    const phone = await sender();
    const alice = phone.user("alice");
    const unknown = await alice.sends("picture");
    expect(unknown.banner).to.equal("该公众号提供的服务出现故障，请稍后再试");
    expect(unknown.reason).to.include('no file has the MediaId "LOGO"');
    phone.api.addMedia({ mediaId: "LOGO", type: "image" });
    expect((await alice.sends("picture")).reply).to.deep.equal(reply.image("LOGO"));
    expect(await (await alice.sends("upload")).late()).to.deep.equal({
      type: "image",
      mediaId: "LOGO",
    });
  });

  it("lets tokens expire as the clock moves, which the bot survives", async () => {
    const clock = new FakeClock();
    const phone = await sender({ clock }, { now: () => clock.now() });
    const alice = phone.user("alice");
    expect((await alice.sends("try")).text).to.equal("sent");
    await phone.clock.advance(2 * hour + 1);
    expect((await alice.sends("try")).text).to.equal("sent");
    const codes = phone.api
      .calls("message/custom/send")
      .map(({ answer }) => (JSON.parse(answer) as { errcode: number }).errcode);
    expect(codes).to.deep.equal([0, 42001, 0]);
    expect(phone.api.calls("stable_token")).to.have.length(2);
  });
});

describe("phone.export()", () => {
  const { forBot } = phones();

  it("is plain JSON of what WeChat knows, and no later change reaches it", async () => {
    const phone = await forBot((wx) => {
      wx.onText("setup", async (ctx) => {
        const { id } = await ctx.api.tags.create("星标");
        await ctx.api.tags.tag(id, [ctx.openid]);
        await ctx.api.menu.create({ button: [{ type: "click", name: "歌", key: "SONG" }] });
        await ctx.send("done");
      });
      wx.on("image", () => "nice");
    });
    const alice = phone.user("alice", { nickname: "爱丽丝" });
    await alice.follows({ scene: "poster" });
    await alice.sends("setup");
    await alice.sendsImage();
    const state = phone.export();
    expect(JSON.parse(JSON.stringify(state))).to.deep.equal(state);
    const [person] = state.people;
    expect(person).to.deep.include({ name: "alice", openid: alice.openid, following: true });
    expect(person).to.include({ scene: "poster" });
    expect(person?.profile.nickname).to.equal("爱丽丝");
    expect(person?.chat.map(({ content }) => content.type)).to.deep.equal([
      "event",
      "text",
      "text",
      "image",
      "text",
    ]);
    const added = state.tags.find(({ name }) => name === "星标");
    expect(person?.tags).to.deep.equal([added?.id]);
    expect(state.menu.default).to.deep.equal([{ type: "click", name: "歌", key: "SONG" }]);
    const [file] = state.media;
    expect(file).to.include({ type: "image", contentType: "image/png" });
    expect(file?.size).to.be.greaterThan(60);
    expect(file).to.not.have.property("data");
    expect(state.journal.map(({ kind }) => kind)).to.include.members(["push", "call"]);
    expect(JSON.stringify(state)).to.not.include("app-secret");

    await alice.sends("more");
    expect(person?.chat).to.have.length(5);
    expect(phone.export().people[0]?.chat.length).to.be.greaterThan(5);
  });
});
