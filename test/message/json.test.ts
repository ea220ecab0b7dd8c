/** Pushes in JSON are the same messages as in XML. XML is read here by a parser of somebody else's. */
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { XMLParser } from "fast-xml-parser";
import { RequestError } from "../../src/errors.js";
import { decode } from "../../src/message/decode.js";
import { parseBody } from "../../src/wire/json.js";

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const parser = new XMLParser({ parseTagValue: false, trimValues: true });
const fixtures = ["messages", "events"].flatMap((folder) =>
  readdirSync(`test/fixtures/${folder}`).map((file) => `test/fixtures/${folder}/${file}`),
);
const read = (body: string) => decode(parseBody(body));
const plainOf = (xml: string) => parser.parse(xml).xml as { [name: string]: Json };

/** Changes every value of a document. */
function mapped(value: Json, change: (value: Json, name: string) => Json, name = ""): Json {
  if (Array.isArray(value))
    return change(
      value.map((one) => mapped(one, change)),
      name,
    );
  if (typeof value !== "object" || value === null) return change(value, name);
  const entries = Object.entries(value).map(([key, one]) => [key, mapped(one, change, key)]);
  return change(Object.fromEntries(entries), name);
}

/** The ways in which WeChat, or what stands between, may write the same push. */
const writings: Readonly<Record<string, (push: { [name: string]: Json }) => string>> = {
  "all texts": (push) => JSON.stringify(push),
  "numbers as numbers": (push) =>
    JSON.stringify(push).replace(/"(-?(?:0|[1-9]\d*)(?:\.\d+)?)"(?!:)/g, "$1"),
  "laid out, with a byte order mark": (push) => `\uFEFF\r\n${JSON.stringify(push, null, "\t")}\n`,
  "Chinese in escapes": (push) =>
    JSON.stringify(push).replace(
      /[^\x20-\x7e]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  "one entry as a list of one": (push) =>
    JSON.stringify(
      mapped(push, (value, name) =>
        ["List", "item", "AroundBeacon"].includes(name) && !Array.isArray(value) ? [value] : value,
      ),
    ),
  "lists in the place of the element around them": (push) =>
    JSON.stringify(
      mapped(push, (value, name) => {
        const { item, AroundBeacon } = Object(value) as { item?: Json; AroundBeacon?: Json };
        const within = name === "article_detail" ? item : (item ?? AroundBeacon);
        const isHolder = ["PicList", "ResultList", "AroundBeacons"].includes(name);
        return isHolder && within !== undefined ? [within].flat() : value;
      }),
    ),
  "lists without the element around them": (push) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(push).map(([name, value]): [string, Json] =>
          /^SubscribeMsg\w+Event$/.test(name)
            ? ["List", (value as { List: Json }).List]
            : [name, value],
        ),
      ),
    ),
};

describe("decode(): a push in JSON", () => {
  for (const file of fixtures) {
    it(`is the same message as in XML: ${file.replace("test/fixtures/", "")}`, () => {
      const xml = readFileSync(file, "utf8");
      const expected = read(xml);
      for (const [how, write] of Object.entries(writings)) {
        expect(read(write(plainOf(xml))), how).to.deep.equal(expected);
      }
    });
  }

  it("keeps its fields, and those that nobody knows", () => {
    const push = {
      ...{ ToUserName: "gh_1", FromUserName: "oA", CreateTime: 1651049934, MsgType: "text" },
      ...{ Content: "hello", New: { Deep: [{ A: 1 }, { A: "2" }] }, Flag: true, Nothing: null },
    };
    expect(
      read(JSON.stringify(push).replace("}]}", '}]},"MsgId":23637352235060883')),
    ).to.deep.equal({
      ...push,
      MsgId: "23637352235060883",
      New: { Deep: [{ A: "1" }, { A: "2" }] },
      Flag: "true",
      Nothing: "",
    });
  });

  it("has a list of notices with one entry, several, or none, in each way that is known", () => {
    const head = {
      ...{ ToUserName: "gh_1", FromUserName: "oA", CreateTime: 1620973045, MsgType: "event" },
      Event: "subscribe_msg_popup_event",
    };
    const entry = { TemplateId: "T1", SubscribeStatusString: "accept", PopupScene: "0" };
    const one = { ...entry, PopupScene: 0 };
    for (const [given, entries] of [
      [{ List: entry }, [one]],
      [{ List: [entry] }, [one]],
      [{ List: [entry, entry] }, [one, one]],
      [{ List: [] }, []],
      [{ SubscribeMsgPopupEvent: { List: entry } }, [one]],
      [{ SubscribeMsgPopupEvent: { List: [entry, entry] } }, [one, one]],
      [{ SubscribeMsgPopupEvent: [entry, entry] }, [one, one]],
      [{ SubscribeMsgPopupEvent: entry }, [one]],
      [{ SubscribeMsgPopupEvent: {} }, []],
      [{ SubscribeMsgPopupEvent: "" }, []],
    ] as const) {
      const push = read(JSON.stringify({ ...head, ...given }));
      expect(push).to.deep.equal({ ...head, SubscribeMsgPopupEvent: { List: entries } });
    }
  });

  it("holds what users write: control characters are dropped, or blanks where JSON forbids them", () => {
    const push = (content: string) =>
      `{"ToUserName":"gh_1","FromUserName":"oA","CreateTime":1,"MsgType":"text","Content":${content}}`;
    for (const [content, text] of [
      ['"a\\u0000b\\n"', "ab\n"],
      ['"a\tb\nc"', "a b c"],
      ['"</Content>]]>&amp;{\\"a\\":1}"', '</Content>]]>&amp;{"a":1}'],
      ["42", "42"],
      ["1e400", "1e400"],
      ["null", ""],
    ]) {
      expect(read(push(content as string))).to.have.property("Content", text);
    }
  });

  it("is refused as XML would be", () => {
    const deep = `${'{"a":'.repeat(60)}1${"}".repeat(60)}`;
    const endless = "[".repeat(30_000);
    for (const body of [
      "{",
      "{}",
      "{]",
      '{"MsgType":"text"}',
      '{"ToUserName":"a","FromUserName":"b"}',
      '{"ToUserName":"a","FromUserName":"b","MsgType":"text","MsgType":"image"}',
      '{"ToUserName":"a","FromUserName":["b","c"],"MsgType":"text"}',
      '{"ToUserName":"a","FromUserName":{"b":1},"MsgType":"text"}',
      '{"ToUserName":"a","FromUserName":"b","MsgType":"text","constructor":{}}',
      `{"ToUserName":"a","FromUserName":"b","MsgType":"text","Deep":${deep}}`,
      `{"ToUserName":${endless}`,
      `{"ToUserName":"a","FromUserName":"b","MsgType":"text","L":[${"1,".repeat(1_000)}1]}`,
    ]) {
      expect(() => read(body), body.slice(0, 60))
        .to.throw(RequestError)
        .with.property("status", 400);
    }
  });

  it("never fails but by a refusal, whatever it holds", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          read(
            `{"ToUserName":"a","FromUserName":"b","MsgType":"event","Event":"x","X":${JSON.stringify(value)}}`,
          );
        } catch (error) {
          expect(error).to.be.instanceOf(RequestError);
        }
      }),
    );
  });
});
