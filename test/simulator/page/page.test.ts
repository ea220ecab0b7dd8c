import { expect } from "chai";
import fc from "fast-check";
import { segmentsOf, webAddress } from "../../../src/simulator/page/chat/text.js";
import { callOutcome, callState } from "../../../src/simulator/page/inspector/calls.js";
import { highlight } from "../../../src/simulator/page/inspector/highlight.js";
import type { CallRecord } from "../../../src/simulator/world/journal.js";

describe("segmentsOf(): a text of the account on the phone", () => {
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

  const shown = (text: string) =>
    segmentsOf(text)
      .map((segment) => segment.text)
      .join("");

  it("shows WeChat's faces, in brackets of both languages and as QQ writes them", () => {
    expect(shown("好[强] [Smile][Grin]/::D/::)/:rose [OK]")).to.equal("好👍 🙂😁😁🙂🌹 👌");
    expect(shown("/::,@ /:,@@ /::'( /:&-( /:<W> /:!!! /::-|")).to.equal("😌 😵 😭 😖 🍉 💀 😅");
    expect(shown("[呲牙][Facepalm][捂脸][Bah！L][Pooh-pooh]/:ok")).to.equal("😁🤦🤦😾😒👌");
    expect(shown('<a href="https://a.example">去[爱心]</a>')).to.equal("去[爱心]");
  });

  it("leaves what only looks like a face as it is", () => {
    for (const text of [
      "[constructor] [不存在] [ 强 ] [[]",
      "a/:version of /:okay",
      "http://a.example/:rose",
      "/: :/ //::",
      "12:30/1:20",
    ]) {
      expect(shown(text), text).to.equal(text);
    }
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

describe("callOutcome(): what the inspector makes of a call", () => {
  const call = (status: number, answer: string): CallRecord => ({
    ...{ kind: "call", id: 1, at: 0, method: "GET", path: "/cgi-bin/menu/get", query: {} },
    ...{ body: "", duration: 1, status, answer },
  });
  const cases: readonly (readonly [string, CallRecord, string, string | undefined])[] = [
    ["an answer", call(200, '{"errcode":0,"errmsg":"ok"}'), "reply", "200"],
    ["an answer without a code", call(200, '{"access_token":"***"}'), "reply", "200"],
    ["a redirect of web login", call(302, "leads to https://a.example/"), "reply", "302"],
    ["no menu yet", call(200, '{"errcode":46003,"errmsg":"no"}'), "acknowledged", "errcode 46003"],
    ["a refusal", call(200, '{"errcode":45047,"errmsg":"no"}'), "fault", "errcode 45047"],
    ["a busy system", call(200, ' { "errcode": -1 }'), "fault", "errcode -1"],
    ["a page that is not there", call(404, "Not Found"), "fault", "404"],
    ["a planned failure", call(502, ""), "fault", "502"],
    ["no answer", call(0, "(no answer)"), "fault", undefined],
  ];
  for (const [what, record, state, outcome] of cases) {
    it(`shows ${what} as ${state}`, () => {
      expect(callState(record)).to.equal(state);
      expect(callOutcome(record)).to.equal(outcome);
    });
  }
});

describe("highlight(): what the inspector shows of the wire", () => {
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
