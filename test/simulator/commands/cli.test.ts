import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import Koa from "koa";
import { type Context, reply, Wechat } from "koa-wx";
import { errorCodes } from "../../../src/errors.js";
import { run } from "../../../src/simulator/commands/program.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { startSimulator } from "../../../src/simulator/server.js";
import { bundle } from "../../support/bundle.js";
import { account } from "../../support/push.js";

/** What a command did: what it printed, what it remarked, and the code it ended with. */
interface Ended {
  readonly printed: string;
  readonly remarked: string;
  readonly code: number;
}

async function koaWx(...words: string[]): Promise<Ended> {
  const printed: string[] = [];
  const remarked: string[] = [];
  const code = await run(words, {
    print: (line) => printed.push(line),
    remark: (line) => remarked.push(line),
    signal: new AbortController().signal,
  });
  return { printed: printed.join("\n"), remarked: remarked.join("\n"), code };
}

/** The command as a shell runs it. */
async function inShell(words: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const all = [await bundle("src/simulator/cli.ts"), ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ printed: out, remarked: err, code: Number(error?.code ?? 0) }),
    );
  });
}

const appSecret = "0123456789abcdef0123456789abcdef";
const secret = ["--token", account.token];
const sealed = [...secret, "--app-id", account.appId, "--aes-key", account.encodingAESKey];

