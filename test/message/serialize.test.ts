import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { type Article, type Reply, reply, serialize } from "../../src/message/reply.js";
import { parseXml } from "../../src/wire/xml/xml.js";

const address = { to: "toUser", from: "fromUser", time: 12345678 };

describe("serialize()", () => {
  const article = { title: "title1", description: "description1", picUrl: "picurl", url: "url" };
  const agent = { to: "touser", from: "fromuser", time: 1399197672 };
  const samples: Readonly<Record<string, [reply: Reply, address?: typeof address]>> = {
    text: [reply.text("你好")],
    image: [reply.image("media_id")],
    voice: [reply.voice("media_id")],
    video: [reply.video("media_id", { title: "title", description: "description" })],
    music: [
      reply.music({
        title: "TITLE",
        description: "DESCRIPTION",
        url: "MUSIC_Url",
        hqUrl: "HQ_MUSIC_Url",
        thumbMediaId: "media_id",
      }),
    ],
    news: [reply.news(article)],
    transfer: [reply.transfer(), agent],
    "transfer-account": [reply.transfer("test1@test"), agent],
  };
  for (const [name, [given, to = address]] of Object.entries(samples)) {
    it(`writes the documents' sample replies/${name}.xml, element by element`, () => {
      const sample = readFileSync(`test/fixtures/replies/${name}.xml`, "utf8");
      expect(serialize(given, to)).to.equal(sample.replace(/>\s+</g, "><").trim());
    });
  }

  it("leaves out what is optional and not given", () => {
    const inner = (given: Reply) => /<MsgType>.*?<\/MsgType>(.*)<\/xml>/.exec(xmlOf(given))?.[1];
    expect(inner(reply.video("m"))).to.equal("<Video><MediaId><![CDATA[m]]></MediaId></Video>");
    expect(inner(reply.music({ thumbMediaId: "t" }))).to.equal(
      "<Music><ThumbMediaId><![CDATA[t]]></ThumbMediaId></Music>",
    );
  });

  it("writes every element of an article, as the documents ask, and counts the articles", () => {
    expect(serialize(reply.news([{ title: "a" }, { title: "b", url: "u" }]), address)).to.include(
      "<ArticleCount>2</ArticleCount><Articles><item><Title><![CDATA[a]]></Title><Description><![CDATA[]]></Description><PicUrl><![CDATA[]]></PicUrl><Url><![CDATA[]]></Url></item><item><Title><![CDATA[b]]></Title>",
    );
  });

  it("sends raw XML as it is, and nothing for none", () => {
    expect(serialize(reply.raw("<xml>&</xml>"), address)).to.equal("<xml>&</xml>");
    expect(serialize(reply.none(), address)).to.equal(undefined);
  });

  it("never writes an empty text, also when all of it is forbidden in XML", () => {
    for (const text of ["", "\u0000", "\u0008\ud800\uffff"]) {
      expect(serialize({ type: "text", content: text }, address)).to.equal(undefined);
    }
  });

  describe("cannot be broken by what it is given:", () => {
    /** What XML 1.0 calls a character. */
    const legal = (character: string) => {
      const code = character.codePointAt(0) as number;
      if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
      return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
    };
    const clean = (text: string) => [...text].filter(legal).join("");
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc
        .array(
          fc.constantFrom(
            ...[
              "]]>",
              "]]",
              "]",
              ">",
              "<![CDATA[",
              "</Content>",
              "<Url>",
              "&amp;",
              "&#0;",
              "\ud83d",
            ],
            ...["\udc00", "😀", "\u0000", "\u001d", "\ufffe", "\u2028", "\n", "\t", " ", "a", "你"],
          ),
          { maxLength: 12 },
        )
        .map((parts) => parts.join("")),
    );
    const id = text.filter((value) => value !== "");
    const opt = fc.option(text, { nil: undefined });
    const article: fc.Arbitrary<Article> = fc.record({
      title: text,
      description: opt,
      picUrl: opt,
      url: opt,
    });
    const anyReply: fc.Arbitrary<Reply> = fc.oneof(
      text.map(reply.text),
      id.map(reply.image),
      id.map(reply.voice),
      fc
        .tuple(id, fc.record({ title: opt, description: opt }))
        .map(([mediaId, more]) => reply.video(mediaId, more)),
      fc
        .record({ thumbMediaId: id, title: opt, description: opt, url: opt, hqUrl: opt })
        .map(reply.music),
      fc.array(article, { minLength: 1, maxLength: 8 }).map(reply.news),
      fc.option(id, { nil: undefined }).map(reply.transfer),
    );

    /** What a parser must find: the elements of chapter 5 and no others. */
    function expected(given: Reply, to: string): object {
      const fields = (from: object, names: Record<string, string>) =>
        Object.fromEntries(
          Object.entries(names).flatMap(([name, wire]) => {
            const value = (from as Record<string, string | undefined>)[name];
            return value === undefined ? [] : [[wire, clean(value)]];
          }),
        );
      const envelope = {
        ToUserName: clean(to),
        FromUserName: "fromUser",
        CreateTime: "12345678",
        MsgType: given.type as string,
      };
      switch (given.type) {
        case "text":
          return { ...envelope, Content: clean(given.content) };
        case "image":
          return { ...envelope, Image: fields(given, { mediaId: "MediaId" }) };
        case "voice":
          return { ...envelope, Voice: fields(given, { mediaId: "MediaId" }) };
        case "video":
          return {
            ...envelope,
            Video: fields(given, {
              mediaId: "MediaId",
              title: "Title",
              description: "Description",
            }),
          };
        case "music":
          return {
            ...envelope,
            Music: fields(given, {
              title: "Title",
              description: "Description",
              url: "MusicUrl",
              hqUrl: "HQMusicUrl",
              thumbMediaId: "ThumbMediaId",
            }),
          };
        case "news": {
          const items = given.articles.map((article) =>
            fields(
              { description: "", picUrl: "", url: "", ...article },
              { title: "Title", description: "Description", picUrl: "PicUrl", url: "Url" },
            ),
          );
          return {
            ...envelope,
            ArticleCount: String(items.length),
            Articles: { item: items.length === 1 ? items[0] : items },
          };
        }
        case "transfer_customer_service":
          return given.account === undefined
            ? envelope
            : { ...envelope, TransInfo: fields(given, { account: "KfAccount" }) };
        default:
          return {};
      }
    }

    const own = (xml: string) => JSON.parse(JSON.stringify(parseXml(xml)));
    const others = (xml: string) =>
      new XMLParser({ parseTagValue: false, trimValues: false }).parse(xml).xml;

    for (const [parser, parse, seen] of [
      ["our parser", own, (text: string) => text],
      // XML has every parser read line ends as \n.
      ["fast-xml-parser", others, (text: string) => text.replace(/\r\n?/g, "\n")],
    ] as const) {
      it(`${parser} reads back each reply with exactly its own elements`, () => {
        fc.assert(
          fc.property(anyReply, text, (given, to) => {
            const xml = serialize(given, { ...address, to });
            if (xml === undefined) {
              expect(given.type === "text" && clean(given.content)).to.equal("");
              return;
            }
            const wanted = JSON.stringify(expected(given, to), (_, value) =>
              typeof value === "string" ? seen(value) : value,
            );
            expect(parse(xml)).to.deep.equal(JSON.parse(wanted));
          }),
          { numRuns: 1_000 },
        );
      });
    }
  });

  function xmlOf(given: Reply): string {
    return serialize(given, address) ?? "";
  }
});
