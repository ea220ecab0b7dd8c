import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import { simulate } from "koa-wx/testing";
import { run } from "../../../src/simulator/commands/program.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import type { PhoneView } from "../../../src/simulator/phone/view.js";

const token = "tokenOfTheState1";
const appId = "wx0000000000000000";

describe("koa-wx simulate --state: the state of the phone", function () {
  this.timeout(15_000);
  let folder: string;
  let file: string;
  let bot: Server;
  let wx: Wechat;
  let url: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "koa-wx-state-"));
    file = join(folder, "phone.json");
    wx = new Wechat({ token, appId, appSecret: "secret" });
    wx.on("text", (ctx) => `收到 ${ctx.text}`);
    const app = new Koa();
    app.use(wx.middleware());
    bot = createServer(app.callback());
    url = `${await listen(bot)}/wechat`;
  });
  afterEach(async () => {
    await shut(bot);
    await wx.close();
    rmSync(folder, { recursive: true });
  });

  /** The command, until the work with its phone is done. */
  async function phone<T>(work: (phone: string) => Promise<T>, ...more: string[]): Promise<T> {
    const end = new AbortController();
    const remarks: string[] = [];
    let ended: Promise<number> | undefined;
    const address = await new Promise<string>((resolve, reject) => {
      const words = [
        "simulate",
        url,
        "--port",
        "0",
        "--token",
        token,
        "--app-id",
        appId,
        "--state",
        file,
      ];
      ended = run([...words, "--app-secret", "secret", ...more], {
        print: (line) =>
          line.startsWith("The phone: ") && resolve(line.slice("The phone: ".length)),
        remark: (line) => remarks.push(line),
        signal: end.signal,
      });
      ended.then((code) => reject(new Error(`${code} ${remarks.join("\n")}`)), reject);
    });
    try {
      return await work(address);
    } finally {
      end.abort();
      await ended;
    }
  }

  const post = (at: string, path: string, body: object) =>
    fetch(at + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const view = async (at: string, user = "alice") =>
    (await (await fetch(`${at}/phone/state?user=${user}`)).json()) as PhoneView;
  const say = async (at: string, text: string) => {
    await post(at, "/phone/act", { user: "alice", act: "text", text });
    for (let round = 0; round < 100; round += 1) {
      const { chat } = await view(at);
      if (chat.some(({ content }) => content.type === "text" && content.content === `收到 ${text}`))
        return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("There was no reply.");
  };

  it("outlives it, with people, chats, menu, files, records and settings", async () => {
    const mediaId = await phone(async (at) => {
      await say(at, "一");
      await post(at, "/phone/people", { name: "小明" });
      await post(at, "/phone/settings", { kind: "subscription" });
      const tokens = await (
        await fetch(`${at}/cgi-bin/token?grant_type=client_credential&appid=${appId}&secret=secret`)
      ).json();
      const { access_token } = tokens as { access_token: string };
      const menu = { button: [{ name: "今日", type: "click", key: "today" }] };
      await post(at, `/cgi-bin/menu/create?access_token=${access_token}`, menu);
      const uploaded = await fetch(`${at}/phone/media?type=image&name=a.png`, {
        method: "POST",
        headers: { "Content-Type": "image/png" },
        body: "picture",
      });
      return ((await uploaded.json()) as { mediaId: string }).mediaId;
    });
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readFileSync(file, "utf8")).not.to.contain(token).and.not.contain('"secret"');
    await phone(async (at) => {
      const before = await view(at);
      expect(before.people.map(({ name }) => name)).to.deep.equal(["alice", "小明"]);
      expect(before.people[0]?.following).to.equal(true);
      expect(before.settings.account.kind).to.equal("subscription");
      expect(before.settings.menu.map(({ name }) => name)).to.deep.equal(["今日"]);
      expect(before.chat.map(({ content }) => content)).to.deep.equal([
        { type: "text", content: "一" },
        { type: "text", content: "收到 一" },
      ]);
      expect(await (await fetch(`${at}/phone/media/${mediaId}`)).text()).to.equal("picture");
      await say(at, "二");
      const { chat, records } = await view(at);
      for (const ids of [chat.map(({ id }) => id), records.map(({ id }) => id)]) {
        expect(ids).to.deep.equal([...new Set(ids)].sort((one, other) => one - other));
      }
      expect(chat.length).to.equal(4);
      expect(records.filter(({ kind }) => kind === "push").length).to.equal(2);
    });
    await phone(
      async (at) => expect((await view(at)).settings.account.kind).to.equal("personal"),
      "--kind",
      "personal",
    );
  });

  it("is written soon after a change, so that nothing is lost when the process is killed", async () => {
    await phone(async (at) => {
      await say(at, "马上");
      for (let round = 0; round < 200; round += 1) {
        try {
          if (readFileSync(file, "utf8").includes("收到 马上")) return;
        } catch {}
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error("It was not written.");
    });
  });

  it("can be what a test has exported", async () => {
    const test = await simulate(url, { token, appId });
    await test.user("bob").sends("在测试里");
    writeFileSync(file, JSON.stringify(test.export()));
    await test.close();
    await phone(async (at) => {
      const { chat } = await view(at, "bob");
      expect(chat.map(({ from }) => from)).to.deep.equal(["user", "account"]);
    });
  });

  it("is refused in a sentence when it is something else", async () => {
    for (const text of ["", "[]", '{"people":[]}', "null"]) {
      writeFileSync(file, text);
      const remarks: string[] = [];
      const code = await run(["simulate", url, "--port", "0", "--token", token, "--state", file], {
        print: () => undefined,
        remark: (line) => remarks.push(line),
        signal: new AbortController().signal,
      });
      expect(code).to.equal(2);
      expect(remarks.at(-1)).to.match(/holds no state of a simulated WeChat\. Name a file/);
      expect(readFileSync(file, "utf8")).to.equal(text);
    }
  });
});
