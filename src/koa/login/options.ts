import type { Context as KoaContext } from "koa";
import type { Account } from "../../account/account.js";
import { addressRule, checkAddress, isLoopback } from "../../api/transport/address.js";
import { ConfigError } from "../../errors.js";
import {
  anything,
  checkedBy,
  checkOptions,
  flag,
  func,
  like,
  ms,
  oneOf,
  type Rules,
  required,
} from "../../options.js";
import { place } from "../../places.js";
import { MemoryStore } from "../../store/memory.js";
import { scoped } from "../../store/store.js";
import { baseUrlRule, checkOrigins, under } from "../base-url.js";
import { type BrokerAddress, BrokerIdentity, checkSecret } from "./broker/broker-identity.js";
import { safeReturnTo } from "./browser/return-to.js";
import type { FlowOptions } from "./flow.js";
import { type AuthorizeOptions, type Identity, WechatIdentity } from "./identity.js";
import type { LoginHook, LoginProblemKind } from "./problems.js";
import { LoginRecords } from "./session/records.js";
import { cookieSession, type LoginSession } from "./session/session.js";
import { digest, States } from "./session/state.js";
import type { LoginScope } from "./user.js";
import { checkVerify, type VerifyFile } from "./verification.js";

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

/** Where a login begins and where it leads. */
export interface LoginUrlOptions {
  readonly returnTo?: string;
  readonly scope?: LoginScope;
}

const scopeRule = oneOf("snsapi_base", "snsapi_userinfo");

const hooks: Rules<NonNullable<OAuthOptions["on"]>> = {
  required: func(),
  outside: func(),
  denied: func(),
  snapshot: func(),
  state: func(),
  code: func(),
  loop: func(),
  failed: func(),
};

const brokerRules: Rules<BrokerAddress> = {
  url: required(addressRule),
  secret: required(checkedBy((secret) => checkSecret(secret, "broker.secret"))),
};

/** Every option of `wx.oauth()`. */
export const oauthRules: Rules<OAuthOptions> = {
  baseUrl: baseUrlRule,
  scope: scopeRule,
  path: like(/^\/[\w./-]*$/, 'a path such as "/wx/login"'),
  home: like(/^\/(?!\/)/, 'a path of this site, such as "/"'),
  returnTo: checkedBy((origins) => checkOrigins(origins, "returnTo")),
  ttl: ms,
  session: func("(ctx) => ({ get, set })"),
  on: checkedBy((on) => checkOptions(on, '"on"', hooks)),
  authorizeBaseUrl: addressRule,
  onlyInWechat: flag,
  broker: checkedBy((broker) => checkOptions(broker, '"broker"', brokerRules)),
  verify: checkedBy(checkVerify),
};

/** What `login.loginUrl()` takes. */
export const loginUrlRules: Rules<LoginUrlOptions> = {
  // It may come from a request: what is no address of the site leads home.
  returnTo: anything,
  scope: scopeRule,
};

/** What `login.authorizeUrl()` takes. */
export const authorizeRules: Rules<AuthorizeOptions> = {
  redirectUri: like(/^https?:\/\/\S+$/, 'an address such as "https://shop.example.com/back"'),
  scope: scopeRule,
  state: required(like(/^.{1,128}$/s, "a text of 1 to 128 characters, best letters and digits")),
  forcePopup: flag,
};

/** Options of a login by their former names. */
export const renamed = {
  maxAge: 'How long a login lasts is "ttl", in milliseconds: 604800000 for seven days.',
};

const day = 86_400_000;
const wechatPages = "https://open.weixin.qq.com";

/** What the options of `wx.oauth()`, checked, come to. Throws a ConfigError for those that do not go together. */
export function resolveOAuth(account: Account, options: OAuthOptions): FlowOptions {
  const { path = "/wx/login", home = "/", returnTo = [], ttl = 7 * day, on = {} } = options;
  const { appId = "", api = {} } = account.options;
  const baseUrl = new URL(options.baseUrl);
  const allowed = checkOrigins(returnTo, "returnTo");
  const homeUrl = safeReturnTo(under(baseUrl, home), baseUrl, allowed);
  if (homeUrl === undefined) {
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
    scope: options.scope ?? "snsapi_base",
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

/** Throws a ConfigError for what is no scope. */
export function checkScope(scope: unknown): LoginScope {
  const fault = scopeRule.fault(scope);
  if (fault !== undefined) throw new ConfigError(`"scope" of wx.oauth() ${fault}.`);
  return scope as LoginScope;
}
