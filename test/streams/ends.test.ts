import { expect } from "chai";
import { exclusive } from "../../src/plugins/exclusive.js";
import { session } from "../../src/plugins/session/session.js";
import { MemoryStore } from "../../src/store/memory.js";
import { type Clock, systemClock } from "../../src/time/clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { model, prose, Stage, same, sleep } from "./stage.js";

const deadline = { onTimeout: () => "正在思考…" };

/** A model that ignores its signal, and notes what is done to it. */
function deaf(stage: Stage, every = 1) {
  const seen = { aborted: Number.NaN, returned: Number.NaN, running: true };
  const parts = (signal: AbortSignal): AsyncIterable<string> => {
    signal.addEventListener("abort", () => {
      seen.aborted = stage.now;
    });
    let count = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          await sleep(stage, every);
          count += 1;
          return { done: false, value: `第${count}句。` };
        },
        return: async () => {
          seen.returned = stage.now;
          seen.running = false;
          return { done: true, value: undefined };
        },
      }),
    };
  };
  return { seen, parts };
}

/** What the user has read since then. */
const since = (stage: Stage, at: number) =>
  stage.reads.filter((read) => read.at >= at).map(({ content }) => content);

describe("async function*: an answer that streams and that nobody wants any more", () => {
  failOnUnhandledRejections();

  for (const [phase, at] of [
    ["before the last delivery", 3],
    ["while it is sent", 20],
  ] as const) {
    it(`ends within 100 ms when the user unfollows, ${phase}`, async () => {
      const stage = new Stage({ deadline });
      const { seen, parts } = deaf(stage);
      stage.router.on("text", (ctx) => parts(ctx.signal));
      stage.says("?");
      await stage.pass(at);
      stage.unfollows();
      await stage.pass(0.1);
      expect(seen.aborted).to.be.within(at, at + 0.1);
      expect(seen.returned).to.be.within(at, at + 0.1);
      await stage.pass(60);
      expect(since(stage, at)).to.deep.equal([]);
    });

    it(`gives way to a newer question, ${phase}`, async () => {
      const stage = new Stage({ deadline });
      const { seen, parts } = deaf(stage);
      stage.router
        .use(exclusive({ busy: "replace" }))
        .use(session())
        .onText("新", () => "新的回答。")
        .on("text", (ctx) => parts(ctx.signal));
      stage.says("?");
      await stage.pass(at);
      stage.says("新");
      await stage.pass(0.1);
      expect(seen.aborted).to.be.within(at, at + 0.1);
      expect(seen.returned).to.be.within(at, at + 0.1);
      await stage.pass(60);
      expect(since(stage, at)).to.deep.equal(["新的回答。"]);
    });

    it(`ends when the time of close() is over, ${phase}`, async () => {
      const stage = new Stage({ deadline });
      const { seen, parts } = deaf(stage);
      stage.router.on("text", (ctx) => parts(ctx.signal));
      stage.says("?");
      await stage.pass(at);
      await Promise.all([stage.account.close(0), stage.pass(0.1)]);
      expect(seen.aborted).to.be.within(at, at + 0.1);
      expect(seen.returned).to.be.within(at, at + 0.1);
      await stage.pass(60);
      expect(since(stage, at)).to.deep.equal([]);
    });
  }

  it("takes with it what waits for 继续", async () => {
    const stage = new Stage({ deadline: { ...deadline, late: "collect" } });
    const { parts } = deaf(stage);
    stage.router
      .use(exclusive({ busy: "replace" }))
      .onText("新", () => "新的回答。")
      .onText("继续", () => "没有了。")
      .on("text", (ctx) => parts(ctx.signal));
    stage.says("?");
    await stage.pass(20);
    stage.says("新");
    await stage.pass(1);
    stage.says("继续");
    await stage.pass(1);
    expect(since(stage, 20)).to.deep.equal(["新的回答。", "没有了。"]);
  });

  it("leaves nothing open for 继续 when the store loses a part of it", async () => {
    let isLost = false;
    class Losing extends MemoryStore {
      override async replace(...given: Parameters<MemoryStore["replace"]>): Promise<boolean> {
        if (!isLost) return super.replace(...given);
        isLost = false;
        throw new Error("lost on its way");
      }
    }
    const stage = new Stage({ deadline: { ...deadline, late: "collect" }, store: new Losing() });
    const { seen, parts } = deaf(stage);
    stage.router
      .onText("继续", () => "没有了。")
      .on("text", (ctx) => parts(ctx.signal))
      .catch(() => undefined);
    stage.says("?");
    await stage.pass(20);
    isLost = true;
    await stage.pass(3);
    expect(seen.running).to.equal(false);
    for (let page = 0; page < 3; page += 1) {
      stage.says("继续");
      await stage.pass(1);
    }
    expect(stage.reads.at(-1)?.content).to.equal("没有了。");
  });

  it("is stopped also behind a middleware that maps it", async () => {
    const stage = new Stage({ deadline });
    const { seen, parts } = deaf(stage, 1_000);
    stage.router
      .use(async (_, next) => {
        const result = await next();
        if (typeof result !== "object" || !(Symbol.asyncIterator in result)) return result;
        return (async function* () {
          for await (const part of result) yield part.toUpperCase();
        })();
      })
      .on("text", (ctx) => parts(ctx.signal));
    stage.says("?");
    await stage.pass(10);
    stage.unfollows();
    await stage.pass(0.1);
    expect(seen.returned).to.be.within(10, 10.1);
  });

  it("is stopped when WeChat says that the user has unfollowed", async () => {
    const stage = new Stage({ deadline });
    const { seen, parts } = deaf(stage, 0.01);
    stage.refuse = () => 43004;
    stage.router.on("text", (ctx) => parts(ctx.signal));
    stage.says("?");
    await stage.pass(30);
    expect(seen.running).to.equal(false);
  });

  it("is stopped after its first words where the rest is dropped", async () => {
    const stage = new Stage({ deadline: { ...deadline, late: "drop" } });
    const { seen, parts } = deaf(stage);
    stage.router.on("text", (ctx) => parts(ctx.signal));
    stage.says("?");
    await stage.pass(60);
    expect(stage.reads.map(({ content }) => content)).to.deep.equal([
      "第1句。第2句。第3句。第4句。第5句。第6句。第7句。第8句。第9句。第10句。第11句。第12句。第13句。第14句。",
    ]);
    expect(seen.returned).to.be.within(14.5, 14.7);
  });

  it("ends with what is there, and a word of wx.catch, after deadline.maxRun", async () => {
    const stage = new Stage({ deadline: { ...deadline, maxRun: 30_000 } });
    const { seen, parts } = deaf(stage, 2);
    stage.router.on("text", (ctx) => parts(ctx.signal)).catch(() => "回答中断了。");
    stage.says("?");
    await stage.pass(120);
    expect(stage.reads.at(-1)?.content).to.match(/第17句。\n\n回答中断了。$/);
    expect(seen.running).to.equal(false);
    expect(seen.aborted).to.be.within(30, 40);
  });
});

