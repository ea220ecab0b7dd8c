import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type Koa from "koa";
import { Wechat, type WechatOptions } from "../../src/index.js";
import { type ApiServer, type Call, startApiServer } from "./api-server.js";

export const loginAccount = { token: "AAAAA", appId: "wxlogin0000000001", appSecret: "s3cret" };

/** WeChat on a phone. */
export const wechatAgent =
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49 Language/zh_CN";

export const alice = {
  openid: "oAlice",
  nickname: "爱丽丝",
  sex: 2,
  province: "浙江",
  city: "杭州",
  country: "中国",
  headimgurl: "",
  privilege: [],
  unionid: "uAlice",
};

interface Code {
  readonly scope: string;
  readonly appId: string;
  readonly person: typeof alice;
  readonly isSnapshot: boolean;
  isUsed: boolean;
}

/** WeChat's side of web login, on this machine. */
export interface LoginCloud {
  readonly server: ApiServer;
  readonly url: string;
  /** Who holds the phone. */
  person: typeof alice;
  /** Whether pages open in snapshot mode. */
  isSnapshot: boolean;
  /** Whether the user has agreed before and is not asked again. */
  isTrusting: boolean;
  /** How long an exchange takes, in milliseconds. */
  delay: number;
  /** Seconds that a user token lives. */
  tokenLife: number;
  /** How often a code was exchanged for a token. */
  readonly exchanges: number;
  /** A code that was given to somebody else. */
  code(scope?: string, appId?: string): string;
  close(): Promise<void>;
}

const order = ["appid", "redirect_uri", "response_type", "scope", "state"];

export async function startLoginCloud(account = loginAccount): Promise<LoginCloud> {
  const server = await startApiServer();
  const codes = new Map<string, Code>();
  const tokens = new Map<string, Code>();
  let count = 0;
  const cloud: LoginCloud = {
    server,
    url: server.url,
    person: alice,
    isSnapshot: false,
    isTrusting: false,
    delay: 0,
    tokenLife: 7200,
    get exchanges() {
      return server.to("/sns/oauth2/access_token").length;
    },
    code(scope = "snsapi_base", appId = account.appId) {
      const code = `code${++count}`;
      const { person, isSnapshot } = cloud;
      codes.set(code, { scope, appId, person, isSnapshot, isUsed: false });
      return code;
    },
    close: () => server.close(),
  };

  server.on("/connect/oauth2/authorize", ({ query }: Call, response) => {
    const { appid = "", redirect_uri = "", scope = "", state = "" } = query;
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    if (
      Object.keys(query).slice(0, 5).join() !== order.join() ||
      !/^[a-zA-Z0-9]{1,128}$/.test(state)
    ) {
      response.end("该链接无法访问");
      return;
    }
    const back = (code?: string) => {
      const url = new URL(redirect_uri);
      if (code !== undefined) url.searchParams.append("code", code);
      url.searchParams.append("state", state);
      return url.href;
    };
    const agreed = back(cloud.code(scope, appid));
    if (scope === "snsapi_base" || cloud.isTrusting) {
      response.writeHead(302, { Location: agreed }).end();
      return;
    }
    response.end(
      `<!doctype html><title>微信授权</title><a id="allow" href="${agreed.replaceAll("&", "&amp;")}">同意</a> <a id="deny" href="${back()}">拒绝</a>`,
    );
  });
  const grant = (code: Code, more = {}) => {
    const access_token = `user-token-${++count}`;
    tokens.set(access_token, code);
    return {
      access_token,
      expires_in: cloud.tokenLife,
      refresh_token: `refresh-${count}`,
      openid: code.person.openid,
      scope: code.scope,
      ...more,
    };
  };
  server.on("/sns/oauth2/access_token", async ({ query }: Call) => {
    await new Promise((resolve) => setTimeout(resolve, cloud.delay));
    const code = codes.get(query.code ?? "");
    if (query.secret !== account.appSecret) return { errcode: 40125, errmsg: "invalid appsecret" };
    if (code === undefined || code.appId !== query.appid) {
      return { errcode: 40029, errmsg: "invalid code, rid: 5f-1" };
    }
    if (code.isUsed) return { errcode: 40163, errmsg: "code been used, rid: 5f-2" };
    code.isUsed = true;
    const unionid = code.scope === "snsapi_userinfo" ? { unionid: code.person.unionid } : {};
    return grant(code, { ...unionid, ...(code.isSnapshot ? { is_snapshotuser: 1 } : {}) });
  });
  server.on("/sns/oauth2/refresh_token", ({ query }: Call) => {
    const code = tokens.get((query.refresh_token ?? "").replace("refresh-", "user-token-"));
    return code === undefined ? { errcode: 40030, errmsg: "invalid refresh_token" } : grant(code);
  });
  server.on("/sns/userinfo", ({ query }: Call) => {
    const code = tokens.get(query.access_token ?? "");
    if (code === undefined) return { errcode: 40001, errmsg: "invalid credential" };
    if (code.scope !== "snsapi_userinfo") return { errcode: 48001, errmsg: "api unauthorized" };
    return code.person;
  });
  return cloud;
}

