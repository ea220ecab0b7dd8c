import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import Koa from "koa";
import { reply, Wechat } from "koa-wx";
import { eventTypes } from "../../../src/message/events.js";
import { messageTypes } from "../../../src/message/messages.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import type { Act } from "../../../src/simulator/pushes/acts.js";
import { composable } from "../../../src/simulator/pushes/composable.js";
import { fieldsIn, linesOf, MalformedLine } from "../../../src/simulator/pushes/field-lines.js";
import { type Simulator, startSimulator } from "../../../src/simulator/server.js";
import type { SimulatedAccountOptions } from "../../../src/simulator/world/account.js";
import type { PushRecord } from "../../../src/simulator/world/journal.js";

const exec = promisify(execFile);
const encodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const token = "tokenOfTheCopies";
const appId = "wx0000000000000000";

describe("composable(): the lines of a push", () => {
  it("name elements within others, and those that are repeated", () => {
    const fields = {
      MsgType: "event",
      EventKey: 'say "hi"\nagain',
      SendPicsInfo: { Count: "2", PicList: { item: [{ PicMd5Sum: "a" }, { PicMd5Sum: "b=c" }] } },
    };
    const lines = linesOf(fields);
    expect(lines).to.equal(
      'MsgType=event\nEventKey="say \\"hi\\"\\nagain"\nSendPicsInfo.Count=2\nSendPicsInfo.PicList.item.1.PicMd5Sum=a\nSendPicsInfo.PicList.item.2.PicMd5Sum=b=c',
    );
    expect(fieldsIn(lines)).to.deep.equal(fields);
  });

  it("are read as they were written, whatever stands in them", () => {
    const name = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/).filter((one) => one !== "__proto__");
    const flat = fc.dictionary(name, fc.string({ unit: "grapheme" }), {
      minKeys: 1,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.oneof(fc.string(), flat), { noNullPrototype: true }),
        (fields) => {
          expect(fieldsIn(linesOf(fields))).to.deep.equal(fields);
        },
      ),
    );
  });

  it("say which one is none", () => {
    for (const [text, line] of [
      ["Event", 1],
      ["a=1\n=2", 2],
      ["a=1\n\na.b=2", 3],
      ["a=1\na=2", 2],
      ['a="x', 1],
      ["a b=1", 1],
    ] as const) {
      expect(() => fieldsIn(text), text)
        .to.throw(MalformedLine)
        .with.property("line", line);
    }
  });

  it("are there to begin with for every message and every event of the documents", () => {
    const known = composable();
    const names = new Set([...messageTypes, ...eventTypes].filter((name) => name !== "event"));
    expect(Object.keys(known)).to.have.members([...names]);
    for (const [name, lines] of Object.entries(known)) {
      const { MsgType, Event } = fieldsIn(lines);
      expect(MsgType === "event" ? Event : MsgType, name).to.equal(name);
    }
  });
});

