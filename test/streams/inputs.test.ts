import { expect } from "chai";
import { reply } from "../../src/message/reply.js";
import { flow } from "../../src/plugins/flow/flow.js";
import { session } from "../../src/plugins/session/session.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { model, prose, Stage, same, sleep } from "./stage.js";

const deadline = { onTimeout: () => "正在思考…" };

/** Answers with what a function makes, and lets so many seconds pass. */
async function played(
  make: (stage: Stage) => AsyncIterable<string>,
  seconds = 60,
  options: ConstructorParameters<typeof Stage>[0] = { deadline },
) {
  const stage = new Stage(options);
  const errors: unknown[] = [];
  stage.router
    .on("text", () => make(stage))
    .catch((error) => {
      errors.push(error);
      return "出了点问题。";
    });
  const talk = stage.says("?");
  await stage.pass(seconds);
  return { stage, talk, errors, texts: stage.reads.map(({ content }) => content) };
}

async function* parts(...all: readonly unknown[]): AsyncGenerator<string> {
  for (const part of all) yield part as string;
}

describe("async function*: a stream with unusual parts", () => {
  failOnUnhandledRejections();

  it("is no message when it is empty or blank", async () => {
    for (const empty of [[], [""], [" ", "\n"], [null, undefined]]) {
      const { talk, texts, errors } = await played(() => parts(...empty));
      expect(talk.answers).to.deep.equal([""]);
      expect(texts).to.deep.equal([]);
      expect(errors).to.deep.equal([]);
    }
  });

  it("is no message either when nothing came after the placeholder", async () => {
    const { texts } = await played(async function* (stage) {
      await sleep(stage, 20);
      yield "";
    });
    expect(texts).to.deep.equal(["正在思考…"]);
  });

  it("may hold null, as the last chunk of a model does; anything else is an error", async () => {
    const { texts, errors } = await played(() => parts("你", null, "好。", undefined));
    expect(texts).to.deep.equal(["你好。"]);
    expect(errors).to.deep.equal([]);
    for (const wrong of [42, Buffer.from("x"), { delta: "x" }, ["x"], true]) {
      const { texts, errors } = await played(() => parts("你好。", wrong));
      expect(texts).to.deep.equal(["你好。\n\n出了点问题。"]);
      expect(String(errors[0])).to.match(/An answer that streams gave .*It gives strings/);
    }
  });

  it("fails at the first part: wx.catch answers, as for any handler", async () => {
    const { texts, errors } = await played(async function* () {
      yield* parts();
      throw new Error("no");
    });
    expect(texts).to.deep.equal(["出了点问题。"]);
    expect(errors).to.have.length(1);
  });

  it("fails in the middle: what was shown stays, and the words of wx.catch follow the same way", async () => {
    for (const late of ["send", "collect"] as const) {
      const { stage, texts } = await played(
        async function* (stage) {
          yield "第一句。第二";
          await sleep(stage, 20);
          throw new Error("no");
        },
        30,
        { deadline: { ...deadline, late } },
      );
      if (late === "collect") {
        stage.says("继续");
        await stage.pass(1);
      }
      expect(texts[0]).to.match(/^第一句。/);
      expect(stage.text).to.equal("第一句。第二\n\n出了点问题。");
    }
  });

  it("fails at the end, when all was shown", async () => {
    const { stage } = await played(async function* (stage) {
      yield "第一句。";
      await sleep(stage, 20);
      yield "第二句。";
      throw new Error("no");
    });
    expect(stage.text).to.equal("第一句。第二句。\n\n出了点问题。");
  });

  it("fails, and wx.catch answers with one that streams, too: all of it follows", async () => {
    for (const late of ["send", "collect"] as const) {
      const stage = new Stage({ deadline: { ...deadline, late } });
      stage.router
        .on("text", async function* () {
          yield "第一句。";
          await sleep(stage, 20);
          throw new Error("no");
        })
        .catch(async function* () {
          yield "出了点";
          await sleep(stage, 1);
          yield "问题。";
        });
      stage.says("?");
      await stage.pass(30);
      if (late === "collect") {
        stage.says("继续");
        await stage.pass(1);
      }
      expect(stage.text.replace("\n\n", ""), late).to.equal("第一句。出了点问题。");
    }
  });

  it("fails, and so does the one that wx.catch answers with: the error is reported", async () => {
    const stage = new Stage({ deadline });
    stage.router
      .on("text", async function* () {
        yield "第一句。";
        throw new Error("no");
      })
      .catch(async function* () {
        yield "抱歉。";
        throw new Error("nor this");
      });
    stage.says("?");
    await stage.pass(30);
    expect(stage.text).to.equal("第一句。\n\n抱歉。");
    expect(stage.reported.map(String)).to.deep.equal(["Error: nor this"]);
  });

  it("is no iterator, and would be asked for ever", async () => {
    for (const part of [5, undefined, "text"]) {
      const { texts, errors } = await played(() => ({
        [Symbol.asyncIterator]: () => ({ next: async () => part as never }),
      }));
      expect(texts).to.deep.equal(["出了点问题。"]);
      expect(String(errors[0])).to.match(/a stream whose next\(\) gave/);
    }
  });

  it("fails, and wx.catch answers with something that is no text", async () => {
    const stage = new Stage({ deadline });
    stage.router
      .on("text", async function* () {
        yield "第一句。";
        await sleep(stage, 20);
        throw new Error("no");
      })
      .catch(() => reply.image("m1"));
    stage.says("?");
    await stage.pass(30);
    expect(stage.reads.map(({ content }) => content)).to.deep.equal(["第一句。", ""]);
  });

  it("fails, and nobody catches: what there is arrives, and the error is reported", async () => {
    const stage = new Stage({ deadline });
    stage.router.on("text", async function* () {
      yield "第一句。";
      throw new Error("no");
    });
    stage.says("?");
    await stage.pass(30);
    expect(stage.text).to.equal("第一句。");
    expect(stage.reported.map(String)).to.deep.equal(["Error: no"]);
  });

  it("may never end", async () => {
    const { stage, errors } = await played(async function* (stage) {
      yield "第一句。";
      await sleep(stage, 1e6);
    }, 700);
    expect(stage.text).to.equal("第一句。出了点问题。");
    expect(String(errors[0])).to.match(/deadline\.maxRun/);
  });

  it("may never let go: others have their turn", async () => {
    const { stage, texts, errors } = await played(async function* () {
      for (;;) yield "";
    }, 20);
    expect(texts).to.deep.equal(["正在思考…"]);
    expect(errors).to.deep.equal([]);
    stage.unfollows();
    await stage.pass(1);
  });

  it("may come in 100,000 single characters", async () => {
    const text = prose(100_000);
    const begun = performance.now();
    const { stage } = await played(() => parts(...text), 30);
    for (let page = 0; page < 200; page += 1) {
      stage.says("继续");
      await stage.pass(0.25);
      if (!stage.reads.at(-1)?.content.endsWith("查看后文")) break;
    }
    same(stage.text, text);
    expect(performance.now() - begun).to.be.below(10_000);
  });

  it("may be a megabyte without the end of a sentence, and not more", async () => {
    for (const [letters, is] of [
      [1_048_576, "whole"],
      [1_048_577, "cut"],
    ] as const) {
      const begun = performance.now();
      const chunk = "a".repeat(4_096);
      const { stage, errors } = await played(async function* () {
        for (let left = letters; left > 0; left -= chunk.length) yield chunk.slice(0, left);
      }, 5);
      expect(performance.now() - begun).to.be.below(5_000);
      expect(stage.reads.length).to.be.at.least(1);
      for (const { content } of stage.reads)
        expect(content).to.match(/^a+(\n\n回复“继续”查看后文)?$/);
      expect(errors).to.have.length(is === "cut" ? 1 : 0);
      if (is === "cut") expect(errors[0]).to.have.property("code", "WX_REPLY_TOO_LONG");
    }
  });

  it("may split characters: none is lost, and halves alone are none", async () => {
    const text = "家人👨‍👩‍👧‍👦和𠮷野家😀。";
    const { texts } = await played(() => parts(...text.split("")));
    expect(texts).to.deep.equal([text]);
    const halves = await played(() => parts("好\ud83d", "。\ude00好\ud83d"));
    expect(halves.texts).to.deep.equal(["好。好"]);
  });
});

