import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { ApiError, Wechat, type WechatError } from "../../src/index.js";
import { type ApiServer, type Respond, startApiServer } from "../support/api-server.js";
import { account, signedQuery, textXml } from "../support/push.js";
import { freePort } from "../support/stage.js";

const endpoint = "/cgi-bin/stable_token";
const good = { access_token: "the-token", expires_in: 7200 };
const appSecret = "the-app-secret";

/** A way in which the token endpoint fails, and what a handler is told. */
interface Failure {
  readonly answer: Respond | object | string;
  readonly says: string;
  readonly hint: RegExp;
  /** How often it is asked until that is told. */
  readonly asked: number;
}

const raw = (text: string) => (_: unknown, response: ServerResponse) => void response.end(text);
const notJson = { says: "WX_API_RESPONSE", hint: /no JSON.*"baseUrl" or a proxy/, asked: 1 };
const incomplete = { says: "WX_API_RESPONSE", hint: /names none, or not how long/, asked: 1 };

const failures: Readonly<Record<string, Failure>> = {
  "never answers": {
    answer: () => {},
    says: "WX_API_TIMEOUT",
    hint: /took longer than 400 ms/,
    asked: 3,
  },
  "stops in the middle of its answer": {
    answer: (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { "Content-Length": 100 });
      response.write('{"access_token":"the-');
    },
    says: "WX_API_TIMEOUT",
    hint: /took longer than 400 ms/,
    asked: 3,
  },
  "breaks its answer off": {
    answer: (_: unknown, response: ServerResponse) => {
      response.writeHead(200, { "Content-Length": 100 });
      response.write('{"access_token":"the-');
      setTimeout(() => response.destroy(), 20);
    },
    says: "WX_API_NETWORK",
    hint: /could not be reached|got no answer|The answer of/,
    asked: 3,
  },
  "closes the connection": {
    answer: (_: unknown, response: ServerResponse) => void response.destroy(),
    says: "WX_API_NETWORK",
    hint: /could not be reached|got no answer|The answer of/,
    asked: 3,
  },
  "answers 500": {
    answer: (_: unknown, response: ServerResponse) => void response.writeHead(500).end("oops"),
    says: "WX_API_NETWORK",
    hint: /answered with status 500/,
    asked: 3,
  },
  "leads elsewhere": {
    answer: (_: unknown, response: ServerResponse) =>
      void response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(),
    says: "WX_API_RESPONSE",
    hint: /answered with status 302/,
    asked: 1,
  },
  "answers HTML": { answer: raw("<html><h1>Login</h1></html>"), ...notJson },
  "answers JSON that is cut off": { answer: raw('{"access_token":"the-token","expi'), ...notJson },
  "answers nothing": { answer: raw(""), ...notJson },
  "answers without a life": { answer: { access_token: "the-token" }, ...incomplete },
  "answers without a token": { answer: { expires_in: 7200 }, ...incomplete },
  "is busy all the time": {
    answer: { errcode: -1, errmsg: "system error" },
    says: "-1",
    hint: /busy/i,
    asked: 3,
  },
  "does not know this server": {
    answer: { errcode: 40164, errmsg: "invalid ip 203.0.113.7, not in whitelist rid: 61-2" },
    says: "40164",
    hint: /Add 203\.0\.113\.7 to .*开发密钥 → API IP 白名单/,
    asked: 1,
  },
  "does not know the secret": {
    answer: { errcode: 40125, errmsg: "invalid appsecret rid: 61-2" },
    says: "40125",
    hint: /"appSecret"/,
    asked: 1,
  },
};

