import { createHmac, randomBytes } from "node:crypto";
import type { Context as KoaContext, Middleware } from "koa";
import type { Account } from "../../../account/account.js";
import { ConfigError, RequestError } from "../../../errors.js";
import { anything, checkOptions, kindOf, type Rules, required } from "../../../options.js";
import { type Store, scoped } from "../../../store/store.js";
import { checkOrigins } from "../../base-url.js";
import { readBody } from "../../body.js";
import { LoginFlow } from "../flow.js";
import { serveLogin } from "../login-path.js";
import { type OAuthOptions, oauthRules, renamed, resolveOAuth } from "../options.js";
import { guardPage } from "../page.js";
import { digest, sameText } from "../session/state.js";
import { isScope, isUser, type LoginScope, type WxUser, wxUser } from "../user.js";
import { isVerified } from "../verification.js";
import { Visit } from "../visit.js";
import { checkSecret, ticketSpent } from "./broker-identity.js";

/** The options of `wx.oauthBroker()`. */
export interface BrokerOptions
  extends Pick<
    OAuthOptions,
    "baseUrl" | "ttl" | "session" | "on" | "authorizeBaseUrl" | "onlyInWechat" | "verify"
  > {
  /** The sites that may send users here, by origin, and the secret of each, of at least 16 characters. */
  readonly allow: Readonly<Record<string, string>>;
  /** Where the broker is, as this app sees it. Default: `/wx/broker`. */
  readonly path?: string;
}

const { scope, home, returnTo, broker, ...loginRules } = oauthRules;
// sitesOf() has sentences of its own for these.
const rules: Rules<BrokerOptions> = { ...loginRules, allow: required(anything) };

/** A site redeems its ticket at once. */
const ticketLife = 120_000;
const redeemLimits = { limit: 8_192, timeout: 5_000 };

/**
 * The broker that `wx.oauthBroker()` makes: `<path>/start?to=…` logs the user in and goes to `to` with
 * a ticket; `<path>/redeem` tells the site behind `to` whose ticket it is, once.
 */
