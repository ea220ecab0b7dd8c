import { expect } from "chai";
import { type Reply, reply } from "../../src/message/reply.js";
import type { Outgoing, OutgoingHook } from "../../src/outgoing/hooks.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { model, prose, Stage, same, sleep } from "./stage.js";

const forbidden = "不许说的话。";
const contentOf = (reply: Reply) => (reply.type === "text" ? reply.content : reply.type);

/** A hook that forbids a sentence, and notes all it has seen. */
function censor(answer?: string) {
  const seen: (Outgoing & { content: string })[] = [];
  const hook: OutgoingHook = (reply, info) => {
    seen.push({ ...info, content: contentOf(reply) });
    return contentOf(reply).includes(forbidden) ? answer : reply;
  };
  return { seen, hook };
}

/** What the hook was told of the ways. */
const ways = (seen: readonly Outgoing[]) => [...new Set(seen.map(({ way }) => way))];

describe("Departure: a placeholder", () => {
  failOnUnhandledRejections();
  const long = "稍等。".repeat(300);
  const slow = (stage: Stage) => sleep(stage, 20).then(() => "好了。");
  const bytes = (stage: Stage) => stage.reads.map(({ content }) => Buffer.byteLength(content));

  for (const overflow of ["truncate", "split"] as const) {
    it(`that is too long is shortened, overflow: "${overflow}"`, async () => {
      const stage = new Stage({ overflow, deadline: { onTimeout: () => long } });
      stage.router.on("text", () => slow(stage));
      stage.says("?");
      await stage.pass(30);
      expect(stage.reads.map(({ content }) => content.slice(0, 3))).to.deep.equal([
        "稍等。",
        "好了。",
      ]);
      expect(bytes(stage)[0]).to.be.within(2_000, 2_048);
    });
  }

  it("that is too long is an error for wx.catch by default, and none is given", async () => {
    const errors: string[] = [];
    const stage = new Stage({ deadline: { onTimeout: () => long } });
    stage.router.on("text", () => slow(stage)).catch((error) => void errors.push(error.message));
    const talk = stage.says("?");
    await stage.pass(30);
    expect(talk.answers.at(-1)).to.equal("");
    expect(errors[0]).to.match(/2700 bytes/);
    expect(stage.text).to.equal("好了。");
  });

  it("that a hook makes too long is shortened, also that of a stream, and its beginning", async () => {
    for (const placeholder of [long, "稍等。"]) {
      const stage = new Stage();
      stage.hooks.add((said) =>
        said.type === "text" ? { ...said, content: said.content + "尾".repeat(800) } : said,
      );
      stage.router.on("text", () =>
        reply.stream(
          (async function* () {
            await sleep(stage, 20);
            yield "好了。";
          })(),
          { placeholder },
        ),
      );
      stage.says("?");
      await stage.pass(40);
      expect(bytes(stage)[0]).to.be.within(2_000, 2_048);
    }
  });

  it("that cannot be made goes to wx.catch, whose answer is not taken for it", async () => {
    const errors: string[] = [];
    const stage = new Stage({ deadline: { onTimeout: () => 5 as never } });
    stage.router
      .on("text", () => slow(stage))
      .catch((error) => {
        errors.push(error.name);
        return "catch";
      });
    stage.says("?");
    await stage.pass(30);
    expect(errors).to.deep.equal(["ReplyError"]);
    expect(stage.text).to.equal("好了。");
  });
});

