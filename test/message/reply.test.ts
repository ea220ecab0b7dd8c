import { expect } from "chai";
import { ReplyError } from "../../src/errors.js";
import { type FileReply, type Reply, reply, toReply } from "../../src/message/reply.js";

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ReplyError && error.code === "WX_REPLY") return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Calls a builder as JavaScript could. */
const call = (method: (...given: never[]) => Reply | FileReply, ...given: readonly unknown[]) =>
  method(...(given as never[]));

describe("reply", () => {
  it("builds plain frozen objects that survive JSON", () => {
    const built = [
      reply.text("a"),
      reply.image("m"),
      reply.voice("m"),
      reply.video("m", { title: "t", description: undefined }),
      reply.music({ thumbMediaId: "m", url: "u" }),
      reply.news([{ title: "a", picUrl: undefined }, { title: "b" }]),
      reply.transfer(),
      reply.transfer("a@b"),
      reply.none(),
      reply.raw("<xml/>"),
    ];
    expect(built).to.deep.equal([
      { type: "text", content: "a" },
      { type: "image", mediaId: "m" },
      { type: "voice", mediaId: "m" },
      { type: "video", mediaId: "m", title: "t" },
      { type: "music", thumbMediaId: "m", url: "u" },
      { type: "news", articles: [{ title: "a" }, { title: "b" }] },
      { type: "transfer_customer_service" },
      { type: "transfer_customer_service", account: "a@b" },
      { type: "none" },
      { type: "raw", xml: "<xml/>" },
    ]);
    for (const one of built) {
      expect(one).to.be.frozen;
      expect(JSON.parse(JSON.stringify(one))).to.deep.equal(one);
      expect(toReply(one, "CLICK")).to.equal(one.type === "none" ? undefined : one);
    }
    const news = reply.news({ title: "a" });
    expect(news.articles).to.be.frozen;
    expect(news.articles[0]).to.be.frozen;
  });

  it("works when its methods are taken out of it", () => {
    const { text, news } = reply;
    expect(text("a").content).to.equal("a");
    expect(["x"].map((title) => news({ title }).articles[0]?.title)).to.deep.equal(["x"]);
  });

  it("does not change or keep what it was given", () => {
    const article = { title: "a", url: "u", hits: 3 };
    const list = [article];
    const built = reply.news(list);
    article.title = "b";
    list.push(article);
    expect(built.articles).to.deep.equal([{ title: "a", url: "u" }]);
    expect(article).not.to.be.frozen;
  });

  describe("says at once what is wrong:", () => {
    const nine = Array.from({ length: 9 }, (_, index) => ({ title: String(index) }));
    const cases: [what: string, run: () => unknown, said: string][] = [
      [
        "a missing id",
        () => call(reply.image),
        'reply.image() cannot build a reply: "mediaId" must be a media id, or { file }, got undefined.',
      ],
      [
        "an empty id",
        () => reply.voice(""),
        '"mediaId" must be a media id, or { file }, got an empty string',
      ],
      [
        "an id that is a number",
        () => call(reply.video, 42),
        '"mediaId" must be a media id, or { file }, got a number (42)',
      ],
      [
        "a text that is none",
        () => call(reply.text, null),
        'reply.text() cannot build a reply: "content" must be a string, got null',
      ],
      [
        "a title in the wrong place",
        () => call(reply.video, "m", "title"),
        "reply.video() takes { title, description } after the id, got a string",
      ],
      [
        "a title that is null",
        () => call(reply.video, "m", { title: null }),
        '"title" must be a string, got null',
      ],
      [
        "music without a picture",
        () => call(reply.music, { title: "t" }),
        'reply.music() cannot build a reply: "thumbMediaId" must be a media id, or { file }, got undefined',
      ],
      ["no music", () => call(reply.music), '"thumbMediaId" must be'],
      [
        "a name as other libraries write it",
        () => call(reply.music, { thumb_media_id: "m" }),
        '"thumb_media_id" is spelt "thumbMediaId" here',
      ],
      [
        "a picture that would be lost",
        () => call(reply.news, { title: "t", picurl: "p" }),
        'article 1 does not fit: "picurl" is spelt "picUrl" here',
      ],
      ["no article", () => reply.news([]), "there must be 1 to 8 articles, got 0"],
      ["too many articles", () => reply.news(nine), "there must be 1 to 8 articles, got 9"],
      [
        "an article that is none",
        () => call(reply.news, ["a"]),
        "article 1 does not fit: it must be an object with a title, got a string",
      ],
      [
        "nothing instead of articles",
        () => call(reply.news),
        "article 1 does not fit: it must be an object with a title, got undefined",
      ],
      [
        "an article without a title",
        () => call(reply.news, [{ title: "a" }, { url: "u" }]),
        'article 2 does not fit: "title" must be a string, got undefined',
      ],
      [
        "an agent that is none",
        () => reply.transfer(""),
        '"account" must be a string that is not empty',
      ],
      ["no XML", () => call(reply.raw), '"xml" must be a string that is not empty'],
    ];
    for (const [what, run, said] of cases) {
      it(what, () => expect(refusal(run)).to.include(said));
    }
  });
});

