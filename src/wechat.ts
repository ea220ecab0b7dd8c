import type { Context as KoaContext, Middleware } from "koa";
import { Account } from "./account/account.js";
import { type AccountResolver, Accounts } from "./account/accounts.js";
import type {
  AccountOptions,
  CloudHostedOptions,
  SharedOptions,
  WechatOptions,
} from "./account/options.js";
import { type ReceiveAnswer, receive } from "./account/receive/receive.js";
import {
  asRequest,
  type HostOptions,
  type PushRequest,
  type ReceiveRequest,
  signalOf,
} from "./account/receive/request.js";
import { fromWeb, toWeb, waitUntilOf } from "./account/receive/web-request.js";
import type { Client } from "./api/client.js";
import { ConfigError } from "./errors.js";
import { type JssdkMiddleware, type JssdkOptions, jssdk } from "./koa/jssdk.js";
import { type BrokerOptions, oauthBroker } from "./koa/login/broker/broker.js";
import { type LoginGuard, oauth } from "./koa/login/guard.js";
import type { OAuthOptions } from "./koa/login/options.js";
import type { LoginScope, UserOf } from "./koa/login/user.js";
import { serve } from "./koa/middleware.js";
import { bytes } from "./options.js";
import { type OutgoingHook, OutgoingHooks } from "./outgoing/hooks.js";
import type { Handler } from "./router/compose.js";
import type { Context, Services } from "./router/context.js";
import type { Mountable, Plugin } from "./router/handlers.js";
import { forKoa } from "./router/registration.js";
import { Router } from "./router/router.js";

/** How long the whole body of a push may take. */
const bodyTimeout = 5_000;

/**
 * An Official Account (公众号) behind one server address (服务器地址), or several with the same handlers.
 *
 * ```ts
 * const wx = new Wechat({ token: "…", appId: "wx…", encodingAESKey: "…" });
 * wx.on("text", (ctx) => ctx.message.Content);
 * router.all("/wechat", wx.middleware());
 *
 * const many = new Wechat(({ params }) => accounts.get(params.account));
 * router.all("/wechat/:account", many.middleware());
 * ```
 */
export class Wechat<F = unknown> extends Router<F> {
  readonly #served: Account | Accounts;
  readonly #receive: (request: PushRequest) => Promise<ReceiveAnswer | "abandoned">;
  readonly #bodyLimit: number;
  readonly #isInCloud: boolean;
  readonly #hooks: OutgoingHooks;

