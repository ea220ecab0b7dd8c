import type { Context as KoaContext, Next } from "koa";
import { WechatError } from "../errors.js";
import type { Store } from "../store/store.js";
import { under } from "./base-url.js";
import { wouldSee } from "./mounted.js";
import { isNavigation, isWechat } from "./navigation.js";
import type { Identity } from "./oauth-identity.js";
import {
  type LoginProblem,
  type LoginProblemKind,
  type Lost,
  lostQuery,
  lostState,
  problems,
  showProblem,
} from "./oauth-pages.js";
import { type Begun, type Pending, PendingLogins } from "./oauth-pending.js";
import type { LoginRecord, LoginRecords, Outcome } from "./oauth-records.js";
import type { LoginSession } from "./oauth-session.js";
import type { LoginState, States } from "./oauth-state.js";
import { covers, isScope, type LoginScope } from "./oauth-user.js";
import { arrive, clearRound, readRound, redirect, writeRound } from "./redirects.js";
import { askedFrom, safeReturnTo } from "./return-to.js";
import { isVerified, type VerifyFile } from "./verification.js";

/** What is done instead of showing a page: it answers, or calls `next()` to let the request pass. */
export type LoginHook = (ctx: KoaContext, problem: LoginProblem, next: Next) => unknown;

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

/** The way of a user to WeChat and back. */
export class LoginFlow {
  readonly options: FlowOptions;
  /** Whether the login's own path is known to be served. */
  isServed = false;

  constructor(options: FlowOptions) {
    this.options = options;
  }

  /** Lets a user pass who is logged in, and sends the others to WeChat. */
  async guard(ctx: KoaContext, next: Next, scope: LoginScope): Promise<unknown> {
    if (isVerified(ctx, this.options.verify)) return;
    if (this.isAtLogin(ctx) || this.#isReturn(ctx)) return this.serve(ctx, next);
    const login = await this.login(ctx);
    if (login !== undefined) clearRound(ctx);
    if (login !== undefined && covers(login.user, scope)) {
      ctx.state.wxUser = login.user;
      return next();
    }
    this.isServed ||= wouldSee(ctx, this.options.path);
    if (!isNavigation(ctx)) {
      const { baseUrl, allowed, home } = this.options;
      const returnTo = askedFrom(ctx, baseUrl, allowed) ?? home;
      return this.#problem(ctx, next, "required", { scope, returnTo });
    }
    const returnTo = this.#safe(this.#address(ctx));
    const last = await this.#lastSent(ctx);
    if (last === undefined) return this.#send(ctx, next, readRound(ctx) + 1, { scope, returnTo });
    return this.#send(
      ctx,
      next,
      last.round + 1,
      { scope, returnTo: last.returnTo },
      { isBack: true },
    );
  }

  isAtLogin(ctx: KoaContext): boolean {
    return pathOf(ctx.originalUrl) === this.options.path;
  }

