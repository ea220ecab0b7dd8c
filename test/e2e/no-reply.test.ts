import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import Koa from "koa";
import { observe, Router, reply, session, Wechat } from "koa-wx";
import { unreachable } from "../../src/router/silence/unreachable.js";
import { run } from "../../src/simulator/commands/program.js";
import { listen, shut } from "../../src/simulator/listen.js";
import { bundle } from "../support/bundle.js";
import { send as push, signedQuery, textXml } from "../support/push.js";
import { until } from "../support/until.js";

/** A way to stay silent by mistake, and what has to be said of it. */
interface Way {
  /** What is sent, in the words of `koa-wx send`. */
  readonly send: readonly string[];
  readonly bot: (wx: Wechat, app: Koa) => void;
  /** What is to blame: what stands in the line below the comment `@` with its number. */
  readonly blames: string | undefined;
  /** What to do. */
  readonly advice: string;
  /** What to do is said at the start; afterwards, something shorter. */
  readonly atStart?: true;
  /** The same for what is known only when there was an answer already; the five seconds are a fraction of one. */
  readonly isSlow?: true;
}

const hi = ["text", "hi"];
/** Something in which another promise is not awaited. */
const soon = () => new Promise<string>((resolve) => setImmediate(() => resolve("later")));

/** Numbered, because their lines are looked for in this file. */
const ways: Readonly<Record<string, Way>> = {
  "1: a reply is built and not returned": {
    send: hi,
    bot(wx) {
      // @1
      wx.onText("hi", () => {
        reply.text("never seen");
      });
    },
    blames: 'onText("hi")',
    advice: "return reply.text(…)",
  },
  "2: a text stands in braces, without return": {
    send: hi,
    bot(wx) {
      // @2
      wx.on("text", (ctx) => {
        `You said ${ctx.text}`;
      });
    },
    blames: 'on("text")',
    advice: "Write return before the answer",
  },
  "3: a logger forgets next()": {
    send: hi,
    bot(wx) {
      // @3
      wx.use(function log(ctx) {
        void ctx.message.MsgType;
      });
      wx.onText("hi", () => "hello");
    },
    blames: "use(log)",
    advice: "return next()",
  },
  "4: a broad handler stands before a narrow one": {
    send: hi,
    bot(wx) {
      wx.on("text", () => undefined);
      // @4
      wx.onText("hi", () => "hello");
    },
    blames: 'onText("hi")',
    advice: 'Put onText("hi") before on("text")',
    atStart: true,
  },
  "5: onSubscribe stands before onScan": {
    send: ["follow", "qrscene_door"],
    bot(wx) {
      wx.onSubscribe(() => undefined);
      // @5
      wx.onScan(() => "welcome");
    },
    blames: "onScan()",
    advice: "Put onScan() before onSubscribe()",
    atStart: true,
  },
  "6: there is no handler": {
    send: hi,
    bot() {},
    blames: undefined,
    advice: 'Register one: wx.on("text"',
    atStart: true,
  },
  "7: a picture comes, and only texts are answered": {
    send: ["image", "some-media-id"],
    bot(wx) {
      // @7
      wx.on("text", () => "hello");
    },
    blames: 'on("text")',
    advice: 'Register on("image", …)',
  },
  "8: the trigger is written in small letters, the message is not": {
    send: ["text", "Hi "],
    bot(wx) {
      // @8
      wx.onText("hi", () => "hello");
    },
    blames: 'onText("hi")',
    advice: "a RegExp can be lenient",
  },
  "9: the answer is put into ctx.body": {
    send: hi,
    bot(wx) {
      // @9
      wx.on("text", (ctx) => {
        (ctx as unknown as { body: string }).body = "hello";
      });
    },
    blames: 'on("text")',
    advice: 'In place of ctx.body = "…", write: return "…"',
  },
  "10: the answer is put into Koa's ctx.body": {
    send: hi,
    bot(wx) {
      // @10
      wx.on("text", (ctx) => {
        ctx.koa.body = "hello";
      });
    },
    blames: 'on("text")',
    advice: 'In place of ctx.koa.body = "…", write: return "…"',
  },
  "11: a promise is not awaited": {
    send: hi,
    bot(wx) {
      // @11
      wx.on("text", () => {
        void soon().then((answer) => reply.text(answer));
      });
    },
    blames: 'on("text")',
    advice: 'there is no "return" in it',
  },
  "12: a handler throws": {
    send: hi,
    bot(wx) {
      // @12
      wx.onText("hi", () => {
        throw new TypeError("a secret of the user's");
      });
    },
    blames: 'onText("hi")',
    advice: 'wx.catch(() => "…") answers the user all the same',
  },
  "13: catch() returns nothing": {
    send: hi,
    bot(wx) {
      wx.onText("hi", () => {
        throw new TypeError("a secret of the user's");
      });
      // @13
      wx.catch(() => undefined);
    },
    blames: "catch()",
    advice: "Return from catch() what the user is to read",
  },
  "14: a test forgets return": {
    send: hi,
    bot(wx) {
      const isStaff = () => true;
      // @14
      wx.filter(
        (() => {
          isStaff();
        }) as unknown as () => boolean,
        () => "hello",
      );
    },
    blames: "filter()",
    advice: "Return true or false from it",
  },
  "15: a hook holds the reply back": {
    send: hi,
    bot(wx) {
      // @15
      wx.on("text", () => "hello");
      wx.outgoing(() => undefined);
    },
    blames: 'on("text")',
    advice: "Return the reply from the hook",
  },
  "16: a handler is on a button's key, and the user types it": {
    send: ["text", "MENU"],
    bot(wx) {
      // @16
      wx.onClick("menu", () => "tea, coffee");
    },
    blames: 'onClick("menu")',
    advice: "Use hears(…) there",
  },
  "17: the text is empty": {
    send: hi,
    bot(wx) {
      // @17
      wx.on("text", () => "");
    },
    blames: 'on("text")',
    advice: "Return a text that is not empty",
  },
  "18: the first of several handlers does not go on": {
    send: hi,
    bot(wx) {
      // @18
      wx.on(
        "text",
        () => undefined,
        () => "hello",
      );
    },
    blames: 'on("text")',
    advice: "return next() to have the others answer",
  },
  "19: a mounted router has it, and nobody answers": {
    send: ["click", "unknown"],
    bot(wx) {
      const shop = new Router();
      // @19
      shop.onClick("menu", () => "tea, coffee");
      wx.use(shop);
    },
    blames: 'onClick("menu")',
    advice: 'Register onEvent("CLICK", …)',
  },
  "20: fallback gets no reports": {
    send: ["view", "https://example.com/"],
    bot(wx) {
      // @20
      wx.fallback(() => "hello");
    },
    blames: "fallback()",
    advice: 'register onEvent("VIEW", …)',
  },
  "21: a router is mounted nowhere": {
    send: ["text", "only on the stray router"],
    bot(wx) {
      const shop = new Router();
      // @21
      shop.onText("only on the stray router", () => "hello");
      wx.onText("hi", () => "hello");
    },
    blames: 'onText("only on the stray router")',
    advice: "Mount that Router: wx.use(router)",
  },
  "22: the reply comes too late, and cannot be sent": {
    send: ["text", "slow"],
    bot(wx) {
      // @22
      wx.onText("slow", async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return "hello";
      });
    },
    blames: 'onText("slow")',
    advice: "Give appId and appSecret",
    isSlow: true,
  },
  "23: a handler waits for ever": {
    send: ["text", "stuck"],
    bot(wx) {
      // @23
      wx.onText("stuck", () => new Promise(() => {}));
    },
    blames: 'onText("stuck")',
    advice: "every promise has to settle",
    isSlow: true,
  },
  "24: a stream yields nothing": {
    send: hi,
    bot(wx) {
      // @24
      wx.on("text", async function* () {
        for (const part of [] as string[]) yield part;
      });
    },
    blames: 'on("text")',
    advice: "yield at least one text that is not empty",
  },
  "25: what is returned is no reply": {
    send: hi,
    bot(wx) {
      // @25
      wx.on("text", () => 42 as never);
    },
    blames: 'What on("text")',
    advice: "returned could not be sent: WX_REPLY",
  },
  "26: what is returned is too long": {
    send: hi,
    bot(wx) {
      wx.use((_ctx, next) => next());
      // @26
      wx.on("text", () => "x".repeat(3_000));
    },
    blames: 'What on("text")',
    advice: "returned could not be sent: WX_REPLY_TOO_LONG",
  },
  "27: a library throws that an async handler awaits": {
    send: hi,
    bot(wx) {
      const frames = [
        "at call (/x/node_modules/y/z.js:1:1)",
        `at async ${pathToFileURL("src/bot.ts")}:7:3`,
      ];
      const stack = ["TypeError: ", ...frames].join("\n    ");
      // @27
      wx.on("text", () => {
        throw Object.assign(new TypeError(), { stack });
      });
    },
    blames: 'on("text")',
    advice: "threw TypeError (src/bot.ts:7)",
  },
  "28: a handler behind a middleware throws": {
    send: hi,
    bot(wx) {
      wx.use((_ctx, next) => next());
      // @28
      wx.on("text", () => {
        throw new RangeError("secret");
      });
    },
    blames: 'on("text")',
    advice: "threw RangeError",
  },
  "29: a handler behind a session returns an empty text": {
    send: hi,
    bot(wx) {
      wx.use(session());
      // @29
      wx.on("text", () => "");
    },
    blames: 'on("text")',
    advice: "returned an empty text",
  },
  "30: a middleware throws an error of its own": {
    send: hi,
    bot(wx) {
      // @30
      wx.use((_ctx, next) =>
        next().catch(() => {
          throw new RangeError("secret");
        }),
      );
      wx.on("text", () => {
        throw new TypeError("secret");
      });
    },
    blames: "use()",
    advice: "threw RangeError",
  },
};

