import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Wechat } from "koa-wx";
import { FakeClock } from "koa-wx/testing";
import { errorOf } from "../support/error-of.js";
import { signedQuery, textXml } from "../support/push.js";
import { account, phones } from "./bots.js";

const custom = "message/custom/send";

describe("answer.late(): what arrives besides the reply", () => {
  const { forBot } = phones();
  /** WeChat's five seconds, and the bot's 4.5, about eight times as fast. */
  const fast = { patience: 600 };
  const deadline = { ms: 300, onTimeout: () => "正在思考…" };

  it("is what a 25 s answer becomes, after the placeholder in the third delivery", async () => {
    let runs = 0;
    const phone = await forBot(
      (wx) =>
        wx.on("text", async () => {
          runs += 1;
          await sleep(2_400);
          return "想好了";
        }),
      fast,
      { deadline },
    );
    const answer = await phone.user("alice").sends("难题");
    expect(answer).to.include({ text: "正在思考…", attempts: 3, banner: undefined });
    expect(phone.api.calls(custom)).to.deep.equal([]);
    expect(await answer.late()).to.deep.equal({ type: "text", content: "想好了" });
    expect(runs).to.equal(1);
    expect(phone.user("alice").chat.map(({ from, by }) => by ?? from)).to.deep.equal([
      "user",
      "reply",
      "customer-service",
    ]);
  });

  it("is labelled as made by an AI where the bot says so", async () => {
    const phone = await forBot(
      (wx) =>
        wx.on("text", async (ctx) => {
          await ctx.send("照旧");
          await ctx.send("人写的", { aiGenerated: false });
          await sleep(2_400);
          return "想好了";
        }),
      fast,
      { deadline, aiGenerated: true },
    );
    const answer = await phone.user("alice").sends("难题");
    for (let count = 0; count < 3; count += 1) await answer.late();
    const labelled = phone.user("alice").chat.filter((entry) => entry.aiGenerated === true);
    expect(labelled.map(({ content }) => content)).to.deep.equal([
      { type: "text", content: "照旧" },
      { type: "text", content: "想好了" },
    ]);
    const bodies = phone.api.calls(custom).map(({ body }) => JSON.parse(body));
    expect(bodies.map((body) => body.aimsgcontext)).to.deep.equal([
      { is_ai_msg: 1 },
      undefined,
      { is_ai_msg: 1 },
    ]);
  });

  it("is labelled for one message alone", async () => {
    const phone = await forBot((wx) =>
      wx.on("text", (ctx) => ctx.send("AI 写的", { aiGenerated: true })),
    );
    const answer = await phone.user("alice").sends("?");
    await answer.late();
    expect(phone.user("alice").chat.at(-1)).to.have.property("aiGenerated", true);
  });

  it("is the banner when nobody answers in any of three deliveries", async () => {
    const phone = await forBot((wx) => wx.on("text", () => sleep(2_500)), fast, {
      deadline: { ms: 4_500 },
    });
    const answer = await phone.user("alice").sends("?");
    expect(answer).to.include({
      banner: "该公众号提供的服务出现故障，请稍后再试",
      attempts: 3,
      reply: undefined,
    });
    expect(answer.reason).to.equal("no answer in 3 attempts: no answer within 0.6 seconds");
  });

  it("comes in order, one message for each call of late()", async () => {
    const phone = await forBot((wx) =>
      wx.on("text", async (ctx) => {
        for (const text of ["一", "二", "三"]) await ctx.send(text);
        return "回复";
      }),
    );
    const answer = await phone.user("alice").sends("数");
    expect(answer.text).to.equal("回复");
    const all = await Promise.all([answer.late(), answer.late(), answer.late()]);
    expect(all.map((content) => content.type === "text" && content.content)).to.deep.equal([
      "一",
      "二",
      "三",
    ]);
  });

  it("says within what time nothing came, and what WeChat refused", async () => {
    const phone = await forBot((wx) => {
      wx.onText("send", (ctx) => ctx.send("?"));
      wx.catch(() => undefined);
    });
    const alice = phone.user("alice");
    const nothing = await errorOf((await alice.sends("quiet")).late(20));
    expect(nothing.code).to.equal("WX_SIMULATOR");
    expect(nothing.message).to.include("within 20 ms").and.include("api: { baseUrl: phone.url }");
    phone.api.fails(custom, 45047);
    const refused = await errorOf((await alice.sends("send")).late(20));
    expect(refused.message).to.match(/WeChat refused \/cgi-bin\/message\/custom\/send: .*45047/);
  });

  it("is given up when the phone is closed, without a timer that is left", async () => {
    const phone = await forBot((wx) => wx.on("text", () => undefined));
    const { late } = await phone.user("alice").sends("hi");
    const waiting = errorOf(late());
    await sleep(10);
    await phone.close();
    expect((await waiting).message).to.include("before the simulated WeChat was closed");
    expect((await errorOf(late())).message).to.include("closed");
  });

  it("shows 对方正在输入 until a message comes, or for ten seconds", async () => {
    const clock = new FakeClock();
    const seen: boolean[] = [];
    const phone = await forBot(
      (wx) =>
        wx.on("text", async (ctx) => {
          await ctx.typing();
          seen.push(phone.user("alice").seesTyping);
          if (ctx.text === "send") await ctx.send("da");
        }),
      { clock },
      { now: () => clock.now() },
    );
    const alice = phone.user("alice");
    await alice.sends("send");
    expect([...seen, alice.seesTyping]).to.deep.equal([true, false]);
    await alice.sends("wait");
    expect(alice.seesTyping).to.equal(true);
    await clock.advance(9_999);
    expect(alice.seesTyping).to.equal(true);
    await clock.advance(1);
    expect(alice.seesTyping).to.equal(false);
  });

  it("is refused two days after the user's last message", async () => {
    const clock = new FakeClock();
    const failed: number[] = [];
    const phone = await forBot(
      (wx) => {
        wx.onText("remember", async (ctx) => {
          void clock
            .wait(3 * 86_400_000)
            .then(() => ctx.send("still there?").catch((error) => failed.push(error.errcode)));
        });
      },
      { clock },
      { now: () => clock.now() },
    );
    await phone.user("alice").sends("remember");
    await clock.advance(3 * 86_400_000);
    for (let waited = 0; failed.length === 0 && waited < 2_000; waited += 10) await sleep(10);
    expect(failed).to.deep.equal([45015]);
  });
});

