import { ApiError } from "../../../api/api-error.js";
import type { ApiOptions } from "../../../api/client.js";
import { checkAddress } from "../../../api/transport/address.js";
import { Caller } from "../../../api/transport/caller.js";
import { ConfigError, WechatError } from "../../../errors.js";
import { under } from "../../base-url.js";
import type { AuthorizeRequest, HeldToken, Identified, Identity } from "../identity.js";
import type { LoginScope, WxUser } from "../user.js";

/** Where a broker is, and what it knows this site by. */
export interface BrokerAddress {
  /** The public address of `wx.oauthBroker()`, such as `https://login.example.com/wx/broker`. */
  readonly url: string;
  /** The secret that the broker has for this site's origin, of at least 16 characters. */
  readonly secret: string;
}

/** What a broker says when a ticket is not (or no longer) good. */
export const ticketSpent = 40029;

/** A shared secret, long enough not to be guessed. Throws a ConfigError. */
export function checkSecret(secret: unknown, option: string): string {
  if (typeof secret === "string" && secret.length >= 16) return secret;
  const why = (secret ?? "") === "" ? " It is empty, as a variable is that was not set." : "";
  throw new ConfigError(
    `The secret in ${option} must be a text of at least 16 characters, the same at the broker and at the site.${why}`,
  );
}

interface Redeemed {
  readonly user?: Partial<WxUser>;
}

/** A broker in the place of WeChat: its ticket is the code. */
export class BrokerIdentity implements Identity {
  readonly secret: string;
  readonly #base: URL;
  readonly #caller: Caller;

  constructor({ url, secret }: BrokerAddress, { timeout, fetch }: ApiOptions = {}) {
    this.secret = checkSecret(secret, "broker.secret");
    this.#base = checkAddress(url, "broker.url");
    this.#caller = new Caller({ baseUrl: this.#base.href, timeout, fetch });
  }

  authorizeUrl({ redirectUri, scope, state }: AuthorizeRequest): string {
    return `${under(this.#base, "/start")}?${new URLSearchParams({ to: redirectUri, scope, state })}`;
  }

  async identify(ticket: string, scope: LoginScope): Promise<Identified> {
    let user: Partial<WxUser> | undefined;
    try {
      const body = { ticket, secret: this.secret };
      ({ user } = await this.#caller.post<Redeemed>("/redeem", body, { token: false }));
    } catch (error) {
      if (error instanceof ApiError && error.errcode === ticketSpent) return { kind: "spent" };
      throw error;
    }
    const { openid, unionid, profile } = user ?? {};
    if (typeof openid !== "string" || openid === "") {
      throw new WechatError(
        "WX_API_RESPONSE",
        "The broker redeemed a ticket, but named no openid.",
      );
    }
    if (scope === "snsapi_userinfo" && !profile) return { kind: "refused" };
    const known = { openid, ...(unionid ? { unionid } : {}) };
    if (!profile) return { kind: "user", user: { ...known, scope: "snsapi_base" } };
    return { kind: "user", user: { ...known, scope: "snsapi_userinfo", profile } };
  }

  async refresh(): Promise<HeldToken | undefined> {
    return undefined;
  }

  async reread(user: WxUser): Promise<WxUser> {
    return user;
  }
}
