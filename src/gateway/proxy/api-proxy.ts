import { Readable } from "node:stream";
import type { Context as KoaContext, Middleware } from "koa";
import type { Client } from "../../api/client.js";
import { addressRule } from "../../api/transport/address.js";
import { tokenErrors } from "../../api/transport/errcodes.js";
import type { Fetch } from "../../api/transport/fetch.js";
import { WechatError } from "../../errors.js";
import { bodyLimitRule, bytes, checkOptions, type Rules, timer } from "../../options.js";
import { type Admission, type Admitted, admissionTo } from "../admission/admission.js";
import { announced, readVerified, type SignedBody, verified } from "../admission/body.js";
import { drained } from "../admission/early-answer.js";
import { checkServer, type GatewayOptions, gatewayRules } from "../options.js";
import { Refusal } from "../refusal.js";
import { redact } from "./redact.js";
import { checkCall, checkQuery } from "./rules.js";
import { type Answer, type Call, callUpstream } from "./upstream.js";

/** The options of `apiProxy`. */
export interface ApiProxyOptions extends GatewayOptions {
  /** Where the path of every request begins, as the client sends it. Default: `"/proxy"`. */
  readonly prefix?: string;
  /** Another address of `api.weixin.qq.com`. Default: that of each account. */
  readonly baseUrl?: string;
  /** How long a call may go on without progress, in milliseconds. Default: 15,000. */
  readonly timeout?: number;
  /** The longest body: bytes, or a text like `"20mb"`. Default: 20 MiB. */
  readonly bodyLimit?: number | string;
}

const rules: Rules<ApiProxyOptions> = {
  ...gatewayRules,
  baseUrl: addressRule,
  timeout: timer,
  bodyLimit: bodyLimitRule,
};

/** Up to here a body is read before it is sent on, and can be sent a second time. */
const replayable = 256 * 1024;
const defaultParallel = 50;

/**
 * The API proxy (API-Proxy): forwards calls of WeChat's server APIs with the access token filled in,
 * for services that shall call WeChat and have no token.
 *
 * ```ts
 * const clients = { crm: { secret, paths: ["/cgi-bin/user/info", "/cgi-bin/message/custom/*"] } };
 * app.use(apiProxy({ accounts: [createClient({ appId, appSecret, store })], clients, store }));
 * ```
 *
 * `GET` or `POST /proxy/{appid}/cgi-bin/…`, signed (see docs/gateway.md), becomes the same call of
 * api.weixin.qq.com. Bodies are streamed both ways. Everything else goes to `next()`.
 */
export function apiProxy(options: ApiProxyOptions): Middleware {
  checkOptions(options, "apiProxy()", rules);
  const { prefix = "/proxy", timeout = 15_000 } = options;
  const proxy = new ApiProxy(admissionTo("apiProxy", prefix, options), options, timeout);

  return async function apiProxy(ctx, next) {
    const rest = proxy.admission.rest(ctx);
    if (rest === undefined) return next();
    await proxy.admission.serve(ctx, (admitted) => proxy.serve(ctx, rest, admitted));
  };
}

class ApiProxy {
  readonly admission: Admission;
  /** For all accounts, if it is not each account's own. */
  readonly #base: URL | undefined;
  readonly #limit: number;
  readonly #timeout: number;
  readonly #underWay = new Map<string, number>();

  constructor(admission: Admission, options: ApiProxyOptions, timeout: number) {
    const { baseUrl, bodyLimit = "20mb" } = options;
    this.admission = admission;
    this.#base = baseUrl === undefined ? undefined : checkServer("baseUrl", baseUrl);
    this.#limit = bytes(bodyLimit);
    this.#timeout = timeout;
  }

  async serve(ctx: KoaContext, rest: string, admitted: Admitted): Promise<void> {
    const { trail, client } = admitted;
    trail.action = "call";
    const [, appId = ""] = /^\/(\w{1,64})(?=\/)/.exec(rest) ?? [];
    const account = this.admission.account(appId, admitted);
    const path = rest.slice(appId.length + 1);
    checkCall(path, client.paths ?? []);
    trail.path = path;
    const query = checkQuery(ctx.querystring);
    if (ctx.method !== "GET" && ctx.method !== "POST") {
      ctx.set("Allow", "GET, POST");
      throw new Refusal(405, "method", "WeChat's APIs take GET and POST.");
    }
    const body = announced(ctx.req, admitted.bodyHash, this.#limit);
    if (ctx.method === "GET" && body.length > 0) {
      throw new Refusal(400, "body", "A GET has no body.");
    }
    this.#enter(ctx, admitted);
    await new Exchange(ctx, this.#timeout).run(async (exchange) => {
      const read = body.length <= replayable || account.connection.fetch !== undefined;
      const sent = read ? await exchange.read(body) : exchange.upload(body);
      const call = { method: ctx.method, path, query, headers: headersOf(ctx, body), body: sent };
      const isEmpty = ctx.method === "GET";
      await this.#forward(exchange, account, isEmpty ? { ...call, body: undefined } : call, trail);
    });
  }

