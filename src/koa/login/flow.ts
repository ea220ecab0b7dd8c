import type { Context as KoaContext, Next } from "koa";
import { isNavigation } from "./browser/navigation.js";
import { arrive, clearRound, readRound, redirect, writeRound } from "./browser/redirects.js";
import { askedFrom } from "./browser/return-to.js";
import { wouldSee } from "./mounted.js";
import { lostState } from "./problems.js";
import type { Begun, Pending } from "./session/pending.js";
import type { Outcome } from "./session/records.js";
import type { LoginState } from "./session/state.js";
import { covers, isScope, type LoginScope } from "./user.js";
import { isVerified } from "./verification.js";
import { LoginWay, pathOf } from "./way.js";

/** The way of users to WeChat and back: who may pass, where logins begin, and where they end. */
export class LoginFlow extends LoginWay {
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
      return this.problem(ctx, next, "required", { scope, returnTo });
    }
    const returnTo = this.safe(this.address(ctx));
    const last = await this.#lastSent(ctx);
    if (last === undefined) return this.send(ctx, next, readRound(ctx) + 1, { scope, returnTo });
    const pending = { scope, returnTo: last.returnTo };
    return this.send(ctx, next, last.round + 1, pending, { isBack: true });
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
    const last = await this.pendings(ctx).last();
    if (last === undefined) return undefined;
    const returnTo = this.safe(last.returnTo);
    const isHere = this.isServed || pathOf(returnTo) === pathOf(this.safe(this.address(ctx)));
    return isHere ? { round: last.round, returnTo } : undefined;
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
      return this.problem(ctx, next, "state", this.fresh(), lostState(codes, states));
    }

    const pending = await this.#begun(ctx, state);
    await this.pendings(ctx).answered();
    const [code = ""] = codes;
    if (code === "") return this.problem(ctx, next, "denied", pending ?? this.fresh());
    if (pending === undefined) return this.#stray(ctx, next, state);
    if (!state.isFresh) return this.again(ctx, next, state, pending, "loop");
    return this.#arrive(ctx, next, state, code, pending);
  }

  /** Begins a login that no guard has asked for. */
  async #enter(ctx: KoaContext, next: Next, query: URLSearchParams): Promise<unknown> {
    const wanted = query.get("scope");
    const scope = isScope(wanted) ? wanted : this.options.scope;
    const isBare = !query.has("scope") && !query.has("returnTo");
    const last = isBare ? await this.pendings(ctx).last() : undefined;
    const returnTo = this.safe(last?.returnTo ?? query.get("returnTo"));
    const login = await this.login(ctx);
    if (login !== undefined && covers(login.user, last?.scope ?? scope)) {
      return redirect(ctx, returnTo);
    }
    if (last === undefined) return this.send(ctx, next, 1, { scope, returnTo });
    return this.send(ctx, next, last.round + 1, { scope: last.scope, returnTo }, { isBack: true });
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
      return this.problem(ctx, next, kind === "refused" ? "denied" : kind, pending);
    }
    if (isIn) return arrive(ctx, pending.returnTo);
    return this.again(ctx, next, state, pending, "code");
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
    const pendings = this.pendings(ctx);
    if ((await records.read(id)) === undefined) {
      return this.again(ctx, next, state, pending, "state", { isApart: true });
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
        return arrive(ctx, this.safe(outcome.returnTo));
      }
      if (!state.isFresh) return arrive(ctx, this.options.home);
    }
    // This browser does keep what it is given; the state is somebody else's.
    const isKnown = (await this.pendings(ctx).browser()) !== undefined;
    if (state.isFresh && (login !== undefined || isKnown)) {
      return this.problem(ctx, next, "state", this.fresh());
    }
    return this.again(ctx, next, state, this.fresh(), "loop");
  }

  async #begun(ctx: KoaContext, { id }: LoginState): Promise<Begun | undefined> {
    const begun = await this.pendings(ctx).find(id);
    return begun && { ...begun, returnTo: this.safe(begun.returnTo) };
  }
}
