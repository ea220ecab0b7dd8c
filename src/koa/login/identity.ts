import { ApiError } from "../../api/api-error.js";
import type { UserToken } from "../../api/areas/oauth.js";
import type { Client } from "../../api/client.js";
import { WechatError } from "../../errors.js";
import type { LoginScope, WxUser } from "./user.js";

/** Where a user is sent to be asked who they are. */
export interface AuthorizeRequest {
  /** Where WeChat sends the user back to, with `code` and `state`. */
  readonly redirectUri: string;
  readonly scope: LoginScope;
  /** Letters and digits, at most 128. */
  readonly state: string;
  /** Has the consent page shown even where WeChat would not ask. */
  readonly forcePopup?: boolean;
}

/** The same where the guard knows the rest: only the state is needed. */
export type AuthorizeOptions = Partial<AuthorizeRequest> & Pick<AuthorizeRequest, "state">;

/** A user's own tokens, which stay on the server. */
export interface HeldToken {
  readonly access: string;
  readonly refresh: string;
  /** By the wall clock, in milliseconds. */
  readonly ends: number;
}

/** Whether these are tokens: the store may hold anything, and WeChat's answer may lack one. */
export function isHeldToken(value: unknown): value is HeldToken {
  if (typeof value !== "object" || value === null) return false;
  const { access, refresh, ends } = value as Partial<HeldToken>;
  const areTexts = [access, refresh].every((one) => one === undefined || typeof one === "string");
  return areTexts && Number.isFinite(ends);
}

/** What a code turned out to be worth. */
export type Identified =
  | { readonly kind: "user"; readonly user: WxUser; readonly token?: HeldToken }
  | { readonly kind: "snapshot" | "refused" | "spent" };

/** Whoever knows users: WeChat, or a broker that asks WeChat. */
export interface Identity {
  /** What states are signed with. */
  readonly secret: string;
  authorizeUrl(request: AuthorizeRequest): string;
  /** Turns a code into a user. Rejects when that is not known, such as for a network failure. */
  identify(code: string, scope: LoginScope): Promise<Identified>;
  /** A new token for an old one; `undefined` when the user has to log in again. */
  refresh(token: HeldToken): Promise<HeldToken | undefined>;
  /** The profile as it is now. */
  reread(user: WxUser, access: string): Promise<WxUser>;
}

/** The code is used, expired, missing, or of another account. */
const spent: ReadonlySet<number> = new Set([40029, 40163, 41008, 42003]);
/** The user has to agree again. */
const ended: ReadonlySet<number> = new Set([40030, 42002, 42007]);

/**
 * WeChat's address for a login. Its parameters stand in this order because WeChat compares them as
 * a text. Source: 「网页授权」, 第一步.
 */
function wechatAuthorizeUrl(base: string, appId: string, request: AuthorizeRequest): string {
  const { redirectUri, scope, state, forcePopup } = request;
  const query = [
    `appid=${encodeURIComponent(appId)}`,
    `redirect_uri=${encodeURIComponent(redirectUri)}`,
    "response_type=code",
    `scope=${scope}`,
    `state=${encodeURIComponent(state)}`,
    ...(forcePopup === undefined ? [] : [`forcePopup=${forcePopup}`]),
  ].join("&");
  return `${base}/connect/oauth2/authorize?${query}#wechat_redirect`;
}

/** WeChat itself. */
export class WechatIdentity implements Identity {
  readonly secret: string;
  readonly #api: Client;
  readonly #base: string;

  /** `base` is where `/connect/oauth2/authorize` is, without a slash at the end. */
  constructor(api: Client, appSecret: string, base: string) {
    this.#api = api;
    this.secret = appSecret;
    this.#base = base;
  }

  authorizeUrl(request: AuthorizeRequest): string {
    return wechatAuthorizeUrl(this.#base, this.#api.appId, request);
  }

  async identify(code: string, scope: LoginScope): Promise<Identified> {
    let token: UserToken;
    try {
      token = await this.#api.oauth.exchange(code);
    } catch (error) {
      if (error instanceof ApiError && spent.has(error.errcode)) return { kind: "spent" };
      throw error;
    }
    if (!isText(token.openid)) {
      throw new WechatError("WX_API_RESPONSE", "WeChat exchanged a code, but named no openid.");
    }
    if ([1, "1", true].includes(token.is_snapshotuser ?? 0)) return { kind: "snapshot" };
    const unionid = isText(token.unionid) ? { unionid: token.unionid } : {};
    const user = { openid: token.openid, ...unionid, scope: "snsapi_base" } as const;
    if (scope === "snsapi_base") return { kind: "user", user, token: held(token) };
    const agreed = isText(token.scope) ? token.scope.split(",") : [];
    if (!agreed.includes(scope)) return { kind: "refused" };
    return {
      kind: "user",
      user: await this.reread({ ...user, scope }, token.access_token),
      token: held(token),
    };
  }

  async refresh(token: HeldToken): Promise<HeldToken | undefined> {
    try {
      return held(await this.#api.oauth.refresh(token.refresh));
    } catch (error) {
      if (error instanceof ApiError && ended.has(error.errcode)) return undefined;
      throw error;
    }
  }

  async reread(user: WxUser, access: string): Promise<WxUser> {
    const profile = await this.#api.oauth.userinfo(access, user.openid);
    const unionid = profile.unionid ?? user.unionid;
    const { openid, scope } = user;
    return { openid, ...(unionid ? { unionid } : {}), scope, profile };
  }
}

function held({ access_token, refresh_token, expires_in }: UserToken): HeldToken {
  return {
    access: access_token,
    refresh: refresh_token,
    // One without a life is renewed before it is used.
    ends: Date.now() + (Number.isFinite(expires_in) ? expires_in : 0) * 1000,
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
