/** The tests that the README and the page on testing show, run by the test runners that the page names. */
import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import { listen, shut } from "../../src/simulator/listen.js";
import { testOf } from "../../src/simulator/pushes/copies.js";
import { startSimulator } from "../../src/simulator/server.js";
import type { PushRecord } from "../../src/simulator/world/journal.js";
import { foreignModules, installPacked, same, type UserFolder } from "../support/installed.js";

const page = readFileSync("docs/testing.md", "utf8");

/** The blocks of a section, by language. */
function section(heading: string): (language: string) => string {
  const [, text = ""] = page.split(`\n### ${heading}\n`);
  const [own = ""] = text.split(/^##/m);
  return (language) => {
    const [, block = ""] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(own) ?? [];
    return block;
  };
}

/** The first test that a page shows. */
const shown = (file: string) =>
  [...readFileSync(file, "utf8").matchAll(/^```ts\n(.*?)^```/gms)]
    .map(([, code]) => code as string)
    .find((code) => /^ *it\(/m.test(code)) ?? "";

const tests = ["README.md", "docs/testing.md"].map(shown);
/** How many that are. */
const all = tests.join("").match(/^ *it\(/gm)?.length ?? 0;

describe("docs/testing.md: its first tests, and those of the README,", function () {
  this.timeout(60_000);
  let user: UserFolder;

  before(function () {
    this.timeout(240_000);
    user = installPacked(same(["@types/koa", "@types/node", "mocha", "tsx"]));
    user.link(same(["@swc/core", "@swc/jest", "jest", "vitest"]), foreignModules());
    user.write("package.json", '{ "name": "user", "private": true, "type": "module" }');
  });
  after(() => user?.remove());

  /** Writes the tests as the section has them begin, and gives its last command for a shell. */
  function prepare(heading: string): [shell: string, option: string, command: string] {
    const block = section(heading);
    const imports = block("js").match(/^import .*$/m)?.[0] ?? "";
    tests.forEach((code, index) => {
      user.write(`bot${index}.test.ts`, `${imports}\n${code}`);
    });
    const command = block("sh").trim().split("\n").at(-1) ?? "";
    return ["sh", "-c", command.replace("npx ", "")];
  }

  it("are several", () => {
    expect(all).to.equal(6);
  });

  it("pass in mocha", async () => {
    expect(await user.run(...prepare("mocha"))).to.contain(`${all} passing`);
  });

  it("pass in vitest", async () => {
    const printed = await user.run(...prepare("vitest"));
    expect(printed).to.match(new RegExp(`Tests +${all} passed`));
  });

  it("pass in node:test", async () => {
    expect(await user.run(...prepare("node:test"))).to.match(new RegExp(`^[#ℹ] pass ${all}$`, "m"));
  });

  it("has one that the phone has copied pass in mocha as it is, and in vitest with its line", async () => {
    const wx = new Wechat({ token: "tokenOfACopy0001", appId: "wx0000000000000000" });
    wx.on("text", (ctx) => `收到 ${ctx.text}`);
    const bot = createServer(new Koa().use(wx.middleware()).callback());
    const url = `${await listen(bot)}/wechat`;
    const account = { token: "tokenOfACopy0001", appId: "wx0000000000000000" };
    const { cloud, close } = await startSimulator({ target: url, account });
    const push = await cloud.act(cloud.world.people.named("alice"), { act: "text", text: "你好" });
    const copied = testOf(cloud.world, url, push as PushRecord, {
      MsgType: "text",
      Content: "你好",
    });
    process.env.WECHAT_TOKEN = account.token;
    try {
      user.write("copied.spec.ts", copied);
      const node = ["--import", "tsx", "node_modules/mocha/bin/mocha.js", "copied.spec.ts"];
      expect(await user.run("node", ...node)).to.contain("1 passing");
      user.write("copied.spec.ts", copied.replace("// vitest: ", ""));
      expect(await user.run("vitest", "run", "copied.spec.ts")).to.match(/Tests +1 passed/);
    } finally {
      delete process.env.WECHAT_TOKEN;
      rmSync(join(user.folder, "copied.spec.ts"));
      await close();
      await shut(bot);
      await wx.close();
    }
  });

  describe("in Jest 30", () => {
    before(() => user.write("jest.config.js", section("Jest 30")("js")));

    it("pass with the flag and the configuration of the page", async () => {
      const { stderr } = await user.runs(...prepare("Jest 30"));
      expect(stderr).to.match(new RegExp(`Tests: +${all} passed, ${all} total`));
    });

    it("pass in JavaScript with the line of configuration that the page names", async () => {
      const [, line = ""] = /^In JavaScript, `(export default .*?)`/m.exec(page) ?? [];
      user.write("plain.config.js", line);
      const [first = ""] = tests;
      user.write("plain.test.js", first);
      const command = section("Jest 30")("sh").trim().split("\n").at(-1)?.replace("npx ", "");
      const { stderr } = await user.runs("sh", "-c", `${command} -c plain.config.js plain.test.js`);
      expect(stderr).to.match(/Tests: +1 passed, 1 total/);
    });

    it("cannot be loaded without the flag", async () => {
      const [, , command] = prepare("Jest 30");
      const { stderr } = await user.runs("sh", "-c", command.replace(/^NODE_OPTIONS=\S+ /, ""));
      expect(stderr).to.match(/Must use import to load ES Module|Cannot use import statement/);
    });
  });
});
