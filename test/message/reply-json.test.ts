import { expect } from "chai";
import { type Reply, reply } from "../../src/index.js";
import { serializeJson } from "../../src/message/reply-json.js";

const address = { to: "oA", from: "gh_1", time: 1648014186 };
const head = { ToUserName: "oA", FromUserName: "gh_1", CreateTime: 1648014186 };
const card = { Title: "t", Description: "d", PicUrl: "p", Url: "u" };

/** From 「消息推送回复」; `Articles` and `TransInfo` as public code has them. */
const kinds: readonly [string, Reply, object | undefined][] = [
  ["text", reply.text("hi"), { MsgType: "text", Content: "hi" }],
  ["image", reply.image("M"), { MsgType: "image", Image: { MediaId: "M" } }],
  ["voice", reply.voice("M"), { MsgType: "voice", Voice: { MediaId: "M" } }],
  [
    "video",
    reply.video("M", { title: "t", description: "d" }),
    { MsgType: "video", Video: { MediaId: "M", Title: "t", Description: "d" } },
  ],
  ["video without words", reply.video("M"), { MsgType: "video", Video: { MediaId: "M" } }],
  [
    "music",
    reply.music({ thumbMediaId: "M", title: "t", description: "d", url: "u", hqUrl: "h" }),
    {
      MsgType: "music",
      Music: { Title: "t", Description: "d", MusicUrl: "u", HQMusicUrl: "h", ThumbMediaId: "M" },
    },
  ],
  [
    "news",
    reply.news([{ title: "t", description: "d", picUrl: "p", url: "u" }, { title: "t2" }]),
    {
      MsgType: "news",
      ArticleCount: 2,
      Articles: [card, { Title: "t2", Description: "", PicUrl: "", Url: "" }],
    },
  ],
  ["customer service", reply.transfer(), { MsgType: "transfer_customer_service" }],
  [
    "one agent",
    reply.transfer("a@b"),
    { MsgType: "transfer_customer_service", TransInfo: { KfAccount: "a@b" } },
  ],
  ["nothing", reply.none(), undefined],
];

describe("serializeJson(): a reply in JSON", () => {
  for (const [kind, reply, expected] of kinds) {
    it(`is as the documents have it: ${kind}`, () => {
      const json = serializeJson(reply, address);
      expect(json === undefined ? undefined : JSON.parse(json)).to.deep.equal(
        expected && { ...head, ...expected },
      );
    });
  }

  it("of raw text is sent as it is, and raw XML rewritten", () => {
    expect(serializeJson(reply.raw('{"MsgType":"new"}'), address)).to.equal('{"MsgType":"new"}');
    const item =
      "<item><Title><![CDATA[t]]></Title><Description>d</Description><PicUrl>p</PicUrl><Url>u</Url></item>";
    const xml = (items: string, count: number) =>
      `<xml><ToUserName>oA</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1648014186</CreateTime><MsgType>news</MsgType><ArticleCount>${count}</ArticleCount><Articles>${items}</Articles></xml>`;
    for (const count of [1, 2]) {
      const json = serializeJson(reply.raw(xml(item.repeat(count), count)), address) ?? "";
      const Articles = new Array(count).fill(card);
      expect(JSON.parse(json)).to.deep.equal({
        ...head,
        MsgType: "news",
        ArticleCount: count,
        Articles,
      });
    }
    expect(() => serializeJson(reply.raw("<xml><a></xml>"), address)).to.throw(/reply\.raw\(\)/);
  });

  it("holds nothing that JSON or WeChat cannot take", () => {
    expect(serializeJson(reply.text('a\u0000\ud800\u2028"b'), address)).to.contain(
      '"Content":"a\u2028\\"b"',
    );
    expect(serializeJson({ type: "text", content: "\u0001" }, address)).to.equal(undefined);
  });
});
