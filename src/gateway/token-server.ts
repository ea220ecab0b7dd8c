import type { Context as KoaContext, Middleware } from "koa";
import type { Client } from "../api/client.js";
import type { TicketType } from "../api/token/token.js";
import { accountTickets, type TokenProvider } from "../api/token/token.js";
import { checkOptions, number, type Rules } from "../options.js";
import { scoped } from "../store/store.js";
import { type Admission, type Admitted, admissionTo } from "./admission/admission.js";
import { announced, readVerified } from "./admission/body.js";
import { type GatewayOptions, gatewayRules } from "./options.js";
import { Refusal } from "./refusal.js";

/** The options of `tokenServer`. */
export interface TokenServerOptions extends GatewayOptions {
  /** Where the path of every request begins, as the client sends it. Default: `"/tokens"`. */
  readonly prefix?: string;
  /** After how many milliseconds a client should ask again, whatever the token's life. Default: 60,000. */
  readonly refresh?: number;
}

const rules: Rules<TokenServerOptions> = {
  ...gatewayRules,
  refresh: number({ of: "milliseconds", least: 1_000 }),
};

const ticketTypes: readonly string[] = ["jsapi", "wx_card"] satisfies TicketType[];
const bodyLimit = 8 * 1024;
const bodyTimeout = 5_000;
/** How long a value may be kept whose life its provider does not know. */
const unknownLife = 30_000;
/** WeChat replaces a token that it thinks good at most so often. */
const invalidateApart = 30_000;

/**
 * The token server (AccessToken 中控服务器): one place that knows the AppSecret and hands access
 * tokens and tickets to the services of your own that may have them (`tokens: true`).
 *
 * ```ts
 * app.use(tokenServer({ accounts: [createClient({ appId, appSecret, store })], clients, store }));
 * ```
 *
 * | request | answer |
 * |---|---|
 * | `GET /tokens/{appid}` | `{ access_token, expires_in, refresh_in }` |
 * | `GET /tokens/{appid}/tickets/{jsapi or wx_card}` | `{ ticket, expires_in, refresh_in }` |
 * | `POST /tokens/{appid}/invalidate` `{ access_token }` | `{ invalidated }` |
 *
 * Every request is signed (see docs/gateway.md); everything else goes to `next()`. Source:
 * 「获取接口调用凭据」, on the central server.
 */
export function tokenServer(options: TokenServerOptions): Middleware {
  checkOptions(options, "tokenServer()", rules);
  const { prefix = "/tokens", refresh = 60_000 } = options;
  const admission = admissionTo("tokenServer", prefix, options);
  const server = new TokenServer(admission, Math.floor(refresh / 1_000));

  return async function tokenServer(ctx, next) {
    const rest = admission.rest(ctx);
    if (rest === undefined) return next();
    await admission.serve(ctx, (admitted) => server.serve(ctx, rest, admitted));
  };
}

/** A token or ticket as it is handed out. Seconds. */
interface Lent {
  readonly value: string;
  readonly expiresIn: number;
  /** When it is worth asking again. */
  readonly refreshIn: number;
}

class TokenServer {
  readonly #admission: Admission;
  readonly #refresh: number;
  readonly #tickets = new Map<string, TokenProvider>();
  /** What was given up last, by app id. */
  readonly #invalidated = new Map<string, { readonly token: string; readonly at: number }>();

  constructor(admission: Admission, refresh: number) {
    this.#admission = admission;
    this.#refresh = refresh;
  }

  async serve(ctx: KoaContext, rest: string, admitted: Admitted): Promise<void> {
    const [, appId = "", what, type, ...more] = rest.split("/");
    if (!/^\w{1,64}$/.test(appId) || more.length > 0) throw unknownPath();
    if (admitted.client.tokens !== true) {
      throw new Refusal(403, "client", "This client gets no tokens; calls go through the proxy.");
    }
    const account = this.#admission.account(appId, admitted);
    if (what === undefined) {
      admitted.trail.action = "token";
      checkMethod(ctx, "GET");
      const { value, expiresIn, refreshIn } = await this.#token(account);
      ctx.body = { access_token: value, expires_in: expiresIn, refresh_in: refreshIn };
    } else if (what === "tickets" && type !== undefined && ticketTypes.includes(type)) {
      admitted.trail.action = "ticket";
      checkMethod(ctx, "GET");
      const { value, expiresIn, refreshIn } = await this.#ticket(account, type as TicketType);
      ctx.body = { ticket: value, expires_in: expiresIn, refresh_in: refreshIn };
    } else if (what === "invalidate" && type === undefined) {
      admitted.trail.action = "invalidate";
      checkMethod(ctx, "POST");
      const body = announced(ctx.req, admitted.bodyHash, bodyLimit);
      const token = tokenIn(await readVerified(ctx.req, body, bodyTimeout));
      ctx.body = { invalidated: await this.#invalidate(account, token) };
    } else {
      throw unknownPath();
    }
  }

  async #token({ tokens }: Client): Promise<Lent> {
    return this.#lent(tokens, await obtained(tokens.get()));
  }

  async #ticket(account: Client, type: TicketType): Promise<Lent> {
    const { appId } = account;
    const key = `${appId}:ticket-${type}`;
    const tickets =
      this.#tickets.get(key) ?? accountTickets(account, scoped(this.#admission.store, appId), type);
    this.#tickets.set(key, tickets);
    return this.#lent(tickets, await obtained(tickets.get()));
  }

  #lent(provider: TokenProvider, value: string): Lent {
    const life = provider.life?.(value) ?? unknownLife;
    const expiresIn = Math.max(0, Math.floor(life / 1000));
    return { value, expiresIn, refreshIn: Math.min(this.#refresh, expiresIn) };
  }

  /** Gives a token up if it is the one in use, and has not only just come again. */
  async #invalidate(account: Client, token: string): Promise<boolean> {
    const { appId, tokens } = account;
    if ((await obtained(tokens.get())) !== token) return false;
    const last = this.#invalidated.get(appId);
    const now = performance.now();
    if (last?.token === token && now - last.at < invalidateApart) return false;
    this.#invalidated.set(appId, { token, at: now });
    await tokens.invalidate?.(token);
    return true;
  }
}

/** What comes of asking WeChat; the reason of a failure is for the log, not for the client. */
async function obtained(value: Promise<string>): Promise<string> {
  try {
    return await value;
  } catch (error) {
    const text = "The gateway got nothing from WeChat; its log says why. Try again in a moment.";
    throw new Refusal(502, "upstream", text, { cause: error });
  }
}

function checkMethod(ctx: KoaContext, method: "GET" | "POST"): void {
  if (ctx.method === method) return;
  ctx.set("Allow", method);
  throw new Refusal(405, "method", `This path takes ${method}.`);
}

function tokenIn(body: Buffer): string {
  try {
    const { access_token } = JSON.parse(body.toString("utf8")) as { access_token?: unknown };
    if (typeof access_token === "string" && access_token !== "") return access_token;
  } catch {
    // No JSON, or no object.
  }
  throw new Refusal(400, "body", 'The body is JSON: { "access_token": "the refused token" }.');
}

function unknownPath(): Refusal {
  return new Refusal(
    404,
    "path",
    "The paths are {prefix}/{appid}, …/invalidate, …/tickets/jsapi and …/tickets/wx_card.",
  );
}
