import type { Context as KoaContext } from "koa";
import type { Store } from "../../store/store.js";
import { under } from "../base-url.js";
import { clearRound } from "./browser/redirects.js";
import { safeReturnTo } from "./browser/return-to.js";
import type { Identity } from "./identity.js";
import type { LoginHook, LoginProblemKind } from "./problems.js";
import { type Pending, PendingLogins } from "./session/pending.js";
import type { LoginRecord, LoginRecords } from "./session/records.js";
import type { LoginSession } from "./session/session.js";
import type { States } from "./session/state.js";
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

/** The login of one `wx.oauth()`, which all its guards share: who is in, and where logins begin and end. */
export class LoginFlow {
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
    const { records, session } = this.options;
    await records.end(session(ctx));
    // What other tabs have begun meanwhile ends with it, whether or not it has come back.
    const states = await this.pendings(ctx).abandon();
    await Promise.all(states.map((state) => records.refuse(state)));
    clearRound(ctx);
  }

  /** The logins that a browser has begun. */
  pendings(ctx: KoaContext): PendingLogins {
    return new PendingLogins(this.options.session(ctx), this.options.addresses);
  }

  /** Whether a request is for the login's own path. */
  isAtLogin(ctx: KoaContext): boolean {
    return pathOf(ctx.originalUrl) === this.options.path;
  }

  /** The login's own path, as WeChat and browsers know it. */
  get callbackUrl(): string {
    return under(this.options.baseUrl, this.options.path);
  }

  /** The address on this site where a login begins. */
  loginUrl({ returnTo, scope }: Pending): string {
    return `${this.callbackUrl}?${new URLSearchParams({ returnTo, scope })}`;
  }

  /** A login that comes from no page. */
  fresh(): Pending {
    return { scope: this.options.scope, returnTo: this.options.home };
  }

  /** An address to which users may return; home in the place of any other. */
  safe(returnTo: unknown): string {
    const { baseUrl, allowed, home } = this.options;
    return safeReturnTo(returnTo, baseUrl, allowed) ?? home;
  }
}

/** An address without its query and fragment. */
export const pathOf = (address: string) => address.replace(/[?#].*$/s, "");