const file = "test/e2e/no-reply.test.ts";
const lines = readFileSync(fileURLToPath(import.meta.url), "utf8").split("\n");
const lineOf = (mark: string) => lines.findIndex((line) => line.trim() === `// @${mark}`) + 2;

describe("debug: why there was no reply", () => {
  const warn = console.warn;
  let server: Server | undefined;
  let printed: string[];

  beforeEach(() => {
    printed = [];
    console.warn = (line: string) => printed.push(line);
  });
  afterEach(async () => {
    console.warn = warn;
    if (server !== undefined) await shut(server);
  });

  /** Starts a bot, sends it something, and returns what `koa-wx send` says. */
  async function sent({ bot, send, isSlow }: Pick<Way, "bot" | "send" | "isSlow">, debug: boolean) {
    const deadline = isSlow ? { deadline: { ms: 50, attempts: 1 } } : {};
    const wx = new Wechat({ token: "a".repeat(16), debug, ...deadline });
    const app = new Koa();
    app.silent = true;
    bot(wx, app);
    app.use(wx.middleware());
    server = createServer(app.callback());
    const url = await listen(server);
    const said: string[] = [];
    const terminal = {
      print: (line: string) => said.push(line),
      remark: (line: string) => said.push(line),
      signal: new AbortController().signal,
    };
    await run(["send", url, ...send, "--token", "a".repeat(16)], terminal);
    return said.join("\n");
  }

  for (const [what, way] of Object.entries(ways)) {
    const { blames, advice, atStart, isSlow } = way;
    it(`is said, in the terminal and by koa-wx send: ${what}`, async () => {
      const place = `${blames} at ${file}:${lineOf(what.replace(/:.*/, ""))}`;
      const seen = await sent(way, true);
      if (isSlow) await until(() => printed.join().includes(advice));
      const terminal = printed.join("\n");
      expect(terminal).to.contain("no reply");
      expect(terminal).to.contain(advice);
      if (!atStart && !isSlow) expect(seen).to.contain(advice);
      for (const text of isSlow ? [terminal] : [terminal, seen]) {
        if (blames !== undefined) expect(text).to.contain(place);
        expect(text).to.contain("→ ");
      }
      if (!isSlow) expect(seen).to.match(/[✗✓] \w+ → no reply \(\d+ ms\)/);
      expect(terminal + seen, "no word of an error, nor of the user").to.not.match(/secret|Hi /);
    });
  }

  it("is said of nobody's push unless somebody develops", async () => {
    const seen = await sent({ send: hi, bot: (wx) => wx.on("text", () => undefined) }, false);
    expect(printed).to.deep.equal([]);
    expect(seen).to.match(
      /^success\n✓ accepted without a reply \(\d+ ms\)\n.*NODE_ENV=development/,
    );
  });

  it("is looked for in no time, whatever was written", async () => {
    const token = "a".repeat(16);
    const wx = new Wechat({ token, debug: true });
    for (let count = 0; count < 20; count += 1) wx.hears(`word ${count}`, () => "yes");
    const marks = `a${"\u0301".repeat(7_000)}${"\u0316".repeat(7_000)}`;
    const texts = [marks, `${marks} word 1`, `word 1${marks}`];
    for (const text of texts) {
      const query = signedQuery({}, token);
      await wx.receive({ method: "POST", query, body: textXml(text) });
    }
    expect(printed.join("\n").match(/No handler matched/g)).to.have.length(texts.length);
    await wx.receive({ method: "POST", query: signedQuery({}, token), body: textXml("Word 1!") });
    expect(printed.at(-1)).to.contain('hears("word 1")');
  }).timeout(2_000);

  it("is carried by a header to this machine alone, and stands on koa-wx:run", async () => {
    const explained: unknown[] = [];
    const stop = observe("koa-wx:run", (event) => explained.push(event.explained));
    await sent({ send: hi, bot: (wx) => wx.on("text", () => undefined) }, true);
    stop();
    expect(explained).to.have.length(1);
    expect(String(explained[0])).to.match(/^✗ text → no reply .*on\("text"\) at /);
    const asked = (headers: Readonly<Record<string, string>>) =>
      push(server?.address() ?? null, {
        path: "/",
        query: signedQuery({}, "a".repeat(16)),
        body: textXml("hi"),
        headers,
      });
    const here = await asked({});
    expect(JSON.parse(String(here.headers["x-koa-wx-run"]))).to.have.length(3);
    for (const name of ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"]) {
      const passedOn = await asked({ [name]: "203.0.113.7" });
      expect(passedOn.body).to.equal("success");
      expect(passedOn.headers).to.not.have.property("x-koa-wx-run");
    }
  });

  it("is said in Chinese where LANG is Chinese, wherever NODE_ENV is development", async function () {
    this.timeout(20_000);
    const code = `
      import { Wechat } from "koa-wx";
      const wx = new Wechat({ token: "${"a".repeat(16)}" });
      wx.onText("help", () => "?");
      wx.on("text", () => undefined);
      wx.onText("hi", () => "hello");
      const query = ${JSON.stringify(signedQuery({}, "a".repeat(16)))};
      await wx.receive({ method: "POST", query, body: ${JSON.stringify(textXml("hi"))} });
      const other = ${JSON.stringify(signedQuery({}, "a".repeat(16)))};
      await wx.receive({ method: "POST", query: other, body: ${JSON.stringify(textXml("help"))} });
    `;
    const env = { ...process.env, NODE_ENV: "development", LC_ALL: "zh_CN.UTF-8" };
    const args = [await bundle(code)];
    const { stderr } = await promisify(execFile)(process.execPath, args, { env });
    expect(stderr).to.match(/! onText\("hi"\).*永远不会执行：on\("text"\).*排在它前面/);
    expect(stderr).to.contain('→ 把 onText("hi") 挪到 on("text") 前面');
    expect(stderr).to.match(/✗ text → 没有回复/);
    expect(stderr).to.match(/✓ text → 回复 text，来自 onText\("help"\)（/);
  });

  it("names no handler that runs: narrow ones first, and those that can go on", () => {
    const router = new Router();
    router.use((_ctx, next) => next());
    router
      .onScan("door", () => "welcome")
      .onSubscribe(() => "hello")
      .onScan("desk", () => "hi");
    router
      .onText(/^h/, () => "h")
      .onText("x", () => "x")
      .hears("x", () => "spoken");
    router.on("text", (_ctx, next) => next()).on(["text", "voice"], () => "last");
    router.fallback(() => "what?");
    const said = unreachable(router.listed, "en").map(([line]) =>
      line?.replaceAll(/ at \S+:\d+/g, ""),
    );
    expect(said).to.deep.equal([
      'onScan("desk") never gets subscribe: onSubscribe() comes before it and does not call next().',
    ]);
    router.onText(["help", "hi"], () => "never").onText("x", () => "never");
    expect(unreachable(router.listed, "en")).to.have.length(3);
  });
});