describe("wx.outgoing()", () => {
  failOnUnhandledRejections();

  /** Each way that something takes, and how long that is waited for. */
  const cases: Readonly<
    Record<
      string,
      { way: string; play: (stage: Stage, text: string) => Promise<void>; options?: object }
    >
  > = {
    "a passive reply": {
      way: "passive",
      play: async (stage, text) => {
        stage.router.on("text", () => text);
        stage.says("?");
        await stage.pass(1);
      },
    },
    "a placeholder": {
      way: "placeholder",
      options: { deadline: { onTimeout: () => forbidden } },
      play: async (stage) => {
        stage.router.on("text", () => sleep(stage, 20).then(() => undefined));
        stage.says("?");
        await stage.pass(30);
      },
    },
    "a late reply": {
      way: "late",
      play: async (stage, text) => {
        stage.router.on("text", () => sleep(stage, 20).then(() => text));
        stage.says("?");
        await stage.pass(30);
      },
    },
    "a page": {
      way: "page",
      options: { deadline: { late: "collect" } },
      play: async (stage, text) => {
        stage.router.onText("?", () => sleep(stage, 20).then(() => text));
        stage.says("?");
        await stage.pass(30);
        stage.says("好了吗");
        await stage.pass(1);
      },
    },
    "the page of a long reply": {
      way: "page",
      options: { overflow: "split", deadline: { late: "collect" } },
      play: async (stage, text) => {
        stage.router.onText("?", () => `${prose(800)}\n\n${text}`);
        stage.says("?");
        await stage.pass(1);
        stage.says("继续");
        await stage.pass(1);
      },
    },
    "ctx.send()": {
      way: "send",
      play: async (stage, text) => {
        stage.router.on("text", async (ctx) => ctx.send(text));
        stage.says("?");
        await stage.pass(1);
      },
    },
    "a message outside of handlers": {
      way: "send",
      play: async (stage, text) => {
        await stage.account.send("alice", text);
      },
    },
    "the first words of a stream": {
      way: "passive",
      play: async (stage, text) => {
        stage.router.on("text", async function* () {
          yield text;
          await sleep(stage, 20);
        });
        stage.says("?");
        await stage.pass(30);
      },
    },
    "a stream that ends in time": {
      way: "passive",
      play: async (stage, text) => {
        stage.router.on("text", async function* () {
          yield text;
        });
        stage.says("?");
        await stage.pass(30);
      },
    },
    "a later part of a stream": {
      way: "late",
      play: async (stage, text) => {
        stage.router.on("text", async function* () {
          yield "好的。";
          await sleep(stage, 20);
          yield text;
        });
        stage.says("?");
        await stage.pass(30);
      },
    },
    "a part of a stream that is fetched": {
      way: "page",
      options: { deadline: { late: "collect" } },
      play: async (stage, text) => {
        stage.router.onText("?", async function* () {
          yield "好的。";
          await sleep(stage, 20);
          yield text;
        });
        stage.says("?");
        await stage.pass(30);
        stage.says("继续");
        await stage.pass(1);
      },
    },
  };

  for (const [name, { way, play, options }] of Object.entries(cases)) {
    it(`sees ${name}, and stops it`, async () => {
      for (const instead of [undefined, "我不能说。"]) {
        const stage = new Stage(options);
        const { seen, hook } = censor(instead);
        stage.hooks.add(hook);
        await play(stage, forbidden);
        expect(stage.text).not.to.include(forbidden);
        if (instead !== undefined) expect(stage.text).to.include(instead);
        expect(ways(seen)).to.include(way);
        expect(seen.every(({ openid }) => openid === "alice")).to.equal(true);
      }
    });

    it(`holds back ${name} when it throws or is too late, and wx.catch hears of it`, async () => {
      for (const fail of [
        () => Promise.reject(new Error("down")),
        () => {
          throw new Error("down");
        },
        () => new Promise<never>(() => {}),
      ]) {
        const stage = new Stage(options);
        const errors: string[] = [];
        stage.router.catch((error) => {
          errors.push(error.message);
        });
        stage.hooks.add((reply) => (contentOf(reply).includes(forbidden) ? fail() : reply));
        const played = play(stage, forbidden).catch((error: Error) => errors.push(error.message));
        await stage.pass(45);
        await played;
        expect(stage.text).not.to.include(forbidden);
        expect(errors.join()).to.match(/down|held back/);
      }
    });
  }

  it("changes what leaves, one hook after the other, in as many messages as that takes", async () => {
    const stage = new Stage({ overflow: "split" });
    stage.hooks.add((reply) => ({ ...reply, content: `${contentOf(reply)}一` }) as Reply);
    stage.hooks.add(async (reply) => `${contentOf(reply)}二`);
    stage.router.on("text", (ctx) => (ctx.text === "长" ? prose(680) : "好"));
    stage.says("?");
    await stage.pass(1);
    expect(stage.text).to.equal("好一二");
    stage.says("长");
    await stage.pass(3);
    same(stage.text, `好一二${prose(680)}一二`);
  });

  it("sees each message once", async () => {
    const stage = new Stage({ overflow: "split" });
    const { seen, hook } = censor();
    stage.hooks.add(hook);
    const text = prose(2_000);
    stage.router.on("text", () => text);
    stage.says("?");
    await stage.pass(5);
    same(seen.map(({ content }) => content).join(""), text);
    expect(seen.map(({ way }) => way)).to.deep.equal(["passive", "late", "late"]);
  });

  it("lets go what wx.catch says instead, if that passes", async () => {
    const stage = new Stage();
    stage.router.on("text", () => forbidden).catch(() => "出了点问题。");
    stage.hooks.add((reply) => {
      if (contentOf(reply) === forbidden) throw new Error("down");
      return reply;
    });
    stage.says("?");
    await stage.pass(1);
    expect(stage.text).to.equal("出了点问题。");
  });

  it("maps the source of a stream, and of a long text, before it is cut", async () => {
    for (const isStream of [true, false]) {
      const stage = new Stage({ overflow: "split" });
      const called: string[] = [];
      const hook: OutgoingHook = Object.assign(
        (reply: Reply) => {
          called.push(contentOf(reply));
          return reply;
        },
        {
          async *stream(parts: AsyncIterable<string>) {
            for await (const part of parts) yield part.replaceAll("，", "、");
          },
        },
      );
      const { seen, hook: after } = censor();
      stage.hooks.add(hook);
      stage.hooks.add(after);
      const text = prose(2_000);
      stage.router.on("text", () => (isStream ? model(stage, text, { perSecond: 150 }) : text));
      stage.says("?");
      await stage.pass(30);
      same(stage.text, text.replaceAll("，", "、"));
      expect(called).to.deep.equal([]);
      expect(seen.length).to.equal(stage.reads.length);
    }
  });

  it("has time for the last delivery's words", async () => {
    const stage = new Stage({ deadline: { onTimeout: () => "正在思考…" } });
    stage.hooks.add(async (reply) => {
      await sleep(stage, 0.8);
      return reply;
    });
    stage.router.on("text", () => model(stage, prose(100), { perSecond: 3 }));
    const talk = stage.says("?");
    await stage.pass(60);
    expect(talk.banner).to.equal(false);
    expect(talk.answers[2]).to.match(/。$/);
    same(stage.text, prose(100));
  });

  it("refuses what is no function", () => {
    const stage = new Stage();
    expect(() => stage.hooks.add("x" as never)).to.throw(/wx\.outgoing\(\) takes a function/);
  });
});
