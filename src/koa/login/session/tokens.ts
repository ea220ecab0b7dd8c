import type { Context as KoaContext } from "koa";
import { ApiError } from "../../../api/api-error.js";
import { tokenErrors } from "../../../api/transport/errcodes.js";
import { WechatError } from "../../../errors.js";
import { waitFor } from "../../../store/wait.js";
import type { LoginFlow } from "../flow.js";
import { type HeldToken, isHeldToken } from "../identity.js";
import type { WxUser } from "../user.js";
import type { LoginRecord } from "./records.js";
import { digest } from "./state.js";

/** A token this close to its end is not worth a call. */
const margin = 60_000;

/** How long one process waits for another that refreshes the same token. It may have died. */
const patience = 8_000;

/** The tokens of those who are logged in, refreshed once however many requests and processes ask. */
export class UserTokens {
  readonly #flow: LoginFlow;
  readonly #refreshing = new Map<string, Promise<HeldToken | undefined>>();

  constructor(flow: LoginFlow) {
    this.#flow = flow;
  }

  async get(ctx: KoaContext): Promise<string> {
    return this.#access(ctx, await this.#record(ctx));
  }

  async reread(ctx: KoaContext): Promise<WxUser> {
    const { identity, records, session } = this.#flow.options;
    const record = await this.#record(ctx);
    if (record.user.scope !== "snsapi_userinfo") return record.user;
    const access = await this.#access(ctx, record);
    const user = await identity.reread(record.user, access).catch(async (error) => {
      // It has ended before its time, or this machine's clock was set back.
      if (!(error instanceof ApiError && tokenErrors.has(error.errcode))) throw error;
      const now = await this.#record(ctx);
      return identity.reread(now.user, await this.#access(ctx, now, access));
    });
    await records.update(session(ctx), { user });
    ctx.state.wxUser = user;
    return user;
  }

  async #record(ctx: KoaContext): Promise<LoginRecord> {
    const record = await this.#flow.login(ctx);
    if (record !== undefined) return record;
    throw new WechatError(
      "WX_OAUTH",
      "Nobody is logged in, so there is no user token: the guard, wx.oauth(…), did not run before this handler, or the user has logged out since.",
    );
  }

  /** A token that is valid as far as is known, and not the one that WeChat has `refused`. */
  async #access(ctx: KoaContext, { token }: LoginRecord, refused?: string): Promise<string> {
    if (token === undefined) {
      throw new WechatError(
        "WX_OAUTH",
        "A login by way of a broker has no user token here: it stays with the broker.",
      );
    }
    if (token.ends - margin > Date.now() && token.access !== refused) return token.access;
    let refreshing = this.#refreshing.get(token.refresh);
    if (refreshing === undefined) {
      refreshing = this.#refresh(token).finally(() => this.#refreshing.delete(token.refresh));
      this.#refreshing.set(token.refresh, refreshing);
    }
    const fresh = await refreshing;
    if (fresh === undefined) {
      const now = await this.#flow.login(ctx);
      // Another process was faster.
      if (now?.token && now.token.access !== token.access) return now.token.access;
      await this.#flow.logout(ctx);
      throw new WechatError(
        "WX_OAUTH",
        "The user's refresh token has ended (after 30 days, or a new password), so the user has to log in again: redirect to login.loginUrl().",
      );
    }
    const { records, session } = this.#flow.options;
    await records.update(session(ctx), { token: fresh });
    return fresh.access;
  }

  /** Refreshes a token, or waits for the process that is at it. */
  async #refresh(token: HeldToken): Promise<HeldToken | undefined> {
    const { identity, store } = this.#flow.options;
    const key = `refresh:${digest(token.access)}`;
    const done = `${key}:done`;
    if (!(await store.claim(key, "1", patience))) {
      const told = parse(await waitFor(store, done, patience));
      if (told !== undefined) return told.token;
    }
    // Those who wait and are told nothing ask for themselves.
    const tell = (told: string, ttl: number) => store.set(done, told, ttl).catch(() => {});
    try {
      const fresh = await identity.refresh(token);
      await tell(JSON.stringify({ token: fresh }), patience);
      return fresh;
    } catch (error) {
      await tell("failed", 1_000);
      await store.delete(key).catch(() => {});
      throw error;
    }
  }
}

/** What another process was told; `undefined` when it was told nothing that can be read. */
function parse(text = ""): { readonly token?: HeldToken } | undefined {
  try {
    const told = JSON.parse(text) as { readonly token?: unknown } | null;
    if (typeof told !== "object" || told === null) return undefined;
    // WeChat gave none: the user has to log in again.
    if (Object.keys(told).length === 0) return {};
    return isHeldToken(told.token) ? { token: told.token } : undefined;
  } catch {
    return undefined;
  }
}
