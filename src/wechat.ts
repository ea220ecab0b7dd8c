import type { Context as KoaContext, Middleware } from "koa";
import type { Client } from "./api/client.js";
import { Account } from "./delivery/account.js";
import { bytes, type WechatOptions } from "./delivery/options.js";
import { type Answer, receive } from "./delivery/receive.js";
import { serve } from "./koa/middleware.js";
import type { Handler } from "./router/compose.js";
import type { Context } from "./router/context.js";
import { type Mountable, type Plugin, Router } from "./router/router.js";
import type { Query } from "./wire/envelope.js";
import type { XmlElement } from "./wire/xml.js";

/** A request for `wx.receive()`: what a serverless host or a test has in hand. */
export interface ReceiveRequest {
  readonly method: string;
  /** The query: decoded parameters, or the text after `?`. */
  readonly query: Query | URLSearchParams | string;
  readonly body?: string | Uint8Array | XmlElement | undefined;
  /** Aborts when the sender closes the connection. */
  readonly signal?: AbortSignal;
}

/** How long the whole body of a push may take. */
const bodyTimeout = 5_000;

/**
 * An Official Account (公众号) behind one server address (服务器地址).
 *
 * ```ts
 * const wx = new Wechat({ token: "…", appId: "wx…", encodingAESKey: "…" });
 * wx.on("text", (ctx) => ctx.message.Content);
 * router.all("/wechat", wx.middleware());
 * ```
 */
export class Wechat<F = unknown> extends Router<F> {
  readonly #account: Account;
  readonly #bodyLimit: number;

  /** Throws a ConfigError for every option that is missing, malformed or misspelt. */
  constructor(options: WechatOptions) {
    super();
    this.#account = new Account(options, this as unknown as Router, report);
    this.#bodyLimit = bytes(options.bodyLimit ?? "64kb");
  }

  override use<G extends object>(plugin: Plugin<G>): Wechat<F & G>;
  override use(
    ...handlers: readonly [
      Handler<Context & F> | Mountable<Context & F>,
      ...(Handler<Context & F> | Mountable<Context & F>)[],
    ]
  ): this;
  override use(...handlers: readonly [never, ...never[]]): this {
    return super.use(...handlers);
  }

  /**
   * The Koa middleware that serves the server address, under a router or koa-mount, or under
   * `app.use` for all paths; then it leaves alone what carries none of WeChat's parameters.
   */
  middleware(): Middleware {
    return serve((request) => receive(this.#account, request), {
      limit: this.#bodyLimit,
      timeout: bodyTimeout,
    });
  }

  /** The client for WeChat's server APIs. Throws a ConfigError when there is no AppSecret. */
  get api(): Client {
    return this.#account.api;
  }

  /**
   * Answers a request without Koa: for serverless hosts and tests.
   *
   * ```ts
   * const { status, headers, body } = await wx.receive({ method, query, body });
   * ```
   */
  async receive(request: ReceiveRequest): Promise<Answer> {
    const { method, body = "", signal } = request;
    const answer = await receive(this.#account, {
      method: method.toUpperCase(),
      query: asQuery(request.query),
      body: () => (body instanceof Uint8Array ? Buffer.from(body).toString("utf8") : body),
      closed: signal,
    });
    if (answer !== "abandoned") return answer;
    // Nothing can be left unanswered here; by now WeChat has closed the connection and does not read this.
    return { status: 200, headers: {}, body: "" };
  }

  /** Waits for the handlers that are running, at most `timeout` milliseconds (default: 10,000), then gives them up. */
  close(options: { readonly timeout?: number } = {}): Promise<void> {
    return this.#account.close(options.timeout ?? 10_000);
  }
}

/** Reports an error as Koa does; without Koa, on the console. */
function report(error: unknown, koa: KoaContext | undefined): void {
  if (koa === undefined) console.error(error);
  else koa.app.emit("error", error, koa);
}

function asQuery(query: Query | URLSearchParams | string): Query {
  if (typeof query !== "string" && !(query instanceof URLSearchParams)) return query;
  const parameters = new URLSearchParams(query);
  const decoded: Record<string, string | string[]> = Object.create(null);
  for (const name of parameters.keys()) {
    const values = parameters.getAll(name);
    decoded[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return decoded;
}
