import { expect } from "chai";
import { parseXml } from "../../src/wire/xml/xml.js";
import { type Stage, stage } from "../support/stage.js";

const custom = "message/custom/send";

/** Once in real time, and once ten times as fast. */
describe("examples/slow-answer.ts", function () {
  this.timeout(60_000);
  let slow: Stage;
  // With some patience more than the bot counts on, for machines that are busy.
  const quickly = { env: { SCALE: "0.1" }, patience: 650 };

  afterEach(() => slow.close());

  it("answers 3 at once, 8 at the second delivery, and 25 late, in real time", async () => {
    slow = await stage("slow-answer");
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => slow.phone.user(name));
    const [three, eight, late] = await Promise.all([
      alice?.sends("3"),
      bob?.sends("8"),
      carol?.sends("25"),
    ]);
    expect(three).to.deep.include({ text: "3 秒的回答，第 1 次推送", attempts: 1 });
    expect(eight).to.deep.include({ text: "8 秒的回答，第 2 次推送", attempts: 2 });
    expect(eight?.push?.attempts[0]?.failure).to.equal("no answer within 5 seconds");
    expect(late).to.deep.include({ text: "正在思考…", attempts: 3 });
    expect(slow.phone.api.calls(custom)).to.deep.equal([]);
    expect(await late?.late()).to.deep.equal({ type: "text", content: "25 秒的回答，第 3 次推送" });
    const bodies = slow.phone.api.calls(custom).map(({ body }) => JSON.parse(body) as object);
    expect(bodies).to.deep.equal([
      { touser: carol?.openid, msgtype: "text", text: { content: "25 秒的回答，第 3 次推送" } },
    ]);
  });

  it("pushes the same message three times, each with the same MsgId", async () => {
    slow = await stage("slow-answer", quickly);
    const { push, late } = await slow.phone.user("alice").sends("25");
    const ids = push?.attempts.map(({ body }) => parseXml(body).MsgId);
    expect(new Set(ids).size).to.equal(1);
    expect(ids).to.have.length(3);
    expect(await late(5_000)).to.include({ content: "25 秒的回答，第 3 次推送" });
  });

  for (const [why, errcode] of [
    ["the account may not send", 48001],
    ["the user's window is over", 45015],
  ] as const) {
    it(`keeps the answer for 继续 where ${why}`, async () => {
      slow = await stage("slow-answer", quickly);
      slow.phone.api.fails(custom, errcode);
      const alice = slow.phone.user("alice");
      expect((await alice.sends("25")).text).to.equal("正在思考…");
      while (slow.phone.api.calls(custom).length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await alice.sends("继续")).text).to.equal("25 秒的回答，第 3 次推送");
    });
  }
});
