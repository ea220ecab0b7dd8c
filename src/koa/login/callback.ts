import { arrive, writeRound } from "./browser/redirects.js";
import type { Begun } from "./session/pending.js";
import type { Outcome } from "./session/records.js";
import type { LoginState } from "./session/state.js";
import { covers } from "./user.js";
import type { Visit } from "./visit.js";

/** A user comes back from WeChat with a code, and with a state of this browser. */
export class Callback {
  readonly #visit: Visit;
  readonly #state: LoginState;
  readonly #code: string;
  readonly #pending: Begun;

  constructor(visit: Visit, state: LoginState, code: string, pending: Begun) {
    this.#visit = visit;
    this.#state = state;
    this.#code = code;
    this.#pending = pending;
  }

  /** Finds out who the user is, once however often they come, and lets them in. */
  async arrive(): Promise<unknown> {
    const { records, states } = this.#visit.flow.options;
    const claim = await records.claim(this.#state.id, this.#code);
    let outcome: Outcome | undefined;
    if (claim === "ours") outcome = await this.#identify();
    else if (claim === "code-used") outcome = await this.#conclude({ kind: "spent" });
    // Whatever code a repetition brings: the state has had its one.
    else outcome = await records.outcome(this.#state.id, true);

    const login = await this.#visit.login();
    const isIn = login !== undefined && covers(login.user, this.#pending.scope);
    if (outcome?.kind === "user") {
      const isSame = isIn && login.user.openid === outcome.openid;
      const id = states.loginId(this.#pending.browser, outcome.openid);
      if (claim === "ours" || !isSame) return this.#welcome(id);
    }
    const { kind = "spent" } = outcome ?? {};
    // Whoever is told for the first time is shown why; a reload after that is a new try.
    if (claim === "ours" && kind !== "user" && kind !== "spent") {
      return this.#visit.problem(kind === "refused" ? "denied" : kind, this.#pending);
    }
    if (isIn) return arrive(this.#visit.ctx, this.#pending.returnTo);
    return this.#visit.again(this.#state, this.#pending, "code");
  }

  async #identify(): Promise<Outcome> {
    const { ctx, flow } = this.#visit;
    const { identity, records, states } = flow.options;
    const { scope, returnTo, browser } = this.#pending;
    try {
      const identified = await identity.identify(this.#code, scope);
      if (identified.kind !== "user") return this.#conclude(identified);
      const { openid } = identified.user;
      // Only here a login comes to be, and before anybody is told of it.
      const login = await records.begin(states.loginId(browser, openid), identified);
      return this.#conclude({ kind: "user", openid, returnTo, login });
    } catch (error) {
      ctx.app.emit("error", error, ctx);
      return this.#conclude({ kind: "failed" });
    }
  }

  /** Remembers what became of the state, unless the user has logged out meanwhile. */
  #conclude(outcome: Outcome): Promise<Outcome> {
    return this.#visit.flow.options.records.conclude(this.#state.id, outcome);
  }

  /** Gives the browser the login that its state has led to, unless the user has logged out since. */
  async #welcome(id: string): Promise<unknown> {
    const { ctx, flow, pendings } = this.#visit;
    const { records, session } = flow.options;
    if ((await records.read(id)) === undefined) {
      return this.#visit.again(this.#state, this.#pending, "state", { isApart: true });
    }
    await records.give(session(ctx), id);
    await pendings.end(this.#state.id);
    writeRound(ctx, this.#state.round);
    arrive(ctx, this.#pending.returnTo);
  }
}

/** A user comes back with a genuine state that this browser does not hold (any more). */
export async function comeAstray(visit: Visit, state: LoginState): Promise<unknown> {
  const { ctx, flow } = visit;
  const login = await visit.login();
  if (login !== undefined) {
    // Back to the callback after a login: on to where it led.
    const outcome = await flow.options.records.outcome(state.id);
    if (outcome?.kind === "user" && outcome.openid === login.user.openid) {
      return arrive(ctx, flow.safe(outcome.returnTo));
    }
    if (!state.isFresh) return arrive(ctx, flow.options.home);
  }
  // This browser does keep what it is given; the state is somebody else's.
  const isKnown = (await visit.pendings.browser()) !== undefined;
  if (state.isFresh && (login !== undefined || isKnown)) {
    return visit.problem("state", flow.fresh());
  }
  return visit.again(state, flow.fresh(), "loop");
}
