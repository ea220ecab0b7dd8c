import type { Context as KoaContext, Next } from "koa";
import { WechatError } from "../errors.js";
import { under } from "./base-url.js";
import { wouldSee } from "./mounted.js";
import { isNavigation, isWechat } from "./navigation.js";
import type { Identity } from "./oauth-identity.js";
import { type LoginProblem, type LoginProblemKind, problems, showProblem } from "./oauth-pages.js";
import type { LoginRecord, LoginRecords, Outcome } from "./oauth-records.js";
import { type LoginSession, type Pending, PendingLogins } from "./oauth-session.js";
import { digest, type LoginState, type States } from "./oauth-state.js";
import { covers, isScope, type LoginScope } from "./oauth-user.js";
import { arrive, clearRound, readRound, redirect, writeRound } from "./redirects.js";
import { safeReturnTo } from "./return-to.js";

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
  readonly records: LoginRecords;
  readonly states: States;
  readonly on: Readonly<Partial<Record<LoginProblemKind, LoginHook>>>;
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
    if (this.isAtLogin(ctx) || this.#isReturn(ctx)) return this.serve(ctx, next);
    const login = await this.login(ctx);
    if (login !== undefined) clearRound(ctx);
    if (login !== undefined && covers(login.user, scope)) {
      ctx.state.wxUser = login.user;
      return next();
    }
    this.isServed ||= wouldSee(ctx, this.options.path);
    if (!isNavigation(ctx)) {
      return this.#problem(ctx, next, "required", {
        scope,
        returnTo: this.#safe(ctx.get("Referer")),
      });
    }
    const returnTo = this.#safe(this.#address(ctx));
    return this.#send(ctx, next, readRound(ctx) + 1, { scope, returnTo });
  }

  isAtLogin(ctx: KoaContext): boolean {
    return ctx.originalUrl.replace(/[?#].*$/s, "") === this.options.path;
  }

  /** Whether WeChat has sent the user back to the page itself, for want of a path of the login's own. */
  #isReturn(ctx: KoaContext): boolean {
    if (!ctx.querystring.includes("state=")) return false;
    const states = new URLSearchParams(ctx.querystring).getAll("state");
    return states.length === 1 && this.options.states.read(states[0]) !== undefined;
  }

  /** Who is logged in. */
  login(ctx: KoaContext): Promise<LoginRecord | undefined> {
    return this.options.records.find(this.options.session(ctx));
  }

  async logout(ctx: KoaContext): Promise<void> {
    await this.options.records.end(this.options.session(ctx));
    clearRound(ctx);
  }

  /** The address on this site where a login begins. */
  loginUrl({ returnTo, scope }: Pending): string {
    const { baseUrl, path } = this.options;
    return `${under(baseUrl, path)}?${new URLSearchParams({ returnTo, scope })}`;
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
    if (state === undefined) return this.#problem(ctx, next, "state", this.#fresh());

    const pendings = new PendingLogins(this.options.session(ctx));
    const pending = await pendings.find(state.id);
    const [code = ""] = codes;
    if (code === "") return this.#problem(ctx, next, "denied", pending ?? this.#fresh());
    if (pending === undefined) return this.#stray(ctx, next, state, await pendings.isKnown());
    if (!state.isFresh) return this.#again(ctx, next, state, pending, "loop");
    return this.#arrive(ctx, next, state, code, pending);
  }

  /** Begins a login that no guard has asked for. */
  async #enter(ctx: KoaContext, next: Next, query: URLSearchParams): Promise<unknown> {
    const wanted = query.get("scope");
    const scope = isScope(wanted) ? wanted : this.options.scope;
    const returnTo = this.#safe(query.get("returnTo"));
    const login = await this.login(ctx);
    if (login !== undefined && covers(login.user, scope)) return redirect(ctx, returnTo);
    return this.#send(ctx, next, 1, { scope, returnTo });
  }

  /** A user comes back with a code and a state of this browser. */
  async #arrive(
    ctx: KoaContext,
    next: Next,
    state: LoginState,
    code: string,
    pending: Pending,
  ): Promise<unknown> {
    const { records } = this.options;
    const claim = await records.claim(state.id, code);
    let outcome: Outcome | undefined;
    if (claim === "ours") outcome = await this.#identify(ctx, state, code, pending);
    else if (claim === "code-used") outcome = await this.#conclude(state, "spent", code);
    else outcome = await records.outcome(state.id, true);
    // One state brings one code; another one was put in its place.
    if (outcome !== undefined && outcome.code !== "" && outcome.code !== digest(code)) {
      return this.#problem(ctx, next, "state", pending);
    }
    if (outcome?.kind === "user") return this.#welcome(ctx, state, outcome);
    const { kind = "spent" } = outcome ?? {};
    const told = kind === "refused" ? "denied" : kind === "spent" ? "code" : kind;
    // Whoever is told for the first time is shown why; a reload after that is a new try.
    if (claim === "ours" && kind !== "spent") return this.#problem(ctx, next, told, pending);
    const login = await this.login(ctx);
    if (login !== undefined && covers(login.user, pending.scope)) {
      return arrive(ctx, pending.returnTo);
    }
    return this.#again(ctx, next, state, pending, told);
  }

  async #identify(
    ctx: KoaContext,
    state: LoginState,
    code: string,
    { scope, returnTo }: Pending,
  ): Promise<Outcome> {
    try {
      const identified = await this.options.identity.identify(code, scope);
      if (identified.kind !== "user") return this.#conclude(state, identified.kind, code);
      const outcome: Outcome = { ...identified, returnTo, code: digest(code) };
      await this.options.records.conclude(state.id, outcome);
      return outcome;
    } catch (error) {
      ctx.app.emit("error", error, ctx);
      return this.#conclude(state, "failed", code);
    }
  }

  /** Remembers a state that led to nobody. */
  async #conclude(
    { id }: LoginState,
    kind: Exclude<Outcome["kind"], "user">,
    code: string,
  ): Promise<Outcome> {
    const outcome: Outcome = { kind, code: digest(code) };
    await this.options.records.conclude(id, outcome);
    return outcome;
  }

  async #welcome(
    ctx: KoaContext,
    state: LoginState,
    { user, token, returnTo }: Outcome & { readonly kind: "user" },
  ): Promise<void> {
    const session = this.options.session(ctx);
    await this.options.records.begin(session, { user, ...(token && { token }), state: state.id });
    await new PendingLogins(session).end(state.id);
    writeRound(ctx, state.round);
    arrive(ctx, returnTo);
  }

  /** A genuine state that this browser does not hold (any more). */
  async #stray(ctx: KoaContext, next: Next, state: LoginState, isKnown: boolean): Promise<unknown> {
    const login = await this.login(ctx);
    if (login !== undefined) {
      // Back to the callback after a login: on to where it led.
      const outcome = await this.options.records.outcome(state.id);
      if (outcome?.kind === "user" && outcome.user.openid === login.user.openid) {
        return arrive(ctx, outcome.returnTo);
      }
      if (!state.isFresh) return arrive(ctx, this.options.home);
    }
    // This browser does keep what it is given; the state is somebody else's.
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
  ): Promise<unknown> {
    if (round >= maxRounds) return this.#problem(ctx, next, kind, pending);
    return this.#send(ctx, next, round + 1, pending);
  }

  /** Sends a user to WeChat. */
  async #send(ctx: KoaContext, next: Next, round: number, pending: Pending): Promise<unknown> {
    const { identity, session, states, onlyInWechat } = this.options;
    if (onlyInWechat && !isWechat(ctx)) return this.#problem(ctx, next, "outside", pending);
    if (round > maxRounds) return this.#problem(ctx, next, "loop", pending);
    const { id, state } = states.issue(round);
    await new PendingLogins(session(ctx)).begin(id, pending);
    const { scope } = pending;
    // Where the guard stands on single routes, nothing else is there to come back to.
    const redirectUri = this.isServed
      ? this.callbackUrl
      : this.#address(ctx).replace(/[?#].*$/s, "");
    redirect(ctx, identity.authorizeUrl({ redirectUri, scope, state }));
  }

  /** The page's own address, as the browser has it; empty for one that is none. */
  #address({ originalUrl }: KoaContext): string {
    return originalUrl.startsWith("/") ? under(this.options.baseUrl, originalUrl) : "";
  }

  get callbackUrl(): string {
    return under(this.options.baseUrl, this.options.path);
  }

  async #problem(
    ctx: KoaContext,
    next: Next,
    kind: LoginProblemKind,
    pending: Pending,
  ): Promise<unknown> {
    const { status, code, message } = problems[kind];
    const detail = kind === "loop" ? await this.#lost(ctx) : "";
    const problem: LoginProblem = {
      kind,
      status,
      code,
      message: detail === "" ? message : `${message} ${detail}`,
      authorizeUrl: this.isServed ? this.loginUrl(pending) : pending.returnTo,
    };
    if (kind === "loop") {
      clearRound(ctx);
      ctx.app.emit("error", new WechatError(code, problem.message), ctx);
    }
    const hook = this.options.on[kind];
    if (hook !== undefined) return hook(ctx, problem, next);
    showProblem(ctx, problem, detail);
  }

  /** What to do about a login that runs in circles. */
  async #lost(ctx: KoaContext): Promise<string> {
    const { baseUrl, kept, records, session } = this.options;
    if (await records.hasId(session(ctx))) {
      return `${kept} came back, but the store knows no such login: several processes need one shared store (RedisStore) and the same app.keys.`;
    }
    return `${kept} did not come back: the browser refuses it, or the page was not opened at ${baseUrl.origin}, the only address whose cookies reach the login.`;
  }

  #fresh(): Pending {
    return { scope: this.options.scope, returnTo: this.options.home };
  }

  #safe(returnTo: unknown): string {
    const { baseUrl, allowed, home } = this.options;
    return safeReturnTo(returnTo, baseUrl, allowed) ?? home;
  }
}
