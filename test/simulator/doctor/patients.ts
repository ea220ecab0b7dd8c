import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import { type ExamineOptions, examine } from "../../../src/simulator/doctor/examine.js";
import type { Finding } from "../../../src/simulator/doctor/finding.js";
import { listen, shut } from "../../../src/simulator/listen.js";
import { account } from "../../support/push.js";

export const { token } = account;
/** The account in 安全模式. */
export const sealed = { ...account, mode: "safe" } as const;

/** How a server answers; the query is parsed. */
export type Answer = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void;

/** What a bot without a framework does: right in all that the doctor looks at. */
export const healthy: Answer = (req, res, query) => {
  if (!isSigned(query)) return end(res, 403, "no");
  if (req.method === "GET") return end(res, 200, query.get("echostr") ?? "");
  whole(req, (body) => end(res, 200, replyTo(body)));
};

/** Calls `then` with the body, once all of it is there. */
export function whole(req: IncomingMessage, then: (body: string) => void): void {
  let body = "";
  req.on("data", (chunk) => {
    body += chunk;
  });
  req.on("end", () => then(body));
}

/** A bot that is healthy but for what `get` or `post` do when the signature is right. */
export function broken({ get, post }: { readonly get?: Answer; readonly post?: Answer }): Answer {
  return (req, res, query) => {
    const answer = (req.method === "GET" ? get : post) ?? healthy;
    return (isSigned(query) ? answer : healthy)(req, res, query);
  };
}

/** Whether WeChat signed with that token. */
export function isSigned(query: URLSearchParams, secret = token): boolean {
  const parts = [secret, query.get("timestamp") ?? "", query.get("nonce") ?? ""];
  return createHash("sha1").update(parts.sort().join("")).digest("hex") === query.get("signature");
}

/** The reply of a bot that repeats what it hears. */
export function replyTo(body: string): string {
  const field = (name: string) =>
    new RegExp(`<${name}><!\\[CDATA\\[(.*?)\\]\\]>`).exec(body)?.[1] ?? "";
  return `<xml><ToUserName><![CDATA[${field("FromUserName")}]]></ToUserName><FromUserName><![CDATA[${field("ToUserName")}]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[${field("Content")}]]></Content></xml>`;
}

/** Ends a response. */
export function end(res: ServerResponse, status: number, body: string, headers = {}): void {
  res.writeHead(status, { "Content-Type": "text/plain", ...headers }).end(body);
}

/** Has the doctor look at a server, and returns what was found. */
export async function diagnose(
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

/** All that the doctor finds. */
export async function allOf(options: ExamineOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const finding of examine(options)) findings.push(checked(finding));
  return findings;
}

/** A finding that says the same in Chinese, to whoever reads that. */
export function checked(finding: Finding): Finding {
  const { text, fix, textZh, fixZh } = finding;
  expect(textZh, text)
    .to.match(/\p{Script=Han}/u)
    .and.not.match(/\$\{|\[object/);
  expect(fixZh === undefined, text).to.equal(fix === undefined);
  if (fixZh)
    expect(fixZh, text)
      .to.match(/\p{Script=Han}/u)
      .and.not.match(/\$\{|\[object/);
  return finding;
}

/** The one problem there is. */
export function problemIn(findings: readonly Finding[]): Finding {
  const problems = findings.filter(({ level }) => level === "problem");
  expect(problems.map(({ code }) => code)).to.have.lengthOf(1);
  expect(problems[0]?.fix).to.be.a("string");
  return problems[0] as Finding;
}

/** A bot of koa-wx. */
export function bot(options = {}): Koa {
  const wx = new Wechat({ token, ...options });
  wx.on("text", (ctx) => `You said ${ctx.text}`);
  return new Koa().use(wx.middleware());
}
