import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import Koa from "koa";
import bodyParser from "koa-bodyparser";
import { Wechat } from "koa-wx";
import xmlBody from "koa-xml-body";
import { type ExamineOptions, examine } from "../../src/simulator/doctor/examine.js";
import type { Finding } from "../../src/simulator/doctor/finding.js";
import { listen, shut } from "../../src/simulator/listen.js";
import { account } from "../support/push.js";

const { token } = account;
const sealed = { ...account, mode: "safe" } as const;

type Answer = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void;

/** What a bot without a framework does: right in all that the doctor looks at. */
const healthy: Answer = (req, res, query) => {
  if (!isSigned(query)) return end(res, 403, "no");
  if (req.method === "GET") return end(res, 200, query.get("echostr") ?? "");
  let body = "";
  req.on("data", (chunk) => {
    body += chunk;
  });
  req.on("end", () => end(res, 200, replyTo(body)));
};

/** A bot that is healthy but for what `get` or `post` do when the signature is right. */
function broken({ get, post }: { readonly get?: Answer; readonly post?: Answer }): Answer {
  return (req, res, query) => {
    const answer = (req.method === "GET" ? get : post) ?? healthy;
    return (isSigned(query) ? answer : healthy)(req, res, query);
  };
}

function isSigned(query: URLSearchParams, secret = token): boolean {
  const parts = [secret, query.get("timestamp") ?? "", query.get("nonce") ?? ""];
  return createHash("sha1").update(parts.sort().join("")).digest("hex") === query.get("signature");
}

function replyTo(body: string): string {
  const field = (name: string) =>
    new RegExp(`<${name}><!\\[CDATA\\[(.*?)\\]\\]>`).exec(body)?.[1] ?? "";
  return `<xml><ToUserName><![CDATA[${field("FromUserName")}]]></ToUserName><FromUserName><![CDATA[${field("ToUserName")}]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${field("Content")}]]></Content></xml>`;
}

function end(res: ServerResponse, status: number, body: string, headers = {}): void {
  res.writeHead(status, { "Content-Type": "text/plain", ...headers }).end(body);
}

/** Has the doctor look at a server, and returns what was found. */
async function diagnose(
  answer: Answer | Koa,
  options: Partial<ExamineOptions> & { readonly path?: string } = {},
): Promise<Finding[]> {
  const server: Server =
    answer instanceof Koa
      ? createServer(answer.callback())
      : createServer((req, res) =>
          answer(req, res, new URL(req.url ?? "", "http://localhost").searchParams),
        );
  if (answer instanceof Koa) answer.silent = true;
  const { path = "/wechat", ...rest } = options;
  const url = `${await listen(server)}${path}`;
  try {
    return await allOf({ url, account: { token }, ...rest });
  } finally {
    await shut(server);
  }
}

async function allOf(options: ExamineOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of examine(options)) findings.push(finding);
  return findings;
}

/** The one problem there is. */
function problemIn(findings: readonly Finding[]): Finding {
  const problems = findings.filter(({ level }) => level === "problem");
  expect(problems.map(({ code }) => code)).to.have.lengthOf(1);
  expect(problems[0]?.fix).to.be.a("string");
  return problems[0] as Finding;
}

function bot(options = {}): Koa {
  const wx = new Wechat({ token, ...options });
  wx.on("text", (ctx) => `You said ${ctx.text}`);
  return new Koa().use(wx.middleware());
}

