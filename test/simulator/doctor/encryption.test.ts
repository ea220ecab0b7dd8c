import { expect } from "chai";
import Koa from "koa";
import bodyParser from "koa-bodyparser";
import { Wechat } from "koa-wx";
import { account } from "../../support/push.js";
import { type Answer, bot, broken, diagnose, end, healthy, problemIn, sealed } from "./patients.js";

describe("The doctor names what is wrong with encryption", () => {
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
