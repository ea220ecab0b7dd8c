import { kind, type Rule } from "../../options.js";
import { type Store, scoped } from "../../store/store.js";
import type { AppCredentials, Http } from "../transport/http.js";
import { type Fresh, SharedValue } from "./shared-value.js";

/** Where access tokens come from. */
export interface TokenProvider {
  /** A token that is valid now. */
  get(): Promise<string>;
  /** Says that WeChat refused this token, so that the next `get` gives another. */
  invalidate?(token: string): Promise<void> | void;
  /** Milliseconds for which a token that it gave is still valid, as far as it knows. */
  life?(token: string): number | undefined;
  /** Where tickets come from, if not from WeChat itself. */
  ticket?(type: TicketType): Promise<string>;
}

/** For the JS-SDK, or for cards. */
export type TicketType = "jsapi" | "wx_card";

/** What can give tokens. */
export const providerRule: Rule = kind(
  "an object with get(), such as remoteToken({ … }), or a function that resolves to an access token",
  (provider) =>
    typeof provider === "function" ||
    typeof (provider as Partial<TokenProvider> | null)?.get === "function",
);

interface TokenAnswer {
  readonly access_token: string;
  readonly expires_in: number;
}

/**
 * The access tokens of one account, fetched from WeChat: never twice at once, in this process or, with
 * a shared store, in any; renewed ahead of their end while the old one still serves.
 *
 * By default from `cgi-bin/stable_token`, which several services can use without harm to each other.
 * Source: 「获取稳定版接口调用凭据」, 「获取接口调用凭据」.
 */
export function accountTokens(
  http: Http,
  account: AppCredentials,
  store: Store,
  stable = true,
): TokenProvider {
  const { appId, appSecret } = account;
  const answer = async (force: boolean): Promise<TokenAnswer> => {
    if (!stable) {
      const query = { grant_type: "client_credential", appid: appId, secret: appSecret };
      return http.get("/cgi-bin/token", { query, token: false });
    }
    const body = { grant_type: "client_credential", appid: appId, secret: appSecret };
    return http.post(
      "/cgi-bin/stable_token",
      { ...body, force_refresh: force },
      { token: false, idempotent: !force },
    );
  };
  return new SharedValue({
    // Tokens of the two endpoints do not know of each other and must never be mixed.
    store: scoped(store, stable ? "stable-token" : "token"),
    async fetch(force): Promise<Fresh> {
      const { access_token, expires_in } = await answer(force);
      return { value: access_token, seconds: expires_in };
    },
    canForce: stable,
    about: { appId, kind: "access_token" },
  });
}

/** The tickets for JS-SDK (`jsapi`) or cards (`wx_card`). Source: 「JS-SDK使用权限签名算法」. */
export function accountTickets(
  http: Http,
  store: Store,
  type: TicketType,
  appId?: string,
): TokenProvider {
  return new SharedValue({
    store: scoped(store, `ticket-${type}`),
    async fetch(): Promise<Fresh> {
      const { ticket, expires_in } = await http.get<{ ticket: string; expires_in: number }>(
        "/cgi-bin/ticket/getticket",
        { query: { type } },
      );
      return { value: ticket, seconds: expires_in };
    },
    canForce: false,
    about: { appId, kind: `${type}_ticket` },
  });
}
