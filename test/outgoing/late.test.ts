import { expect } from "chai";
import { ReplyError, WechatError } from "../../src/errors.js";
import type { AnyMessage } from "../../src/message/messages.js";
import { type Reply, reply } from "../../src/message/reply.js";
import type { CollectOptions } from "../../src/outgoing/collected.js";
import { Collected } from "../../src/outgoing/collected.js";
import {
  type CustomerMessage,
  type Sender,
  sendReply,
  startTyping,
  toCustomerMessage,
} from "../../src/outgoing/customer-service.js";
import { LateReplies } from "../../src/outgoing/late.js";
import { MemoryStore } from "../../src/store/memory.js";
import { said, text } from "../runs/support.js";
import { FakeClock } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";

const envelope = { ToUserName: "gh_1", FromUserName: "alice", CreateTime: 1_700_000_000 };
const message = { ...envelope, MsgType: "text", MsgId: "1", Content: "?" } as AnyMessage;
const click = { ...envelope, MsgType: "event", Event: "CLICK", EventKey: "k" } as AnyMessage;

/** WeChat's customer-service API; `refuse` makes it refuse with an errcode. */
class FakeSender implements Sender {
  readonly sent: CustomerMessage[] = [];
  readonly typed: boolean[] = [];
  refuse: ((count: number) => number | undefined) | undefined;
  prepare = async (): Promise<void> => {};

  async send(sent: CustomerMessage) {
    const errcode = this.refuse?.(this.sent.length);
    if (errcode !== undefined) throw Object.assign(new Error("refused"), { errcode });
    this.sent.push(sent);
  }

  async typing(_: string, on: boolean) {
    const errcode = this.refuse?.(this.typed.length);
    this.typed.push(on);
    if (errcode !== undefined) throw Object.assign(new Error("refused"), { errcode });
  }

  get texts() {
    return this.sent.map((sent) => (sent.msgtype === "text" ? sent.text.content : sent.msgtype));
  }
}

function setUp(
  late?: "send" | "collect" | "drop" | ((reply: Reply, ctx: string) => void | Promise<void>),
  collect?: CollectOptions,
  { sender = new FakeSender() as FakeSender | undefined } = {},
) {
  const clock = new FakeClock();
  const store = new MemoryStore({ now: clock.now });
  const warnings: string[] = [];
  const errors: unknown[] = [];
  const replies = new LateReplies<string>({
    store,
    clock,
    sender,
    collect,
    ...(late === undefined ? {} : { late }),
    warn: (warning) => void warnings.push(warning),
    onError: (error) => void errors.push(error),
  });
  const target = { openid: "alice", message, ctx: "ctx" };
  const take = async (content: string) => said((await replies.take("alice", content))?.reply);
  return { clock, replies, target, take, warnings, errors, sender: sender as FakeSender };
}

const long = (sentences: number) =>
  Array.from({ length: sentences }, (_, index) => `${index}${"长".repeat(600)}。`).join("");

