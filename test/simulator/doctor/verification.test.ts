import { expect } from "chai";
import type { Finding } from "../../../src/simulator/doctor/finding.js";
import {
  type Answer,
  broken,
  diagnose,
  end,
  healthy,
  isSigned,
  problemIn,
  token,
} from "./patients.js";

describe("koa-wx doctor names why 「Token验证失败」", () => {
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
      when: "the answer is a whole file",
      server: (_req, res) => end(res, 200, "x".repeat(1024 * 1024 + 1)),
      code: "answer",
      says: /longer than a mebibyte/,
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
      says: /clock is 360[01] seconds behind this machine's, and it refuses the request \(403\)/,
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