describe("async function*: a stream", () => {
  failOnUnhandledRejections();

  it("is read once: a handler that returns the same one again is told so", async () => {
    for (const make of [
      () => parts("一次。"),
      () => ReadableStream.from(["一次。"]) as ReadableStream<string>,
    ]) {
      const stage = new Stage();
      const errors: string[] = [];
      const stream = make();
      stage.router.on("text", () => stream).catch((error) => void errors.push(error.message));
      stage.says("?");
      await stage.pass(1);
      stage.says("?");
      await stage.pass(1);
      expect(stage.text).to.equal("一次。");
      expect(errors.join()).to.match(/returned a stream that was read before/);
    }
  });

  it("may be something that gives its parts as often as one likes", async () => {
    const stage = new Stage();
    const source = { [Symbol.asyncIterator]: () => parts("好。") };
    stage.router.on("text", () => source);
    for (let count = 0; count < 2; count += 1) {
      stage.says("?");
      await stage.pass(1);
    }
    expect(stage.text).to.equal("好。好。");
  });

  it("may come as a promise, and late", async () => {
    const stage = new Stage({ deadline });
    stage.router.on("text", async () => {
      await sleep(stage, 20);
      return model(stage, prose(200), { perSecond: 100 });
    });
    stage.says("?");
    await stage.pass(40);
    same(stage.text, `正在思考…${prose(200)}`);
  });

  it("may be mapped by a middleware, or replaced by it", async () => {
    const stage = new Stage();
    let isReplaced = false;
    stage.router
      .use(async (_, next) => {
        const result = await next();
        if (typeof result !== "object" || !(Symbol.asyncIterator in result)) return result;
        if (isReplaced) return "别的。";
        return (async function* () {
          for await (const part of result) yield part.toUpperCase();
          yield "!";
        })();
      })
      .use(session())
      .on("text", () => parts("a", "b"));
    stage.says("?");
    await stage.pass(1);
    isReplaced = true;
    for (let count = 0; count < 2; count += 1) {
      stage.says("?");
      await stage.pass(1);
    }
    expect(stage.text).to.equal("AB!别的。别的。");
  });

  it("gives middleware strings alone", async () => {
    const stage = new Stage({ deadline });
    const seen: string[] = [];
    stage.router.use(async (_ctx, next) => {
      const result = await next();
      if (typeof result !== "object" || !(Symbol.asyncIterator in result)) return result;
      return (async function* () {
        for await (const part of result) {
          seen.push(part);
          yield part.toUpperCase();
        }
      })();
    });
    const chunks: readonly (string | null | undefined)[] = [null, "a", undefined, null, "b", null];
    stage.router.on("text", async function* () {
      yield* chunks;
    });
    stage.says("?");
    await stage.pass(1);
    expect(seen).to.deep.equal(["a", "b"]);
    expect(stage.text).to.equal("AB");
  });

  for (const [what, plugin] of [
    ["", undefined],
    [", also behind session()", session()],
  ] as const) {
    it(`may have options of its own${what}`, async () => {
      const stage = new Stage({ deadline });
      if (plugin !== undefined) stage.router.use(plugin);
      stage.router.on("text", () =>
        reply.stream(model(stage, prose(100), { before: 20 }), {
          placeholder: "正在查……",
          late: "collect",
        }),
      );
      stage.says("?");
      await stage.pass(40);
      stage.says("好了吗");
      await stage.pass(1);
      same(stage.text, `正在查……${prose(100)}`);
      expect(stage.sent).to.deep.equal([]);
    });
  }

  it("has options that fit", () => {
    expect(() => reply.stream("x" as never)).to.throw(
      /reply\.stream\(\) takes what yields strings/,
    );
    expect(() => reply.stream(parts("x"), { placeholdr: "x" } as never)).to.throw(/"placeholder"/);
    expect(() => reply.stream(parts("x"), { late: "later" as never })).to.throw(/"send"/);
  });

  it("sends what its handler sends in the middle in its turn", async () => {
    const stage = new Stage({ deadline });
    stage.router.on("text", async function* (ctx) {
      yield "第一句。";
      await sleep(stage, 20);
      await ctx.send("一张图。");
      yield "第二句。";
    });
    stage.says("?");
    await stage.pass(60);
    expect(stage.reads.map(({ content }) => content)).to.deep.equal([
      "第一句。",
      "一张图。",
      "第二句。",
    ]);
  });

  it("keeps two answers to one user apart", async () => {
    const stage = new Stage({ deadline });
    stage.router.on("text", (ctx) =>
      model(stage, ctx.text.repeat(10).concat(`${ctx.text}。`).repeat(40), { perSecond: 20 }),
    );
    stage.says("甲");
    await stage.pass(1);
    stage.says("乙");
    await stage.pass(120);
    const late = stage.sent.map(({ content }) => content.charAt(0)).join("");
    expect(late).to.match(/^(甲+乙+|乙+甲+)$/);
  });

  it("writes the session when it has ended, with what the generator changed", async () => {
    const stage = new Stage({ deadline });
    stage.router.use(session({ initial: () => ({ count: 0 }) })).on("text", async function* (ctx) {
      ctx.session.count += 1;
      yield `第${ctx.session.count}次。`;
      await sleep(stage, ctx.text === "慢" ? 20 : 0);
      if (ctx.text === "错") throw new Error("no");
      ctx.session.count += 10;
    });
    for (const text of ["快", "慢", "错", "快"]) {
      stage.says(text);
      await stage.pass(30);
    }
    expect(stage.text).to.equal("第1次。第12次。第23次。第23次。");
  });

  it("may be what a step of a dialogue asks, says before, and ends with", async () => {
    const stage = new Stage({ deadline });
    const dialogue = flow("story")
      .ask(
        "name",
        async function* () {
          yield "你叫";
          yield "什么？";
        },
        (ctx) => {
          ctx.say("好的。");
          return ctx.text ?? "";
        },
      )
      .choose(
        "kind",
        async function* () {
          yield "要什么？";
        },
        ["故事", "笑话"],
      )
      .done(async function* ({ answers }) {
        yield `给${answers.name}的${answers.kind}。`;
        await sleep(stage, 20);
        yield "完。";
      });
    stage.router.use(session()).use(dialogue).onText("讲", dialogue.start);
    for (const text of ["讲", "小明", "2"]) {
      stage.says(text);
      await stage.pass(1);
    }
    await stage.pass(40);
    expect(stage.reads.map(({ content }) => content)).to.deep.equal([
      "你叫什么？",
      "好的。\n要什么？\n1. 故事\n2. 笑话",
      "给小明的笑话。",
      "完。",
    ]);
  });
});