describe('late: "send": a late reply that is sent', () => {
  failOnUnhandledRejections();

  it("goes to the user as a customer-service message", async () => {
    const { replies, target, sender } = setUp("send");
    await replies.deliver(text("晚"), target);
    expect(sender.sent).to.deep.equal([
      { touser: "alice", msgtype: "text", text: { content: "晚" } },
    ]);
  });

  it("is the default where messages can be sent, and dropping where they cannot", async () => {
    const sending = setUp();
    await sending.replies.deliver(text("晚"), sending.target);
    expect(sending.sender.texts).to.deep.equal(["晚"]);
    const dropping = new LateReplies<string>({ store: new MemoryStore(), warn: () => {} });
    await dropping.deliver(text("晚"), sending.target);
    expect(dropping.take("alice", "x")).to.equal(undefined);
  });

  it("takes several messages when it is long, in order", async () => {
    const { replies, target, sender } = setUp("send");
    await replies.deliver(text(long(5)), target);
    expect(sender.texts).to.have.length(5);
    expect(sender.texts.join("")).to.equal(long(5));
    expect(sender.texts.every((part) => part.endsWith("。"))).to.equal(true);
  });

  it("keeps within the quota after a message and after a tap; the rest is fetched with 继续", async () => {
    for (const [pushed, quota] of [
      [message, 5],
      [click, 3],
    ] as const) {
      const { replies, target, sender, take } = setUp("send");
      await replies.deliver(text(long(7)), { ...target, message: pushed });
      expect(sender.texts).to.have.length(quota);
      expect(sender.texts.at(-1)).to.match(/。\n\n回复“继续”查看后文$/);
      expect(sender.texts.every((part) => Buffer.byteLength(part) <= 2_048)).to.equal(true);
      const rest: unknown[] = [];
      for (let page = 0; page < 7 - quota; page += 1) rest.push(await take("继续"));
      const whole = [...sender.texts, ...rest].join("").replaceAll("\n\n回复“继续”查看后文", "");
      expect(whole).to.equal(long(7));
    }
  });

  for (const errcode of [45015, 45047, 48001, 48002, 40001, 40164, 42001, 50002]) {
    it(`waits for the user's next message when WeChat refuses with ${errcode}`, async () => {
      const { replies, target, sender, take, warnings } = setUp("send");
      sender.refuse = () => errcode;
      await replies.deliver(text("晚"), target);
      await replies.deliver(text("又晚"), target);
      expect(await take("你好")).to.equal("晚");
      expect(await take("你好")).to.equal("又晚");
      expect(await take("你好")).to.equal(undefined);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(new RegExp(`${errcode}.*next message`));
    });
  }

  it("waits for the user's next message when there is no token to send it with, whatever the reason", async () => {
    const { replies, target, sender, take, warnings } = setUp("send");
    const reasons = [
      Object.assign(new Error("invalid appsecret"), { errcode: 40125 }),
      new WechatError("WX_API_TIMEOUT", "It took longer than 10000 ms."),
      "no error",
    ];
    for (const reason of reasons) {
      sender.prepare = () => Promise.reject(reason);
      await replies.deliver(text("晚"), target);
      expect(await take("你好")).to.equal("晚");
      expect(warnings.at(-1)).to.include(reason instanceof Error ? reason.message : reason);
    }
    expect(sender.sent).to.deep.equal([]);
    sender.prepare = async () => {};
    await replies.deliver(text("再晚"), target);
    expect(sender.texts).to.deep.equal(["再晚"]);
  });

  it("keeps only what was not sent when WeChat refuses in the middle", async () => {
    const { replies, target, sender, take } = setUp("send");
    sender.refuse = (count) => (count === 2 ? 45047 : undefined);
    await replies.deliver(text(long(4)), target);
    const [one, two] = [await take("x"), await take("继续")];
    expect([...sender.texts, one, two].join("").replace("\n\n回复“继续”查看后文", "")).to.equal(
      long(4),
    );
  });

  it("rejects for wx.catch when it fails in a way that collecting would not mend", async () => {
    const { replies, target, sender } = setUp("send");
    for (const errcode of [40007, 40003]) {
      sender.refuse = () => errcode;
      const error = await replies.deliver(text("晚"), target).catch((reason: unknown) => reason);
      expect(error).to.have.property("errcode", errcode);
    }
  });

  it("says what is missing when there is nothing to send with", async () => {
    const replies = new LateReplies<string>({ store: new MemoryStore(), late: "send" });
    const { target } = setUp();
    const error = await replies.deliver(text("晚"), target).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "WX_LATE");
    expect(String(error)).to.match(/appSecret.*开发者密钥.*collect/);
  });

  it("sends nothing for nothing", async () => {
    const { replies, target, sender } = setUp("send");
    await replies.deliver(reply.none(), target);
    await replies.deliver(text(""), target);
    expect(sender.sent).to.deep.equal([]);
  });
});

