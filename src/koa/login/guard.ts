import type { Context as KoaContext, Middleware } from "koa";
import type { Account } from "../../account/account.js";
import { checkAddress, isLoopback } from "../../api/transport/address.js";
import { ConfigError, WechatError } from "../../errors.js";
import { checkNames } from "../../options.js";
import { place } from "../../places.js";
import { MemoryStore } from "../../store/memory.js";
import { scoped } from "../../store/store.js";
import { checkBaseUrl, checkOrigins, under } from "../base-url.js";
import { type BrokerAddress, BrokerIdentity } from "./broker/broker-identity.js";
import { safeReturnTo } from "./browser/return-to.js";
import { LoginFlow } from "./flow.js";
import { type AuthorizeRequest, type Identity, WechatIdentity } from "./identity.js";
import type { LoginHook, LoginProblemKind } from "./problems.js";
import { LoginRecords } from "./session/records.js";
import { cookieSession, type LoginSession } from "./session/session.js";
import { digest, States } from "./session/state.js";
import { UserTokens } from "./session/tokens.js";
import {
  covers,
  isScope,
  type LoginScope,
  type UserOf,
  type WxProfiledUser,
  type WxUser,
  type WxUserState,
  wxUser,
} from "./user.js";
import { checkVerify, isVerified, type VerifyFile } from "./verification.js";

/** The options of `wx.oauth()`. */
export interface OAuthOptions<S extends LoginScope = LoginScope> {
  /**
   * The public address of this app, such as `https://shop.example.com`: https, on the domain of
   * 网页授权域名. A path is what a proxy takes off before this app sees the request.
   */
  readonly baseUrl: string;
  /** What is asked for. Default: `snsapi_base`, which asks the user nothing and gives the openid. */
  readonly scope?: S;
  /** The path of the login itself, as this app sees it. Default: `/wx/login`. */
  readonly path?: string;
  /** Where users go who came from nowhere: a path of this site. Default: `/`. */
  readonly home?: string;
  /** Origins besides this one to which users may return, such as `https://m.example.com`. */
  readonly returnTo?: readonly string[];
  /** How long a login lasts, in milliseconds. Default: 7 days. */
  readonly ttl?: number;
  /** Where a browser's login is remembered. Default: cookies signed with `app.keys`. */
  readonly session?: (ctx: KoaContext) => LoginSession;
  /** What is done instead of showing a page. */
  readonly on?: Readonly<Partial<Record<LoginProblemKind, LoginHook>>>;
  /**
   * Where WeChat's consent page is. Default: `https://open.weixin.qq.com`, or `api.baseUrl` where that
   * is on this machine, as the simulated WeChat is.
   */
  readonly authorizeBaseUrl?: string;
  /** Whether other browsers are refused. Default: true, except with another `authorizeBaseUrl`. */
  readonly onlyInWechat?: boolean;
  /** A broker (`wx.oauthBroker()`) on the account's one domain, for a site on another. */
  readonly broker?: BrokerAddress;
  /**
   * The file (`MP_verify_….txt`) that WeChat fetches when the domain is entered in the console. It is
   * answered by a guard of the whole app and by `callback()`.
   */
  readonly verify?: VerifyFile;
}

/**
 * The guard of pages: a Koa middleware for an app or a route, and what belongs to a login.
 */
export interface LoginGuard<U extends WxUser = WxUser> extends Middleware<WxUserState<U>> {
  /**
   * Answers the login's own path, where the guard stands on single routes only. Without it, WeChat
   * sends users back to the page itself.
   */
  callback(): Middleware;
  /** A guard that asks for more, with the same login: for the pages that need the profile. */
  require(scope: "snsapi_userinfo"): LoginGuard<WxProfiledUser>;
  require(scope: "snsapi_base"): LoginGuard;
  /** Who has opened the page. Throws a WechatError `WX_OAUTH` where the guard has not run. */
  user(ctx: { readonly state: object }): U;
  /** Who is logged in, on pages that everybody may see; `undefined` for nobody. */
  find(ctx: KoaContext): Promise<WxUser | undefined>;
  /** Ends the login, here and for every copy of its cookie. */
  logout(ctx: KoaContext): Promise<void>;
  /**
   * The user's own access token, refreshed if need be. Throws a WechatError `WX_OAUTH` when nobody is
   * logged in or the user has to log in again.
   */
  token(ctx: KoaContext): Promise<string>;
  /** Reads the profile anew. Throws as `token` does. */
  refresh(ctx: KoaContext): Promise<WxUser>;
  /** The address on this site where a login begins: for a button, or a link that asks for the profile. */
  loginUrl(options?: { readonly returnTo?: string; readonly scope?: LoginScope }): string;
  /** WeChat's own address for a login, for those who do the rest themselves. Source: 「网页授权」, 第一步. */
  authorizeUrl(request: Partial<AuthorizeRequest> & Pick<AuthorizeRequest, "state">): string;
}

const known: Readonly<Record<keyof OAuthOptions, true>> = {
  baseUrl: true,
  scope: true,
  path: true,
  home: true,
  returnTo: true,
  ttl: true,
  session: true,
  on: true,
  authorizeBaseUrl: true,
  onlyInWechat: true,
  broker: true,
  verify: true,
};

export const renamed = {
  maxAge: 'How long a login lasts is "ttl", in milliseconds: 604800000 for seven days.',
};

const day = 86_400_000;
const wechatPages = "https://open.weixin.qq.com";

