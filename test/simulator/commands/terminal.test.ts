import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { run } from "../../../src/simulator/commands/program.js";
import { listen, shut } from "../../../src/simulator/listen.js";

/** Clears a screen, sets a window's title, moves up, rings, and the same in the form of one byte. */
const hostile = "\u001b[2J\u001b]0;owned\u0007\u001b[1A\u009b31m\r\u0008✓ all well\u202e";
/** All that would command a terminal, or reorder what stands in a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this is about
const commands = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe("koa-wx simulate: what a bot says, on a terminal", () => {
  let server: Server | undefined;
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-terminal-"));
  afterEach(async () => {
    if (server !== undefined) await shut(server);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What a command prints about a bot that answers pushes so, and verifies its address rightly. */
  async function printed(answer: RequestListener, words: (url: string) => readonly string[]) {
    server = createServer((req, res) => {
      req.resume();
      const echostr = new URL(req.url ?? "", "http://localhost").searchParams.get("echostr");
      if (echostr !== null) res.end(echostr);
      else answer(req, res);
    });
    const url = await listen(server);
    const lines: string[] = [];
    const end = new AbortController();
    const add = (line: string) => {
      lines.push(line);
      if (line.includes("verification")) end.abort();
    };
    await run([...words(url), "--token", "token"], { print: add, remark: add, signal: end.signal });
    return lines;
  }

  const saying =
    (body: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
    (_req, res) => {
      res.writeHead(200, headers).end(body);
    };
  const reply = (inner: string, to = "alice") =>
    `<xml><ToUserName>${to}</ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime>${inner}</xml>`;
  const text = reply(`<MsgType>text</MsgType><Content><![CDATA[a\n✓ b${hostile}]]></Content>`);
  const send = (url: string) => ["send", url, "text", "hi", "--id", "gh"];

  const bodies: Readonly<Record<string, string>> = {
    "a text": text,
    "plain words": hostile,
    JSON: `{"a":"${hostile}"}`,
    "a name of an element": reply(`<MsgType>te${hostile}xt</MsgType>`),
    "a page": `<html>${hostile}</html>`,
    "a byte order mark": `\uFEFF${text}`,
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`is shown by send, and commands nothing: ${what}`, async () => {
      const lines = await printed(saying(body), send);
      expect(lines.join("\n")).not.to.match(commands);
      expect(lines.join("\n")).to.contain(what === "a byte order mark" ? "\\ufeff" : "\\u001b[2J");
      expect(lines.at(-1)).to.match(/^[✓✗] [^\n]*$/);
    });

    it(`is shown by the doctor, and commands nothing: ${what}`, async () => {
      const lines = await printed(saying(body), (url) => ["doctor", url]);
      expect(lines.join("\n")).not.to.match(commands);
      for (const line of lines) expect(line).not.to.contain("\n");
    });

    it(`is shown by replay, and commands nothing: ${what}`, async () => {
      const file = join(folder, "pushes.ndjson");
      const push = { MsgType: `te${hostile}\nxt`, FromUserName: hostile, Content: hostile };
      writeFileSync(file, `${JSON.stringify({ at: 1, push })}\n`);
      const lines = await printed(saying(body), (url) => ["replay", file, url]);
      expect(lines).to.have.length(1);
      expect(lines[0])
        .to.match(/^[✓✗] 1 te\\u001b\[2J[^\n]*$/)
        .and.not.to.match(commands);
    });
  }

  it("commands nothing from where a page leads, from a header, or from a verification", async () => {
    const led: RequestListener = (_req, res) => {
      res.writeHead(302, { Location: "http://localhost/\u009b31m" }).end();
    };
    const typed: RequestListener = (_req, res) => {
      res.writeHead(401, { "WWW-Authenticate": "\u009b31m", "Content-Type": "\u009b31m" }).end();
    };
    for (const answer of [led, typed]) {
      const doctor = await printed(answer, (url) => ["doctor", url]);
      expect(doctor.join("\n")).not.to.match(commands);
      if (server !== undefined) await shut(server);
    }
    const lines = await printed(saying(text), (url) => ["simulate", url, "--port", "0"]);
    expect(lines.join("\n")).not.to.match(commands);
  });
});