describe('late: "collect": a late reply that is collected', () => {
  failOnUnhandledRejections();

  it("is fetched once by the user's next message, and by nobody else's", async () => {
    const { replies, target, take } = setUp("collect");
    await replies.deliver(text("晚"), target);
    expect(await replies.take("bob", "你好")).to.equal(undefined);
    expect(await take("你好")).to.equal("晚");
    expect(await take("你好")).to.equal(undefined);
  });

  it("is fetched by a matching text only; another runs normally", async () => {
    for (const match of ["好了吗", /^好了吗$/g, /好了/y]) {
      const { replies, target, take } = setUp("collect", { match });
      await replies.deliver(text("晚"), target);
      expect(await take("另一个问题")).to.equal(undefined);
      expect(await take("好了吗")).to.equal("晚");
    }
  });

  it("keeps every kind of reply, also those that cannot be sent", async () => {
    const { replies, target } = setUp("collect");
    const kinds = [reply.image("m1"), reply.transfer(), reply.news({ title: "一" })];
    for (const kind of kinds) await replies.deliver(kind, target);
    for (const kind of kinds) expect((await replies.take("alice", "x"))?.reply).to.deep.equal(kind);
  });

  it("comes in pages that fit, the next one with 继续; a new question is none", async () => {
    const { replies, target, take } = setUp("collect");
    await replies.deliver(text(long(3)), target);
    await replies.deliver(text("第二"), target);
    const pages = [await take("好了吗")];
    expect(pages[0]).to.match(/^0长+。\n\n回复“继续”查看后文$/);
    pages.push(await take(" 继续。"));
    expect(await take("新问题")).to.equal("第二");
    expect(await take("新问题")).to.equal(undefined);
    pages.push(await take("继续"));
    expect(pages[2]).to.match(/^2长+。$/);
    expect(await take("继续")).to.equal(undefined);
    expect(pages.every((page) => Buffer.byteLength(String(page)) <= 2_048)).to.equal(true);
  });

  it("shows the hint that was configured", async () => {
    const { replies, target, take } = setUp("collect", { hint: "回复“更多”" });
    await replies.deliver(text(long(2)), target);
    expect(await take("x")).to.match(/\n\n回复“更多”$/);
  });

  it("is gone after its time", async () => {
    const { clock, replies, target, take } = setUp("collect", { ttl: 1_000 });
    await replies.deliver(text("晚"), target);
    await clock.pass(1_001);
    expect(await take("x")).to.equal(undefined);
  });

  it("does not pile up without end", async () => {
    const { replies, target, take } = setUp("collect");
    for (let index = 0; index < 30; index += 1) await replies.deliver(text(`${index}`), target);
    expect(await take("x")).to.equal("10");
  });

  it("is fetched once by two messages in two processes at the same time", async () => {
    const clock = new FakeClock();
    const inner = new MemoryStore({ now: clock.now });
    const [a, b] = [1, 2].map(() => new Collected(new SharedMemory(clock, inner))) as [
      Collected,
      Collected,
    ];
    for (let round = 0; round < 5; round += 1) {
      await a.keep("alice", text(`${round}`));
      const both = Promise.all([a.take("alice", "x"), b.take("alice", "x")]);
      await clock.pass(100);
      const taken = (await both).map((one) => said(one?.reply));
      expect(taken.filter((answer) => answer !== undefined)).to.deep.equal([`${round}`]);
    }
  });

  it("is fetched by its words, whatever white space stands around them, here or there", async () => {
    for (const match of ["看看", "看看 ", "\n看看"]) {
      for (const typed of ["看看", " 看看", "看看\n"]) {
        const waiting = new Collected(new MemoryStore(), { match });
        await waiting.keep("alice", text("好了"));
        expect(said((await waiting.take("alice", typed))?.reply), typed).to.equal("好了");
      }
    }
  });

  it("is given out page by page, each once, to messages for which the same was read", async () => {
    const clock = new FakeClock();
    const inner = new MemoryStore({ now: clock.now });
    const [a, b] = [1, 2].map(
      () => new Collected(new SharedMemory(clock, inner), { match: /^(?:好了|继续)$/ }),
    ) as [Collected, Collected];
    const both = async (...texts: [string, string]) => {
      // As a run does, which reads it along with its record.
      const known = { value: await inner.get(a.keyOf("alice") ?? "") };
      const taken = [a.take("alice", texts[0], known), b.take("alice", texts[1], known)];
      // Each page begins with the number of its sentence.
      return (await Promise.all(taken)).map((one) =>
        one?.reply.type === "text" ? one.reply.content[0] : undefined,
      );
    };
    await a.keep("alice", text(long(3)));
    expect(await both("好了", "好了")).to.deep.equal(["0", undefined]);
    expect(await both("继续", "继续")).to.deep.equal(["1", "2"]);
    await a.keep("alice", text("3"));
    expect(await both("继续", "好了")).to.deep.equal(["3", undefined]);
    expect(await both("好了", "继续")).to.deep.equal([undefined, undefined]);
  });

  it("does not keep a message from the handlers when the store fails", async () => {
    const clock = new FakeClock();
    const store = new SharedMemory(clock);
    store.broken = () => Promise.reject(new Error("connection refused"));
    const replies = new LateReplies<string>({ store, clock, late: "collect" });
    expect(await replies.take("alice", "x")).to.equal(undefined);
    const { target } = setUp();
    const error = await replies.deliver(text("晚"), target).catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "WX_LATE");
  });

  it("asks no store before anything was kept, where the store is this process's own", () => {
    const { replies } = setUp("collect");
    expect(replies.take("alice", "x")).to.equal(undefined);
  });
});