describe("koa-wx: the command", () => {
  it("explains a code, an answer of WeChat and an error of koa-wx", async () => {
    const { printed, code } = await koaWx("explain", "48001", "--lang", "zh");
    expect(code).to.equal(0);
    expect(printed).to.match(/^48001: api 功能未授权\n {4}.*微信认证.*接口管理 → 接口权限与额度/);
    expect((await koaWx("explain", "-1", "--lang", "en")).printed).to.contain("WeChat is busy");
    const answer =
      '{"errcode":40164,"errmsg":"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 61-2"}';
    expect((await koaWx("explain", answer)).printed).to.match(
      /^40164: .*\n {4}Add 203\.0\.113\.7 to /,
    );
    const message = "WeChat refused /cgi-bin/stable_token: 40001 invalid credential.";
    expect((await koaWx("explain", message)).printed).to.contain('Compare "appSecret"');
    expect((await koaWx("explain", "88010")).printed).to.contain("获取评论数目不合法");
    const two = await koaWx("explain", "45015", "-1", "WX_STALE", "--lang", "zh");
    expect(two.printed).to.match(/^45015: .*\n {4}.*\n-1: .*\n {4}.*\nWX_STALE: 签名正确/);
  });

  for (const [lang, says] of [
    ["en", /^ {4}See .*\(https:\/\/github\.com\/.*\/docs\/five-seconds\.md\); the cause says/m],
    ["zh", /^ {4}见五秒 \(https:\/\/github\.com\/.*\/docs\/five-seconds\.zh-CN\.md\)；cause /m],
  ] as const) {
    it(`explains every code of koa-wx in ${lang}, as the page about errors does`, async () => {
      for (const own of [...Object.keys(errorCodes), "WX_DELIVERY", "WX_TOKEN", "WX_RECORDER"]) {
        const { printed, code } = await koaWx("explain", own, "--lang", lang);
        expect(code, own).to.equal(0);
        expect(printed).to.match(new RegExp(`^${own}: [^|\`]+\\n {4}[^|\`]+$`));
      }
      const thrown = 'ConfigError: "token" … { code: "WX_CONFIG" }';
      expect((await koaWx("explain", thrown, "--lang", lang)).printed).to.match(/^WX_CONFIG: /);
      expect((await koaWx("explain", "WX_LATE", "--lang", lang)).printed).to.match(says);
      expect((await koaWx("explain", "WX_NOTHING", "--lang", lang)).code).to.equal(2);
    });
  }

  it("says of which codes it knows nothing", async () => {
    for (const words of [["99999"], ["hello"], ["--lang", "fr", "48001"]]) {
      const { code, remarked } = await koaWx("explain", ...words);
      expect(code, words.join(" ")).to.equal(2);
      expect(remarked).to.match(/99999|48001|Allowed choices are en, zh/);
    }
    for (const words of [
      ["99999", "WX_STALE"],
      ["WX_STALE", "WX_NOTHING"],
      ["WX_NOTHING", "48001", "WX_STALE"],
    ]) {
      const { code, printed, remarked } = await koaWx("explain", ...words);
      expect([code, printed.includes("WX_STALE: ")], words.join(" ")).to.deep.equal([2, true]);
      expect(remarked).to.match(/99999|has no WX_NOTHING/);
    }
  });

  it("explains itself and every command, in full sentences", async () => {
    const all = await koaWx("--help");
    expect(all.code).to.equal(0);
    expect(all.printed).to.contain("Exit codes: 0 all is well, 1 something is wrong");
    for (const name of ["simulate", "send", "doctor", "replay", "create", "explain"]) {
      expect(all.printed).to.match(new RegExp(`^ {2}${name} \\[options\\] .*[A-Z].*\\.$`, "m"));
      const { code, printed } = await koaWx(name, "--help");
      expect(code).to.equal(0);
      expect(printed).to.contain("Examples:").and.to.contain("Exit codes:");
      const options = printed.split("Options:")[1]?.split("Examples:")[0] ?? "";
      for (const option of options.trim().split(/\n(?= {2}-)/)) {
        const said = option.trim().replace(/\s+/g, " ");
        expect(said).to.match(/^-.* [A-Z].*\.( \((env|default|choices).*\))?$/);
      }
    }
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await koaWx("--version")).to.include({ printed: version, code: 0 });
  });

  const local = "http://localhost/";
  const wrong: readonly (readonly [when: string, words: readonly string[], says: RegExp])[] = [
    ["there is no command", [], /Usage: koa-wx/],
    ["the command is misspelt", ["sedn"], /Did you mean send\?/],
    ["the address is missing", ["doctor"], /server address, or --app-id and --secret/],
    ["the address has no scheme", ["doctor", "example.com", ...secret], /begins with http:\/\//],
    ["the address is not HTTP", ["doctor", "ftp://example.com", ...secret], /begins with http/],
    ["there is no token", ["doctor", local, "--token", ""], /token is needed.*WECHAT_TOKEN/],
    ["a number is none", ["doctor", local, ...secret, "--patience", "soon"], /number from 1/],
    ["the mode is unknown", ["doctor", local, ...secret, "--mode", "save"], /plain, compat, safe/],
    ["the mode lacks a key", ["doctor", local, ...secret, "--mode", "safe"], /needs --aes-key/],
    [
      "the key lacks an AppID",
      ["doctor", local, ...secret, "--aes-key", account.encodingAESKey],
      /AppID is needed too/,
    ],
    [
      "the key is none",
      ["doctor", local, ...secret, "--app-id", "wx1", "--aes-key", "short"],
      /must be 43 letters and digits/,
    ],
    [
      "nothing is sent so",
      ["send", local, "txt", ...secret],
      /"txt" cannot be sent\. Did you mean text\? These can:/,
    ],
    ["nothing like it is sent", ["send", local, "dance", ...secret], /cannot be sent\. These can:/],
    [
      "the port is none",
      ["simulate", local, ...secret, "--port", "99999"],
      /whole number from 0 to 65535/,
    ],
    [
      "the host is none",
      ["simulate", local, ...secret, "--port", "0", "--host", "0.0.0.0.0"],
      /"0\.0\.0\.0\.0" is no address of this machine.*IP address/,
    ],
    [
      "the host is another machine's",
      ["simulate", local, ...secret, "--port", "0", "--host", "192.0.2.1"],
      /192\.0\.2\.1:0 cannot be listened on \(EADDRNOTAVAIL\)/,
    ],
    ["the host is empty", ["simulate", local, ...secret, "--host", ""], /must not be empty/],
    [
      "it is to wait for longer than a timer can",
      ["send", local, "text", "hi", ...secret, "--patience", "99999999999"],
      /number from 1 to 600000/,
    ],
    [
      "it is to be tried for ever",
      ["send", local, "text", "hi", ...secret, "--attempts", "1e9"],
      /number from 1 to 100/,
    ],
    ["a text has no words", ["send", local, "text", ...secret], /It is: text <words…>/],
    ["a place is none", ["send", local, "location", "north", "1", ...secret], /It is: location/],
    ["it takes no words", ["send", local, "unfollow", "extra", ...secret], /It is: unfollow$/m],
    ["it takes one word", ["send", local, "click", "A", "B", ...secret], /It is: click <key of/],
    ["it takes three words", ["send", local, "link", ..."tduv", ...secret], /It is: link <title>/],
    ["a field has no value", ["send", local, "event", "X", "F", ...secret], /It is: event <Event>/],
    [
      "a push's file is missing",
      ["send", local, "xml", "/no", ...secret],
      /cannot be read: ENOENT/,
    ],
    ["a recording is missing", ["replay", "/no", local, ...secret], /cannot be read: ENOENT/],
  ];
  for (const [when, words, says] of wrong) {
    it(`ends with 2 and says why when ${when}`, async () => {
      const { code, remarked } = await koaWx(...words);
      expect(code).to.equal(2);
      expect(remarked).to.match(says);
      expect(remarked).not.to.contain(account.encodingAESKey);
    });
  }
});