describe("testOf(): what is copied of a push", function () {
  this.timeout(30_000);
  let target: string;
  let simulator: Simulator;
  let heard: string[];
  const begun: (() => Promise<unknown>)[] = [];

  async function start(account: Partial<SimulatedAccountOptions> = {}): Promise<void> {
    const bot = createServer();
    target = `${await listen(bot)}/wechat`;
    heard = [];
    const { encodingAESKey: key, cloudHosting } = account;
    const wx = new Wechat({
      ...(cloudHosting === undefined ? { token } : { cloudHosting: true }),
      ...{ appId, appSecret: "secret" },
      ...(key === undefined ? {} : { encodingAESKey: key, acceptPlain: true }),
    });
    wx.use((ctx, next) => {
      heard.push(`${ctx.message.MsgType} ${ctx.message.FromUserName}`);
      return next();
    });
    wx.onSubscribe((ctx) => `欢迎 ${ctx.scene ?? ""}`);
    wx.onClick("today", () =>
      reply.news([{ title: "茶", description: "d", url: "https://a.example/", picUrl: "" }]),
    );
    wx.onText("静", () => undefined);
    wx.on("text", (ctx) => `你说 ${ctx.text}`);
    wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
    wx.onEvent("location_select", (ctx) => ctx.message.SendLocationInfo.Label);
    const app = new Koa();
    app.silent = true;
    app.use(wx.middleware());
    bot.on("request", app.callback());
    simulator = await startSimulator({ target, account: { token, appId, ...account } });
    begun.push(
      () => wx.close(),
      () => shut(bot),
      simulator.close,
    );
    simulator.cloud.world.people.named("alice").following = true;
  }
  afterEach(async () => {
    for (const end of begun.splice(0).toReversed()) await end();
  });

  const post = async (path: string, body: object) => {
    const response = await fetch(simulator.url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return {
      status: response.status,
      ...((await response.json()) as { text?: string; error?: string }),
    };
  };
  const alice = () => simulator.cloud.world.people.named("alice");
  const act = async (one: Act) => (await simulator.cloud.act(alice(), one)) as PushRecord;
  const copy = async (record: PushRecord, as: string) =>
    (await post("/phone/copy", { id: record.id, as })).text ?? "";

  const modes: Readonly<Record<string, Partial<SimulatedAccountOptions>>> = {
    "in 明文模式": {},
    "in 兼容模式": { encodingAESKey, mode: "compat" },
    "in 安全模式": { encodingAESKey, mode: "safe" },
    "within 微信云托管": { cloudHosting: true },
  };
  for (const [name, account] of Object.entries(modes)) {
    it(`is a curl command that the bot answers when it is pasted, ${name}`, async () => {
      await start(account);
      const text = `it's "你好" $HOME \`id\` \\ !\n第二行`;
      const record = await act({ act: "text", text });
      const command = await copy(record, "curl");
      expect(command)
        .to.match(/^curl -sS 'http/)
        .and.not.contain(token);
      const { stdout } = await exec("sh", ["-c", command]);
      expect(heard).to.deep.equal([`text ${alice().openid}`, `text ${alice().openid}`]);
      if (account.mode === "safe") expect(stdout).to.contain("<Encrypt>").and.not.contain("你说");
      else if (account.mode !== "compat") expect(stdout).to.contain("第二行");
    });
  }

  it("is sent again, as the same user, with a new id, and stands in the chat", async () => {
    await start();
    const record = await act({ act: "text", text: "再来" });
    expect(await post("/phone/act", { user: "alice", act: "again", id: record.id })).to.include({
      status: 202,
    });
    await simulator.cloud.settled();
    const [first, second] = simulator.cloud.world.journal.records as PushRecord[];
    expect(second).to.include({ openid: first?.openid, outcome: "reply" });
    expect(/<MsgId>\d+<\/MsgId>|<MsgId>.*?<\/MsgId>/.exec(second?.xml ?? "")?.[0]).not.to.equal(
      /<MsgId>\d+<\/MsgId>/.exec(first?.xml ?? "")?.[0],
    );
    const said = alice().chat.map(({ content }) =>
      content.type === "text" ? content.content : content.type,
    );
    expect(said).to.deep.equal(["再来", "你说 再来", "再来", "你说 再来"]);
  });

  it("is its fields, which can be changed and sent", async () => {
    await start();
    const record = await act({ act: "push", fields: fieldsIn(composable().location_select ?? "") });
    const lines = await copy(record, "fields");
    expect(lines)
      .to.contain("SendLocationInfo.Label=广州 T.I.T 创意园")
      .and.not.contain("CreateTime");
    const fields = fieldsIn(lines.replace("Label=广州 T.I.T 创意园", "Label=山里"));
    await post("/phone/act", { user: "alice", act: "push", fields, shown: true });
    await simulator.cloud.settled();
    expect(alice().chat.at(-1)?.content).to.deep.equal({ type: "text", content: "山里" });
  });

  it("is refused when it is not remembered, or nothing that can be copied", async () => {
    await start();
    const record = await act({ act: "text", text: "一" });
    expect(await post("/phone/copy", { id: 99, as: "curl" })).to.include({ status: 400 });
    expect(await post("/phone/copy", { id: record.id, as: "constructor" })).to.include({
      status: 400,
    });
    expect(await post("/phone/act", { user: "alice", act: "again", id: 99 })).to.include({
      status: 400,
    });
  });

  it("is a test that compiles and passes, in every mode", async () => {
    const acts: readonly Act[] = [{ act: "text", text: `it's "你好" \${x} \\ \n\`第二行\`` }];
    const copied: string[] = [];
    for (const account of Object.values(modes)) {
      await start(account);
      const { mediaId } = simulator.cloud.world.media.add({
        ...{ type: "image", contentType: "image/png", filename: "a.png", data: Buffer.from("x") },
      });
      const more: readonly Act[] = [
        { act: "text", text: "静" },
        { act: "unfollow" },
        { act: "follow", scene: "桌子 7" },
        { act: "click", key: "today" },
        { act: "image", mediaId },
        { act: "location", latitude: 1.5, longitude: 2, label: "此处" },
        { act: "push", fields: fieldsIn(composable().location_select ?? "") },
      ];
      const all = account.mode === "safe" ? [...acts, ...more] : acts;
      for (const one of all) copied.push(await copy(await act(one), "test"));
    }
    expect(copied.join()).not.to.contain(token).and.not.contain(encodingAESKey);
    const folder = mkdtempSync("test/copied-");
    try {
      const files = copied.map((text, index) => {
        const file = join(folder, `copied${index}.test.ts`);
        writeFileSync(file, text);
        return file;
      });
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ extends: "../../tsconfig.json", include: ["."], exclude: [] }),
      );
      const env = { ...process.env, WECHAT_TOKEN: token, WECHAT_AES_KEY: encodingAESKey };
      const bin = (command: string) => join("node_modules/.bin", command);
      const [compiled, ran] = await Promise.all([
        exec(bin("tsc"), ["-p", folder]).catch((error) => error),
        exec(
          process.execPath,
          [
            "--import",
            "tsx",
            "node_modules/mocha/bin/mocha.js",
            "--no-config",
            "--timeout=20000",
            ...files,
          ],
          { env },
        ).catch((error) => error),
      ]);
      expect(compiled.stdout).to.equal("");
      expect(`${ran.stdout}${ran.stderr}`, `${ran.stderr}`.slice(0, 1500))
        .to.contain(`${copied.length} passing`)
        .and.not.contain("failing");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