describe('late: "drop": a late reply that is dropped', () => {
  it("is told to the developer once, with what to do", async () => {
    const { replies, target, warnings, sender } = setUp("drop");
    await replies.deliver(text("晚"), target);
    await replies.deliver(text("晚"), target);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/"text".*5 seconds.*dropped.*deadline\.late.*"send".*"collect"/);
    expect(sender.sent).to.deep.equal([]);
  });
});

describe("late: a late reply for a function", () => {
  it("is given to it with the context, and what it throws is passed on", async () => {
    const given: unknown[] = [];
    const { replies, target } = setUp(async (late, ctx) => {
      given.push(said(late), ctx);
      throw new Error("no");
    });
    const error = await replies.deliver(text("晚"), target).catch((reason: unknown) => reason);
    expect(given).to.deep.equal(["晚", "ctx"]);
    expect(String(error)).to.equal("Error: no");
  });
});

describe("deadline.late: what a process that died has left", () => {
  failOnUnhandledRejections();

  const word = { type: "text", content: "中断了。" } as const;

  for (const [what, sender] of [
    ["may be sent", new FakeSender()],
    ["cannot be sent", undefined],
  ] as const) {
    it(`is not sent by "drop", and only 继续 hears that it broke off, where it ${what}`, async () => {
      const { replies, take } = setUp("drop", undefined, { sender });
      await replies.deliverTo("alice", text("晚"));
      await replies.breakOff("alice", "push", word);
      expect(sender?.texts ?? []).to.deep.equal([]);
      expect(await take("新问题")).to.equal(undefined);
      expect(await take("继续")).to.equal("中断了。");
    });
  }
});

describe("overflow: the rest of a text that is too long for the passive reply", () => {
  failOnUnhandledRejections();
  type Replies = ReturnType<typeof setUp>["replies"];
  type Target = ReturnType<typeof setUp>["target"];
  /** As an account does, whose delivery has the first part at once. */
  const give = async (replies: Replies, text: string, target: Target) => {
    const [first, content] = replies.split(text);
    await replies.followUp([{ content, looked: undefined }], target, Promise.resolve());
    return first;
  };

  it("follows as customer-service messages after a moment", async () => {
    const { clock, replies, target, sender } = setUp("send");
    const first = await give(replies, long(3), target);
    expect(sender.sent).to.deep.equal([]);
    let idle = false;
    void replies.idle().then(() => {
      idle = true;
    });
    await clock.pass(999);
    expect(idle).to.equal(false);
    await clock.pass(1);
    expect([first, ...sender.texts].join("")).to.equal(long(3));
    expect(idle).to.equal(true);
  });

  it("waits for 继续 where nothing can be sent", async () => {
    for (const late of ["collect", "drop"] as const) {
      const { replies, target, take } = setUp(late);
      const first = await give(replies, long(2), target);
      expect(first).to.match(/。\n\n回复“继续”查看后文$/);
      expect(await take("别的")).to.equal(undefined);
      expect(first.replace("\n\n回复“继续”查看后文", "") + (await take("继续"))).to.equal(long(2));
    }
  });

  it("is reported when it fails", async () => {
    const { clock, replies, target, sender, errors } = setUp("send");
    sender.refuse = () => 40007;
    await give(replies, long(2), target);
    await clock.pass(1_000);
    expect(errors).to.have.length(1);
  });

  it("does not follow what no delivery has got, and keeps nobody waiting", async () => {
    const { clock, replies, target, sender } = setUp("send");
    const rest = [{ content: "rest", looked: undefined }];
    const forgo = await replies.followUp(rest, target, new Promise(() => {}));
    await clock.pass(5_000);
    expect(sender.sent).to.deep.equal([]);
    forgo();
    await replies.deliver(text("all of it"), target);
    await replies.idle();
    expect(sender.texts).to.deep.equal(["all of it"]);
  });
});