describe("The doctor finds no problem", () => {
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

describe("The doctor names what is wrong with the address", () => {
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
    expect(dns).to.include({ level: "ok", text: "bot.example is 203.0.113.7" });
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
});

describe("The doctor names why 「Token验证失败」", () => {
  const cases: readonly {
    readonly when: string;
    readonly server: Answer;
    readonly code: Finding["code"];
    readonly says: RegExp;
    readonly path?: string;
    readonly patience?: number;
  }[] = [
    {
      when: "the server has another token",
      server: (_req, res, query) =>
        isSigned(query, "another") ? end(res, 200, query.get("echostr") ?? "") : end(res, 401, ""),
      code: "token",
      says: /refuses a request that is signed with this token \(status 401\)/,
    },
    {
      when: "the server's token did not arrive",
      server: (_req, res, query) =>
        isSigned(query, "") ? end(res, 200, query.get("echostr") ?? "") : end(res, 200, "no"),
      code: "token",
      says: /an empty token: its setting does not arrive/,
    },
    {
      when: "the server's token has a space after it",
      server: (_req, res, query) =>
        isSigned(query, `${token} `)
          ? end(res, 200, query.get("echostr") ?? "")
          : end(res, 403, ""),
      code: "token",
      says: /the token with a space after it/,
    },
    {
      when: "the echostr comes back in quotes",
      server: broken({
        get: (_req, res, query) => end(res, 200, JSON.stringify(query.get("echostr"))),
      }),
      code: "quoted",
      says: /in quotes: it was sent as JSON/,
    },
    {
      when: "the echostr was parsed as a number",
      server: broken({
        get: (_req, res, query) => end(res, 200, String(Number(query.get("echostr")))),
      }),
      code: "changed",
      says: /rounded number/,
    },
    {
      when: "a line break follows the echostr",
      server: broken({ get: (_req, res, query) => end(res, 200, `${query.get("echostr")}\n`) }),
      code: "white-space",
      says: /a line break around it/,
    },
    {
      when: "a byte order mark precedes the echostr",
      server: broken({ get: (_req, res, query) => end(res, 200, `\uFEFF${query.get("echostr")}`) }),
      code: "white-space",
      says: /a byte order mark before it/,
    },
    {
      when: "the echostr stands in a page",
      server: broken({
        get: (_req, res, query) =>
          end(res, 200, `<html><body>${query.get("echostr")}</body></html>`),
      }),
      code: "wrapped",
      says: /inside a page/,
    },
    {
      when: "the echostr stands in a JSON object",
      server: broken({
        get: (_req, res, query) => end(res, 200, `{"code":0,"data":"${query.get("echostr")}"}`),
      }),
      code: "wrapped",
      says: /inside JSON/,
    },
    {
      when: "the answer is empty",
      server: broken({ get: (_req, res) => end(res, 200, "") }),
      code: "empty",
      says: /is empty/,
    },
    {
      when: "http is redirected to https",
      server: (req, res) =>
        end(res, 301, "", { Location: `https://${req.headers.host}${req.url}` }),
      code: "redirect",
      says: /redirects GET to https:\/\/127.*\(301\); WeChat does not follow/,
    },
    {
      when: "a slash is added by a redirect",
      server: (_req, res) => end(res, 308, "", { Location: "/wechat/" }),
      code: "redirect",
      says: /redirects GET to http:.*\/wechat\/ \(308\)/,
    },
    {
      when: "the path is wrong",
      server: (_req, res) => end(res, 404, "Not Found"),
      code: "not-found",
      says: /nothing at \/wechat for GET \(404\)/,
    },
    {
      when: "the path lacks a slash",
      server: (req, res, query) =>
        req.url?.startsWith("/wechat/") ? healthy(req, res, query) : end(res, 404, "Not Found"),
      code: "not-found",
      says: /nothing at \/wechat \(404\), but it answers at \/wechat\/$/,
    },
    {
      when: "the program fails",
      server: (_req, res) => end(res, 500, "TypeError: token is undefined"),
      code: "server-error",
      says: /fails on the verification \(500\): TypeError: token is undefined/,
    },
    {
      when: "the proxy does not reach the program",
      server: (_req, res) => end(res, 502, "<html>Bad Gateway</html>"),
      code: "server-error",
      says: /proxy in front does not reach the program \(502\)/,
    },
    {
      when: "the server asks for a password",
      server: (_req, res) => end(res, 401, "", { "WWW-Authenticate": "Basic" }),
      code: "login",
      says: /asks for a password/,
    },
    {
      when: "the server is too slow",
      server: broken({ get: () => {} }),
      patience: 60,
      code: "slow",
      says: /no answer to GET within 0.06 seconds, which is as long as WeChat waits/,
    },
    {
      when: "the server breaks the connection",
      server: (req) => req.socket.destroy(),
      code: "connection",
      says: /the connection broke before an answer came \(ECONNRESET\)/,
    },
    {
      when: "the server refuses GET",
      server: (_req, res) => end(res, 405, ""),
      code: "method",
      says: /refuses GET \(405\)/,
    },
    {
      when: "the server's clock is an hour behind, so that requests look stale",
      server: (_req, res) =>
        end(res, 403, "stale", { Date: new Date(Date.now() - 3_600_000).toUTCString() }),
      code: "clock",
      says: /clock is 3600 seconds behind this machine's, and it refuses the request \(403\)/,
    },
    {
      when: "the server answers whatever the signature is, which is a hole",
      server: (req, res, query) =>
        req.method === "GET" ? end(res, 200, query.get("echostr") ?? "") : healthy(req, res, query),
      code: "signature-unchecked",
      says: /wrong signature as well: anybody can speak to it in WeChat's name/,
    },
  ];
  for (const { when, server, code, says, ...options } of cases) {
    it(`when ${when}`, async () => {
      const found = problemIn(await diagnose(server, options));
      expect(found.code).to.equal(code);
      expect(found.text).to.match(says);
    });
  }

  it("and notes an echostr that is sent as a page, or slowly", async () => {
    const get: Answer = (_req, res, query) => {
      const type = { "Content-Type": "text/html" };
      setTimeout(() => end(res, 200, query.get("echostr") ?? "", type), 120);
    };
    const findings = await diagnose(broken({ get }), { patience: 250 });
    const notes = findings.filter(({ level }) => level === "note").map(({ code }) => code);
    expect(notes).to.deep.equal(["private", "slow", "content-type"]);
  });

  it("and says so when the token that was given cannot be one", async () => {
    const odd = "with space";
    const server: Answer = (_req, res, query) =>
      isSigned(query, odd.trim()) ? end(res, 200, query.get("echostr") ?? "") : end(res, 403, "no");
    const [, finding] = await diagnose(server, { account: { token: odd } });
    expect(finding).to.include({ code: "token-format", level: "problem" });
    expect(finding?.text).not.to.contain(odd);
  });
});

describe("The doctor names what is wrong with pushes", () => {
  const cases: readonly {
    readonly when: string;
    readonly post: Answer;
    readonly code: Finding["code"];
    readonly says: RegExp;
    readonly patience?: number;
  }[] = [
    {
      when: "the server refuses POST",
      post: (_req, res) => end(res, 405, "Method Not Allowed"),
      code: "method",
      says: /refuses POST \(405\)/,
    },
    {
      when: "only GET has a route",
      post: (_req, res) => end(res, 404, "Not Found"),
      code: "not-found",
      says: /nothing at \/wechat for POST \(404\)/,
    },
    {
      when: "the answer is JSON",
      post: (_req, res) => end(res, 200, '{"msg":"ok"}', { "Content-Type": "application/json" }),
      code: "json",
      says: /answer to a push is JSON: \{"msg":"ok"\}/,
    },
    {
      when: "the reply is empty",
      post: (_req, res) => end(res, 200, replyTo("")),
      code: "answer",
      says: /ToUserName/,
    },
    {
      when: "the program fails",
      post: (_req, res) => end(res, 500, "boom"),
      code: "server-error",
      says: /fails on a push \(500\): boom/,
    },
    {
      when: "a CSRF check refuses it",
      post: (_req, res) => end(res, 403, "invalid csrf token"),
      code: "status",
      says: /CSRF/,
    },
    {
      when: "no delivery is answered in time",
      post: () => {},
      patience: 50,
      code: "slow",
      says: /no answer to POST within 0.05 seconds/,
    },
  ];
  for (const { when, post, code, says, ...options } of cases) {
    it(`when ${when}`, async () => {
      const found = problemIn(await diagnose(broken({ post }), options));
      expect(found.code).to.equal(code);
      expect(found.text).to.match(says);
    });
  }

  it("when a body parser took the body and kept nothing", async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      if (ctx.method === "POST") for await (const _ of ctx.req);
      return next();
    });
    const wx = new Wechat({ token });
    app.use(wx.middleware());
    const { code, fix } = problemIn(await diagnose(app));
    expect(code).to.equal("body");
    expect(fix).to.contain("above the body parser");
  });

  it("when a parser for XML took the body of a bot that does not say so", async () => {
    const app = new Koa().use(xmlBody()).use(async (ctx) => {
      if (!isSigned(new URLSearchParams(ctx.querystring))) return ctx.throw(403);
      if (ctx.method === "GET") ctx.body = ctx.query.echostr;
      else {
        if (ctx.req.readableEnded) throw new Error("there is nothing to read");
        let body = "";
        for await (const chunk of ctx.req) body += chunk;
        ctx.body = replyTo(body);
      }
    });
    const { code, text } = problemIn(await diagnose(app));
    expect(code).to.equal("body");
    expect(text).to.contain("another parser took the body");
  });

  it("but does not blame a parser for a failure that comes and goes", async () => {
    let count = 0;
    const post: Answer = (req, res, query) => {
      count += 1;
      if (count === 1) end(res, 500, "sometimes");
      else healthy(req, res, query);
    };
    expect(problemIn(await diagnose(broken({ post }))).code).to.equal("server-error");
  });

  it("when a push with a wrong signature is replied to, which is a hole", async () => {
    const server: Answer = (req, res, query) => {
      if (req.method === "GET") return healthy(req, res, query);
      let body = "";
      req.on("data", (chunk) => {
        body += chunk;
      });
      req.on("end", () => end(res, 200, replyTo(body)));
    };
    const { code, text } = problemIn(await diagnose(server));
    expect(code).to.equal("signature-unchecked");
    expect(text).to.contain("anybody can push to it in any user's name");
  });

  it("and notes a reply that comes only with a later delivery", async () => {
    let count = 0;
    const post: Answer = (req, res, query) => {
      count += 1;
      if (count > 2) healthy(req, res, query);
    };
    const findings = await diagnose(broken({ post }), { patience: 60 });
    const slow = findings.find(({ code }) => code === "slow");
    expect(slow?.text).to.match(/^2 of WeChat's 3 deliveries passed unanswered/);
    expect(findings.some(({ level }) => level === "problem")).to.equal(false);
  });
});

