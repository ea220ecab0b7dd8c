import type { Result } from "../message/reply.js";
import type { Accept, Subject } from "./accept.js";
import { type Handler, invoke, type MaybePromise } from "./compose.js";
import type { Context } from "./context.js";
import { RouteIndex } from "./route-index.js";
import type { Matcher } from "./trigger.js";

/** What a text of a push is compared with. */
export interface Comparison {
  readonly subject: Subject;
  readonly test: Matcher;
  /** All that it can fit, where there is no pattern. */
  readonly texts: readonly string[] | undefined;
}

interface Route extends Pick<Accept, "accepts"> {
  readonly comparison: Comparison | undefined;
  readonly handler: Handler<Context>;
}

type Match = ReturnType<Matcher>;

/** Handlers in their order, of which a push runs the first that was registered for it. */
export class Routes {
  readonly #routes: Route[] = [];
  readonly #index = new RouteIndex();

  add(accept: Accept, handler: Handler<Context>, comparison?: Comparison): void {
    this.#index.add(this.#routes.length, { ...accept, ...comparison });
    this.#routes.push({ accepts: accept.accepts, comparison, handler });
  }

  /** Runs the first handler from a number on that a push concerns, or `next` if there is none. */
  run(ctx: Context, next: () => MaybePromise<Result>, from = 0): MaybePromise<Result> {
    const routes = this.#routes;
    let candidates = this.#index.candidates(ctx, from);
    for (let at = candidates.next(); at >= 0; at = candidates.next()) {
      const route = routes[at] as Route;
      const accepted = route.accepts(ctx);
      if (accepted === true) {
        const match = matchOf(route, ctx);
        if (route.comparison === undefined || match !== undefined) {
          return this.#enter(at, match, ctx, next);
        }
      } else if (accepted !== false) {
        return this.#wait(accepted, at, ctx, next);
      } else if (!candidates.areOf(ctx.message)) {
        // A test of the user's has changed what the others are found by.
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
    return (await accepted) ? this.#enter(at, undefined, ctx, next) : this.run(ctx, next, at + 1);
  }

  #enter(
    at: number,
    match: Match,
    ctx: Context,
    next: () => MaybePromise<Result>,
  ): MaybePromise<Result> {
    const { handler } = this.#routes[at] as Route;
    const matched = ctx as Context & { match?: Match };
    if (match !== undefined) matched.match = match;
    return invoke(handler, ctx, async () => {
      const passed = await this.run(ctx, next, at + 1);
      // A later handler's match must not be seen when this one goes on.
      if (match !== undefined) matched.match = match;
      return passed;
    });
  }
}

function matchOf({ comparison }: Route, ctx: Context): Match {
  if (comparison === undefined) return undefined;
  const texts = comparison.subject(ctx);
  for (let at = 0; at < texts.length; at += 1) {
    const match = comparison.test(texts[at] as string);
    if (match !== undefined) return match;
  }
  return undefined;
}