describe("toCustomerMessage()", () => {
  it("writes each kind as WeChat's documents do", () => {
    const touser = "alice";
    const music = { thumbMediaId: "t", title: "曲", description: "d", url: "u", hqUrl: "h" };
    const news = { title: "Happy Day", description: "d", url: "URL", picUrl: "PIC_URL" };
    const cases: [Reply, unknown][] = [
      [reply.text("你好"), { touser, msgtype: "text", text: { content: "你好" } }],
      [reply.image("m"), { touser, msgtype: "image", image: { media_id: "m" } }],
      [reply.voice("m"), { touser, msgtype: "voice", voice: { media_id: "m" } }],
      [reply.video("m"), { touser, msgtype: "video", video: { media_id: "m" } }],
      [
        reply.video("m", { title: "t", description: "d" }),
        { touser, msgtype: "video", video: { media_id: "m", title: "t", description: "d" } },
      ],
      [
        reply.music(music),
        {
          touser,
          msgtype: "music",
          music: {
            title: "曲",
            description: "d",
            musicurl: "u",
            hqmusicurl: "h",
            thumb_media_id: "t",
          },
        },
      ],
      [
        reply.news(news),
        {
          touser,
          msgtype: "news",
          news: {
            articles: [{ title: "Happy Day", description: "d", url: "URL", picurl: "PIC_URL" }],
          },
        },
      ],
    ];
    for (const [given, wanted] of cases) {
      expect(toCustomerMessage(given, touser)).to.deep.equal(wanted);
    }
  });

  it("refuses what can only be a passive reply, by name", () => {
    expect(() => toCustomerMessage(reply.transfer(), "alice")).to.throw(
      ReplyError,
      /"transfer_customer_service".*客服消息/,
    );
    expect(() => toCustomerMessage(reply.raw("<xml/>"), "alice")).to.throw(ReplyError, /"raw"/);
    expect(() => toCustomerMessage(reply.news([{ title: "1" }, { title: "2" }]), "alice")).to.throw(
      ReplyError,
      /2 articles.*exactly one/,
    );
  });
});

describe("sendReply(), which is ctx.send()", () => {
  it("sends a string as a text, a long one in pieces, a reply as it is, and nothing for nothing", async () => {
    const sender = new FakeSender();
    for (const sent of ["你好", long(2), reply.image("m"), "", reply.none()]) {
      await sendReply(sender, "alice", sent);
    }
    expect(sender.texts.join("")).to.equal(`你好${long(2)}image`);
    expect(sender.texts).to.have.length(4);
  });

  it("rejects with WeChat's refusal", async () => {
    const sender = new FakeSender();
    sender.refuse = () => 45047;
    const error = await sendReply(sender, "alice", "x").catch((reason: unknown) => reason);
    expect(error).to.have.property("errcode", 45047);
  });
});

describe("startTyping(), which is ctx.typing()", () => {
  failOnUnhandledRejections();

  it("shows it again and again until it is stopped", async () => {
    const clock = new FakeClock();
    const sender = new FakeSender();
    const stop = startTyping(sender, "alice", { clock });
    await clock.pass(25_000);
    expect(sender.typed).to.deep.equal([true, true, true]);
    stop();
    stop();
    await clock.pass(60_000);
    expect(sender.typed).to.deep.equal([true, true, true, false]);
  });

  it("stops when the signal aborts", async () => {
    const clock = new FakeClock();
    const sender = new FakeSender();
    const controller = new AbortController();
    startTyping(sender, "alice", { clock, signal: controller.signal });
    await clock.pass(1_000);
    controller.abort();
    await clock.pass(60_000);
    expect(sender.typed).to.deep.equal([true, false]);
    startTyping(sender, "alice", { clock, signal: controller.signal });
    expect(sender.typed).to.have.length(2);
  });

  it("goes on when the phone shows it already, and gives up silently when it may not", async () => {
    for (const [errcode, times] of [
      [45081, 3],
      [48001, 1],
    ] as const) {
      const clock = new FakeClock();
      const sender = new FakeSender();
      sender.refuse = () => errcode;
      startTyping(sender, "alice", { clock });
      await clock.pass(25_000);
      expect(sender.typed).to.have.length(times);
    }
  });
});
