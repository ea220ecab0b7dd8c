import { createServer, type RequestListener, type Server } from "node:http";
import { listen, shut } from "../simulator/listen.js";

/** What a bot needs to know of the simulated WeChat: for `api.baseUrl` and for its own `baseUrl`. */
export interface Surroundings {
  /** The simulated api.weixin.qq.com: `new Wechat({ api: { baseUrl: url } })`. */
  readonly url: string;
  /** Where the bot itself is reachable: the `baseUrl` of web login. */
  readonly appUrl: string;
}

/** A Koa app, or anything else that makes a request listener. */
interface Callback {
  callback(): RequestListener;
}

/** A `Wechat` without Koa. */
interface Receiver {
  receive(request: {
    readonly method: string;
    readonly query: string;
    readonly body: string;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }>;
}

/** A bot that runs in this process. */
export type App = Callback | Receiver;

/**
 * The bot to be tried out: the address where it listens, a Koa app, a `Wechat`, or a function that
 * makes one of the two from the address of the simulated WeChat.
 */
export type Target = string | URL | App | ((given: Surroundings) => App | Promise<App>);

/** A bot that listens. */
export interface Listening {
  readonly url: string;
  /** Puts the bot in its place, now that the simulated WeChat listens too. */
  start(wechatUrl: string): Promise<void>;
  close(): Promise<void>;
}

/** Has an app listen on this machine; an address is taken as it is. */
export async function listening(target: Target, path: string): Promise<Listening> {
  if (typeof target === "string" || target instanceof URL) {
    const url = new URL(target).href;
    return { url, start: async () => {}, close: async () => {} };
  }
  const server: Server = createServer();
  const appUrl = await listen(server);
  return {
    url: appUrl + path,
    async start(url) {
      const app = typeof target === "function" ? await target({ url, appUrl }) : target;
      server.on("request", "callback" in app ? app.callback() : listenerOf(app));
    },
    close: () => shut(server),
  };
}

function listenerOf(wechat: Receiver): RequestListener {
  return async (request, response) => {
    const closed = new AbortController();
    response.on("close", () => closed.abort());
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await wechat.receive({
      method: request.method ?? "GET",
      query: new URL(request.url ?? "/", "http://localhost").search,
      body: Buffer.concat(chunks).toString("utf8"),
      signal: closed.signal,
    });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };
}
