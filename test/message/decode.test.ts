import { expect } from "chai";
import fc from "fast-check";
import { RequestError } from "../../src/errors.js";
import { decode } from "../../src/message/decode.js";
import { eventTypes } from "../../src/message/events.js";
import { type AnyMessage, messageTypes } from "../../src/message/messages.js";
import { parseXml } from "../../src/wire/xml/xml.js";

const envelope =
  "<ToUserName>gh_account</ToUserName><FromUserName>alice</FromUserName><CreateTime>1700000000</CreateTime>";
const push = (fields: string) => decode(parseXml(`<xml>${envelope}${fields}</xml>`));
const text = (fields: string) => push(`<MsgType>text</MsgType><MsgId>1</MsgId>${fields}`);
const event = (name: string, fields = "") =>
  push(`<MsgType>event</MsgType><Event><![CDATA[${name}]]></Event>${fields}`);

function refusal(run: () => unknown): RequestError {
  try {
    run();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("decode()", () => {
  // Found by `npm run fuzz`: dialogues read a text that was not there.
  it("gives a text message an empty text when it has none", () => {
    expect(text("")).to.include({ MsgType: "text", Content: "" });
  });

  describe("spells names as the documents do", () => {
    it("whatever the letter case on the wire", () => {
      for (const name of eventTypes) {
        for (const spelling of [name, name.toLowerCase(), name.toUpperCase(), ` ${name}\n`]) {
          expect(event(spelling)).to.include({ MsgType: "event", Event: name });
        }
      }
      for (const name of messageTypes.filter((type) => type !== "event")) {
        for (const spelling of [name.toUpperCase(), ` ${name} `]) {
          expect(push(`<MsgType><![CDATA[${spelling}]]></MsgType>`).MsgType).to.equal(name);
        }
      }
      expect(push("<MsgType>Event</MsgType><Event>UnSubscribe</Event>")).to.include({
        MsgType: "event",
        Event: "unsubscribe",
      });
    });

    it("and takes the other name that a finished publication has been given", () => {
      expect(
        event(
          "FREEPUBLISHJOBFINISH",
          "<PublishEventInfo><publish_id>2247503051</publish_id></PublishEventInfo>",
        ),
      ).to.deep.include({
        Event: "PUBLISHJOBFINISH",
        PublishEventInfo: { publish_id: "2247503051" },
      });
    });

    it("and keeps those it does not know, with all their fields as they came", () => {
      const pushed = event(
        "New_Thing",
        "<Count>many</Count><Fee>12</Fee><Item>a</Item><Item>b</Item><Box><Deep>1</Deep></Box>",
      );
      expect(pushed).to.deep.equal({
        ToUserName: "gh_account",
        FromUserName: "alice",
        CreateTime: 1_700_000_000,
        MsgType: "event",
        Event: "New_Thing",
        Count: "many",
        Fee: "12",
        Item: ["a", "b"],
        Box: { Deep: "1" },
      });
      expect(
        push("<MsgType>Sticker</MsgType><MsgID>9</MsgID><Idx>2</Idx><Size>3</Size>"),
      ).to.deep.include({ MsgType: "Sticker", MsgId: "9", Idx: 2, Size: "3" });
    });
  });

  describe("settles fields with more than one spelling", () => {
    const cases: [fields: string, event: string, expected: object][] = [
      ["<msg>why</msg>", "poi_check_notify", { Msg: "why" }],
      ["<openid>o</openid><appid>a</appid>", "user_info_modified", { OpenID: "o", AppID: "a" }],
      ["<openid>o</openid>", "user_authorization_revoke", { OpenID: "o" }],
      ["<unionid>u</unionid>", "user_authorization_cancellation", { UnionID: "u" }],
      [
        "<AuthorizeAppId>a</AuthorizeAppId><source>web</source>",
        "user_authorize_invoice",
        { AppId: "a", Source: "web" },
      ],
    ];
    for (const [fields, name, expected] of cases) {
      it(`in ${name}`, () => expect(event(name, fields)).to.include(expected));
    }

    it("in voice messages", () => {
      expect(push("<MsgType>voice</MsgType><MsgID>5</MsgID>")).to.include({ MsgId: "5" });
    });

    it("and prefers the right one when both are there", () => {
      for (const fields of ["<msg>b</msg><Msg>a</Msg>", "<Msg>a</Msg><msg>b</msg>"]) {
        expect(event("poi_check_notify", fields)).to.include({ Msg: "a", msg: "b" });
      }
    });
  });

  describe("makes numbers of what is documented as numbers", () => {
    it("in CDATA or bare, negative or with a fraction", () => {
      expect(
        push(
          "<MsgType>location</MsgType><Location_X><![CDATA[-33.9]]></Location_X><Location_Y>151</Location_Y><Scale> 16 </Scale>",
        ),
      ).to.include({ Location_X: -33.9, Location_Y: 151, Scale: 16 });
    });

    it("and leaves out what is none, so that there is never NaN", () => {
      for (const nonsense of [
        "",
        "x",
        "1,5",
        "0x10",
        "Infinity",
        "1e999",
        "--1",
        "9".repeat(400),
      ]) {
        expect(event("LOCATION", `<Latitude>${nonsense}</Latitude>`)).not.to.have.property(
          "Latitude",
        );
      }
    });

    it("but never of ids, however much they look like numbers", () => {
      expect(text("<bizmsgmenuid>101</bizmsgmenuid><MsgDataId>7</MsgDataId>")).to.include({
        MsgId: "1",
        bizmsgmenuid: "101",
        MsgDataId: "7",
      });
      expect(event("VIEW", "<MenuId>208379533</MenuId>")).to.include({ MenuId: "208379533" });
      expect(event("SCAN", "<EventKey>0123</EventKey>")).to.include({ EventKey: "0123" });
    });
  });

  describe("makes arrays of lists", () => {
    const item = (sum: string) => `<item><PicMd5Sum>${sum}</PicMd5Sum></item>`;
    const pictures = (inside: string) =>
      event("pic_weixin", `<SendPicsInfo>${inside}</SendPicsInfo>`);

    it("whether one element holds all items or each item has its own", () => {
      const expected = {
        SendPicsInfo: { Count: 2, PicList: [{ PicMd5Sum: "a" }, { PicMd5Sum: "b" }] },
      };
      expect(
        pictures(`<Count>2</Count><PicList>${item("a")}${item("b")}</PicList>`),
      ).to.deep.include(expected);
      expect(
        pictures(`<Count>2</Count><PicList>${item("a")}</PicList><PicList>${item("b")}</PicList>`),
      ).to.deep.include(expected);
    });

    it("of one, of none, and of one that is missing", () => {
      expect(pictures(`<PicList>${item("a")}</PicList>`)).to.deep.include({
        SendPicsInfo: { PicList: [{ PicMd5Sum: "a" }] },
      });
      for (const none of ["<PicList></PicList>", "<Count>0</Count>", ""]) {
        expect(pictures(none)).to.have.nested.property("SendPicsInfo.PicList").that.is.empty;
      }
      expect(
        event("subscribe_msg_sent_event", "<SubscribeMsgSentEvent></SubscribeMsgSentEvent>"),
      ).to.deep.include({ SubscribeMsgSentEvent: { List: [] } });
      expect(
        event(
          "subscribe_msg_sent_event",
          "<SubscribeMsgSentEvent><List></List></SubscribeMsgSentEvent>",
        ),
      ).to.deep.include({ SubscribeMsgSentEvent: { List: [] } });
      expect(event("ShakearoundUserShake", "<AroundBeacons></AroundBeacons>")).to.deep.include({
        AroundBeacons: [],
      });
    });

    it("of numbers, without those that are malformed", () => {
      const failed = (inside: string) =>
        event("PUBLISHJOBFINISH", `<PublishEventInfo>${inside}</PublishEventInfo>`);
      expect(failed("<fail_idx>3</fail_idx>")).to.deep.include({
        PublishEventInfo: { fail_idx: [3] },
      });
      expect(
        failed("<fail_idx>1</fail_idx><fail_idx>x</fail_idx><fail_idx>3</fail_idx>"),
      ).to.deep.include({ PublishEventInfo: { fail_idx: [1, 3] } });
      expect(failed("<publish_status>3</publish_status>")).to.deep.include({
        PublishEventInfo: { publish_status: 3 },
      });
    });

    it("and keeps what it does not know inside them", () => {
      const pushed = event(
        "subscribe_msg_change_event",
        "<SubscribeMsgChangeEvent><List><TemplateId>t</TemplateId><New>1</New></List><More>2</More></SubscribeMsgChangeEvent>",
      );
      expect(pushed).to.deep.include({
        SubscribeMsgChangeEvent: { List: [{ TemplateId: "t", New: "1" }], More: "2" },
      });
    });
  });

  it("keeps empty texts, spaces and control-free text as they are", () => {
    expect(text("<Content><![CDATA[]]></Content>")).to.include({ Content: "" });
    expect(text("<Content><![CDATA[ a \n b ]]></Content>")).to.include({ Content: " a \n b " });
  });

  describe("refuses with 400 and WX_XML", () => {
    const cases: [what: string, fields: string, said: RegExp][] = [
      ["no type", "<Content>a</Content>", /no <MsgType>/],
      ["an empty type", "<MsgType> </MsgType>", /no <MsgType>/],
      ["two types", "<MsgType>text</MsgType><MsgType>event</MsgType>", /<MsgType>.*more than once/],
      ["an event without a name", "<MsgType>event</MsgType>", /no <Event>/],
      [
        "an event with two names",
        "<MsgType>event</MsgType><Event>SCAN</Event><Event>CLICK</Event>",
        /<Event>/,
      ],
      ["two senders", "<MsgType>text</MsgType><FromUserName>eve</FromUserName>", /<FromUserName>/],
      ["two texts", "<MsgType>text</MsgType><Content>a</Content><Content>b</Content>", /<Content>/],
      ["elements in a text", "<MsgType>text</MsgType><Content><a/></Content>", /<Content>/],
      ["two times", "<MsgType>text</MsgType><CreateTime>1</CreateTime>", /<CreateTime>/],
      ["two ids", "<MsgType>text</MsgType><MsgId>1</MsgId><MsgId>2</MsgId>", /<MsgId>/],
      [
        "two keys",
        "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>a</EventKey><EventKey>b</EventKey>",
        /<EventKey>/,
      ],
      [
        "two keys of an unknown event",
        "<MsgType>event</MsgType><Event>new</Event><EventKey>a</EventKey><EventKey>b</EventKey>",
        /<EventKey>/,
      ],
      [
        "two ids of an unknown message",
        "<MsgType>new</MsgType><MsgId>1</MsgId><MsgId>2</MsgId>",
        /<MsgId>/,
      ],
      [
        "two results of one scan",
        "<MsgType>event</MsgType><Event>scancode_push</Event><ScanCodeInfo><ScanResult>1</ScanResult><ScanResult>2</ScanResult></ScanCodeInfo>",
        /<ScanResult>/,
      ],
      [
        "two scans",
        "<MsgType>event</MsgType><Event>scancode_push</Event><ScanCodeInfo><ScanResult>1</ScanResult></ScanCodeInfo><ScanCodeInfo><ScanResult>2</ScanResult></ScanCodeInfo>",
        /<ScanCodeInfo>/,
      ],
      [
        "elements in a number",
        "<MsgType>event</MsgType><Event>LOCATION</Event><Latitude><a>1</a></Latitude>",
        /<Latitude>/,
      ],
      [
        "an alias twice",
        "<MsgType>event</MsgType><Event>poi_check_notify</Event><msg>a</msg><msg>b</msg>",
        /<msg>/,
      ],
    ];
    for (const [what, fields, said] of cases) {
      it(what, () => {
        const error = refusal(() => push(fields));
        expect(error).to.include({ status: 400, code: "WX_XML" });
        expect(error.message).to.match(said);
      });
    }

    it("a sender or receiver that is missing or empty", () => {
      for (const [root, name] of [
        ["<ToUserName>a</ToUserName><MsgType>text</MsgType>", "FromUserName"],
        ["<FromUserName>a</FromUserName><MsgType>text</MsgType>", "ToUserName"],
        ["<FromUserName>a</FromUserName><ToUserName/><MsgType>text</MsgType>", "ToUserName"],
      ] as const) {
        const error = refusal(() => decode(parseXml(`<xml>${root}</xml>`)));
        expect(error).to.include({ status: 400, code: "WX_XML" });
        expect(error.message).to.include(`no <${name}>`);
      }
    });
  });

  it("cannot be fooled by elements that are named like members of an object", () => {
    const root = Object.assign(Object.create(null), {
      ...{ ToUserName: "a", FromUserName: "b", MsgType: "text", MsgId: "1" },
      ...{ toString: "c", hasOwnProperty: "d" },
    });
    Object.defineProperty(root, "__proto__", { value: { isAdmin: "yes" }, enumerable: true });
    const message = decode(root);
    expect(message).not.to.have.property("isAdmin");
    expect(Object.getPrototypeOf(message)).to.equal(Object.prototype);
    expect(Object.entries(message)).to.deep.include(["toString", "c"]);
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(event(name)).to.include({ Event: name });
      expect(push(`<MsgType>${name}</MsgType>`).MsgType).to.equal(name);
    }
  });

  it("gives every field its documented type or refuses, whatever the tree", () => {
    const numbers = ["CreateTime", "Idx", "Latitude", "Location_X", "Count", "PopupScene"];
    const names = [...numbers, "MsgId", "Content", "EventKey", "SendPicsInfo", "PicList", "item"];
    const { tree } = fc.letrec<{ tree: object; value: unknown }>((tie) => ({
      tree: fc.dictionary(fc.constantFrom(...names, "List", "New"), tie("value"), { maxKeys: 5 }),
      value: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("", "1", "-2.5", "x"),
        fc.array(fc.oneof(fc.constantFrom("", "1", "x"), tie("tree")), {
          minLength: 2,
          maxLength: 3,
        }),
        tie("tree"),
      ),
    }));
    const type = fc.oneof(
      fc.constantFrom(...messageTypes, "new").map((MsgType) => ({ MsgType, Event: "CLICK" })),
      fc.constantFrom(...eventTypes, "new").map((Event) => ({ MsgType: "event", Event })),
    );
    fc.assert(
      fc.property(tree, type, (fields, kind) => {
        const root = { ToUserName: "a", FromUserName: "b", ...fields, ...kind };
        let message: AnyMessage;
        try {
          message = decode(root);
        } catch (error) {
          expect(error).to.be.instanceOf(RequestError).and.include({ status: 400 });
          return;
        }
        for (const name of ["ToUserName", "FromUserName", "MsgType"] as const) {
          expect(message[name]).to.be.a("string");
        }
        if (message.CreateTime !== undefined) expect(message.CreateTime).to.be.finite;
        if (message.MsgType === "text") {
          expect(message.Content).to.be.a("string");
        }
        if (message.MsgType === "event" && "EventKey" in message) {
          expect(message.EventKey).to.be.a("string");
        }
        if (message.MsgType === "event" && message.Event === "pic_weixin") {
          if (message.SendPicsInfo) expect(message.SendPicsInfo.PicList).to.be.an("array");
        }
      }),
      { numRuns: 500 },
    );
  });
});
