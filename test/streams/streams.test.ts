import { expect } from "chai";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { model, prose, Stage, same, sleep } from "./stage.js";

const placeholder = { onTimeout: () => "正在思考…" };

describe("async function*: an answer that streams", () => {
  failOnUnhandledRejections();

  it("is one reply, as a string is, when it ends before the last delivery's time", async () => {
    const stage = new Stage({ deadline: placeholder });
    stage.router.on("text", () => model(stage, "第一句。第二句。", { before: 7 }));
    const talk = stage.says("?");
    await stage.pass(30);
    expect(talk.answers).to.deep.equal([undefined, "第一句。第二句。"]);
    expect(stage.reads).to.have.length(1);
  });

  it("begins in the last delivery with the sentences that are there, and goes on in messages", async () => {
    const stage = new Stage({ deadline: placeholder });
    const text = "第一句话。第二句话。第三句话还没完，要等到后面。";
    stage.router.on("text", () => model(stage, text, { perSecond: 1 }));
    const talk = stage.says("?");
    await stage.pass(60);
    expect(talk.answers).to.deep.equal([undefined, undefined, "第一句话。第二句话。"]);
    expect(stage.sent.map(({ content }) => content)).to.deep.equal([
      "第三句话还没完，要等到后面。",
    ]);
    same(stage.text, text);
  });

  it("begins with the placeholder when no sentence is complete", async () => {
    const stage = new Stage({ deadline: placeholder });
    stage.router.on("text", () =>
      model(stage, "这一句很慢才说完。还有。", { before: 14, perSecond: 5 }),
    );
    const talk = stage.says("?");
    await stage.pass(60);
    expect(talk.answers.at(-1)).to.equal("正在思考…");
    expect(stage.text).to.equal("正在思考…这一句很慢才说完。还有。");
    expect(stage.sent).to.have.length(1);
  });

  it("begins with the first delivery where that is the last", async () => {
    const stage = new Stage({ deadline: { ...placeholder, attempts: 1 } });
    const text = prose(300);
    stage.router.on("text", () => model(stage, text, { perSecond: 20 }));
    const talk = stage.says("?");
    await stage.pass(40);
    expect(talk.answers).to.have.length(1);
    expect(talk.answers[0]).to.match(/。$/);
    same(stage.text, text);
  });

  it("does not wait for the last delivery when the first message is full", async () => {
    const stage = new Stage({ deadline: placeholder });
    const text = prose(1_500);
    stage.router.on("text", () => model(stage, text, { perSecond: 200 }));
    const talk = stage.says("?");
    await stage.pass(30);
    expect(talk.answers).to.have.length(1);
    expect(talk.answers[0]?.length).to.be.within(640, 760);
    same(stage.text, text);
  });

  for (const [what, ask, characters, most] of [
    ["3,000 characters after a message", "says", 3_000, 5],
    ["1,700 characters after a tap", "taps", 1_700, 3],
  ] as const) {
    for (const before of [0, 13, 20]) {
      it(`takes few messages: ${what}, ${before} s silent`, async () => {
        const stage = new Stage({ deadline: placeholder });
        const text = prose(characters);
        const answer = () => model(stage, text, { perSecond: 150, before });
        stage.router.on("text", answer).onClick("k", answer);
        stage[ask]("k");
        await stage.pass(60);
        same(stage.text.replace("正在思考…", ""), text);
        expect(stage.sent.length).to.be.at.most(most);
        expect(stage.reads[0]?.at).to.be.at.most(14.8);
        for (const { content } of stage.reads) {
          expect(Buffer.byteLength(content)).to.be.at.most(2_048);
          expect(content).to.match(/[。…]$/);
        }
      });
    }
  }

  it("keeps what is longer than the messages may hold for 继续", async () => {
    const stage = new Stage({ deadline: placeholder });
    const text = prose(6_000);
    stage.router.on("text", () => model(stage, text, { perSecond: 300 }));
    stage.says("?");
    await stage.pass(60);
    expect(stage.sent).to.have.length(5);
    expect(stage.reads.at(-1)?.content).to.match(/回复“继续”查看后文$/);
    for (let page = 0; page < 5; page += 1) {
      stage.says("继续");
      await stage.pass(1);
      if (!stage.reads.at(-1)?.content.endsWith("查看后文")) break;
    }
    same(stage.text, text);
  });

  it("repeats nothing to a delivery that comes when its words are on their way", async () => {
    // The second delivery is lost; nobody expects the third one any more.
    for (const late of ["send", "collect"] as const) {
      const stage = new Stage({ deadline: { ...placeholder, late } });
      const text = prose(1_500);
      stage.router.on("text", () => model(stage, text, { perSecond: 40 }));
      stage.says("?", [0, 13]);
      await stage.pass(60);
      for (let page = 0; late === "collect" && page < 5; page += 1) {
        stage.says("继续");
        await stage.pass(1);
        if (!stage.reads.at(-1)?.content.endsWith("查看后文")) break;
      }
      same(stage.text, text);
    }
  });

  it("shows that it is being written", async () => {
    const stage = new Stage({ deadline: placeholder });
    stage.router.on("text", () => model(stage, prose(200), { perSecond: 10 }));
    stage.says("?");
    await stage.pass(15);
    expect(stage.typed).to.include(true);
    await stage.pass(15);
    expect(stage.typed.at(-1)).to.equal(false);
  });
});

describe("async function*: an answer that streams to somebody who fetches it", () => {
  failOnUnhandledRejections();

  for (const [what, options, errcode] of [
    ["by the option", { deadline: { ...placeholder, late: "collect" } }, 0],
    ["without an AppSecret", { deadline: placeholder, mayCall: false }, 0],
    ["with an account that may not send", { deadline: placeholder }, 48001],
  ] as const) {
    it(`comes with each 继续 as far as it is complete, and says whether more comes: ${what}`, async () => {
      const stage = new Stage(options);
      stage.refuse = () => errcode;
      const text = prose(6_000);
      let runs = 0;
      stage.router.on("text", () => {
        runs += 1;
        return model(stage, text, { perSecond: 150 });
      });
      const talk = stage.says("?");
      await stage.pass(15);
      expect(talk.banner).to.equal(false);
      expect(stage.reads).to.have.length(1);
      expect(stage.reads[0]?.content).to.match(/回复“继续”查看后文$/);
      for (let page = 0; page < 20; page += 1) {
        stage.says("继续");
        await stage.pass(5);
        if (!stage.reads.at(-1)?.content.endsWith("查看后文")) break;
      }
      same(stage.text, text);
      expect(runs).to.equal(1);
      expect(stage.sent).to.deep.equal([]);
    });
  }

  it("answers 继续 while nothing more is complete", async () => {
    const stage = new Stage({ deadline: { ...placeholder, late: "collect" } });
    stage.router.on("text", async function* () {
      yield "第一句。";
      await sleep(stage, 30);
      yield "第二句。";
    });
    stage.says("?");
    await stage.pass(16);
    stage.says("继续");
    await stage.pass(1);
    expect(stage.reads.at(-1)?.content).to.equal("还在写，请稍后再回复“继续”。");
    await stage.pass(20);
    stage.says("继续");
    await stage.pass(1);
    expect(stage.reads.at(-1)?.content).to.equal("第二句。");
    expect(stage.text.replace("还在写，请稍后再回复“继续”。", "")).to.equal("第一句。第二句。");
  });
});
