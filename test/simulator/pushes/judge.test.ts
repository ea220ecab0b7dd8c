import { createCipheriv, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type Judged, judge } from "../../../src/simulator/pushes/judge.js";
import { type SimulatedAccount, simulatedAccount } from "../../../src/simulator/world/account.js";
import { vectors } from "../../fixtures/vectors.js";

const account = simulatedAccount({ token: "token", id: "fromUser" });
const judged: Judged = { account, openid: "toUser", isEvent: false, hasMedia: () => true };

const sample = (name: string) =>
  readFileSync(new URL(`../../fixtures/replies/${name}.xml`, import.meta.url), "utf8");
/** The documents write the names of a transfer in lower case. */
const named = (xml: string) =>
  xml.replace(/\btouser\b/, "toUser").replace(/\bfromuser\b/, "fromUser");
const ok = (body: string | Buffer, more: Partial<Judged> = {}) =>
  judge({ status: 200, body: Buffer.from(body) }, { ...judged, ...more });
const text = (content: string, more = "") =>
  `<xml><ToUserName>toUser</ToUserName><FromUserName>fromUser</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>${content}${more}</xml>`;
const news = (count: number, announced = count) =>
  `<xml><ToUserName>toUser</ToUserName><FromUserName>fromUser</FromUserName><CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>${announced}</ArticleCount><Articles>${"<item><Title>t</Title></item>".repeat(count)}</Articles></xml>`;