export function oauthBroker(account: Account, options: BrokerOptions): Middleware {
  checkOptions(options, "wx.oauthBroker()", rules, { renamed });
  const { allow, path = "/wx/broker", ...login } = options;
  const sites = sitesOf(allow);
  const flow = new LoginFlow(resolveOAuth(account, { ...login, path: `${path}/login` }));
  flow.isServed = true;
  const broker = new Broker(flow, sites, scoped(account.store, "oauth-broker"));
  return async function oauthBroker(ctx, next) {
    if (isVerified(ctx, flow.options.verify)) return;
    if (flow.isAtLogin(ctx)) return serveLogin(new Visit(flow, ctx, next));
    switch (ctx.originalUrl.replace(/[?#].*$/s, "")) {
      case `${path}/start`:
        return broker.start(ctx);
      case `${path}/redeem`:
        return broker.redeem(ctx);
      default:
        return next();
    }
  };
}

class Broker {
  readonly #flow: LoginFlow;
  readonly #sites: ReadonlyMap<string, string>;
  readonly #store: Store;

  constructor(flow: LoginFlow, sites: ReadonlyMap<string, string>, store: Store) {
    this.#flow = flow;
    this.#sites = sites;
    this.#store = store;
  }

  /** Logs a user in, unless that has been done, and sends them on with a ticket. */
  async start(ctx: KoaContext): Promise<void> {
    ctx.set("Cache-Control", "no-store");
    if (!allows(ctx, "GET")) return;
    const { to, origin, state, scope } = this.#read(ctx.querystring);
    const proceed = async () => {
      const { openid, unionid, scope, profile } = wxUser(ctx);
      const user: WxUser = {
        openid,
        scope,
        ...(unionid === undefined ? {} : { unionid }),
        ...(profile === undefined ? {} : { profile }),
      };
      const id = randomBytes(24).toString("base64url");
      await this.#store.set(digest(id), JSON.stringify(user), ticketLife);
      to.searchParams.set("code", `${id}.${sign(id, this.#sites.get(origin) ?? "")}`);
      if (state !== undefined) to.searchParams.set("state", state);
      ctx.status = 302;
      ctx.set("Location", to.href);
      ctx.body = "";
    };
    await guardPage(new Visit(this.#flow, ctx, proceed), scope);
  }

  /** Tells a site who its user is, for a ticket and the site's secret: `POST { ticket, secret }`. */
  async redeem(ctx: KoaContext): Promise<void> {
    ctx.set("Cache-Control", "no-store");
    if (!allows(ctx, "POST")) return;
    const { ticket, secret } = asFields(await readBody(ctx, redeemLimits));
    if (![...this.#sites.values()].some((own) => sameText(own, secret))) {
      ctx.status = 401;
      ctx.body = { errcode: 401, errmsg: "no site has this secret" };
      return;
    }
    const user = await this.#take(ticket, secret);
    ctx.body =
      user === undefined
        ? { errcode: ticketSpent, errmsg: "the ticket is used, expired, or of another site" }
        : { user };
  }

  async #take(ticket: string, secret: string): Promise<WxUser | undefined> {
    const [id = "", signature = ""] = ticket.split(".");
    // What is signed with this secret was made for the site that has it.
    if (!sameText(signature, sign(id, secret))) return undefined;
    const key = digest(id);
    const text = await this.#store.get(key);
    if (text === undefined) return undefined;
    // Of two that ask at once, one is told.
    if (!(await this.#store.compareAndDelete(key, text))) return undefined;
    try {
      const user: unknown = JSON.parse(text);
      return isUser(user) ? user : undefined;
    } catch {
      return undefined;
    }
  }

  #read(querystring: string) {
    const query = new URLSearchParams(querystring);
    const [to = "", scope = "snsapi_base", state] = ["to", "scope", "state"].map((name) => {
      const values = query.getAll(name);
      if (values.length <= 1) return values[0];
      throw new RequestError(400, "WX_QUERY", `The parameter "${name}" was given more than once.`);
    });
    const url = to.length <= 1_000 && URL.canParse(to) ? new URL(to) : undefined;
    const isPlain = url?.username === "" && url.password === "" && url.hash === "";
    if (url === undefined || !isPlain || !this.#sites.has(url.origin)) {
      throw new RequestError(
        403,
        "WX_QUERY",
        'The parameter "to" is not an address of a site that this broker serves: add its origin to "allow" of wx.oauthBroker().',
      );
    }
    if (!isScope(scope) || (state !== undefined && !/^[a-zA-Z0-9]{1,128}$/.test(state))) {
      throw new RequestError(
        400,
        "WX_QUERY",
        '"scope" is snsapi_base or snsapi_userinfo, and "state" at most 128 letters and digits.',
      );
    }
    return { to: url, origin: url.origin, scope: scope as LoginScope, state };
  }
}

const example = '{ "https://staging.example.com": process.env.STAGING_SECRET }';

function sitesOf(allow: unknown): ReadonlyMap<string, string> {
  const isTable = typeof allow === "object" && allow !== null && !Array.isArray(allow);
  if (!isTable || Object.keys(allow).length === 0) {
    throw new ConfigError(
      `"allow" of wx.oauthBroker() names the sites that it serves, each with a secret of its own: ${example}, got ${isTable ? "no site" : kindOf(allow)}.`,
    );
  }
  return new Map(
    Object.entries(allow).map(([site, secret]) => {
      if (!URL.canParse(site)) {
        throw new ConfigError(
          `"allow" of wx.oauthBroker() has something that is no site's origin on the left of a secret; it is written ${example}.`,
        );
      }
      const [origin = ""] = checkOrigins([site], "allow");
      return [origin, checkSecret(secret, `allow["${site}"]`)];
    }),
  );
}

function sign(id: string, secret: string): string {
  return createHmac("sha256", secret).update(`koa-wx: broker ticket ${id}`).digest("base64url");
}

function allows(ctx: KoaContext, method: string): boolean {
  if (ctx.method === method) return true;
  ctx.status = 405;
  ctx.set("Allow", method);
  return false;
}

/** The ticket and the secret, from JSON or from what a body parser made of it. */
function asFields(body: unknown): { readonly ticket: string; readonly secret: string } {
  try {
    const { ticket, secret } = typeof body === "string" ? JSON.parse(body) : body;
    if (typeof ticket === "string" && typeof secret === "string") return { ticket, secret };
  } catch {
    // It is no JSON.
  }
  throw new RequestError(400, "WX_QUERY", "The body must be JSON: { ticket, secret }.");
}
