import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { run } from "../../../src/simulator/commands/program.js";
import { account } from "../../support/push.js";
import { freePort } from "../../support/redis.js";
import { until } from "../../support/until.js";

/** A bot of no library, which writes its environment down and answers the verification. */
const bot = `
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
writeFileSync(process.argv[2], JSON.stringify(process.env));
createServer((request, response) => {
  response.end(new URL(request.url, "http://localhost").searchParams.get("echostr"));
}).listen(process.env.PORT, "127.0.0.1");
`;

describe("koa-wx simulate: a bot that it starts", () => {
  let folder: string;
  let address: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "koa-wx-beside-"));
    writeFileSync(join(folder, "bot.mjs"), bot);
    address = `http://127.0.0.1:${await freePort()}/wechat`;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function simulate(...words: string[]) {
    const end = new AbortController();
    const lines: string[] = [];
    const add = (line: string) => lines.push(line);
    const given = ["simulate", address, "--port", "0", "--token", account.token, ...words];
    return {
      lines,
      end: () => end.abort(),
      code: run(given, { print: add, remark: add, signal: end.signal }),
    };
  }

  it("has the account and the API in its environment, and ends with the phone", async () => {
    const file = join(folder, "env.json");
    const sealed = ["--app-id", account.appId, "--aes-key", account.encodingAESKey];
    const { lines, end, code } = simulate(...sealed, "--", "node", join(folder, "bot.mjs"), file);
    await until(() => lines.includes("✓ The bot answers the verification."));
    expect(lines.join("\n")).not.to.contain("✗").and.not.to.contain("The API, as options");
    const env = JSON.parse(readFileSync(file, "utf8"));
    expect(env).to.include({
      WECHAT_TOKEN: account.token,
      WECHAT_APP_ID: account.appId,
      WECHAT_AES_KEY: account.encodingAESKey,
      WECHAT_API_BASE_URL: /^The phone: (.*)$/.exec(lines[0] ?? "")?.[1],
      PORT: new URL(address).port,
    });
    expect(env.WECHAT_APP_SECRET).to.match(/^[0-9a-f]{32}$/);
    end();
    expect(await code).to.equal(0);
    expect(await fetch(address).catch(() => "gone")).to.equal("gone");
  });

  it("has no key that stands in a file, when pushes are not encrypted", async () => {
    const file = join(folder, "plain.json");
    const { lines, end, code } = simulate("--", "node", join(folder, "bot.mjs"), file);
    await until(() => lines.includes("✓ The bot answers the verification."));
    end();
    await code;
    expect(JSON.parse(readFileSync(file, "utf8")).WECHAT_AES_KEY).to.equal("");
  });

  it("ends the phone when it ends, and says so by the code", async () => {
    expect(await simulate("--", "node", "-e", "process.exit(3)").code).to.equal(1);
    expect(await simulate("--", "node", "-e", "").code).to.equal(0);
  });

  it("is not blamed for how it ends when the phone is closed", async () => {
    const file = join(folder, "rude.json");
    const rude = "process.once('SIGTERM', () => process.exit(7));";
    writeFileSync(join(folder, "rude.mjs"), rude + bot);
    const { end, code } = simulate("--", "node", join(folder, "rude.mjs"), file);
    await until(() => existsSync(file));
    end();
    expect(await code).to.equal(0);
  });

  it("is said not to be there, when it is not", async () => {
    const { code, lines } = simulate("--", "no-such-program");
    expect(await code).to.equal(2);
    expect(lines.at(-1)).to.equal('"no-such-program" cannot be started: ENOENT.');
  });
});
