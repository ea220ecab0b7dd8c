import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { WechatError } from "../errors.js";
import { listen, shut } from "../simulator/listen.js";
import type { ApiSide } from "./api-side.js";

/** What a bot needs to know of the simulated WeChat: for `api.baseUrl` and for its own `baseUrl`. */
export interface Surroundings {
  /** The simulated api.weixin.qq.com: `new Wechat({ api: { baseUrl: url } })`. */
  readonly url: string;
  /** Where an app that is returned will be reachable: the `baseUrl` of web login. */
  readonly appUrl: string;
  /** The simulated API, to have it fail or own a file from the beginning. */
  readonly api: ApiSide;
}

/** A Koa app, or anything else that makes a request listener. */
type Callback = {
  callback(): RequestListener;
};

/** A `Wechat` without Koa. */
type Receiver = {
  receive(request: {
    readonly method: string;
    readonly query: string;
    readonly body: string;
    readonly headers: NodeJS.Dict<string | string[]>;
    readonly path: string;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }>;
};

/** A bot that runs in this process. */
export type App = Callback | Receiver;

/** A bot that listens already, by its address; or one that is given a place to listen. */
export type Bot = string | URL | App;

/**
 * The bot to be tried out: the address where it listens, a Koa app, a `Wechat`, or a function that
 * makes one of these from the address of the simulated WeChat, which listens by then. An app of
 * Express or another request listener is given as `() => app`.
 */
export type Target = Bot | ((given: Surroundings) => Made | Promise<Made>);

/** A bot, or a request listener such as an app of Express. */
type Made = Bot | RequestListener;

/** A bot that has a place to listen. */
export interface Listening {
  /** Puts the bot in its place, now that the simulated WeChat listens too, and says its address. */
  start(wechatUrl: string, api: ApiSide): Promise<string>;
  close(): Promise<void>;
}

/** Has an app listen on this machine; an address is taken as it is. */
export async function listening(target: Target, path: string): Promise<Listening> {
  if (isAddress(target)) {
    const url = addressOf(target);
    return { start: async () => url, close: async () => {} };
  }
  const server: Server = createServer();
  const appUrl = await listen(server);
  return {
    async start(url, api) {
      // An app of Express takes a request and a response, and would be called with neither.
      if (typeof target === "function" && target.length > 1) throw bareListener();
      const given = { url, appUrl, api };
      const bot: unknown = typeof target === "function" ? await target(given) : target;
      if (isAddress(bot)) {
        await shut(server);
        return addressOf(bot);
      }
      server.on("request", listenerOf(bot));
      return appUrl + path;
    },
    close: () => shut(server),
  };
}

function isAddress(bot: unknown): bot is string | URL {
  return typeof bot === "string" || bot instanceof URL;
}

function addressOf(bot: string | URL): string {
  const url = URL.canParse(String(bot)) ? new URL(bot) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href;
  throw new WechatError(
    "WX_SIMULATOR",
    `${JSON.stringify(String(bot))} is not the address of a bot. Give all of it, such as "http://localhost:3000/wechat".`,
  );
}

function listenerOf(bot: unknown): RequestListener {
  if (isCallback(bot)) return bot.callback();
  if (isReceiver(bot)) return receiverOf(bot);
  if (typeof bot === "function") return bot as RequestListener;
  throw new WechatError(
    "WX_SIMULATOR",
    `simulate() was given ${nameOf(bot)} as the bot. It takes a Koa app, a Wechat, the address of a bot that listens, or a function that returns one of these or a request listener, such as an app of Express.`,
  );
}

function bareListener(): WechatError {
  return new WechatError(
    "WX_SIMULATOR",
    "simulate() was given a request listener, such as an app of Express, as the bot. Give it as () => app.",
  );
}

function isCallback(bot: unknown): bot is Callback {
  return typeof (bot as Partial<Callback> | null | undefined)?.callback === "function";
}

function isReceiver(bot: unknown): bot is Receiver {
  return typeof (bot as Partial<Receiver> | null | undefined)?.receive === "function";
}

function nameOf(bot: unknown): string {
  if (bot === undefined) return "nothing (does the function return the app?)";
  if (typeof bot === "object" && bot !== null) return `an object (${bot.constructor?.name})`;
  return bot === null ? "null" : `a ${typeof bot}`;
}

function receiverOf(wechat: Receiver): RequestListener {
  return async (request, response) => {
    const closed = new AbortController();
    response.on("close", () => closed.abort());
    const { method = "GET", url = "/" } = request;
    const body = await bodyOf(request);
    if (body === undefined) return;
    const { search: query, pathname: path } = new URL(url, "http://localhost");
    const { headers } = request;
    const { signal } = closed;
    try {
      const answer = await wechat.receive({ method, query, body, headers, path, signal });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // As a server does with a handler that fails: the answer is judged as WeChat would.
      response.writeHead(500).end();
    }
  };
}

/** Undefined when the connection broke meanwhile. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}
