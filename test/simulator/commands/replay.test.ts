import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import Koa from "koa";
import { type AnyMessage, recorder, Wechat } from "koa-wx";
import { run } from "../../../src/simulator/commands/program.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { account, signedQuery } from "../../support/push.js";

describe("koa-wx replay", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "koa-wx-replay-"));
    file = join(folder, "pushes.ndjson");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function replay(url: string, ...more: string[]) {
    const lines: string[] = [];
    const code = await run(["replay", file, url, ...more], {
      print: (line) => lines.push(line),
      remark: (line) => lines.push(line),
      signal: new AbortController().signal,
    });
    return { code, lines };
  }

  /** Starts a bot, runs the test, and stops the bot. */
  async function withBot(
    options: { encodingAESKey?: string; appId?: string },
    test: (url: string, seen: AnyMessage[]) => Promise<void>,
  ): Promise<void> {
    const seen: AnyMessage[] = [];
    const wx = new Wechat({ token: account.token, ...options });
    wx.use((ctx, next) => {
      seen.push(ctx.message);
      return next();
    });
    wx.on("text", (ctx) => `You said ${ctx.text}`);
    wx.onClick("BROKEN", () => {
      throw new Error("broken");
    });
    wx.catch(() => undefined);
    const server = createServer(new Koa().use(wx.middleware()).callback());
    const url = `${await listen(server)}/wechat`;
    try {
      await test(url, seen);
    } finally {
      await shut(server);
    }
  }

  const push = (from: string, time: number, fields: string) =>
    `<xml><ToUserName>gh_866835093fea</ToUserName><FromUserName>${from}</FromUserName><CreateTime>${time}</CreateTime>${fields}</xml>`;

  it("delivers again what the recorder wrote, to a bot with another key", async () => {
    const recording = new Wechat({ token: account.token }).use(recorder({ file }));
    const bodies = [
      push("alice", 1_348_831_860, "<MsgType>text</MsgType><Content>one</Content><MsgId>1</MsgId>"),
      push(
        "bob",
        1_348_831_863,
        "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>K</EventKey>",
      ),
      push("alice", 1_348_831_867, "<MsgType>text</MsgType><Content>two</Content><MsgId>2</MsgId>"),
      push(
        "bob",
        1_348_831_868,
        "<MsgType>event</MsgType><Event>pic_sysphoto</Event><EventKey>P</EventKey><SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item><item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>",
      ),
    ];
    for (const body of bodies) {
      await recording.receive({ method: "POST", query: signedQuery(), body });
    }
    while (!readFileSync(file, { encoding: "utf8", flag: "a+" }).includes("PicMd5Sum"))
      await wait(5);

    await withBot(account, async (url, seen) => {
      const key = ["--aes-key", account.encodingAESKey, "--app-id", account.appId];
      const { code, lines } = await replay(url, "--token", account.token, ...key);
      expect(code).to.equal(0);
      expect(lines).to.have.lengthOf(4);
      expect(lines[0]).to.match(/^✓ 1 text "one": You said one \(\d+ ms\)$/);
      expect(lines[1]).to.match(/^✓ 2 CLICK "K": accepted without a reply/);
      const [one, click, two, pictures] = seen as unknown as Record<string, unknown>[];
      expect(one?.ToUserName).to.equal("gh_866835093fea");
      expect(one?.FromUserName).to.equal(two?.FromUserName);
      expect(one?.FromUserName).not.to.equal(click?.FromUserName);
      expect(one?.MsgId).to.match(/^\d{18,20}$/);
      expect(one?.MsgId).not.to.equal(two?.MsgId);
      expect(pictures).to.have.nested.property("SendPicsInfo.PicList").with.lengthOf(2);
    });
  });

  it("moves the recorded times to now and keeps what was between them", async () => {
    const line = (CreateTime: number) =>
      JSON.stringify({
        push: {
          FromUserName: "o1",
          CreateTime: String(CreateTime),
          MsgType: "event",
          Event: "CLICK",
          EventKey: "K",
        },
      });
    writeFileSync(file, `${line(1_000)}\n\n${line(1_090)}\n${line(1_100)}\n`);
    await withBot({}, async (url, seen) => {
      const before = Math.floor(Date.now() / 1000);
      const { code, lines } = await replay(url, "--token", account.token);
      expect({ code, count: lines.length }).to.deep.equal({ code: 0, count: 3 });
      const [first, second, third] = seen.map(({ CreateTime }) => CreateTime) as [
        number,
        number,
        number,
      ];
      expect(third - before).to.be.within(0, 2);
      expect(third - second).to.be.within(10, 12);
      expect(third - first).to.be.within(100, 102);
    });
  });

  it("ends with 1 when WeChat would not accept an answer, and goes on", async () => {
    const line = (Content: string) =>
      JSON.stringify({ push: { FromUserName: "o1", CreateTime: "1", MsgType: "text", Content } });
    writeFileSync(file, `${line("bad")}\n${line("good")}\n`);
    let count = 0;
    const server = createServer((req, res) => {
      count += 1;
      req.resume().on("end", () => res.end(count === 1 ? "{}" : ""));
    });
    const { code, lines } = await replay(await listen(server), "--token", account.token);
    await shut(server);
    expect(code).to.equal(1);
    expect(lines[0]).to.match(/^✗ 1 text "bad": WeChat shows .*JSON/);
    expect(lines[1]).to.match(/^✓ 2 text "good": accepted without a reply/);
  });

  it("refuses a file that is no recording, and says which line", async () => {
    for (const [source, says] of [
      ["", /has no recorded push/],
      ['{"push":{"MsgType":"text","FromUserName":"a"}}\nnope', /^Line 2 is not JSON/],
      ['{"message":{}}', /^Line 1 is not a recorded push/],
      ["null", /^Line 1 is not a recorded push/],
    ] as const) {
      writeFileSync(file, source);
      const { code, lines } = await replay("http://127.0.0.1:1/", "--token", account.token);
      expect(code).to.equal(2);
      expect(lines.join("\n").replace(file, "file")).to.match(says);
    }
  });
});