describe("async function*: an answer that streams, and what never comes to its end", () => {
  failOnUnhandledRejections();

  const never = () => new Promise<never>(() => {});
  for (const [what, options, words] of [
    ["wx.catch", { ...deadline, maxRun: 30_000 }, never],
    ["deadline.late", { ...deadline, maxRun: 30_000, late: never }, () => "中断了。"],
  ] as const) {
    it(`is given up when ${what} takes as long as deadline.maxRun once more`, async () => {
      const stage = new Stage({ deadline: options });
      const { seen, parts } = deaf(stage);
      stage.router.on("text", (ctx) => parts(ctx.signal)).catch(words);
      stage.says("?");
      await stage.pass(60);
      expect(stage.account.runs.size).to.equal(1);
      await stage.pass(10);
      expect(stage.account.runs.size).to.equal(0);
      expect(seen.running).to.equal(false);
    });
  }
});

describe("exclusive()", () => {
  failOnUnhandledRejections();

  const slow = (stage: Stage) => (ctx: { text: string; signal: AbortSignal }) =>
    model(stage, `${ctx.text}：${prose(60)}`, { perSecond: 3, signal: ctx.signal });

  it("has a message wait until all of the answer before it has been delivered", async () => {
    const stage = new Stage({ deadline });
    stage.router.use(exclusive()).on("text", slow(stage));
    stage.says("甲");
    await stage.pass(2);
    stage.says("乙");
    await stage.pass(90);
    const text = stage.text.replaceAll("正在思考…", "");
    same(text, `甲：${prose(60)}乙：${prose(60)}`);
  });

  it("answers a message that comes meanwhile with a text, a reply or what a function returns", async () => {
    for (const busy of [
      "请稍候。",
      { type: "text", content: "请稍候。" },
      () => "请稍候。",
    ] as const) {
      const stage = new Stage({ deadline });
      stage.router.use(exclusive({ busy })).on("text", slow(stage));
      stage.says("甲");
      await stage.pass(2);
      stage.says("乙");
      await stage.pass(60);
      same(stage.text, `请稍候。甲：${prose(60)}`);
      // And then the next one is answered.
      stage.says("丙");
      await stage.pass(60);
      expect(stage.text).to.include("丙");
    }
  });

  for (const [where, store] of [
    ["one process", () => new MemoryStore()],
    ["a shared store", (clock: Clock) => new SharedMemory(clock)],
  ] as const) {
    it(`does not give way to an older message that arrives late, with ${where}`, async () => {
      const stage = new Stage({ deadline, store: store(systemClock) });
      stage.router.use(exclusive({ busy: "replace" })).on("text", slow(stage));
      const old = stage.says("旧", [5]);
      await stage.pass(2);
      stage.says("新", undefined, 2);
      await stage.pass(60);
      expect(old.answers).to.deep.equal([""]);
      same(stage.text, `新：${prose(60)}`);
      // And then it is free.
      stage.says("旧", [0]);
      await stage.pass(60);
      expect(stage.text).to.include("旧：");
    });
  }

  it("lets pass what nobody waits for, and is free after a failure and after silence", async () => {
    const stage = new Stage({ deadline });
    let count = 0;
    stage.router.use(exclusive({ busy: "忙" })).on("text", () => {
      count += 1;
      if (count === 1) throw new Error("no");
      return count === 2 ? undefined : "好";
    });
    for (const text of ["一", "二", "三"]) {
      stage.says(text);
      await stage.pass(1);
    }
    expect(stage.text).to.equal("好");
    expect(stage.reported).to.have.length(1);
  });

  it("refuses options that it does not know", () => {
    expect(() => exclusive({ busy: "replaced" })).to.throw(/Did you mean "replace"/);
    expect(() => exclusive({ busy: 5 as never })).to.throw(/"busy"/);
    expect(() => exclusive({ bussy: "wait" } as never)).to.throw(/"busy"/);
    expect(() => exclusive({ lease: 0 })).to.throw(/lease/);
  });
});