/** The guard that `wx.oauth()` makes. Throws a ConfigError for every option that is wrong. */
export function oauth<S extends LoginScope>(
  account: Account,
  options: OAuthOptions<S>,
): LoginGuard<UserOf<S>> {
  checkNames(options, "wx.oauth()", known, { renamed });
  const flow = oauthFlow(account, options);
  return guardOf(flow, new UserTokens(flow), flow.options.scope) as LoginGuard<UserOf<S>>;
}

/** The way of users to WeChat and back, by checked options. */
export function oauthFlow(account: Account, options: OAuthOptions): LoginFlow {
  return new LoginFlow(resolve(account, options));
}

function guardOf(flow: LoginFlow, tokens: UserTokens, scope: LoginScope) {
  const { identity, baseUrl, allowed, home } = flow.options;
  const guard: Middleware = async function oauth(ctx, next) {
    await flow.guard(ctx, next, scope);
  };
  return Object.assign(guard, {
    callback(): Middleware {
      flow.isServed = true;
      return async function oauthCallback(ctx, next) {
        if (isVerified(ctx, flow.options.verify)) return;
        await (flow.isAtLogin(ctx) ? flow.serve(ctx, next) : next());
      };
    },
    require: (other: LoginScope) => guardOf(flow, tokens, checkScope(other)),
    user: (ctx: { readonly state: object }) => agreed(wxUser(ctx), scope),
    find: async (ctx: KoaContext) => (await flow.login(ctx))?.user,
    logout: (ctx: KoaContext) => flow.logout(ctx),
    token: (ctx: KoaContext) => tokens.get(ctx),
    refresh: (ctx: KoaContext) => tokens.reread(ctx),
    loginUrl: (to: { returnTo?: string; scope?: LoginScope } = {}) =>
      flow.loginUrl({
        scope: to.scope ?? scope,
        returnTo: safeReturnTo(to.returnTo, baseUrl, allowed) ?? home,
      }),
    authorizeUrl: (request: Partial<AuthorizeRequest> & Pick<AuthorizeRequest, "state">) =>
      identity.authorizeUrl({ redirectUri: flow.callbackUrl, scope, ...request }),
  });
}

function resolve(account: Account, options: OAuthOptions): LoginFlow["options"] {
  const { path = "/wx/login", home = "/", returnTo = [], ttl = 7 * day, on = {} } = options;
  const { appId = "", api = {} } = account.options;
  const baseUrl = checkBaseUrl(options.baseUrl);
  if (typeof path !== "string" || !/^\/[\w./-]*$/.test(path)) {
    throw new ConfigError('"path" of wx.oauth() must be a path such as "/wx/login".');
  }
  if (!(Number.isFinite(ttl) && ttl > 0)) {
    throw new ConfigError('"ttl" of wx.oauth() must be a number of milliseconds above 0.');
  }
  const allowed = checkOrigins(returnTo, "returnTo");
  const homeUrl = safeReturnTo(under(baseUrl, home), baseUrl, allowed);
  if (!/^\/(?!\/)/.test(home) || homeUrl === undefined) {
    throw new ConfigError('"home" of wx.oauth() must be a path of this site, such as "/".');
  }
  const [apiBase] = [api.baseUrl ?? []].flat();
  const simulated = apiBase !== undefined && isLoopback(new URL(apiBase)) ? apiBase : undefined;
  const pages = options.authorizeBaseUrl ?? simulated ?? wechatPages;
  const isSecure = baseUrl.protocol === "https:";
  // A cookie with this name cannot be planted by a neighbouring subdomain.
  const prefix = `${isSecure ? "__Host-" : ""}wx-${digest(appId).slice(0, 6)}-`;
  const identity = identityOf(account, options, pages);
  const store = scoped(account.store, "oauth");
  return {
    baseUrl,
    path,
    scope: checkScope(options.scope ?? "snsapi_base"),
    home: homeUrl,
    allowed,
    onlyInWechat: options.onlyInWechat ?? pages === wechatPages,
    session: options.session ?? ((ctx) => cookieSession(ctx, { prefix, secure: isSecure })),
    kept: options.session === undefined ? `The cookie ${prefix}…` : "The session",
    identity,
    store,
    records: new LoginRecords(store, ttl),
    // In memory they have a place of their own: whoever opens pages pushes nobody's login out.
    addresses: store.shared ? scoped(store, "address") : new MemoryStore({ maxSize: 4 << 20 }),
    states: new States(identity.secret, account.now),
    on,
    verify: checkVerify(options.verify),
  };
}

function identityOf(account: Account, { broker }: OAuthOptions, pages: string): Identity {
  if (broker !== undefined) return new BrokerIdentity(broker, account.options.api);
  const { appSecret } = account.options;
  if (appSecret === undefined) {
    throw new ConfigError(
      `wx.oauth() needs "appId" and "appSecret": the 开发者ID(AppID) and 开发者密钥(AppSecret) in ${place("credentials")}.`,
    );
  }
  const base = under(checkAddress(pages, "authorizeBaseUrl"), "");
  return new WechatIdentity(account.api, appSecret, base);
}

function checkScope(scope: unknown): LoginScope {
  if (isScope(scope)) return scope;
  throw new ConfigError(
    `"scope" of wx.oauth() is "snsapi_base" or "snsapi_userinfo", got ${JSON.stringify(scope)}.`,
  );
}

/** A user who has agreed to what the guard asks for. Throws for one whom another guard has let in. */
function agreed(user: WxUser, scope: LoginScope): WxUser {
  if (covers(user, scope)) return user;
  throw new WechatError(
    "WX_OAUTH",
    `The guard that let this user in asks for ${user.scope}, and user(ctx) was called on one that asks for ${scope}: put that guard before the handler.`,
  );
}
