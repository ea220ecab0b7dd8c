import type { Context as KoaContext, Middleware } from "koa";
import type { Account } from "../../account/account.js";
import { WechatError } from "../../errors.js";
import { checkOptions } from "../../options.js";
import { LoginFlow } from "./flow.js";
import type { AuthorizeOptions } from "./identity.js";
import { serveLogin } from "./login-path.js";
import {
  authorizeRules,
  checkScope,
  type LoginUrlOptions,
  loginUrlRules,
  type OAuthOptions,
  oauthRules,
  renamed,
  resolveOAuth,
} from "./options.js";
import { guardPage } from "./page.js";
import { UserTokens } from "./session/tokens.js";
import {
  covers,
  type LoginScope,
  type UserOf,
  type WxProfiledUser,
  type WxUser,
  type WxUserState,
  wxUser,
} from "./user.js";
import { isVerified } from "./verification.js";
import { Visit } from "./visit.js";

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
  loginUrl(options?: LoginUrlOptions): string;
  /** WeChat's own address for a login, for those who do the rest themselves. Source: 「网页授权」, 第一步. */
  authorizeUrl(request: AuthorizeOptions): string;
}

/** The guard that `wx.oauth()` makes. Throws a ConfigError for every option that is wrong. */
export function oauth<S extends LoginScope>(
  account: Account,
  options: OAuthOptions<S>,
): LoginGuard<UserOf<S>> {
  checkOptions(options, "wx.oauth()", oauthRules, { renamed });
  const flow = new LoginFlow(resolveOAuth(account, options));
  return guardOf(flow, new UserTokens(flow), flow.options.scope) as LoginGuard<UserOf<S>>;
}

function guardOf(flow: LoginFlow, tokens: UserTokens, scope: LoginScope) {
  const { identity } = flow.options;
  const guard: Middleware = async function oauth(ctx, next) {
    await guardPage(new Visit(flow, ctx, next), scope);
  };
  return Object.assign(guard, {
    callback(): Middleware {
      flow.isServed = true;
      return async function oauthCallback(ctx, next) {
        if (isVerified(ctx, flow.options.verify)) return;
        await (flow.isAtLogin(ctx) ? serveLogin(new Visit(flow, ctx, next)) : next());
      };
    },
    require: (other: LoginScope) => guardOf(flow, tokens, checkScope(other)),
    user: (ctx: { readonly state: object }) => agreed(wxUser(ctx), scope),
    find: async (ctx: KoaContext) => (await flow.login(ctx))?.user,
    logout: (ctx: KoaContext) => flow.logout(ctx),
    token: (ctx: KoaContext) => tokens.get(ctx),
    refresh: (ctx: KoaContext) => tokens.reread(ctx),
    loginUrl(to: LoginUrlOptions = {}) {
      checkOptions(to, "login.loginUrl()", loginUrlRules);
      return flow.loginUrl({ scope: to.scope ?? scope, returnTo: flow.safe(to.returnTo) });
    },
    authorizeUrl(request: AuthorizeOptions) {
      checkOptions(request, "login.authorizeUrl()", authorizeRules);
      return identity.authorizeUrl({ redirectUri: flow.callbackUrl, scope, ...request });
    },
  });
}

/** A user who has agreed to what the guard asks for. Throws for one whom another guard has let in. */
function agreed(user: WxUser, scope: LoginScope): WxUser {
  if (covers(user, scope)) return user;
  throw new WechatError(
    "WX_OAUTH",
    `The guard that let this user in asks for ${user.scope}, and user(ctx) was called on one that asks for ${scope}: put that guard before the handler.`,
  );
}
