import { expect } from "chai";
import Koa from "koa";
import bodyParser from "koa-bodyparser";
import { Wechat } from "koa-wx";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { account } from "../../support/push.js";
import {
  type Answer,
  bot,
  broken,
  diagnose,
  end,
  healthy,
  isSigned,
  problemIn,
  replyTo,
  sealed,
  token,
  whole,
} from "./patients.js";

describe("koa-wx doctor names what is wrong with encryption", () => {
  const otherKey = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

  it("when the server has another key, or another AppID", async () => {
    for (const other of [{ encodingAESKey: otherKey }, { appId: "wx0000000000000000" }]) {
      const found = problemIn(await diagnose(bot({ ...account, ...other }), { account: sealed }));
      expect(found.code).to.equal("decryption");
      expect(found.text).to.match(/cannot read an encrypted push \(status 403\)/);
      expect(found.fix).to.contain("EncodingAESKey");
    }
  });

  it("when the server has no key", async () => {
    const found = problemIn(await diagnose(bot(), { account: sealed }));
    expect(found.code).to.equal("decryption");
    expect(found.text).to.contain("has no EncodingAESKey");
  });

  it("when an encrypted push is answered in clear", async () => {
    const found = problemIn(await diagnose(healthy, { account: sealed }));
    expect(found.code).to.equal("unencrypted");
    expect(found.text).to.contain("was encrypted, but the answer is not");
  });

  it("when the program dies of an encrypted push", async () => {
    const post: Answer = (_req, res) => end(res, 500, "bad decrypt");
    const found = problemIn(await diagnose(broken({ post }), { account: sealed }));
    expect(found.code).to.equal("decryption");
    expect(found.text).to.contain("(status 500): bad decrypt");
  });

  it("when the server takes only encrypted pushes and none was asked for", async () => {
    const found = problemIn(await diagnose(bot(account)));
    expect(found.code).to.equal("encryption-expected");
    expect(found.fix).to.contain("--aes-key");
  });

  it("and notes a server whose silence tells nothing about its key", async () => {
    const post: Answer = (_req, res) => end(res, 200, "success");
    const findings = await diagnose(broken({ post }), { account: sealed });
    expect(findings.at(-1)).to.include({ level: "note", code: "unreadable" });
    expect(findings.at(-1)?.fix).to.contain("--text");
  });

  it("and notes a server that replies to plain pushes although it has a key", async () => {
    const findings = await diagnose(bot({ ...account, acceptPlain: true }), { account: sealed });
    expect(findings.at(-1)).to.include({ level: "note", code: "plain-accepted" });
  });

  /** A bot that takes what is not encrypted if `isTaken`, and encrypts every reply, or those to what was. */
  const sealing =
    (isTaken: (query: URLSearchParams) => boolean, every = true): Answer =>
    (req, res, query) => {
      if (req.method === "GET") return healthy(req, res, query);
      const cipher = new MessageCipher(account.encodingAESKey, account.appId);
      const [time, nonce] = [query.get("timestamp") ?? "", query.get("nonce") ?? ""];
      whole(req, (body) => {
        const [, encrypted = ""] = /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body) ?? [];
        const given = query.get("msg_signature");
        const isRight =
          given === null ? isTaken(query) : given === sign(token, time, nonce, encrypted);
        if (!isRight) return end(res, 403, "no");
        const message = given === null ? body : (cipher.open(encrypted) ?? "").toString();
        if (given === null && !every) return end(res, 200, replyTo(message));
        const reply = cipher.encrypt(replyTo(message));
        const signature = sign(token, time, nonce, reply);
        return end(
          res,
          200,
          `<xml><Encrypt>${reply}</Encrypt><MsgSignature>${signature}</MsgSignature><TimeStamp>${time}</TimeStamp><Nonce>${nonce}</Nonce></xml>`,
        );
      });
    };

  it("and notes it as well when what is replied is encrypted, as WeRoBot does it", async () => {
    const findings = await diagnose(sealing(isSigned), { account: sealed });
    expect(findings.filter(({ level }) => level !== "ok").map(({ code }) => code)).to.deep.equal([
      ...["private", "plain-accepted"],
    ]);
  });

  for (const mode of ["compat", "safe"] as const) {
    it(`and finds the hole of a bot that checks only what is encrypted: ${mode}`, async () => {
      for (const every of [true, false]) {
        const bot = sealing(() => true, every);
        const found = problemIn(await diagnose(bot, { account: { ...account, mode } }));
        expect(found.code).to.equal("signature-unchecked");
        expect(found.text).to.contain("plain push with a wrong signature");
      }
    });
  }

  it("and finds none in bots that refuse what is not encrypted", async () => {
    for (const mode of ["compat", "safe"] as const) {
      const findings = await diagnose(
        sealing(() => false),
        { account: { ...account, mode } },
      );
      expect(findings.filter(({ level }) => level !== "ok").map(({ code }) => code)).to.deep.equal([
        "private",
      ]);
    }
  });

  it("and finds no problem with 兼容模式 behind a body parser", async () => {
    const wx = new Wechat(account);
    wx.on("text", () => "yes");
    const app = new Koa().use(bodyParser()).use(wx.middleware());
    const findings = await diagnose(app, { account: { ...account, mode: "compat" } });
    expect(findings.filter(({ level }) => level === "problem")).to.deep.equal([]);
  });

  it("and refuses a key that is none before it sends anything", async () => {
    let asked = false;
    const server: Answer = (_req, res) => {
      asked = true;
      end(res, 200, "");
    };
    let failure: unknown;
    try {
      await diagnose(server, { account: { ...account, encodingAESKey: "short" } });
    } catch (error) {
      failure = error;
    }
    expect(failure).to.have.property("code", "WX_CONFIG");
    expect(asked).to.equal(false);
  });
});
