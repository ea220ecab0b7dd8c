import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { MessageCipher } from "../../src/wire/crypto.js";
import { sign } from "../../src/wire/signature.js";
import { parseXml } from "../../src/wire/xml.js";
import { type Example, startExample } from "../support/example.js";
import { account, send, signedQuery, textXml } from "../support/push.js";

const fixture = (path: string) => readFileSync(`test/fixtures/${path}.xml`, "utf8");

/** The pushes of the tutorial and what the bot says to each. */
const conversation: [string, string, Record<string, unknown>][] = [
  ["a text", textXml("你好"), { MsgType: "text", Content: "你好" }],
  [
    "a picture",
    fixture("messages/image"),
    { MsgType: "image", Image: { MediaId: "gyci5a-xxxxx-OL" } },
  ],
  ["a voice message", fixture("messages/voice"), { MsgType: "text", Content: "腾讯微信团队" }],
  [
    "a voice message that nobody recognised",
    fixture("messages/voice")
      .replace("5847298622973403529", "1")
      .replace(/<Recognition>.*?<\/Recognition>/, ""),
    { MsgType: "text", Content: "无法识别" },
  ],
  ["a new follower", fixture("events/subscribe"), { MsgType: "text", Content: "感谢您的关注!" }],
  ["a link", fixture("messages/link"), { MsgType: "text" }],
];

describe("examples/echo.ts", function () {
  this.timeout(20_000);
  let bot: Example;

  describe("in plain mode", () => {
    before(async () => {
      bot = await startExample("echo", { WECHAT_TOKEN: account.token });
    });
    after(() => bot.stop());

    for (const [what, body, expected] of conversation) {
      it(`answers ${what}`, async () => {
        const response = await send(bot.address, { query: signedQuery(), body });
        expect(response.status).to.equal(200);
        expect(JSON.parse(JSON.stringify(parseXml(response.body)))).to.deep.include(expected);
      });
    }

    it("prints a curl line that answers", () => {
      const line = /^curl .*$/m.exec(bot.output)?.[0] ?? "";
      const answer = execFileSync("sh", ["-c", `${line} -sS`], { encoding: "utf8" });
      expect(parseXml(answer).Content).to.equal("你好");
    });
  });

  describe("in safe mode", () => {
    const { token, appId, encodingAESKey } = account;
    const cipher = new MessageCipher(encodingAESKey, appId);
    before(async () => {
      bot = await startExample("echo", {
        WECHAT_TOKEN: token,
        WECHAT_APP_ID: appId,
        WECHAT_AES_KEY: encodingAESKey,
      });
    });
    after(() => bot.stop());

    for (const [what, body, expected] of conversation) {
      it(`answers ${what}`, async () => {
        const encrypted = cipher.encrypt(body);
        const query = signedQuery({ encrypt_type: "aes" });
        const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
        const response = await send(bot.address, {
          query: { ...query, msg_signature },
          body: `<xml><ToUserName>gh</ToUserName><Encrypt>${encrypted}</Encrypt></xml>`,
        });
        const reply = cipher.decrypt(String(parseXml(response.body).Encrypt));
        expect(JSON.parse(JSON.stringify(parseXml(reply)))).to.deep.include(expected);
      });
    }
  });
});
