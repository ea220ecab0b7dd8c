import { expect } from "chai";
import fc from "fast-check";
import { highlight } from "../../src/simulator/page/highlight.js";
import { segmentsOf, webAddress } from "../../src/simulator/page/text.js";

describe("A text of the account on the phone", () => {
  it("has WeChat's own links, with their addresses unescaped", () => {
    expect(segmentsOf(`看<a href="https://a.example/?b=1&amp;c=2">这里</a>。`)).to.deep.equal([
      { kind: "text", text: "看" },
      { kind: "link", text: "这里", url: "https://a.example/?b=1&c=2" },
      { kind: "text", text: "。" },
    ]);
    expect(segmentsOf("<A class=x HREF='http://a.example'>x</A>")).to.deep.equal([
      { kind: "link", text: "x", url: "http://a.example/" },
    ]);
  });

  it("has the taps that send a message, as 客服消息 describes them", () => {
    const text = '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%A5%BD&msgmenuid=101">满意</a>';
    expect(segmentsOf(text)).to.deep.equal([
      { kind: "menu", text: "满意", content: "好", id: "101" },
    ]);
  });

  it("links bare addresses up to the punctuation that follows them", () => {
    expect(segmentsOf("见 https://a.example/b?c=1。")).to.deep.equal([
      { kind: "text", text: "见 " },
      { kind: "link", text: "https://a.example/b?c=1", url: "https://a.example/b?c=1" },
      { kind: "text", text: "。" },
    ]);
  });

  it("links nothing but web pages", () => {
    for (const address of [
      "javascript:alert(1)",
      " JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "x",
    ]) {
      expect(webAddress(address), address).to.equal(undefined);
      expect(segmentsOf(`<a href="${address}">tap</a>`)).to.deep.equal([
        { kind: "text", text: "tap" },
      ]);
    }
  });

  it("keeps every other element as the text that it is", () => {
    const text = `<img src=x onerror=alert(1)><script>alert(2)</script><b>fat</b> a < b`;
    expect(segmentsOf(text)).to.deep.equal([{ kind: "text", text }]);
  });

  it("shows the faces that WeChat writes in brackets", () => {
    expect(segmentsOf("好[强] [constructor] [不存在]")).to.deep.equal([
      { kind: "text", text: "好👍 [constructor] [不存在]" },
    ]);
  });

  it("only ever links http and https, whatever it is made of", () => {
    const part = fc.constantFrom(
      "<a ",
      "href=",
      '"',
      "'",
      ">",
      "</a>",
      "javascript:",
      "http://",
      "x",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        for (const segment of segmentsOf(parts.join(""))) {
          if (segment.kind === "link" && !/^https?:\/\//.test(segment.url)) return false;
        }
        return true;
      }),
    );
  });

  it("is read quickly, however many elements are left open", () => {
    const started = performance.now();
    segmentsOf(`${"<a ".repeat(20_000)}${'<a href="'.repeat(20_000)}`);
    expect(performance.now() - started).to.be.lessThan(1_000);
  });
});

describe("What the inspector shows of the wire", () => {
  const textOf = (source: string) =>
    highlight(source)
      .map(({ text }) => text)
      .join("");

  it("has each element on a line of its own", () => {
    const xml =
      "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><CreateTime>1</CreateTime><Image><MediaId><![CDATA[<m>]]></MediaId></Image><Empty></Empty></xml>";
    expect(textOf(xml)).to.equal(`<xml>
  <ToUserName><![CDATA[gh_1]]></ToUserName>
  <CreateTime>1</CreateTime>
  <Image>
    <MediaId><![CDATA[<m>]]></MediaId>
  </Image>
  <Empty></Empty>
</xml>`);
    expect(highlight(xml)).to.deep.include({ kind: "string", text: "<m>" });
  });

  it("has JSON indented, with long ids exact", () => {
    expect(textOf('{"errcode":0,"msg_id":1000000000000000123,"list":[true]}')).to.equal(`{
  "errcode": 0,
  "msg_id": 1000000000000000123,
  "list": [
    true
  ]
}`);
    expect(highlight('{"a":"b"}')).to.deep.include.members([
      { kind: "key", text: '"a"' },
      { kind: "string", text: '"b"' },
    ]);
  });

  it("has everything else as it came", () => {
    expect(textOf("success")).to.equal("success");
    expect(textOf("{broken")).to.equal("{broken");
    expect(textOf("<xml><a>1")).to.contain("<a>1");
  });

  it("loses nothing of an element's text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), (text) => {
        fc.pre(!text.includes("]]>"));
        return textOf(`<xml><a><![CDATA[${text}]]></a></xml>`).includes(text);
      }),
    );
  });
});
