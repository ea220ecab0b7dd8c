import { inspect } from "node:util";
import { isToken, type Living, RenewedValue } from "../api/token/renewed-value.js";
import type { TicketType, TokenProvider } from "../api/token/token.js";
import { readAll } from "../api/transport/body.js";
import { codeOf } from "../api/transport/failure.js";
import { type Fetch, nodeFetch } from "../api/transport/fetch.js";
import { oneLine } from "../api/transport/hidden.js";
import { bodyOf } from "../api/transport/response.js";
import { ConfigError, WechatError } from "../errors.js";
import { checkOptions, type Rules } from "../options.js";
import { abortable } from "../time/abortable.js";
import { checkServer, remoteRules } from "./options.js";
import { type SigningClient, signRequest } from "./signing.js";

/** The options of `remoteToken`. */
export interface RemoteTokenOptions extends SigningClient {
  /** The token server with its prefix: `"https://gateway.example.com/tokens"`. */
  readonly url: string;
  /** 开发者ID(AppID) of the account. */
  readonly appId: string;
  /** How long one request may take, in milliseconds. Default: 5,000. */
  readonly timeout?: number;
  /** Your own `fetch`. Default: that of node-fetch. */
  readonly fetch?: Fetch;
}

const rules: Rules<RemoteTokenOptions> = remoteRules;

const tries = 3;
/** A token or a refusal is shorter. */
const longestAnswer = 64 * 1024;

/**
 * The access tokens of an account whose AppSecret only the token server knows.
 *
 * ```ts
 * const tokens = remoteToken({ url: "https://gateway.example.com/tokens", appId, client: "shop", secret });
 * const wx = new Wechat({ token, appId, tokenProvider: tokens });
 * const signature = await wx.api.jssdk.sign(pageUrl); // with the server's tickets
 * ```
 *
 * A token is asked for once however many calls need it, kept no longer than it lives, and renewed
 * in the background; a server that is away for a while does no harm to a token that is valid.
 * Rejects with a WechatError `WX_GATEWAY`.
 */
export class RemoteToken implements TokenProvider {
  readonly #options: RemoteTokenOptions;
  readonly #url: URL;
  readonly #fetch: Fetch;
  readonly #token: RenewedValue;
  readonly #tickets: Readonly<Record<TicketType, RenewedValue>>;
  #givingUp: { readonly token: string; readonly done: Promise<void> } | undefined;

  constructor(options: RemoteTokenOptions) {
    checkOptions(options, "remoteToken()", rules);
    const { url, appId, fetch } = options;
    this.#options = options;
    this.#url = checkServer("url", url);
    this.#url.pathname += `/${encodeURIComponent(appId)}`;
    this.#fetch = fetch ?? nodeFetch;
    this.#token = this.#value("", "access_token");
    const ticket = (type: TicketType) => this.#value(`/tickets/${type}`, "ticket");
    this.#tickets = { jsapi: ticket("jsapi"), wx_card: ticket("wx_card") };
  }

  get(): Promise<string> {
    return this.#token.get();
  }

  /** Milliseconds for which a token that it gave is still valid, as far as it knows. */
  life(token: string): number | undefined {
    return this.#token.life(token);
  }

  /** Tells the server that WeChat refused this token, unless another has taken its place. */
  async invalidate(token: string): Promise<void> {
    if (this.#givingUp?.token === token) return this.#givingUp.done;
    if (!this.#token.drop(token)) return;
    const body = JSON.stringify({ access_token: token });
    const done = this.#request("POST", "/invalidate", body).then(
      () => {},
      // What counts is that this process asks again; if the server is away, `get` says so.
      () => {},
    );
    const givingUp = { token, done };
    this.#givingUp = givingUp;
    await done;
    if (this.#givingUp === givingUp) this.#givingUp = undefined;
  }

  /** A ticket for the JS-SDK or for cards. */
  ticket(type: TicketType = "jsapi"): Promise<string> {
    return this.#tickets[type].get();
  }

  #value(path: string, field: "access_token" | "ticket"): RenewedValue {
    return new RenewedValue({
      obtain: () => this.#ask(path, field),
      firstRest: 500,
    });
  }

  async #ask(path: string, field: "access_token" | "ticket"): Promise<Living> {
    for (let attempt = 1; ; attempt++) {
      // From before the request, so that its way adds nothing to the value's life.
      const begun = performance.now();
      try {
        const answer = await this.#request("GET", path);
        const { [field]: value, expires_in, refresh_in } = answer;
        if (!isToken(value) || !isSeconds(expires_in))
          throw failed("answered something else. Is the address that of tokenServer()?", false);
        const refreshIn = isSeconds(refresh_in) ? refresh_in : expires_in;
        return {
          value,
          end: begun + expires_in * 1000,
          renew: begun + Math.min(refreshIn, expires_in) * 1000,
        };
      } catch (error) {
        if (attempt >= tries || !(error instanceof Unreachable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
      }
    }
  }

  async #request(
    method: "GET" | "POST",
    path: string,
    body?: string,
  ): Promise<Record<string, unknown>> {
    const { timeout = 5_000 } = this.#options;
    const url = new URL(this.#url);
    url.pathname += path;
    // Signed anew for every attempt: a nonce is good for one.
    const headers = signRequest(this.#options, method, url.pathname, body);
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const signal = AbortSignal.timeout(timeout);
    let status: number;
    let answer: unknown;
    try {
      const init = { method, headers, redirect: "manual" as const, signal };
      const request = body === undefined ? init : { ...init, body };
      const response = await abortable(this.#fetch(String(url), request), signal);
      status = response.status;
      answer = parse(await abortable(readAll(bodyOf(response), longestAnswer), signal));
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const code = codeOf(error);
      const why = code === undefined ? "could not be reached." : `could not be reached (${code}).`;
      throw failed(signal.aborted ? `did not answer within ${timeout} ms.` : why, true);
    }
    if (status === 200 && isRecord(answer)) return answer;
    // The server's message speaks of the request, not of what is secret in it.
    const { error, message } = isRecord(answer) ? answer : {};
    const words = [error, message].filter((word) => typeof word === "string").join(": ");
    const reason = words === "" ? "" : ` (${oneLine(words, 300)})`;
    throw failed(`answered with status ${status}${reason}.`, status >= 500);
  }

  /** What a log may show of it. */
  toJSON(): { appId: string; client: string } {
    const { appId, client } = this.#options;
    return { appId, client };
  }

  [inspect.custom](): string {
    const { appId, client } = this.#options;
    return `RemoteToken { appId: '${appId}', client: '${client}' }`;
  }
}

/** Makes a provider of tokens from a token server; see RemoteToken. */
export function remoteToken(options: RemoteTokenOptions): RemoteToken {
  return new RemoteToken(options);
}

/** A failure that may well be over in a moment. */
class Unreachable extends WechatError {}

function failed(what: string, isPassing: boolean): WechatError {
  const Kind = isPassing ? Unreachable : WechatError;
  return new Kind("WX_GATEWAY", `The token server ${what}`);
}

function parse(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSeconds = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