describe("koa-wx with a bot", () => {
  let server: Server;
  let url: string;
  let folder: string;
  const seen: Context[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "koa-wx-cli-"));
    const wx = new Wechat({ ...account, acceptPlain: true });
    wx.use((ctx, next) => {
      seen.push(ctx);
      return next();
    });
    wx.onText("nothing", () => undefined);
    wx.onText("json", () => reply.raw('{"msg":"ok"}'));
    wx.on("text", (ctx) => `You said ${ctx.text}`);
    wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
    wx.onScan((ctx) => `scene ${ctx.scene}`);
    wx.onClick("HELP", () => reply.news([{ title: "Help", description: "", picUrl: "", url: "" }]));
    server = createServer(new Koa().use(wx.middleware()).callback());
    url = `${await listen(server)}/wechat`;
  });
  after(async () => {
    await shut(server);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    seen.length = 0;
  });
  const lastSeen = () => seen.at(-1)?.message as unknown as Record<string, unknown>;

  it("sends a text and prints the answer", async () => {
    const { printed, remarked, code } = await koaWx("send", url, "text", "你好", "bot", ...secret);
    expect(code).to.equal(0);
    expect(printed).to.match(
      /^<xml>.*<Content><!\[CDATA\[You said 你好 bot\]\]><\/Content><\/xml>$/,
    );
    expect(remarked).to.match(/^✓ You said 你好 bot \(\d+ ms\)$/);
  });

  it("sends encrypted with a key, and prints the answer decrypted", async () => {
    const { printed, code } = await koaWx("send", url, "text", "hi", ...sealed);
    expect(code).to.equal(0);
    expect(printed).to.contain("You said hi").and.not.to.contain("Encrypt");
  });

  it("says when the bot is silent, and when WeChat would show its banner", async () => {
    const silent = await koaWx("send", url, "text", "nothing", ...secret);
    expect(silent).to.include({ printed: "success", code: 0 });
    expect(silent.remarked).to.match(/^✓ accepted without a reply/);
    const faulty = await koaWx("send", url, "text", "json", ...secret);
    expect(faulty).to.include({ printed: '{"msg":"ok"}', code: 1 });
    expect(faulty.remarked).to.match(
      /^✗ WeChat shows 该公众号提供的服务出现故障，请稍后再试: .*JSON/,
    );
    const refused = await koaWx("send", url, "text", "hi", "--token", "wrong");
    expect(refused.code).to.equal(1);
    expect(refused.remarked).to.contain("status 403");
    expect(refused.remarked).to.contain(`what to do: koa-wx doctor ${url}`);
    expect(faulty.remarked).to.not.contain("doctor");
  });

  const acts: readonly (readonly [words: readonly string[], is: Record<string, unknown>])[] = [
    [["image", "a-file"], { MsgType: "image", MediaId: "a-file" }],
    [["voice", "a-file", "good", "day"], { MsgType: "voice", Recognition: "good day" }],
    [["video", "a-file"], { MsgType: "video", MediaId: "a-file" }],
    [["shortvideo", "a-file"], { MsgType: "shortvideo" }],
    [["location", "23.1", "113.3", "Canton"], { Location_X: 23.1, Label: "Canton" }],
    [["link", "T", "D", "https://example.com/"], { MsgType: "link", Title: "T" }],
    [["follow"], { Event: "subscribe", EventKey: "" }],
    [["follow", "act"], { Event: "subscribe", EventKey: "qrscene_act" }],
    [["unfollow"], { Event: "unsubscribe" }],
    [["scan", "act"], { Event: "SCAN", EventKey: "act" }],
    [["click", "HELP"], { Event: "CLICK", EventKey: "HELP" }],
    [["view", "https://example.com/"], { Event: "VIEW", EventKey: "https://example.com/" }],
    [
      ["event", "TEMPLATESENDJOBFINISH", "Status=success", "MsgID=200163836"],
      { Event: "TEMPLATESENDJOBFINISH", Status: "success" },
    ],
  ];
  for (const [words, is] of acts) {
    it(`sends what a user does: ${words.join(" ")}`, async () => {
      const { code, remarked } = await koaWx("send", url, ...words, ...secret);
      expect(code).to.equal(0);
      expect(remarked).not.to.contain("Did you mean");
      expect(lastSeen()).to.include(is);
    });
  }

  it("sends a push out of a file, from the user who is named, with a new id each time", async () => {
    const file = join(folder, "push.xml");
    writeFileSync(
      file,
      "<xml><ToUserName>x</ToUserName><FromUserName>y</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>filed</Content><MsgId>5</MsgId></xml>",
    );
    for (const name of ["ann", "ann", "bob"]) {
      expect(await koaWx("send", url, "xml", file, "--from", name, ...secret)).to.include({
        code: 0,
      });
    }
    const messages = seen.map(({ message }) => message as { MsgId?: string; FromUserName: string });
    expect(new Set(messages.map(({ MsgId }) => MsgId)).size).to.equal(3);
    expect(messages[0]?.FromUserName).to.equal(messages[1]?.FromUserName);
    expect(messages[0]?.FromUserName).not.to.equal(messages[2]?.FromUserName);
  });

  it("says what is wrong with such a file, and that it is the file", async () => {
    const file = join(folder, "broken.xml");
    writeFileSync(file, "<xml><MsgType>text</xml>");
    const { code, remarked } = await koaWx("send", url, "xml", file, ...secret);
    expect(code).to.equal(2);
    expect(remarked).to.match(/broken\.xml holds no push: <MsgType> is not closed by its own tag/);
  });

  it("has the doctor look at the API side, with or without a server", async () => {
    const simulator = await startSimulator({ target: url, account: { ...account, appSecret } });
    const api = ["--app-id", account.appId, "--api", simulator.url];
    try {
      const well = await koaWx("doctor", ...api, "--secret", appSecret);
      expect(well.printed).to.match(
        /^✓ This machine's clock .*\n✓ WeChat gives .*\n\nNo problem\.$/s,
      );
      expect(well.code).to.equal(0);
      const both = await koaWx("doctor", url, ...sealed, ...api, "--app-secret", appSecret);
      expect(both.printed).to.match(/✓ .* is 127|answers the verification/);
      expect(both.printed).to.match(/✓ The account may use 客服消息/);
      const ill = await koaWx("doctor", ...api, "--secret", "wrongWrongWrong");
      expect(ill.printed).to.match(
        /✗ WeChat refuses \/cgi-bin\/stable_token: 40125 .*\n\nOne problem\.$/s,
      );
      expect(ill.printed).not.to.contain("wrongWrongWrong");
      expect(ill.code).to.equal(1);
    } finally {
      await simulator.close();
    }
  });

  it("shows no token and no secret that a proxy repeats", async () => {
    const server = createServer((request, response) => {
      const isToken = request.url?.startsWith("/cgi-bin/stable_token");
      if (!isToken) response.statusCode = 502;
      response.end(
        isToken
          ? JSON.stringify({ access_token: "68_Token-Of-WeChat", expires_in: 7200 })
          : `cannot reach ${request.url} with ${appSecret}`,
      );
    });
    const api = ["--app-id", account.appId, "--secret", appSecret, "--api", await listen(server)];
    const { printed } = await koaWx("doctor", ...api);
    await shut(server);
    expect(printed).to.contain("cannot reach /cgi-bin/get_api_domain_ip?access_token=●●●");
    expect(printed).not.to.contain("Token-Of-WeChat").and.not.to.contain(appSecret);
  });

  it("has the doctor print a line for each finding, and end with 0 or 1", async () => {
    const well = await koaWx("doctor", url, ...sealed, "--text", "hi");
    expect(well.code).to.equal(0);
    expect(well.printed).to.match(/^! Only this machine reaches 127\.0\.0\.1/);
    expect(well.printed).to.match(/^✓ The server answers the verification in \d+ ms$/m);
    expect(well.printed).to.match(/^✓ The server accepts an encrypted push with a text reply/m);
    expect(well.printed).to.match(/No problem, 2 notes\. WeChat accepts such answers\.$/);
    const ill = await koaWx("doctor", url, "--token", "wrong");
    expect(ill.code).to.equal(1);
    expect(ill.printed).to.match(/^✗ The server refuses a request that is signed with this token/m);
    expect(ill.printed).to.match(/域名与消息推送配置 → 消息推送配置 → Token/);
    expect(ill.printed).to.match(/One problem, one note\.$/);
  });

  it("hides a token, but not in a longer word that it is part of", async () => {
    const named = url.replace("127.0.0.1", "localhost");
    const { printed } = await koaWx("doctor", named, "--token", "local");
    expect(printed).to.match(/The name localhost is 127\.0\.0\.1/);
  });

  it("takes secrets from the environment and never prints them", async () => {
    const leaky = createServer((req, res) => {
      res.writeHead(500).end(`my token is ${account.token}, my key ${account.encodingAESKey}`);
      req.resume();
    });
    const address = await listen(leaky);
    const env = {
      WECHAT_TOKEN: account.token,
      WECHAT_APP_ID: account.appId,
      WECHAT_AES_KEY: account.encodingAESKey,
    };
    const { printed, remarked, code } = await inShell(["doctor", address], env);
    await shut(leaky);
    expect(code).to.equal(1);
    expect(printed).to.contain("my token is ●●●, my key ●●●");
    expect(printed + remarked).not.to.contain(account.token);
  }).timeout(10_000);

  it("plays WeChat until it is interrupted, on this machine alone", async () => {
    const end = new AbortController();
    const lines: string[] = [];
    const add = (line: string) => {
      lines.push(line);
      if (line.includes("verification")) setTimeout(() => end.abort(), 10);
    };
    const words = ["simulate", url, "--port", "0", ...secret];
    const code = await run(words, { print: add, remark: add, signal: end.signal });
    expect(code).to.equal(0);
    expect(lines[0]).to.match(/^The phone: http:\/\/127\.0\.0\.1:\d+$/);
    expect(lines.join("\n")).to.contain("Only this machine reaches it.");
    expect(lines.at(-1)).to.equal("✓ The bot answers the verification.");
  });

  it("lights up when the bot comes, and goes out when it goes", async () => {
    const end = new AbortController();
    const lines: string[] = [];
    let heard = () => {};
    const add = (line: string) => {
      lines.push(line);
      heard();
    };
    const until = async (start: string, count: number) => {
      while (lines.filter((line) => line.startsWith(start)).length < count) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    };
    const place = createServer();
    const { port } = new URL(await listen(place));
    await shut(place);
    const address = `http://127.0.0.1:${port}/wechat`;
    const words = ["simulate", address, "--port", "0", ...secret];
    const done = run(words, { print: add, remark: add, signal: end.signal });
    await until("✗", 1);
    const bot = createServer(new Koa().use(new Wechat(account).middleware()).callback());
    await listen(bot, Number(port));
    await until("✓", 1);
    await shut(bot);
    await until("✗", 2);
    const refusing = createServer((_req, res) => res.writeHead(403).end());
    await listen(refusing, Number(port));
    await until("✗", 3);
    await shut(refusing);
    end.abort();
    expect(await done).to.equal(0);
    const marks = lines.slice(3).map((line) => line.replace(/:.*/, ""));
    const away = "✗ The bot does not answer the verification";
    expect(marks).to.deep.equal([
      away,
      "    Find out why",
      "✓ The bot answers the verification.",
      away,
      away,
    ]);
    expect(lines.at(-1)).to.contain("status 403");
  });

  it("takes a variable of the environment that is empty for one that is not set", async () => {
    const env = { WECHAT_TOKEN: account.token, WECHAT_APP_ID: "", WECHAT_AES_KEY: "" };
    const { code, remarked } = await inShell(["send", url, "text", "hi"], env);
    expect(remarked).to.match(/^✓ You said hi/);
    expect(code).to.equal(0);
  }).timeout(10_000);

  it("takes more of the environment from a file, after what is set", async () => {
    const file = join(folder, "settings.env");
    writeFileSync(file, `WECHAT_TOKEN=${account.token}\nWECHAT_APP_ID=wx1\n`);
    const told = await inShell(["--env", file, "send", url, "text", "hi"]);
    expect(told.remarked).to.match(/^✓ You said hi/);
    const set = { WECHAT_TOKEN: "another" };
    expect((await inShell(["--env", file, "send", url, "text", "hi"], set)).code).to.equal(1);
    const missing = await inShell(["--env", join(folder, "none"), "send", url, "text", "hi"]);
    expect(missing.code).to.equal(2);
    expect(missing.remarked).to.match(/--env.*It cannot be read: ENOENT\. .*copy it/);
  }).timeout(30_000);

  for (const [event, says] of [
    ["Location", /^! WeChat's documents have no event "Location"\. Did you mean LOCATION\?/],
    ["scan", /Did you mean SCAN\?/],
    ["kf_creat_session", /Did you mean kf_create_session\?/],
    ["NOSUCHEVENT", /have no event "NOSUCHEVENT"\. It is sent as it is\.$/],
  ] as const) {
    it(`sends an event that WeChat's documents do not have, and says so: ${event}`, async () => {
      const { remarked, code } = await koaWx("send", url, "event", event, ...secret);
      expect(code).to.equal(0);
      expect(remarked.split("\n")[0]).to.match(says);
      expect(lastSeen()).to.include({ MsgType: "event" });
    });
  }

  it("says that others reach the phone, that the bot is not there, and that a port is in use", async () => {
    const end = new AbortController();
    const lines: string[] = [];
    const add = (line: string) => {
      lines.push(line);
      if (line.includes("koa-wx doctor")) end.abort();
    };
    const nobody = "http://127.0.0.1:1/wechat";
    const terminal = { print: add, remark: add, signal: end.signal };
    await run(["simulate", nobody, "--port", "0", "--host", "0.0.0.0", ...secret], terminal);
    expect(lines.join("\n")).to.contain("everybody in this network can use it");
    expect(lines.at(-1)).to.contain(`koa-wx doctor ${nobody}`);
    const { port } = new URL(url);
    const taken = await koaWx("simulate", url, "--port", port, ...secret);
    expect(taken.code).to.equal(2);
    expect(taken.remarked).to.equal(`Port ${port} is in use. Choose another one with --port.`);
  });
});
