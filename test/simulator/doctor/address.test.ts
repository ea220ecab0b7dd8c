import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { ExamineOptions } from "../../../src/simulator/doctor/examine.js";
import { examineResponse } from "../../../src/simulator/doctor/response.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { account } from "../../support/push.js";
import {
  type Answer,
  allOf,
  bot,
  broken,
  diagnose,
  end,
  healthy,
  problemIn,
  token,
} from "./patients.js";

describe("koa-wx doctor finds no problem", () => {
  it("in a healthy server, and says what it tried", async () => {
    const findings = await diagnose(healthy);
    expect(findings.map(({ code, level }) => `${level} ${code}`)).to.deep.equal([
      "note private",
      "ok verification",
      "ok verification",
      "ok push",
      "ok push",
    ]);
    expect(findings[3]?.text).to.match(/accepts a push with a text reply, in \d+ ms/);
  });

  it("in a bot of koa-wx, plain or encrypted", async () => {
    const plain = await diagnose(bot());
    const safe = await diagnose(bot(account), { account });
    for (const findings of [plain, safe]) {
      expect(findings.filter(({ level }) => level !== "ok").map(({ code }) => code)).to.deep.equal([
        "private",
      ]);
    }
    expect(safe.at(-2)?.text).to.contain("accepts an encrypted push with a text reply");
  });

  it("in a bot that says success to everything", async () => {
    const post: Answer = (_req, res) => end(res, 200, "success");
    const findings = await diagnose(broken({ post }));
    expect(findings.filter(({ level }) => level === "problem")).to.deep.equal([]);
    expect(findings.at(-2)?.text).to.contain("accepts a push and says nothing");
  });
});

describe("koa-wx doctor names what is wrong with the address", () => {
  it("when DNS does not know the name", async () => {
    const findings = await allOf({ url: "http://nobody.invalid/wechat", account: { token } });
    const { code, text, fix } = problemIn(findings);
    expect(code).to.equal("dns");
    expect(text).to.contain("nobody.invalid");
    expect(fix).to.match(/域名解析|DNS server/);
  });

  it("when nothing listens at the port", async () => {
    const server = createServer();
    const url = await listen(server);
    const { port } = server.address() as AddressInfo;
    await shut(server);
    const { code, text } = problemIn(await allOf({ url, account: { token } }));
    expect(code).to.equal("connection");
    expect(text).to.equal(`nothing listens on port ${port} of 127.0.0.1 (connection refused)`);
  });

  it("when a public address has a port that WeChat does not call", async () => {
    // Documentation addresses (RFC 5737) lead nowhere; the connection itself goes to this machine.
    let asked = 0;
    const lookup: ExamineOptions["lookup"] = (_host, options, found) => {
      asked += 1;
      const address = asked === 1 ? "203.0.113.7" : "127.0.0.1";
      if (options.all) found(null, [{ address, family: 4 }]);
      else found(null, address, 4);
    };
    const server = createServer();
    const { port } = new URL(await listen(server));
    await shut(server);
    const url = `http://bot.example:${port}/wechat`;
    const [dns, address, connection] = await allOf({ url, account: { token }, lookup });
    expect(dns).to.include({ level: "ok", text: "the name bot.example is 203.0.113.7" });
    expect(address).to.include({ level: "problem", code: "address" });
    expect(address?.text).to.contain(`port ${port}; WeChat calls only 80 (http) and 443 (https)`);
    expect(connection).to.include({ level: "problem", code: "connection" });
  });

  it("when the port does not speak TLS", async () => {
    const server = createServer((_req, res) => end(res, 200, ""));
    const url = (await listen(server)).replace("http:", "https:");
    const { code, text } = problemIn(await allOf({ url, account: { token } }));
    await shut(server);
    expect(code).to.equal("protocol");
    expect(text).to.contain("does not speak TLS");
  });

  it("when the certificate is not accepted", () => {
    const target = { url: new URL("https://bot.example/wechat"), patience: 1, lookup: () => {} };
    for (const [failure, says] of [
      ["CERT_HAS_EXPIRED", "the TLS certificate has expired"],
      ["DEPTH_ZERO_SELF_SIGNED_CERT", "the TLS certificate is signed by itself"],
      ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "comes without its intermediate certificates"],
      ["ERR_TLS_CERT_ALTNAME_INVALID", "the TLS certificate is for another domain"],
      ["CERT_REVOKED", "is not accepted (CERT_REVOKED)"],
    ] as const) {
      const found = examineResponse(target, "GET", { failure });
      expect(found).to.include({ level: "problem", code: "certificate" });
      expect(found?.text).to.contain(says);
    }
  });
});
