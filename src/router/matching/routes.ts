import type { Result } from "../../message/reply.js";
import { andThen, type MaybePromise } from "../../time/maybe-promise.js";
import { type Handler, invoke } from "../compose.js";
import type { Context } from "../context.js";
import type { Registered } from "../registered.js";
import { traceOf } from "../trace.js";
import type { Accept, Subject } from "./accept.js";
import { RouteIndex, saysStill, toldBy } from "./route-index.js";
import type { Matcher, Trigger } from "./trigger.js";

/** What a text of a push is compared with. */
export interface Comparison {
  readonly subject: Subject;
  readonly test: Matcher;
  /** As they were given. */
  readonly triggers: readonly Trigger[];
  /** All that it can fit, where there is no pattern. */
  readonly texts: readonly string[] | undefined;
}

/** A registration as pushes meet it. */
export interface Route {
  readonly accept: Accept;
  readonly comparison: Comparison | undefined;
  readonly registered: Registered;
  readonly handler: Handler<Context>;
  /** Whether it does nothing but lead to routers, whose own routes say more. */
  readonly isWay: boolean;
}

type Match = ReturnType<Matcher>;

/** Handlers in their order, of which a push runs the first that was registered for it. */
export class Routes {
  readonly #routes: Route[] = [];
  readonly #index = new RouteIndex();

  add(route: Route): void {
    this.#index.add(this.#routes.length, { ...route.accept, ...route.comparison });
    this.#routes.push(route);
  }

  /** All of them, in their order. */
  get all(): readonly Route[] {
    return this.#routes;
  }

  /** Runs the first handler from a number on that a push concerns, or `next` if there is none. */
  run(ctx: Context, next: () => MaybePromise<Result>, from = 0): MaybePromise<Result> {
    const routes = this.#routes;
    let candidates = this.#index.candidates(ctx, from);
    for (let at = candidates.next(); at >= 0; at = candidates.next()) {
      const route = routes[at] as Route;
      const told = route.accept.isTest ? toldBy(ctx.message) : undefined;
      const accepted = route.accept.accepts(ctx);
      if (accepted === true) {
        const match = matchOf(route.comparison, ctx);
        if (route.comparison === undefined || match !== undefined) {
          return this.#enter(at, match, ctx, next);
        }
      } else if (accepted !== false) {
        return this.#wait(accepted, at, ctx, next);
      } else if (told !== undefined && !saysStill(ctx.message, told)) {
        // The test has changed what the others are found by.
        candidates = this.#index.candidates(ctx, at + 1);
      }
    }
    return next();
  }

  async #wait(
    accepted: Promise<boolean>,
    at: number,
    ctx: Context,
    next: () => MaybePromise<Result>,
  ): Promise<Result> {
    const isAccepted = await accepted;
    if (isAccepted) return this.#enter(at, undefined, ctx, next);
    if (isAccepted === undefined) {
      traceOf(ctx)?.unsure.push((this.#routes[at] as Route).registered);
    }
    return this.run(ctx, next, at + 1);
  }

  #enter(
    at: number,
    match: Match,
    ctx: Context,
    next: () => MaybePromise<Result>,
  ): MaybePromise<Result> {
    const { handler: given, registered, isWay } = this.#routes[at] as Route;
    const handler = (isWay ? undefined : traceOf(ctx)?.entering(registered, given)) ?? given;
    const matched = ctx as Context & { match?: Match };
    if (match !== undefined) matched.match = match;
    return invoke(handler, ctx, () => {
      const passed = this.run(ctx, next, at + 1);
      if (match === undefined) return passed;
      // A later handler's match must not be seen when this one goes on.
      return andThen(passed, (result) => {
        matched.match = match;
        return result;
      });
    });
  }
}

/** What a comparison makes of a push. */
export function matchOf(comparison: Comparison | undefined, ctx: Context): Match {
  if (comparison === undefined) return undefined;
  const texts = comparison.subject(ctx);
  for (let at = 0; at < texts.length; at += 1) {
    const match = comparison.test(texts[at] as string);
    if (match !== undefined) return match;
  }
  return undefined;
}