describe("The doctor names what is wrong with encryption", () => {
  const otherKey = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

  it("when the server has another key, or another AppID", async () => {
    for (const other of [{ encodingAESKey: otherKey }, { appId: "wx0000000000000000" }]) {
      const found = problemIn(await diagnose(bot({ ...account, ...other }), { account: sealed }));
      expect(found.code).to.equal("decryption");
      expect(found.text).to.match(/cannot read an encrypted push \(status 403\)/);
      expect(found.fix).to.contain("EncodingAESKey");
    }
  });

  it("when the server has no key", async () => {
    const found = problemIn(await diagnose(bot(), { account: sealed }));
    expect(found.code).to.equal("decryption");
    expect(found.text).to.contain("has no EncodingAESKey");
  });

  it("when an encrypted push is answered in clear", async () => {
    const found = problemIn(await diagnose(healthy, { account: sealed }));
    expect(found.code).to.equal("unencrypted");
    expect(found.text).to.contain("was encrypted, but the answer is not");
  });

  it("when the program dies of an encrypted push", async () => {
    const post: Answer = (_req, res) => end(res, 500, "bad decrypt");
    const found = problemIn(await diagnose(broken({ post }), { account: sealed }));
    expect(found.code).to.equal("decryption");
    expect(found.text).to.contain("(status 500): bad decrypt");
  });

  it("when the server takes only encrypted pushes and none was asked for", async () => {
    const found = problemIn(await diagnose(bot(account)));
    expect(found.code).to.equal("encryption-expected");
    expect(found.fix).to.contain("--aes-key");
  });

  it("and notes a server whose silence tells nothing about its key", async () => {
    const post: Answer = (_req, res) => end(res, 200, "success");
    const findings = await diagnose(broken({ post }), { account: sealed });
    expect(findings.at(-1)).to.include({ level: "note", code: "unreadable" });
    expect(findings.at(-1)?.fix).to.contain("--text");
  });

  it("and notes a server that replies to plain pushes although it has a key", async () => {
    const findings = await diagnose(bot({ ...account, acceptPlain: true }), { account: sealed });
    expect(findings.at(-1)).to.include({ level: "note", code: "plain-accepted" });
  });

  it("and finds no problem with 兼容模式 behind a body parser", async () => {
    const wx = new Wechat(account);
    wx.on("text", () => "yes");
    const app = new Koa().use(bodyParser()).use(wx.middleware());
    const findings = await diagnose(app, { account: { ...account, mode: "compat" } });
    expect(findings.filter(({ level }) => level === "problem")).to.deep.equal([]);
  });

  it("and refuses a key that is none before it sends anything", async () => {
    let asked = false;
    const server: Answer = (_req, res) => {
      asked = true;
      end(res, 200, "");
    };
    let failure: unknown;
    try {
      await diagnose(server, { account: { ...account, encodingAESKey: "short" } });
    } catch (error) {
      failure = error;
    }
    expect(failure).to.have.property("code", "WX_CONFIG");
    expect(asked).to.equal(false);
  });
});