describe("user.taps(): taps on a menu message", () => {
  const { forBot } = phones();

  it("come as a text with the item's id, of the newest menu that has it", async () => {
    const phone = await forBot((wx) => {
      wx.onText("menu", async (ctx) => {
        await ctx.api.customerService.sendMenu(ctx.openid, {
          head_content: "满意吗?",
          list: [
            { id: "101", content: "满意" },
            { id: "102", content: "不满意" },
          ],
        });
      });
      wx.on("text", (ctx) => `${ctx.message.Content} ${ctx.message.bizmsgmenuid}`);
    });
    const alice = phone.user("alice");
    const early = await errorOf(alice.taps("满意"));
    expect(early.message).to.include("no menu message (msgmenu) has come yet");
    await (await alice.sends("menu")).late();
    expect((await alice.taps("不满意")).text).to.equal("不满意 102");
    const wrong = await errorOf(alice.taps("一般"));
    expect(wrong.message).to.include('"满意", "不满意"');
  });
});

describe("simulate(): a slow Wechat without Koa", () => {
  const { start } = phones();

  it("leaves a delivery open until WeChat hangs up, so that the next one gets the reply", async () => {
    const phone = await start(
      ({ url }) =>
        new Wechat({ ...account, api: { baseUrl: url }, deadline: { ms: 400 } }).on("text", () =>
          sleep(900, "done"),
        ),
      { patience: 600 },
    );
    const answer = await phone.user("alice").sends("hi");
    expect(answer).to.include({ text: "done", attempts: 2 });
  });

  it("answers a host that cannot tell whether WeChat is there only after WeChat has gone", async () => {
    const wx = new Wechat({ ...account, deadline: { ms: 50, late: () => {} } }).on("text", () =>
      sleep(3_000),
    );
    const begun = performance.now();
    const { body } = await wx.receive({
      method: "POST",
      query: signedQuery({}, "token"),
      body: textXml("hi"),
    });
    expect(body).to.equal("");
    expect(performance.now() - begun).to.be.within(1_000, 2_500);
    await wx.close({ timeout: 1 });
  });
});
