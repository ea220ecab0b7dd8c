import { spawn } from "node:child_process";
import { expect } from "chai";
import { bundle } from "../support/bundle.js";

const bot = `
import Koa from "koa";
import { Wechat } from "koa-wx";
import { simulate } from "koa-wx/testing";

const account = { token: "tokenOfATestThatIsLong", appId: "wx1", appSecret: "secret" };
const start = () => simulate(({ url }) => {
  const wx = new Wechat({ ...account, api: { baseUrl: url } });
  wx.onText("send", async (ctx) => { await ctx.send("late"); });
  wx.onText("hang", () => new Promise(() => {}));
  wx.on("text", (ctx) => ctx.message.Content);
  const app = new Koa();
  app.use(wx.middleware());
  return app;
}, account);
`;

/** Runs a program in a process of its own, which has to end by itself. */
async function run(
  source: string,
  ...flags: readonly string[]
): Promise<{ code: number; out: string }> {
  const file = await bundle(bot + source);
  return new Promise((done) => {
    const child = spawn(process.execPath, [...flags, file], {
      // Else node:test believes that it is a part of another run.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      // A group of its own, so that the processes of node:test end with it.
      detached: true,
    });
    let out = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (out += chunk));
    const timer = setTimeout(() => process.kill(-Number(child.pid), "SIGKILL"), 9_000);
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ code: code ?? -1, out });
    });
  });
}

describe("koa-wx/testing in other surroundings", function () {
  this.timeout(20_000);

  it("runs in node:test, with hooks and with await using", async () => {
    const { code, out } = await run(
      `
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Phone } from "koa-wx/testing";

describe("simulate(): the bot", () => {
  let phone: Phone;
  before(async () => { phone = await start(); });
  after(() => phone.close());

  it("answers", async () => {
    const { text } = await phone.user("alice").sends("hi");
    assert.equal(text, "hi");
  });
  it("sends", async () => {
    const answer = await phone.user("alice").sends("send");
    assert.deepEqual(await answer.late(2_000), { type: "text", content: "late" });
  });
});

it("is closed at the end of its block", async () => {
  await using phone = await start();
  assert.equal((await phone.user("bob").sends("yo")).text, "yo");
});
`,
      "--test",
    );
    expect(out)
      .to.match(/pass 3/)
      .and.match(/fail 0/);
    expect(code).to.equal(0);
  });

  it("leaves nothing behind that keeps the process alive", async () => {
    const { code, out } = await run(`
const phone = await start();
const alice = phone.user("alice");
await alice.sends("hi");
void alice.sends("hang").then(({ reason }) => console.log(reason));
await new Promise((resolve) => setTimeout(resolve, 50));
await phone.close();
await phone.close();
console.log("closed");
`);
    expect(out).to.equal("the simulated WeChat was closed before the bot had answered\nclosed\n");
    expect(code).to.equal(0);
  });
});