/** An encrypted answer, written here from the documents: the library encrypts texts alone. */
function sealed(message: Buffer, { token, appId, encodingAESKey = "" }: SimulatedAccount): string {
  const key = Buffer.from(`${encodingAESKey}=`, "base64");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const bare = Buffer.concat([Buffer.alloc(16, "r"), length, message, Buffer.from(appId)]);
  const padding = 32 - (bare.length % 32);
  const cipher = createCipheriv("aes-256-cbc", key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([bare, Buffer.alloc(padding, padding)]);
  const encrypted = Buffer.concat([cipher.update(padded), cipher.final()]).toString("base64");
  const parts = [token, "1", "2", encrypted].sort().join("");
  const signature = createHash("sha1").update(parts).digest("hex");
  return `<xml><Encrypt>${encrypted}</Encrypt><MsgSignature>${signature}</MsgSignature><TimeStamp>1</TimeStamp><Nonce>2</Nonce></xml>`;
}

describe("judge(): what WeChat makes of an answer", () => {
  const accepted: Readonly<Record<string, object>> = {
    text: { type: "text", content: "你好" },
    image: { type: "image", mediaId: "media_id" },
    voice: { type: "voice", mediaId: "media_id" },
    video: { type: "video", mediaId: "media_id", title: "title", description: "description" },
    music: {
      type: "music",
      title: "TITLE",
      description: "DESCRIPTION",
      url: "MUSIC_Url",
      hqUrl: "HQ_MUSIC_Url",
      thumbMediaId: "media_id",
    },
    news: {
      type: "news",
      articles: [{ title: "title1", description: "description1", picUrl: "picurl", url: "url" }],
    },
    transfer: { type: "transfer_customer_service" },
    "transfer-account": { type: "transfer_customer_service", account: "test1@test" },
  };
  for (const [name, content] of Object.entries(accepted)) {
    it(`accepts the documents' own sample of ${name}`, () => {
      expect(ok(named(sample(name)))).to.deep.include({ outcome: "reply", content });
    });
  }

  for (const body of ["", "success"]) {
    it(`takes ${JSON.stringify(body)} as an acknowledgement, in every mode`, () => {
      const safe = simulatedAccount({ token: "t", encodingAESKey: "A".repeat(43) });
      expect(ok(body)).to.deep.equal({ outcome: "acknowledged" });
      expect(ok(body, { account: safe })).to.deep.equal({ outcome: "acknowledged" });
    });
  }

  const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
    "an empty Content": [text("<Content><![CDATA[]]></Content>"), /Content is empty/],
    "a missing Content": [text(""), /<Content> is missing/],
    "a text of 2,049 bytes": [text(`<Content>${"a".repeat(2_049)}</Content>`), /2049 bytes/],
    JSON: ['{"reply":"hi"}', /is JSON/],
    "plain text": ["ok", /plain text/],
    "success in quotes": ['"success"', /is JSON/],
    "success with a newline": ["success\n", /"success" with white space around it/],
    "broken XML": ["<xml><ToUserName>", /not XML as WeChat reads it/],
    "a page": ["<!doctype html><title>Bad gateway</title>", /not XML as WeChat reads it/],
    "names that were not swapped": [
      text("<Content>hi</Content>")
        .replace("toUser", "x")
        .replace("fromUser", "toUser")
        .replace("x</To", "fromUser</To"),
      /not swapped/,
    ],
    "another user's openid": [text("<Content>hi</Content>").replace("toUser", "eve"), /openid/],
    "a time that is no number": [
      text("<Content>hi</Content>").replace(">1<", ">now<"),
      /CreateTime/,
    ],
    "an unknown type": [text("").replace(">text<", ">hologram<"), /"hologram"/],
    "a wrong ArticleCount": [news(1, 2), /ArticleCount is 2/],
    "no article": [news(0), /<Articles> is missing/],
    "eleven articles": [news(11), /11 articles/],
    "an encrypted answer to a plain push": [
      "<xml><Encrypt>a</Encrypt></xml>",
      /encrypted but the push was not/,
    ],
  };
  for (const [name, [body, reason]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const verdict = ok(body);
      expect(verdict.outcome).to.equal("fault");
      expect("reason" in verdict && verdict.reason).to.match(reason);
      expect("reasonZh" in verdict && verdict.reasonZh)
        .to.match(/\p{Script=Han}/u)
        .and.not.match(/\[object|\$\{/);
    });
  }

  for (const status of [201, 204, 302, 404, 500, 502]) {
    it(`refuses status ${status}`, () => {
      expect(judge({ status, body: Buffer.from("success") }, judged)).to.deep.include({
        outcome: "fault",
      });
    });
  }

  /** `你好`, and the same as other encodings have it. */
  const hello = {
    GBK: Buffer.from("c4e3bac3", "hex"),
    "Latin-1": Buffer.from("e9", "hex"),
    "half of a character": Buffer.from("e4bda0e5a5", "hex"),
  };
  const around = (bytes: Buffer) => {
    const [before = "", after = ""] = text("<Content>|</Content>").split("|");
    return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
  };
  const unreadable: readonly (readonly [string, Buffer, RegExp])[] = [
    ["GBK", around(hello.GBK), /not UTF-8.*looks like GBK.*Encode it as UTF-8/],
    ["Latin-1", around(hello["Latin-1"]), /not UTF-8, as WeChat wants it\. Encode it/],
    ["a cut character", around(hello["half of a character"]), /not UTF-8/],
    ["UTF-16", Buffer.from(`\uFEFF${text("<Content>你好</Content>")}`, "utf16le"), /like UTF-16/],
    ["UTF-16 without a mark", Buffer.from(text("<Content>a</Content>"), "utf16le"), /like UTF-16/],
    ["GBK that is no XML", hello.GBK, /looks like GBK/],
    ["a byte order mark", Buffer.from(`\uFEFF${text("<Content>hi</Content>")}`), /byte order mark/],
    ["a byte order mark before success", Buffer.from("\uFEFFsuccess"), /UTF-8 without BOM/],
    ["a byte order mark alone", Buffer.from("\uFEFF"), /byte order mark \(EF BB BF\)/],
  ];
  for (const [name, body, reason] of unreadable) {
    it(`refuses bytes that WeChat cannot read, and names them: ${name}`, () => {
      const verdict = ok(body);
      expect(verdict.outcome).to.equal("fault");
      expect("reason" in verdict && verdict.reason).to.match(reason);
      expect("reasonZh" in verdict && verdict.reasonZh)
        .to.match(/\p{Script=Han}/u)
        .and.not.match(/\[object|\$\{/);
    });

    it(`names them in an encrypted answer as well: ${name}`, () => {
      const safe = simulatedAccount({ token: "t", appId: "wx", encodingAESKey: "A".repeat(43) });
      const verdict = ok(sealed(body, safe), { account: safe });
      expect("reason" in verdict && verdict.reason).to.match(reason);
      expect("reasonZh" in verdict && verdict.reasonZh)
        .to.match(/\p{Script=Han}/u)
        .and.not.match(/\[object|\$\{/);
    });
  }

  for (const said of ["", "success", " success\n"]) {
    it(`says that silence is not encrypted: ${JSON.stringify(said)}`, () => {
      const safe = simulatedAccount({ token: "t", appId: "wx", encodingAESKey: "A".repeat(43) });
      const verdict = ok(sealed(Buffer.from(said), safe), { account: safe });
      expect(verdict.outcome).to.equal("fault");
      expect("reason" in verdict && verdict.reason).to.match(
        /success or an empty body.*unencrypted/,
      );
      expect("reasonZh" in verdict && verdict.reasonZh).to.match(/不加密/);
    });
  }

  it("reads U+FFFD as the character that it is", () => {
    expect(ok(text("<Content>\uFFFD</Content>")).outcome).to.equal("reply");
  });

  it("accepts a text of exactly 2,048 bytes", () => {
    expect(ok(text(`<Content>${"é".repeat(1_024)}</Content>`)).outcome).to.equal("reply");
  });

  it("shows one article after a message and eight after an event", () => {
    const shown = (isEvent: boolean) => {
      const verdict = ok(news(9), { isEvent });
      return verdict.outcome === "reply" && verdict.content.type === "news"
        ? verdict.content.articles.length
        : undefined;
    };
    expect([shown(false), shown(true)]).to.deep.equal([1, 8]);
  });

  it("refuses a file that nobody uploaded", () => {
    const verdict = ok(sample("image"), { hasMedia: () => false });
    expect(verdict).to.deep.include({ outcome: "fault" });
  });

  it("decrypts an answer and checks its signature, by Tencent's own vector", () => {
    const vector = vectors.find(({ name }) => name === "padding of thirty bytes");
    if (vector === undefined) throw new Error("the vector is missing");
    const { token, key, id, encrypted, msgSignature, timestamp, nonce } = vector;
    const safe = simulatedAccount({ token, appId: id, encodingAESKey: key });
    const sealed = (signature: string) =>
      `<xml><Encrypt>${encrypted}</Encrypt><MsgSignature>${signature}</MsgSignature><TimeStamp>${timestamp}</TimeStamp><Nonce>${nonce}</Nonce></xml>`;
    // The vector is a message of a user, so it is readable and then refused for its names.
    const opened = ok(sealed(msgSignature ?? ""), { account: safe });
    expect(opened).to.have.property("xml").that.contains("<Content><![CDATA[hello]]></Content>");
    const forged = ok(sealed("0".repeat(40)), { account: safe });
    expect(forged).to.have.property("reason").that.contains("MsgSignature");
  });

  it("refuses a clear answer in 安全模式 and accepts it in 兼容模式", () => {
    const key = "A".repeat(43);
    const of = (mode: "safe" | "compat") =>
      simulatedAccount({ token: "t", encodingAESKey: key, mode, id: "fromUser" });
    expect(ok(sample("text"), { account: of("safe") }).outcome).to.equal("fault");
    expect(ok(sample("text"), { account: of("compat") }).outcome).to.equal("reply");
  });
});
