import { createServer } from "node:http";
import { expect } from "chai";
import { run } from "../../src/simulator/commands/program.js";
import { listen, shut } from "../../src/simulator/listen.js";
import { words } from "../../src/simulator/page/words.js";

const han = /\p{Script=Han}/u;
/** Words that follow each other as they do in an English sentence. */
const english = /(?<![\w./-])[A-Za-z']+(?: [a-z']+){3,}/;

async function koaWx(...given: string[]) {
  const lines: string[] = [];
  const code = await run(given, {
    print: (line) => lines.push(line),
    remark: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  return { text: lines.join("\n"), code };
}

describe("LANG: what a Chinese user reads", () => {
  it("is there for every word of the page, in both languages", () => {
    const names = Object.keys(words.zh);
    expect(Object.keys(words.en)).to.deep.equal(names);
    // What is the same in both.
    const latin = ["asCurl", "status", "hang"];
    for (const [name, text] of Object.entries(words.zh)) {
      if (!latin.includes(name)) expect(text, name).to.match(han);
      expect(text, name).not.to.match(english);
    }
    for (const [name, text] of Object.entries(words.en)) {
      expect(text.replace(/[个人测试公众服务号]+/g, ""), name).not.to.match(han);
    }
    for (const name of names) {
      const places = (text: string) => text.match(/\{\w+\}/g);
      const [zh, en] = [words.zh, words.en].map((all) => places(Reflect.get(all, name)));
      expect(zh, name).to.deep.equal(en);
    }
  });

  const commands = ["", "simulate", "send", "doctor", "replay", "create", "explain"];
  for (const command of commands) {
    it(`is the help of koa-wx ${command}`, async () => {
      const { text, code } = await koaWx(
        "help",
        ...(command === "" ? [] : [command]),
        "--lang",
        "zh",
      );
      expect(code).to.equal(0);
      expect(text).not.to.match(english);
      expect(text).not.to.match(/Usage|Options|Arguments|Commands|Examples|choices|default:|env:/);
      const own = text.split("示例：")[0] ?? "";
      for (const entry of own.split(/\n(?= {2}\S)/).slice(1)) expect(entry).to.match(han);
    });
  }

  const local = "http://localhost/";
  const secret = ["--token", "AAAAA"];
  const wrong: readonly (readonly [string, ...string[]])[] = [
    ["sedn"],
    ["send"],
    ["doctor"],
    ["doctor", "example.com", ...secret],
    ["doctor", local, "--token", ""],
    ["doctor", local, ...secret, "--patience", "soon"],
    ["doctor", local, ...secret, "--mode", "save"],
    ["doctor", local, ...secret, "--mode", "safe"],
    ["doctor", local, ...secret, "--aes-key", "A".repeat(43)],
    ["doctor", local, ...secret, "--app-id", "wx1", "--aes-key", "short"],
    ["doctor", local, local, ...secret],
    ["doctor", local, "--nothing"],
    ["doctor", local, "--token"],
    ["doctor", "--api", "nowhere"],
    ["send", local, "txt", ...secret],
    ["send", local, "dance", ...secret],
    ["send", local, "location", "x", ...secret],
    ["send", local, "unfollow", "--from", "nobody", ...secret, "--attempts", "0"],
    ["send", local, "xml", "nowhere.xml", ...secret],
    ["send", local, "xml", "package.json", ...secret],
    ["simulate", local, ...secret, "--port", "99999"],
    ["simulate", local, ...secret, "--port", "0", "--host", "0.0.0.0.0"],
    ["simulate", local, ...secret, "--port", "0", "--host", "192.0.2.1"],
    ["simulate", local, ...secret, "--host", ""],
    ["replay", "nowhere.ndjson", local, ...secret],
    ["replay", "package.json", local, ...secret],
    ["create", "src"],
    ["create", "package.json"],
    ["create", "nowhere", "--name", "node_modules"],
    ["explain", "hello"],
    ["explain", "123456789"],
  ];
  for (const given of wrong) {
    it(`is what is wrong with koa-wx ${given.join(" ")}`, async () => {
      const { text, code } = await koaWx(...given, "--lang", "zh");
      expect(code).to.equal(2);
      expect(text).to.match(han);
      // What the XML reader says of a file stays as it is.
      expect(text.replace(/(?<=里不是推送：)[^。]*/, "")).not.to.match(english);
      expect(text).not.to.match(/\$\{|undefined|\[object/);
    });
  }

  it("is what a bot answered, why it was refused, and what is odd about an event", async () => {
    const server = createServer((_, res) => res.end("<xml></xml>"));
    const url = await listen(server);
    const { text, code } = await koaWx("send", url, "event", "Location", ...secret, "--lang", "zh");
    await shut(server);
    expect(code).to.equal(1);
    expect(text).to.contain("微信文档里没有事件“Location”。是不是 LOCATION？");
    expect(text).to.contain("请稍后再试”：缺少 <ToUserName>");
    expect(text).not.to.match(english);
  });

  it("is a host's name as it was written, also where it begins the line", async () => {
    const closed = "http://localhost:1/";
    expect((await koaWx("doctor", closed, ...secret, "--lang", "zh")).text).to.match(
      /^✗ localhost 的端口 1 /m,
    );
    expect((await koaWx("doctor", closed, ...secret, "--lang", "en")).text).to.match(
      /^✗ Nothing listens on port 1 of localhost/m,
    );
  });

  it("is in the language that LANG says, unless the words say another", async () => {
    const { LC_ALL } = process.env;
    process.env.LC_ALL = "zh_CN.UTF-8";
    try {
      expect((await koaWx("sedn")).text).to.match(/^错误：没有命令 sedn/);
      expect((await koaWx("sedn", "--lang", "en")).text).to.match(/^error: unknown command/);
      expect((await koaWx("--lang=en", "sedn")).text).to.match(/^error: unknown command/);
      // Behind -- the words are the bot's own.
      const { text } = await koaWx("simulate", local, "--port", "x", "--", "node", "--lang", "en");
      expect(text).to.match(/^错误/);
    } finally {
      process.env.LC_ALL = LC_ALL;
    }
  });
});
