import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type Transcriber, transcribe, type Wechat } from "koa-wx";
import { phones } from "../testing/bots.js";

const amr = Buffer.from("#!AMR\n-今天天气怎么样-");

describe("transcribe()", () => {
  const { forBot } = phones();

  const bot = (transcriber: Transcriber) => (wx: Wechat) => {
    wx.use(transcribe(transcriber));
    wx.hears("天气", (ctx) => `晴 ${ctx.text}`);
    wx.hears(/^去(.+)$/, (ctx) => `${ctx.match[1]}在那边`);
    wx.onVoice((ctx) => `听不清 ${ctx.text}`);
    wx.on("text", (ctx) => ctx.text);
  };

  it("lets hears() hear a voice that WeChat has not recognised", async () => {
    const heard: unknown[] = [];
    const phone = await forBot(
      bot((file, ctx) => {
        heard.push([file.data, file.contentType, ctx.message.MsgType, ctx.signal.aborted]);
        return heard.length === 1 ? " 天气。 " : "去公园";
      }),
    );
    const alice = phone.user("alice");
    expect((await alice.sendsVoice(undefined, amr)).text).to.equal("晴 天气。");
    expect((await alice.sendsVoice(undefined, amr)).text).to.equal("公园在那边");
    expect(heard[0]).to.deep.equal([amr, "audio/amr", "voice", false]);
  });

  it("leaves alone what WeChat has recognised, and everything else", async () => {
    const phone = await forBot(bot(() => expect.fail("nobody asked")));
    const alice = phone.user("alice");
    expect((await alice.sendsVoice("天气。", amr)).text).to.equal("晴 天气。");
    expect((await alice.sends("hi")).text).to.equal("hi");
    expect(phone.api.calls("media/get")).to.have.length(0);
  });

  it("passes on as a voice what says nothing", async () => {
    for (const nothing of ["", "  ", undefined]) {
      const phone = await forBot(bot(async () => nothing));
      expect((await phone.user("alice").sendsVoice(undefined, amr)).text).to.equal(
        "听不清 undefined",
      );
    }
  });

  it("runs once for a push however often it is delivered, and may answer late", async () => {
    let runs = 0;
    const slow = (ms: number) =>
      forBot(
        bot(async () => {
          runs += 1;
          await sleep(ms);
          return "天气";
        }),
        { patience: 600 },
        { deadline: { ms: 400, onTimeout: () => "正在听…" } },
      );
    const second = await (await slow(750)).user("alice").sendsVoice(undefined, amr);
    expect(second).to.include({ text: "晴 天气", attempts: 2 });
    expect(runs).to.equal(1);
    const late = await (await slow(2_400)).user("alice").sendsVoice(undefined, amr);
    expect(late).to.include({ text: "正在听…", attempts: 3 });
    expect(await late.late()).to.deep.equal({ type: "text", content: "晴 天气" });
    expect(runs).to.equal(2);
  });

  it("gives what fails to wx.catch: the service, and a voice that is gone", async () => {
    const errors: Error[] = [];
    const phone = await forBot((wx) => {
      bot(() => {
        throw new Error("no service");
      })(wx);
      wx.catch((error) => {
        errors.push(error);
        return "请打字";
      });
    });
    const alice = phone.user("alice");
    expect((await alice.sendsVoice(undefined, amr)).text).to.equal("请打字");
    phone.api.fails("media/get", 40007);
    expect((await alice.sendsVoice(undefined, amr)).text).to.equal("请打字");
    expect(errors.map(({ message }) => message)[0]).to.equal("no service");
    expect(errors[1]).to.include({ errcode: 40007 });
  });

  it("refuses what is no function", () => {
    expect(() => transcribe("whisper" as never)).to.throw(/takes a function .* got/);
  });
});