describe("toReply()", () => {
  it("makes a text of a string, and an acknowledgement of nothing", () => {
    expect(toReply("你好", "text")).to.deep.equal({ type: "text", content: "你好" });
    expect(toReply(" ", "text")).to.deep.equal({ type: "text", content: " " });
    for (const nothing of [undefined, null, "", false, reply.none(), reply.text("")]) {
      expect(toReply(nothing, "text")).to.equal(undefined);
    }
  });

  it("takes replies however they were made", () => {
    const stored = JSON.parse(JSON.stringify(reply.video("m", { title: "t" })));
    expect(toReply(stored, "text")).to.equal(stored);
  });

  describe("says what was returned and what to return instead:", () => {
    const cases: [what: string, result: unknown, said: string][] = [
      [
        "a number",
        42,
        'The handler for "text" returned a number (42). Return reply.…(), a string, or nothing.',
      ],
      ["zero", 0, "returned a number (0)"],
      ["true", true, "returned a boolean (true)"],
      ["a big integer", 1n, "returned a bigint"],
      ["a symbol", Symbol("s"), "returned a symbol"],
      ["a function", reply.none, "returned a function (was it meant to be called?)"],
      [
        "an array",
        [{ title: "a" }],
        "an array. Return reply.…(), a string, or nothing. Articles are reply.news(…).",
      ],
      ["music of co-wechat", { title: "a", musicUrl: "u" }, "nothing. Music is reply.music(…)."],
      [
        "co-wechat's customer service",
        { type: "customerService", kfAccount: "a@b" },
        "nothing. Customer service is reply.transfer(…).",
      ],
      [
        "a text of node-easywechat",
        { MsgType: "text", Content: "a" },
        "nothing. This MsgType is reply.text(…).",
      ],
      [
        "node-easywechat's customer service",
        { MsgType: "transfer_customer_service" },
        "nothing. This MsgType is reply.transfer(…).",
      ],
      [
        "an error",
        new Error("secret"),
        "returned an error (throw it, and wx.catch() gets it). Return",
      ],
      [
        "an unknown object",
        { errcode: 0, errmsg: "ok" },
        "returned an object with the fields errcode, errmsg",
      ],
      ["an empty object", {}, "returned an object without fields"],
      ["an unknown type", { type: "txt" }, 'returned an object of the unknown type "txt"'],
      [
        "a member of every object as type",
        { type: "constructor" },
        'of the unknown type "constructor"',
      ],
      [
        "a reply with a hole",
        { type: "image" },
        'returned a reply of the type "image" that does not fit: "mediaId" must be a media id, or { file }, got undefined. Build it by reply.image(…).',
      ],
      [
        "a reply of another library",
        { type: "image", media_id: "m" },
        '"media_id" is spelt "mediaId" here',
      ],
      [
        "articles that are none",
        { type: "news", articles: "a" },
        '"articles" must be an array, got a string',
      ],
    ];
    for (const [what, result, said] of cases) {
      it(what, () => {
        const message = refusal(() => toReply(result, "text"));
        expect(message).to.include(said);
        expect(message).not.to.include("secret");
      });
    }
  });

  it("allows several articles in answer to an event, and one in answer to a message", () => {
    const one = reply.news({ title: "a" });
    const two = reply.news([{ title: "a" }, { title: "b" }]);
    for (const type of ["text", "image", "voice", "video", "location", "link"]) {
      expect(toReply(one, type)).to.equal(one);
      expect(refusal(() => toReply(two, type))).to.include(
        `The handler for "${type}" returned 2 articles, but WeChat shows only one in answer to a message.`,
      );
    }
    for (const name of ["CLICK", "subscribe", "LOCATION"]) {
      expect(toReply(two, name)).to.equal(two);
    }
  });
});
