import { readFileSync } from "node:fs";
import { expect } from "chai";
import { decode } from "../../../src/message/decode.js";
import { pushXml, seal, verification } from "../../../src/simulator/pushes/push.js";
import { simulatedAccount } from "../../../src/simulator/world/account.js";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { parseXml } from "../../../src/wire/xml/xml.js";

const squeezed = (path: string) =>
  readFileSync(new URL(`../../fixtures/${path}.xml`, import.meta.url), "utf8")
    .replace(/>\s+</g, "><")
    .trim();

describe("pushXml(): the pushes of the simulated WeChat", () => {
  it("are written byte for byte as in 「接收普通消息」", () => {
    const xml = pushXml({
      ToUserName: "gh_866835093fea",
      FromUserName: "ogdotwSc_MmEEsJs9-ABZ1QL_4r4",
      CreateTime: 1_348_831_860,
      MsgType: "text",
      Content: "this is a test",
      MsgId: 6_349_323_426_230_210_995n,
      bizmsgmenuid: 101,
      MsgDataId: "xxxx",
      Idx: 1,
    });
    expect(xml.replace(/<!\[CDATA\[xxxx\]\]>/, "xxxx")).to.equal(
      squeezed("messages/text").replace(/<!\[CDATA\[xxxx\]\]>/, "xxxx"),
    );
  });

  it("nest elements and repeat lists", () => {
    const xml = pushXml({
      SendPicsInfo: { Count: 2, PicList: { item: [{ PicMd5Sum: "a" }, { PicMd5Sum: "b" }] } },
    });
    expect(xml).to.equal(
      "<xml><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum><![CDATA[a]]></PicMd5Sum></item><item><PicMd5Sum><![CDATA[b]]></PicMd5Sum></item></PicList></SendPicsInfo></xml>",
    );
  });

  const key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  const xml = pushXml({
    ToUserName: "gh_1",
    FromUserName: "alice",
    CreateTime: 1,
    MsgType: "text",
    Content: "hi",
    MsgId: 1n,
  });
  const push = { xml, openid: "alice", seconds: 1_700_000_000 };

  it("are signed over token, timestamp and nonce in 明文模式", () => {
    const { query, body } = seal(simulatedAccount({ token: "pamtest" }), push);
    expect([...query.keys()]).to.deep.equal(["signature", "timestamp", "nonce", "openid"]);
    expect(query.get("signature")).to.equal(
      sign("pamtest", "1700000000", query.get("nonce") ?? ""),
    );
    expect(body).to.equal(xml);
  });

  it("carry two elements in 安全模式, and msg_signature covers the cipher text", () => {
    const account = simulatedAccount({ token: "pamtest", appId: "wx1", encodingAESKey: key });
    const { query, body } = seal(account, push);
    const root = parseXml(body);
    expect(Object.keys(root)).to.deep.equal(["ToUserName", "Encrypt"]);
    expect(query.get("encrypt_type")).to.equal("aes");
    expect(query.get("msg_signature")).to.equal(
      sign("pamtest", "1700000000", query.get("nonce") ?? "", String(root.Encrypt)),
    );
    expect(new MessageCipher(key, "wx1").decrypt(String(root.Encrypt))).to.equal(xml);
  });

  it("carry both the clear and the encrypted message in 兼容模式", () => {
    const account = simulatedAccount({
      token: "pamtest",
      appId: "wx1",
      encodingAESKey: key,
      mode: "compat",
    });
    const root = parseXml(seal(account, push).body);
    expect(decode(root)).to.deep.include({ MsgType: "text", Content: "hi" });
    expect(new MessageCipher(key, "wx1").decrypt(String(root.Encrypt))).to.equal(xml);
  });

  it("verify a server address with an echostr of 64 bits", () => {
    const query = verification(simulatedAccount({ token: "t" }), 1_700_000_000);
    expect(query.get("echostr")).to.match(/^\d{18,19}$/);
    expect([...query.keys()]).to.deep.equal(["signature", "echostr", "timestamp", "nonce"]);
  });
});
