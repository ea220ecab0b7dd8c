import { ApiError } from "../api-error.js";
import { secretOf } from "../token/secret.js";
import type { AppCredentials, CallOptions, Http } from "../transport/http.js";
import type { Language } from "./users.js";

/** A user's own token, which has nothing to do with the account's. It stays on the server. */
export interface UserToken {
  readonly access_token: string;
  /** Seconds, 7200. */
  readonly expires_in: number;
  /** Good for 30 days. */
  readonly refresh_token: string;
  readonly openid: string;
  /** What the user agreed to, separated by commas. */
  readonly scope: string;
  /** 1 when the page is open in snapshot mode: the openid is of nobody. */
  readonly is_snapshotuser?: 1;
  readonly unionid?: string;
}

/** What a user has shown; `sex` is 0 and the places are empty since 2021. */
export interface UserProfile {
  readonly openid: string;
  readonly nickname: string;
  readonly sex: number | string;
  readonly province: string;
  readonly city: string;
  readonly country: string;
  /** Empty without a portrait; the number at the end is its size. */
  readonly headimgurl: string;
  readonly privilege: readonly string[];
  readonly unionid?: string;
}

/** A user's token or openid is not valid (any more). */
const invalid: ReadonlySet<number> = new Set([40001, 40003, 40014, 42001, 42007]);

/** The server's side of web login (网页授权). None of these calls uses the account's own token. */
export class OAuth {
  readonly #http: Http;
  readonly #account: AppCredentials;

  constructor(http: Http, account: AppCredentials) {
    this.#http = http;
    this.#account = account;
  }

  /**
   * A user's token for the `code` that came with the redirect. A code works once (40163) and for five
   * minutes (42003), so the call is never repeated. Source: 「网页授权」, 第二步.
   */
  async exchange(code: string): Promise<UserToken> {
    const query = {
      appid: this.#account.appId,
      secret: secretOf(this.#account),
      code,
      grant_type: "authorization_code",
    };
    return this.#get("/sns/oauth2/access_token", { query, idempotent: false });
  }

  /** A new token for an old one of at most 30 days, by its `refresh_token`. Source: 「网页授权」, 第三步. */
  refresh(refreshToken: string): Promise<UserToken> {
    const query = {
      appid: this.#account.appId,
      grant_type: "refresh_token",
      refresh_token: refreshToken,
    };
    return this.#get("/sns/oauth2/refresh_token", { query });
  }

  /** Who the user is, if the scope is `snsapi_userinfo` (else 48001). Source: 「网页授权」, 第四步. */
  userinfo(accessToken: string, openid: string, lang: Language = "zh_CN"): Promise<UserProfile> {
    return this.#get("/sns/userinfo", { query: { access_token: accessToken, openid, lang } });
  }

  /** Whether a user's token is still good. Source: 「网页授权」, 附：检验授权凭证. */
  async check(accessToken: string, openid: string): Promise<boolean> {
    try {
      await this.#get("/sns/auth", { query: { access_token: accessToken, openid } });
      return true;
    } catch (error) {
      if (error instanceof ApiError && invalid.has(error.errcode)) return false;
      throw error;
    }
  }

  #get<T>(path: string, options: CallOptions): Promise<T> {
    return this.#http.get(path, { ...options, token: false });
  }
}
