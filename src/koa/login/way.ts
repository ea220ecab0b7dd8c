import type { Context as KoaContext, Next } from "koa";
import { WechatError } from "../../errors.js";
import type { Store } from "../../store/store.js";
import { under } from "../base-url.js";
import { isWechat } from "./browser/navigation.js";
import { clearRound, redirect } from "./browser/redirects.js";
import { safeReturnTo } from "./browser/return-to.js";
import type { Identity } from "./identity.js";
import {
  type LoginHook,
  type LoginProblem,
  type LoginProblemKind,
  type Lost,
  lostQuery,
  problems,
  showProblem,
} from "./problems.js";
import { type Pending, PendingLogins } from "./session/pending.js";
import type { LoginRecord, LoginRecords } from "./session/records.js";
import type { LoginSession } from "./session/session.js";
import type { LoginState, States } from "./session/state.js";
import type { LoginScope } from "./user.js";
import type { VerifyFile } from "./verification.js";

/** What a login needs, resolved from the options of `wx.oauth()`. */
export interface FlowOptions {
  readonly baseUrl: URL;
  /** Where logins begin and end, as this app sees it. */
  readonly path: string;
  readonly scope: LoginScope;
  /** Where a user goes who came from nowhere: an absolute address. */
  readonly home: string;
  /** Origins besides this one to which users may return. */
  readonly allowed: ReadonlySet<string>;
  readonly onlyInWechat: boolean;
  readonly session: (ctx: KoaContext) => LoginSession;
  /** What does not come back when a login runs in circles. */
  readonly kept: string;
  readonly identity: Identity;
  /** What is kept of logins, in all processes. */
  readonly store: Store;
  readonly records: LoginRecords;
  readonly states: States;
  /** Where addresses are kept that are too long for a cookie. */
  readonly addresses: Store;
  readonly on: Readonly<Partial<Record<LoginProblemKind, LoginHook>>>;
  readonly verify: VerifyFile | undefined;
}

/** What is particular about sending a user to WeChat. */
interface Sending {
  /** The user is back from there, without what WeChat has said. */
  readonly isBack?: boolean;
  /** A login that has ended must not be meant. */
  readonly isApart?: boolean;
}

/** How often in a row a browser is sent to WeChat. */
const maxRounds = 2;

/** What sends users to WeChat, and tells them what came of it. */
export class LoginWay {
  readonly options: FlowOptions;
  /** Whether the login's own path is known to be served. */
  isServed = false;

  constructor(options: FlowOptions) {
    this.options = options;
  }

  /** Who is logged in. */
  login(ctx: KoaContext): Promise<LoginRecord | undefined> {
    return this.options.records.find(this.options.session(ctx));
  }

  async logout(ctx: KoaContext): Promise<void> {
    const { records, session, states } = this.options;
    const pendings = this.pendings(ctx);
    const [login, browser] = [await this.login(ctx), await pendings.browser()];
    await records.end(session(ctx));
    // What other tabs have begun meanwhile ends with it, whether or not it has come back.
    if (login !== undefined && browser !== undefined) {
      await records.bury(states.loginId(browser, login.user.openid));
    }
    await Promise.all((await pendings.abandon()).map((state) => records.refuse(state)));
    clearRound(ctx);
  }

  /** The address on this site where a login begins. */
  loginUrl({ returnTo, scope }: Pending): string {
    return `${this.callbackUrl}?${new URLSearchParams({ returnTo, scope })}`;
  }

  /** One more round, or the end of it. */
  protected again(
    ctx: KoaContext,
    next: Next,
    { round }: LoginState,
    pending: Pending,
    kind: LoginProblemKind,
    more: Sending = {},
  ): Promise<unknown> {
    if (round >= maxRounds) return this.problem(ctx, next, kind, pending);
    return this.send(ctx, next, round + 1, pending, more);
  }

  /** Sends a user to WeChat. */
  protected async send(
    ctx: KoaContext,
    next: Next,
    round: number,
    pending: Pending,
    { isBack = false, isApart = false }: Sending = {},
  ): Promise<unknown> {
    const { identity, states, onlyInWechat } = this.options;
    if (onlyInWechat && !isWechat(ctx)) return this.problem(ctx, next, "outside", pending);
    // Where the guard stands on single routes, nothing else is there to come back to.
    const redirectUri = this.isServed ? this.callbackUrl : pathOf(this.address(ctx));
    if (round > maxRounds) {
      const lost = isBack ? lostQuery(redirectUri) : undefined;
      return this.problem(ctx, next, "loop", pending, lost);
    }
    const { id, state } = states.issue(round);
    const isNew = isApart || (await this.login(ctx)) !== undefined;
    await this.pendings(ctx).begin(id, pending, round, isNew);
    const { scope } = pending;
    redirect(ctx, identity.authorizeUrl({ redirectUri, scope, state }));
  }

  /** The page's own address, as the browser has it; home for one that is none. */
  protected address({ originalUrl }: KoaContext): string {
    const { baseUrl, home } = this.options;
    return originalUrl.startsWith("/") ? under(baseUrl, originalUrl) : home;
  }

  get callbackUrl(): string {
    return under(this.options.baseUrl, this.options.path);
  }

  protected async problem(
    ctx: KoaContext,
    next: Next,
    kind: LoginProblemKind,
    pending: Pending,
    lost?: Lost,
  ): Promise<unknown> {
    const { status, code, message } = problems[kind];
    const detail = lost?.detail ?? (kind === "loop" ? await this.#lost(ctx) : "");
    const problem: LoginProblem = {
      kind,
      status,
      code,
      message: detail === "" ? message : `${message} ${detail}`,
      authorizeUrl: this.isServed ? this.loginUrl(pending) : pending.returnTo,
    };
    if (kind === "loop") {
      clearRound(ctx);
      await this.pendings(ctx).forget();
      ctx.app.emit("error", new WechatError(code, problem.message), ctx);
    }
    const hook = this.options.on[kind];
    if (hook !== undefined) return hook(ctx, problem, next);
    showProblem(ctx, problem, { ...lost, detail });
  }

  /** What to do about a login that runs in circles. */
  async #lost(ctx: KoaContext): Promise<string> {
    const { baseUrl, kept, records, session } = this.options;
    if (await records.hasId(session(ctx))) {
      return `${kept} came back, but the store knows no such login: several processes need one shared store (RedisStore) and the same app.keys.`;
    }
    return `${kept} did not come back: the browser refuses it, or the page was not opened at ${baseUrl.origin}, the only address whose cookies reach the login.`;
  }

  protected pendings(ctx: KoaContext): PendingLogins {
    return new PendingLogins(this.options.session(ctx), this.options.addresses);
  }

  protected fresh(): Pending {
    return { scope: this.options.scope, returnTo: this.options.home };
  }

  protected safe(returnTo: unknown): string {
    const { baseUrl, allowed, home } = this.options;
    return safeReturnTo(returnTo, baseUrl, allowed) ?? home;
  }
}

/** An address without its query and fragment. */
export const pathOf = (address: string) => address.replace(/[?#].*$/s, "");