  /**
   * One account by its options, or several by a function that finds the account of a request, and
   * the options that they have in common. Throws a ConfigError for every option that is missing,
   * malformed or misspelt.
   */
  // In this order: compilers speak of the last that what is given resembles.
  constructor(options: AccountResolver | CloudHostedOptions | WechatOptions);
  constructor(accounts: AccountResolver, options: SharedOptions | undefined);
  constructor(
    options: WechatOptions | CloudHostedOptions | AccountResolver,
    shared: SharedOptions = {},
  ) {
    super();
    this.isUsed = true;
    const { deadline } = typeof options === "function" ? shared : (options ?? {});
    this.#hooks = new OutgoingHooks(deadline?.ms ?? 4_500);
    const surroundings = { router: this as unknown as Router, hooks: this.#hooks, report };
    if (typeof options === "function") {
      const accounts = new Accounts(options, shared, surroundings);
      this.#served = accounts;
      this.#receive = (request) => accounts.receive(request);
    } else {
      const account = Account.only(options, surroundings);
      this.#served = account;
      this.#receive = (request) => receive(account, request);
    }
    const { bodyLimit, cloudHosting } = typeof options === "function" ? shared : options;
    this.#bodyLimit = bytes(bodyLimit ?? "64kb");
    this.#isInCloud = Boolean(cloudHosting);
    // Hosts take it alone: Deno.serve(wx.fetch).
    this.fetch = this.fetch.bind(this);
  }

  override use<P extends Handler<Context & F> | Mountable<Context & F>>(
    plugin: P,
    ...more: readonly (Handler<Context & F> | Mountable<Context & F>)[]
  ): P extends Plugin<infer G> ? Wechat<F & G> : this;
  override use(...handlers: readonly never[]): never {
    return super.use(...(handlers as unknown as [never])) as never;
  }

  /**
   * Has a hook see everything that is about to leave for a user, whatever way it takes, and say what leaves
   * instead: the reply, another one, a text, or nothing. What it has not passed never leaves: if it fails, or takes too
   * long, the message is held back, and `wx.catch` hears of it.
   *
   * ```ts
   * wx.outgoing((reply) => (reply.type === "text" && isForbidden(reply.content) ? "这个问题我不能回答。" : reply));
   * ```
   */
  outgoing(hook: OutgoingHook): this {
    this.#hooks.add(hook);
    return this;
  }

  /**
   * The Koa middleware that serves the server address, under a router or koa-mount, or under
   * `app.use` for all paths; then it leaves alone what carries none of WeChat's parameters.
   *
   * ```ts
   * router.all("/wechat", wx.middleware());
   * ```
   */
  middleware(): Middleware;
  middleware(...given: readonly unknown[]): Middleware {
    if (given.length > 0) throw misused(this);
    const limits = { limit: this.#bodyLimit, timeout: bodyTimeout };
    const { debugging } = this.#served;
    // Handlers may be registered below.
    if (debugging !== undefined) setImmediate(() => debugging.checkHandlers());
    return forKoa(serve(this.#receive, limits, this.#isInCloud));
  }

  /**
   * The client for WeChat's server APIs. Throws a ConfigError when there is no AppSecret, or when
   * there are several accounts.
   */
  get api(): Client {
    return this.account().api;
  }

  /**
   * An account outside of handlers, where `ctx.account` is not at hand. With several accounts it
   * takes the configuration of one, as the resolver returns it, and shares its tokens with the handlers.
   *
   * ```ts
   * const { api } = wx.account(await findShop("tea"));
   * await api.customerService.sendText(openid, "您的订单已发货");
   * ```
   */
  account(options?: AccountOptions): Services {
    return this.#accountOf(options);
  }

  #accountOf(options: AccountOptions | undefined): Account {
    if (this.#served instanceof Account) {
      if (options === undefined) return this.#served;
      throw new ConfigError(
        "This Wechat has one account, so wx.account() takes no configuration. For several accounts, give new Wechat() a function that finds the account of a request.",
      );
    }
    if (options !== undefined) return this.#served.get(options);
    throw new ConfigError(
      "This Wechat has several accounts: use ctx.account and ctx.api in handlers, and wx.account(configuration) elsewhere.",
    );
  }

  /**
   * The guard of pages that know their user (网页授权): a Koa middleware for an app or a route. With
   * several accounts, `of` is the configuration of the one whose users they are.
   *
   * ```ts
   * app.keys = ["a long random text"];
   * app.use(wx.oauth({ baseUrl: "https://shop.example.com" }));
   * app.use((ctx) => { ctx.body = ctx.state.wxUser.openid; });
   * ```
   */
  oauth<S extends LoginScope = "snsapi_base">(
    options: OAuthOptions<S>,
    of?: AccountOptions,
  ): LoginGuard<UserOf<S>> {
    return forKoa(oauth(this.#accountOf(of), options));
  }

  /**
   * Lends this account's login to sites on other domains: WeChat sends users back to one domain
   * (网页授权域名) only. Such a site uses `wx.oauth({ baseUrl, broker: { url, secret } })`.
   */
  oauthBroker(options: BrokerOptions, of?: AccountOptions): Middleware {
    return forKoa(oauthBroker(this.#accountOf(of), options));
  }

  /**
   * Signs pages for the JS-SDK: `GET /wx/jssdk?url=…` answers what `wx.config` takes.
   *
   * ```ts
   * app.use(wx.jssdk({ allow: ["https://shop.example.com"], jsApiList: ["scanQRCode"] }));
   * ```
   */
  jssdk(options: JssdkOptions, of?: AccountOptions): JssdkMiddleware {
    return forKoa(jssdk(this.#accountOf(of), options));
  }

  /**
   * Answers a request without Koa: for serverless hosts and tests. Never rejects: whatever it is given
   * that is no push gets its refusal as an answer.
   *
   * ```ts
   * const { status, headers, body } = await wx.receive({ method, query, body }, { waitUntil });
   * ```
   */
  async receive(request: ReceiveRequest, host?: HostOptions | null): Promise<ReceiveAnswer> {
    const waitUntil = waitUntilOf(host ?? {});
    const answer = await this.#receive(asRequest(request, this.#bodyLimit, waitUntil));
    if (answer !== "abandoned") return answer;
    return unanswered(signalOf(request), signalOf(request) === undefined ? 1_000 : 8_000);
  }

  /**
   * Answers a web `Request` by a `Response`: for serverless hosts, other runtimes and other frameworks.
   * Never rejects. What still runs afterwards is handed to `waitUntil`.
   *
   * ```ts
   * export default { fetch: (request, env, ctx) => wx.fetch(request, ctx) };
   * ```
   */
  async fetch(request: Request, host?: HostOptions | null): Promise<Response> {
    const limits = { limit: this.#bodyLimit, timeout: bodyTimeout };
    const answer = await this.#receive(fromWeb(request, limits, host ?? {}));
    if (answer !== "abandoned") return toWeb(answer);
    // Few hosts tell when the other side has hung up.
    return toWeb(await unanswered(request.signal, 1_000));
  }

  /**
   * Waits for what is running or promised, by default as long as that may take (ten minutes). After
   * `timeout` milliseconds the rest is handed over to other processes, or given up if there is none.
   */
  close(
    options: {
      /** Milliseconds. Default: 600,000. */
      readonly timeout?: number;
    } = {},
  ): Promise<void> {
    return this.#served.close(options.timeout ?? 600_000);
  }
}

/**
 * What stands for no answer where nothing can be left unanswered. Before WeChat has hung up, it would be
 * taken for an answer, and the push would not come again.
 */
async function unanswered(
  signal: AbortSignal | undefined,
  longest: number,
): Promise<ReceiveAnswer> {
  await hungUp(signal, longest);
  return { status: 200, headers: {}, body: "" };
}

/** Waits until WeChat has closed the connection, or for so many milliseconds. */
function hungUp(signal: AbortSignal | undefined, longest: number): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, longest);
    const gone = () => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener("abort", gone, { once: true });
  });
}

/** `app.use(wx.middleware)`, or the way of co-wechat: `wechat.middleware(handler)`. */
function misused(wx: unknown): ConfigError {
  return new ConfigError(
    wx === undefined
      ? "wx.middleware was mounted itself. Mount what it returns: app.use(wx.middleware()), with its parentheses."
      : 'wx.middleware() takes no handler. Register handlers before: wx.on("text", (ctx) => ctx.message.Content).',
    "WX_REGISTRATION",
  );
}

/** Reports an error as Koa does; without Koa, on the console. */
function report(error: unknown, koa: KoaContext | undefined): void {
  try {
    if (koa === undefined) console.error(error);
    else koa.app.emit("error", error, koa);
  } catch (failure) {
    // A listener that fails must not cost WeChat its answer.
    console.error(failure);
  }
}
