import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Wechat } from "koa-wx";
import { markdown } from "koa-wx/markdown";
import { phones } from "../../testing/bots.js";

/** Converted twice, it would lose the hash of its code. */
const short = "## 标题\n**重点**：`# 码`\n\n```\n# 注释 **x**\n```";
const shown = "【标题】\n重点：# 码\n\n# 注释 **x**";
const long = `${short}\n\n${"这是**一句**话。".repeat(300)}\n\n${short}`;
const shownLong = `${shown}${"这是一句话。".repeat(300)}${shown}`.replace(/\s/g, "");

describe("wx.outgoing(markdown())", () => {
  const { forBot } = phones();
  const fast = { patience: 300 };
  const deadline = { ms: 200, onTimeout: () => "**想**…" };

  const bot = (wx: Wechat) => {
    wx.outgoing(markdown());
    wx.onText("短", () => short);
    wx.onText("长", () => long);
    wx.onText("发", (ctx) => ctx.send(short));
    wx.onText("晚", async () => {
      await sleep(1_200);
      return short;
    });
    wx.onText("流", async function* () {
      for (let at = 0; at < short.length; at += 7) yield short.slice(at, at + 7);
    });
    wx.onText("长流", async function* () {
      for (let at = 0; at < long.length; at += 50) {
        yield long.slice(at, at + 50);
        await sleep(15);
      }
    });
  };

  it("converts what leaves once, whatever way it takes", async () => {
    const phone = await forBot(bot, fast, { deadline, overflow: "split" });
    const alice = phone.user("alice");
    expect((await alice.sends("短")).text).to.equal(shown);
    expect((await alice.sends("流")).text).to.equal(shown);
    expect(await (await alice.sends("发")).late()).to.deep.equal({ type: "text", content: shown });
    const late = await alice.sends("晚");
    expect(late.text).to.equal("想…");
    expect(await late.late()).to.deep.equal({ type: "text", content: shown });
  });

  it("converts long answers before they are cut, whole and in streams", async () => {
    for (const word of ["长", "长流"]) {
      const phone = await forBot(bot, fast, { deadline: { ms: 200 }, overflow: "split" });
      const alice = phone.user("alice");
      const answer = await alice.sends(word);
      let all = answer.text ?? "";
      while (all.replace(/\s/g, "").length < shownLong.length) {
        const content = await answer.late(5_000);
        all += content.type === "text" ? content.content : "";
      }
      expect(all.replace(/\s/g, ""), word).to.equal(shownLong);
    }
  });

  it("converts pages that wait for 继续", async () => {
    const phone = await forBot(bot, fast, {
      deadline: { ms: 200, late: "collect" },
      overflow: "split",
    });
    const alice = phone.user("alice");
    let all = (await alice.sends("长")).text ?? "";
    for (let page = 0; page < 5 && all.endsWith("回复“继续”查看后文"); page += 1) {
      all = all.replace(/\s*回复“继续”查看后文$/, "") + (await alice.sends("继续")).text;
    }
    expect(all.replace(/\s/g, "")).to.equal(shownLong);
  });
});