  /** Whether WeChat has sent the user back to the page itself, for want of a path of the login's own. */
  #isReturn(ctx: KoaContext): boolean {
    if (!ctx.querystring.includes("state=")) return false;
    const states = new URLSearchParams(ctx.querystring).getAll("state");
    return states.length === 1 && this.options.states.read(states[0]) !== undefined;
  }

  /**
   * The login for which this browser was sent to WeChat a moment ago, if it may be back from there
   * without what WeChat has said: something on the way has dropped or changed the query.
   */
  async #lastSent(ctx: KoaContext) {
    const { path } = this.options;
    const here = pathOf(ctx.originalUrl);
    // The login's own path, with a query that has become part of it.
    const isPart = here.startsWith(path) && /^[%;&]/.test(here.slice(path.length));
    if (this.isServed && !isPart) return undefined;
    if (!this.isServed && !/^$|(?:^|[&?;])(?:code|state)=/.test(ctx.querystring)) return undefined;
    const last = await this.#pendings(ctx).last();
    if (last === undefined) return undefined;
    const returnTo = this.#safe(last.returnTo);
    const isHere = this.isServed || pathOf(returnTo) === pathOf(this.#safe(this.#address(ctx)));
    return isHere ? { round: last.round, returnTo } : undefined;
  }

  /** Who is logged in. */
  login(ctx: KoaContext): Promise<LoginRecord | undefined> {
    return this.options.records.find(this.options.session(ctx));
  }

  async logout(ctx: KoaContext): Promise<void> {
    const { records, session, states } = this.options;
    const pendings = this.#pendings(ctx);
    const [login, browser] = [await this.login(ctx), await pendings.browser()];
    await records.end(session(ctx));
    // What other tabs have begun meanwhile ends with it.
    if (login !== undefined && browser !== undefined) {
      await records.bury(states.loginId(browser, login.user.openid));
    }
    await pendings.forget();
    clearRound(ctx);
  }

  /** The address on this site where a login begins. */
  loginUrl({ returnTo, scope }: Pending): string {
    return `${this.callbackUrl}?${new URLSearchParams({ returnTo, scope })}`;
  }

  /** Serves the login's own path: where logins begin, and where WeChat sends users back to. */
  async serve(ctx: KoaContext, next: Next): Promise<unknown> {
    ctx.set("Cache-Control", "no-store");
    if (ctx.method !== "GET") {
      ctx.set("Allow", "GET");
      ctx.status = 405;
      return;
    }
    const query = new URLSearchParams(ctx.querystring);
    const [codes, states] = [query.getAll("code"), query.getAll("state")];
    if (codes.length === 0 && states.length === 0) return this.#enter(ctx, next, query);
    const state =
      states.length === 1 && codes.length <= 1 ? this.options.states.read(states[0]) : undefined;
    if (state === undefined) {
      return this.#problem(ctx, next, "state", this.#fresh(), lostState(codes, states));
    }

    const pending = await this.#begun(ctx, state);
    await this.#pendings(ctx).answered();
    const [code = ""] = codes;
    if (code === "") return this.#problem(ctx, next, "denied", pending ?? this.#fresh());
    if (pending === undefined) return this.#stray(ctx, next, state);
    if (!state.isFresh) return this.#again(ctx, next, state, pending, "loop");
    return this.#arrive(ctx, next, state, code, pending);
  }

  /** Begins a login that no guard has asked for. */
  async #enter(ctx: KoaContext, next: Next, query: URLSearchParams): Promise<unknown> {
    const wanted = query.get("scope");
    const scope = isScope(wanted) ? wanted : this.options.scope;
    const isBare = !query.has("scope") && !query.has("returnTo");
    const last = isBare ? await this.#pendings(ctx).last() : undefined;
    const returnTo = this.#safe(last?.returnTo ?? query.get("returnTo"));
    const login = await this.login(ctx);
    if (login !== undefined && covers(login.user, last?.scope ?? scope)) {
      return redirect(ctx, returnTo);
    }
    if (last === undefined) return this.#send(ctx, next, 1, { scope, returnTo });
    return this.#send(ctx, next, last.round + 1, { scope: last.scope, returnTo }, { isBack: true });
  }

  /** A user comes back with a code and a state of this browser. */
  async #arrive(
    ctx: KoaContext,
    next: Next,
    state: LoginState,
    code: string,
    pending: Begun,
  ): Promise<unknown> {
    const { records, states } = this.options;
    const claim = await records.claim(state.id, code);
    let outcome: Outcome | undefined;
    if (claim === "ours") outcome = await this.#identify(ctx, state, code, pending);
    else if (claim === "code-used") outcome = await this.#conclude(state, { kind: "spent" });
    // Whatever code a repetition brings: the state has had its one.
    else outcome = await records.outcome(state.id, true);

    const login = await this.login(ctx);
    const isIn = login !== undefined && covers(login.user, pending.scope);
    if (outcome?.kind === "user") {
      const isSame = isIn && login.user.openid === outcome.openid;
      const id = states.loginId(pending.browser, outcome.openid);
      if (claim === "ours" || !isSame) return this.#welcome(ctx, next, state, pending, id);
    }
    const { kind = "spent" } = outcome ?? {};
    // Whoever is told for the first time is shown why; a reload after that is a new try.
    if (claim === "ours" && kind !== "user" && kind !== "spent") {
      return this.#problem(ctx, next, kind === "refused" ? "denied" : kind, pending);
    }
    if (isIn) return arrive(ctx, pending.returnTo);
    return this.#again(ctx, next, state, pending, "code");
  }

  async #identify(
    ctx: KoaContext,
    state: LoginState,
    code: string,
    { scope, returnTo, browser }: Begun,
  ): Promise<Outcome> {
    const { identity, records, states } = this.options;
    try {
      const identified = await identity.identify(code, scope);
      if (identified.kind !== "user") return this.#conclude(state, identified);
      const { openid } = identified.user;
      // Only here a login comes to be, and before anybody is told of it.
      await records.begin(states.loginId(browser, openid), identified);
      return this.#conclude(state, { kind: "user", openid, returnTo });
    } catch (error) {
      ctx.app.emit("error", error, ctx);
      return this.#conclude(state, { kind: "failed" });
    }
  }

  /** Remembers what became of a state. */
  async #conclude({ id }: LoginState, outcome: Outcome): Promise<Outcome> {
    await this.options.records.conclude(id, outcome);
    return outcome;
  }

  /** Gives a browser the login that its state has led to, unless the user has logged out since. */
  async #welcome(
    ctx: KoaContext,
    next: Next,
    state: LoginState,
    pending: Pending,
    id: string,
  ): Promise<unknown> {
    const { records, session } = this.options;
    const pendings = this.#pendings(ctx);
    if ((await records.read(id)) === undefined) {
      return this.#again(ctx, next, state, pending, "state", { isApart: true });
    }
    await records.give(session(ctx), id);
    await pendings.end(state.id);
    writeRound(ctx, state.round);
    arrive(ctx, pending.returnTo);
  }

  /** A genuine state that this browser does not hold (any more). */
  async #stray(ctx: KoaContext, next: Next, state: LoginState): Promise<unknown> {
    const login = await this.login(ctx);
    if (login !== undefined) {
      // Back to the callback after a login: on to where it led.
      const outcome = await this.options.records.outcome(state.id);
      if (outcome?.kind === "user" && outcome.openid === login.user.openid) {
        return arrive(ctx, this.#safe(outcome.returnTo));
      }
      if (!state.isFresh) return arrive(ctx, this.options.home);
    }
    // This browser does keep what it is given; the state is somebody else's.
    const isKnown = (await this.#pendings(ctx).browser()) !== undefined;
    if (state.isFresh && (login !== undefined || isKnown)) {
      return this.#problem(ctx, next, "state", this.#fresh());
    }
    return this.#again(ctx, next, state, this.#fresh(), "loop");
  }

  /** One more round, or the end of it. */
  #again(
    ctx: KoaContext,
    next: Next,
    { round }: LoginState,
    pending: Pending,
    kind: LoginProblemKind,
    more: Sending = {},
  ): Promise<unknown> {
    if (round >= maxRounds) return this.#problem(ctx, next, kind, pending);
    return this.#send(ctx, next, round + 1, pending, more);
  }

  /** Sends a user to WeChat. */
  async #send(
    ctx: KoaContext,
    next: Next,
    round: number,
    pending: Pending,
    { isBack = false, isApart = false }: Sending = {},
  ): Promise<unknown> {
    const { identity, states, onlyInWechat } = this.options;
    if (onlyInWechat && !isWechat(ctx)) return this.#problem(ctx, next, "outside", pending);
    // Where the guard stands on single routes, nothing else is there to come back to.
    const redirectUri = this.isServed ? this.callbackUrl : pathOf(this.#address(ctx));
    if (round > maxRounds) {
      const lost = isBack ? lostQuery(redirectUri) : undefined;
      return this.#problem(ctx, next, "loop", pending, lost);
    }
    const { id, state } = states.issue(round);
    const isNew = isApart || (await this.login(ctx)) !== undefined;
    await this.#pendings(ctx).begin(id, pending, round, isNew);
    const { scope } = pending;
    redirect(ctx, identity.authorizeUrl({ redirectUri, scope, state }));
  }

  /** The page's own address, as the browser has it; home for one that is none. */
  #address({ originalUrl }: KoaContext): string {
    const { baseUrl, home } = this.options;
    return originalUrl.startsWith("/") ? under(baseUrl, originalUrl) : home;
  }

  get callbackUrl(): string {
    return under(this.options.baseUrl, this.options.path);
  }

  async #problem(
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
      await this.#pendings(ctx).forget();
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

  #pendings(ctx: KoaContext): PendingLogins {
    return new PendingLogins(this.options.session(ctx), this.options.addresses);
  }

  async #begun(ctx: KoaContext, { id }: LoginState): Promise<Begun | undefined> {
    const begun = await this.#pendings(ctx).find(id);
    return begun && { ...begun, returnTo: this.#safe(begun.returnTo) };
  }

  #fresh(): Pending {
    return { scope: this.options.scope, returnTo: this.options.home };
  }

  #safe(returnTo: unknown): string {
    const { baseUrl, allowed, home } = this.options;
    return safeReturnTo(returnTo, baseUrl, allowed) ?? home;
  }
}

/** An address without its query and fragment. */
const pathOf = (address: string) => address.replace(/[?#].*$/s, "");
