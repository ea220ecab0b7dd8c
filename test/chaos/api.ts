import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosAccount } from "./wire.js";

/** As much of api.weixin.qq.com as a late reply needs. */
export interface Api extends AsyncDisposable {
  readonly url: string;
  /** How many tokens were fetched. */
  readonly fetched: number;
}

/** What the API takes, in milliseconds. */
const takes = 50;

/** Starts it. `sent` hears of every customer-service message: what arrives here, its user gets. */
export async function startApi(
  { appId, appSecret }: ChaosAccount,
  sent: (user: string, text: string) => void,
): Promise<Api> {
  let fetched = 0;
  const token = "CHAOS_TOKEN";
  const answers: Record<string, (query: URLSearchParams, body: Body) => unknown> = {
    "/cgi-bin/stable_token": (_, { appid, secret }) => {
      if (appid !== appId || secret !== appSecret)
        return { errcode: 40125, errmsg: "invalid appsecret" };
      fetched += 1;
      return { access_token: token, expires_in: 7_200 };
    },
    "/cgi-bin/message/custom/send": (query, { touser, text }) => {
      if (query.get("access_token") !== token)
        return { errcode: 40001, errmsg: "invalid credential" };
      sent(String(touser), String(text?.content));
      return { errcode: 0, errmsg: "ok" };
    },
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://api");
    const body = await bodyOf(request);
    if (body === undefined) return;
    const answer = answers[pathname]?.(searchParams, body);
    await sleep(takes);
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(answer ?? { errcode: 48001, errmsg: "api unauthorized" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get fetched() {
      return fetched;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

interface Body {
  readonly appid?: string;
  readonly secret?: string;
  readonly touser?: string;
  readonly text?: { readonly content?: string };
}

/** A body, or nothing when its sender died before the end of it. */
async function bodyOf(request: IncomingMessage): Promise<Body | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return JSON.parse(Buffer.concat(chunks).toString() || "{}") as Body;
  } catch {
    return undefined;
  }
}