describe("ctx.api: a handler that needs an access token", function () {
  this.timeout(20_000);
  const servers: ApiServer[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  /** A bot whose handler calls WeChat, and answers with what comes of it. */
  const bot = (baseUrl: string) => {
    const errors: Error[] = [];
    const wx = new Wechat({
      ...account,
      appSecret,
      acceptPlain: true,
      api: { baseUrl, timeout: 400 },
    });
    wx.on("text", async (ctx) => (await ctx.api.users.get("o")).openid);
    wx.catch((error) => {
      errors.push(error);
      return error instanceof ApiError ? String(error.errcode) : (error as WechatError).code;
    });
    const push = async () => {
      const query = signedQuery();
      return (await wx.receive({ method: "POST", query, body: textXml("x") })).body;
    };
    return { push, errors };
  };

  const failing = async ({ answer }: Pick<Failure, "answer">) => {
    const server = await startApiServer();
    servers.push(server);
    server.on(endpoint, answer);
    server.on("/cgi-bin/user/info", { openid: "a user" });
    return { server, ...bot(server.url) };
  };

  /** Lets all clocks that a change of the system's time does not move go forward. */
  const later = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
    const now = performance.now;
    performance.now = () => now.call(performance) + ms;
    try {
      return await work();
    } finally {
      performance.now = now;
    }
  };

  it("is told what is wrong, in time and without a secret, in whatever way the token endpoint fails", async () => {
    await Promise.all(
      Object.entries(failures).map(async ([name, failure]) => {
        const { server, push, errors } = await failing(failure);
        const begun = performance.now();
        expect(await push(), name).to.include(`<![CDATA[${failure.says}]]>`);
        expect(performance.now() - begun, name).to.be.lessThan(4_500);
        expect(server.to(endpoint), name).to.have.length(failure.asked);
        expect(errors[0]?.message, name).to.match(failure.hint);
        expect(errors[0]?.message).not.to.match(/the-app-secret|the-token|rid:/);
      }),
    );
  });

  it("loses no late reply by it: the user's next message fetches it", async () => {
    const ways = [
      "never answers",
      "answers HTML",
      "does not know this server",
      "does not know the secret",
    ];
    await Promise.all(
      ways.map(async (name) => {
        const server = await startApiServer();
        servers.push(server);
        server.on(endpoint, failures[name]?.answer ?? {});
        const errors: Error[] = [];
        const wx = new Wechat({
          ...account,
          appSecret,
          acceptPlain: true,
          api: { baseUrl: server.url, timeout: 400 },
          deadline: {
            ms: 50,
            attempts: 1,
            onTimeout: () => "正在思考",
            collect: { match: "继续" },
          },
        });
        wx.onText("想", async () => {
          await sleep(200);
          return "想好了";
        });
        wx.hears("继续", () => "还没有");
        wx.catch((error) => void errors.push(error));
        const push = async (words: string) =>
          (await wx.receive({ method: "POST", query: signedQuery(), body: textXml(words) })).body;
        expect(await push("想"), name).to.include("正在思考");
        await wx.close();
        expect(await push("继续"), name).to.include("想好了");
        expect(errors, name).to.deep.equal([]);
        expect(server.to("/cgi-bin/message/custom/send"), name).to.deep.equal([]);
      }),
    );
  });

  it("is told that nothing listens there", async () => {
    const { push, errors } = bot(`http://127.0.0.1:${await freePort()}`);
    expect(await push()).to.include("WX_API_NETWORK");
    expect(errors[0]?.message).to.match(/could not be reached \(ECONNREFUSED\)/);
  });

  it("gets one as soon as the endpoint is well and has had its rest, and asks nobody before", async () => {
    await Promise.all(
      Object.entries(failures).map(async ([name, failure]) => {
        const { server, push } = await failing(failure);
        await push();
        server.on(endpoint, good);
        const { says, asked } = failure;
        expect(await push(), name).to.include(says);
        expect(server.to(endpoint), name).to.have.length(asked);
        return { name, server, push, asked };
      }),
    ).then((bots) =>
      later(10_000, async () => {
        for (const { name, server, push, asked } of bots) {
          expect(await push(), name).to.include("a user");
          expect(server.to(endpoint), name).to.have.length(asked + 1);
        }
      }),
    );
  });

  it("does not notice that the endpoint was busy twice", async () => {
    let calls = 0;
    const { push } = await failing({
      answer: () => (++calls < 3 ? { errcode: -1, errmsg: "system error" } : good),
    });
    expect(await push()).to.include("a user");
    expect(calls).to.equal(3);
  });

  it("lives on a valid token while the endpoint is down, and after an answer that names none", async () => {
    let answer: object = { access_token: "the-token", expires_in: 600 };
    const { server, push } = await failing({ answer: () => answer });
    expect(await push()).to.include("a user");
    for (const [ms, failure] of [
      [400_000, { errcode: 40164, errmsg: "invalid ip 203.0.113.7, not in whitelist" }],
      [450_000, { access_token: "" }],
      [500_000, { errcode: -1 }],
    ] as const) {
      answer = failure;
      await later(ms, async () => expect(await push()).to.include("a user"));
    }
    expect(server.to(endpoint).length).to.be.greaterThan(1);
  });
});