/** An app that listens, and the address it has. */
export interface Site {
  readonly url: string;
  /** What the app reported. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** What a proxy makes of the target of a request. */
export type Front = (target: string) => string;

/** An address at which an app can be served when it is made. */
export async function openSite(): Promise<Site & { serve(app: Koa, front?: Front): void }> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const errors: unknown[] = [];
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    errors,
    serve(app, front = (target) => target) {
      app.on("error", (error: unknown) => errors.push(error));
      const answer = app.callback();
      server.on("request", (request, response) => {
        request.url = front(request.url ?? "");
        void answer(request, response);
      });
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Serves an app that is made once its address is known, behind what changes the targets of requests. */
export async function startSite(make: (url: string) => Koa, front?: Front): Promise<Site> {
  const site = await openSite();
  site.serve(make(site.url), front);
  return site;
}

/** An account whose WeChat is the cloud. */
export function wechatAt(cloud: LoginCloud, more: Partial<WechatOptions> = {}): Wechat {
  return new Wechat({ ...loginAccount, api: { baseUrl: cloud.url }, ...more });
}

/** The options of a guard that minds which browser it is. */
export function strictly<O extends object>(cloud: LoginCloud, baseUrl: string, more = {} as O) {
  return { baseUrl, authorizeBaseUrl: cloud.url, onlyInWechat: true, ...more };
}

export interface Visit {
  readonly url: string;
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  /** Without the empty fragment that keeps `#wechat_redirect` off. */
  readonly location: string;
  readonly body: string;
  readonly cookies: readonly string[];
}

/** A browser as far as logins need one: it keeps cookies and follows redirects when told to. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  /** Sent with every request. */
  headers: Record<string, string> = {
    "user-agent": wechatAgent,
    accept: "text/html,application/xhtml+xml",
  };
  keepsCookies = true;

  async get(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Visit> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const req = request(url, {
      method,
      agent: false,
      headers: { ...this.headers, ...(cookie === "" ? {} : { cookie }), ...headers },
    }).end();
    const [res] = (await once(req, "response")) as [import("node:http").IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of res) chunks.push(chunk as Buffer);
    const cookies = res.headers["set-cookie"] ?? [];
    if (this.keepsCookies) for (const line of cookies) this.#keep(line);
    return {
      url,
      status: res.statusCode ?? 0,
      headers: res.headers,
      location: (res.headers.location ?? "").replace(/#$/, ""),
      body: Buffer.concat(chunks).toString("utf8"),
      cookies,
    };
  }

  /** Follows redirects to the end, and says which addresses it saw. */
  async browse(
    url: string,
    headers: Record<string, string> = {},
  ): Promise<Visit & { trail: string[] }> {
    const trail: string[] = [];
    let next = url;
    for (;;) {
      trail.push(next);
      const visit = await this.get(next, headers);
      if (visit.status !== 302) return { ...visit, trail };
      if (trail.length > 20) throw new Error(`Too many redirects: ${trail.slice(-4).join("\n")}`);
      next = new URL(visit.location, next).href;
    }
  }

  #keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "" || /expires=thu, 01 jan 1970/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