  async #forward(
    exchange: Exchange,
    account: Client,
    call: Call,
    trail: Admitted["trail"],
  ): Promise<void> {
    const { baseUrl, fetch } = account.connection;
    const base = this.#base ?? checkServer("baseUrl", baseUrl);
    const token = await tokenOf(account);
    const answer = await exchange.call(base, call, token, fetch);
    trail.errcode = answer.errcode;
    if (answer.errcode === undefined || !tokenErrors.has(answer.errcode)) {
      return exchange.answer(answer, token);
    }
    await account.tokens.invalidate?.(token);
    // A body that was streamed is gone; the client hears of the error and may call again.
    if (call.body instanceof Readable) return exchange.answer(answer, token);
    answer.discard();
    const fresh = await tokenOf(account);
    const second = await exchange.call(base, call, fresh, fetch);
    trail.errcode = second.errcode;
    exchange.answer(second, fresh);
  }

  /** Counts the call until its answer is over, so that one slow path cannot take everything. */
  #enter(ctx: KoaContext, { id, client }: Admitted): void {
    const underWay = this.#underWay.get(id) ?? 0;
    if (underWay >= (client.parallel ?? defaultParallel)) {
      ctx.set("Retry-After", "1");
      throw new Refusal(503, "busy", "Too many calls of this client are under way.");
    }
    this.#underWay.set(id, underWay + 1);
    ctx.res.once("close", () => {
      const left = (this.#underWay.get(id) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(id);
      else this.#underWay.set(id, left);
    });
  }
}

/** One call on its way there and back; it ends when the client goes away or nothing moves. */
class Exchange {
  readonly #ctx: KoaContext;
  readonly #abort = new AbortController();
  readonly #timeout: number;
  readonly #timer: NodeJS.Timeout;
  #refusal: Refusal | undefined;

  constructor(ctx: KoaContext, timeout: number) {
    this.#ctx = ctx;
    this.#timeout = timeout;
    this.#timer = setTimeout(() => {
      const isClient = !ctx.req.complete;
      this.#stop(
        isClient
          ? new Refusal(408, "timeout", "The body took too long.")
          : new Refusal(504, "timeout", `WeChat took longer than ${timeout} ms.`),
      );
    }, timeout);
    ctx.res.once("close", () => this.#stop(undefined));
  }

  async run(work: (exchange: Exchange) => Promise<void>): Promise<void> {
    try {
      await work(this);
    } catch (error) {
      this.#stop(undefined);
      throw this.#refusal ?? error;
    }
  }

  async read(body: SignedBody): Promise<Buffer> {
    const whole = await readVerified(this.#ctx.req, body, this.#timeout);
    // WeChat's time begins when the client's is over.
    this.#timer.refresh();
    return whole;
  }

  upload(body: SignedBody): Readable {
    const chunks = verified(this.#ctx.req, body, () => this.#timer.refresh());
    return Readable.from(this.#noted(chunks), { objectMode: false });
  }

  call(base: URL, call: Call, token: string, fetch: Fetch | undefined): Promise<Answer> {
    return callUpstream(base, call, token, this.#abort.signal, fetch);
  }

  answer(answer: Answer, token: string): void {
    const ctx = this.#ctx;
    ctx.status = answer.status;
    // Also as it stands in the URL, for those who repeat that.
    const spellings = new Set([token, encodeURIComponent(token)]);
    const body = [...spellings].reduce<Answer["body"]>(
      (chunks, secret) => redact(chunks, secret),
      answer.body,
    );
    ctx.body = Readable.from(this.#passed(body), { objectMode: false });
    ctx.remove("Content-Type");
    for (const [name, value] of Object.entries(answer.headers)) ctx.set(name, value);
    if (!ctx.req.complete) ctx.set("Connection", "close");
  }

  #stop(refusal: Refusal | undefined): void {
    clearTimeout(this.#timer);
    this.#refusal ??= refusal;
    this.#abort.abort();
    // An answer that has begun cannot become another one; that it broke off must be seen.
    if (refusal !== undefined && this.#ctx.headerSent) this.#ctx.res.destroy();
  }

  /** Keeps the reason why a body failed, which is lost on its way through the request. */
  async *#noted(chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
    const failed = (error: unknown): never => {
      this.#refusal ??=
        error instanceof Refusal
          ? error
          : new Refusal(400, "body", "The connection closed before the body was complete.");
      throw error;
    };
    try {
      for (;;) {
        const next = await chunks.next().catch(failed);
        if (next.done) return;
        // What is thrown here is why the request failed, not the body.
        yield next.value;
      }
    } finally {
      await chunks.return();
    }
  }

  async *#passed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const chunk of chunks) {
        this.#timer.refresh();
        yield chunk;
      }
      // WeChat knew enough before the body was over.
      if (!this.#ctx.req.complete) {
        this.#stop(undefined);
        await drained(this.#ctx.req);
      }
    } catch {
      this.#ctx.res.destroy();
      throw new WechatError("WX_GATEWAY", "An answer of WeChat broke off.");
    }
  }
}

async function tokenOf(account: Client): Promise<string> {
  try {
    return await account.tokens.get();
  } catch (error) {
    const text = "The gateway got no token from WeChat; its log says why. Try again in a moment.";
    throw new Refusal(502, "upstream", text, { cause: error });
  }
}

function headersOf(ctx: KoaContext, body: SignedBody): Record<string, string> {
  if (ctx.method === "GET") return {};
  const type = ctx.get("Content-Type");
  // WeChat reads JSON under any name; a form, curl's default, might bring a token of its own.
  const isForm = type === "" || /^application\/x-www-form-urlencoded/i.test(type);
  return {
    "Content-Type": isForm ? "application/json; charset=utf-8" : type,
    "Content-Length": String(body.length),
  };
}
