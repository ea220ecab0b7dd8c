import { createServer } from "node:http";
import Koa from "koa";
import type { Fetch } from "../../../src/api/index.js";
import { WechatError } from "../../../src/errors.js";
import { Wechat } from "../../../src/index.js";
import { answers } from "../corpus.js";
import type { Target } from "../fuzz.js";
import { mutateText, nastyText } from "../mutate.js";
import { mutateJson } from "../mutate-json.js";
import { mutatePairs, type Pairs, writeQuery } from "../mutate-query.js";
import { promised, valuesOf } from "../oracle.js";
import type { Random } from "../random.js";
import { asTarget, type Exchange, exchange, listenHere } from "../socket.js";

/** More than Node takes in a first line is not sent. */
const longestQuery = 7_900;
const consent = "https://open.weixin.qq.com/connect/oauth2/authorize?";
const token = answers.find((answer) => "refresh_token" in answer) as object;
const profile = answers.find((answer) => "nickname" in answer) as object;
const statuses = new Set([200, 302, 400, 401, 403, 404, 405, 431]);

/** A browser's cookies, which it may lose or change. */
type Jar = Map<string, string>;

/**
 * Web logins: the way to WeChat, back with a code and a state, and to the page; what the browser
 * sends and what WeChat answers are mutated. A page is seen only by whom WeChat has named, in the
 * browser where the login began.
 */
export const oauthTarget: Target = {
  name: "oauth",
  share: 3,
  async open() {
    const wechat = { token: JSON.stringify(token), asked: 0 };
    const fetch: Fetch = async (url) => {
      wechat.asked += 1;
      const text = url.includes("/sns/userinfo") ? JSON.stringify(profile) : wechat.token;
      return {
        status: 200,
        headers: { get: () => null },
        body: null,
        arrayBuffer: async () => Uint8Array.from(Buffer.from(text)).buffer,
      };
    };
    const app = new Koa();
    app.keys = ["fuzz"];
    app.on("error", (error) => {
      if (!(error instanceof WechatError)) console.error(error);
    });
    const server = createServer();
    const port = await listenHere(server);
    const baseUrl = `http://127.0.0.1:${port}`;
    const wx = new Wechat({
      token: "OAUTHq7Zr2mX9kLw4Tb8",
      appId: "wxlogin",
      appSecret: "fuzz-secret",
      api: { fetch },
    });
    app.use(wx.oauth({ baseUrl, returnTo: ["https://m.example.com"] }));
    app.use((ctx) => {
      ctx.body = `page of ${ctx.state.wxUser.openid}`;
    });
    server.on("request", app.callback());
    const origins = new Set([baseUrl, "https://m.example.com"]);

    const visit = async (path: string, jar: Jar, random: Random): Promise<Exchange> => {
      const before = wechat.asked;
      const answer = await exchange(port, [request(path, jar, random)]);
      const { status, headers } = answer;
      const isExcused = status === 502 && wechat.asked > before;
      promised(statuses.has(status) || isExcused, `the status is ${status}`);
      promised(!answer.raw.includes("fuzz-secret"), "the secret is shown");
      const [location] = headers.get("location") ?? [];
      if (location !== undefined) {
        const leads = location.startsWith(consent) || origins.has(new URL(location).origin);
        promised(leads, `a redirect leads to ${location}`);
      }
      for (const line of headers.get("set-cookie") ?? []) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === "" || /expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      return answer;
    };

    return {
      async run(random, trace) {
        const jar: Jar = new Map();
        const path = random.chance(0.3) ? `/${asTarget(nastyText(random))}` : "/page?a=1";
        const begin = random.chance(0.3)
          ? `/wx/login?${asTarget(
              writeQuery(
                mutatePairs(
                  [
                    ["returnTo", baseUrl],
                    ["scope", "snsapi_base"],
                  ],
                  random,
                ),
                random,
              ),
            )}`
          : path;
        const trail: unknown[] = [begin];
        trace.input = trail;
        const first = await trace.time(() => visit(begin, jar, random));
        const [location = ""] = first.headers.get("location") ?? [];
        const state = /[?&]state=(\w+)/.exec(location)?.[1];
        if (state === undefined) {
          promised(!first.body.startsWith("page of"), "a page was shown to nobody");
          return;
        }
        const isTrue = random.chance(0.5);
        wechat.token = isTrue ? JSON.stringify(token) : mutateJson(token, random);
        let pairs: Pairs = [
          ["code", `code${random.next()}`],
          ["state", state],
        ];
        if (random.chance(0.5)) pairs = mutatePairs(pairs, random);
        const query = asTarget(writeQuery(pairs, random)).slice(0, longestQuery);
        const isKept = random.chance(0.7) ? true : spoil(jar, random);
        trail.push(wechat.token, query, [...jar]);
        await trace.time(() => visit(`/wx/login?${query}`, jar, random));
        const stolen = random.chance(0.2) && !spoil(jar, random);
        const page = await trace.time(() => visit("/page", jar, random));
        if (!page.body.startsWith("page of")) return;
        promised(!stolen, "a page was shown to a browser with a changed cookie");
        promised(isKept, "a login came to its end in a browser that had not begun it");
        promised(valuesOf(query, "state").join() === state, "a login with another state");
        const [code = "", ...more] = valuesOf(query, "code");
        promised(code !== "" && more.length === 0, "a login without a code, or with two");
        const openid = /"openid":"((?:[^"\\]|\\.)+)"/.exec(wechat.token)?.[1] ?? "";
        promised(openid !== "", "a login of somebody whom WeChat has not named");
      },
      async close() {
        server.close();
        server.closeAllConnections();
        await wx.close();
      },
    };
  },
};

/** Changes a browser's cookies; false when those that bind the login are not whole any more. */
function spoil(jar: Jar, random: Random): boolean {
  const names = [...jar.keys()].filter((name) => name !== "koa-wx-round");
  if (names.length === 0) return true;
  for (const name of names) {
    const value = jar.get(name) as string;
    const changed = asTarget(mutateText(value, random)).replace(/[;,"\\\s]/g, "");
    if (changed === value || random.chance(0.3)) jar.delete(name);
    else jar.set(name, changed);
  }
  return false;
}

const agents = ["MicroMessenger/8.0.49", "MicroMessenger wxwork", "curl/8", ""];

function request(path: string, jar: Jar, random: Random): Buffer {
  const odd = random.chance(0.05);
  const agent = odd ? random.pick(agents) : agents[0];
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const lines = [
    `${odd && random.chance(0.3) ? random.pick(["POST", "HEAD", "OPTIONS"]) : "GET"} ${path.slice(0, longestQuery + 100)} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: close",
    `User-Agent: ${agent}`,
    `Accept: ${odd ? random.pick(["*/*", "application/json", "text/html"]) : "text/html"}`,
    ...(odd ? [`X-Forwarded-Host: ${asTarget(nastyText(random)).slice(0, 99)}`] : []),
    ...(cookie === "" ? [] : [`Cookie: ${cookie.slice(0, 4_000)}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
