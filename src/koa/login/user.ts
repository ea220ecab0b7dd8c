import type { UserProfile } from "../../api/areas/oauth.js";
import { WechatError } from "../../errors.js";
import type { Spelt } from "../../spelling.js";

/** What a user is asked for: `snsapi_base` asks nothing and gives the openid alone. */
export type LoginScope = Spelt<"snsapi_base" | "snsapi_userinfo">["out"];

/** Who has opened a page. */
export interface WxUser {
  /** Of this user with this account. */
  readonly openid: string;
  /** Of this user with every account on the same open platform (开放平台); only with `snsapi_userinfo`. */
  readonly unionid?: string;
  /** What the user agreed to. */
  readonly scope: LoginScope;
  /** Nickname, portrait and so on; only with `snsapi_userinfo`. WeChat gives no sex and no place since 2021. */
  readonly profile?: UserProfile;
}

/** A user who has agreed to show the profile. */
export interface WxProfiledUser extends WxUser {
  readonly scope: "snsapi_userinfo";
  readonly profile: UserProfile;
}

/** Who is behind a guard that asks for `S`. */
export type UserOf<S extends LoginScope> = S extends "snsapi_userinfo" ? WxProfiledUser : WxUser;

/** What the guard leaves in `ctx.state`. */
export interface WxUserState<U extends WxUser = WxUser> {
  wxUser: U;
}

/**
 * Who has opened the page, behind the guard of `wx.oauth()`. Throws a WechatError `WX_OAUTH` where
 * the guard has not run.
 *
 * ```ts
 * router.get("/me", login, (ctx) => { ctx.body = wxUser(ctx).openid; });
 * ```
 */
export function wxUser<U extends WxUser = WxUser>(ctx: {
  readonly state: Partial<WxUserState<U>>;
}): U;
/** The same where the app's own types say nothing of the guard. */
export function wxUser(ctx: { readonly state: object }): WxUser;
export function wxUser(ctx: { readonly state: Partial<WxUserState> }): WxUser {
  const user = ctx.state.wxUser;
  if (user !== undefined) return user;
  throw new WechatError(
    "WX_OAUTH",
    "wxUser(ctx) found nobody, because the guard did not run before this handler. Put it first: router.get(path, login, handler) or app.use(login), with const login = wx.oauth({ baseUrl }).",
  );
}

export const isScope = (value: unknown): value is LoginScope =>
  value === "snsapi_base" || value === "snsapi_userinfo";

/** Whether this is a user, as far as a login needs one. */
export function isUser(value: unknown): value is WxUser {
  const { openid, scope } = (value ?? {}) as Partial<WxUser>;
  return typeof openid === "string" && openid !== "" && isScope(scope);
}

/** Whether a user has agreed to as much as is wanted. */
export function covers(user: WxUser, wanted: LoginScope): boolean {
  return wanted === "snsapi_base" || user.scope === "snsapi_userinfo";
}
