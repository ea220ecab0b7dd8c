import { types as natives } from "node:util";
import { ConfigError, DeclinedError, HandlerError } from "../errors.js";
import type { Result } from "../message/reply.js";
import { andThen, isPromise, type MaybePromise } from "../time/maybe-promise.js";
import type { Handler } from "./compose.js";
import type { Context } from "./context.js";
import type { Accept, Subject } from "./matching/accept.js";
import { type Comparison, type Route, Routes } from "./matching/routes.js";
import { isTrigger, listOf, matcher, type Trigger, textsOf } from "./matching/trigger.js";
import { placesAreTaken } from "./place-in-code.js";
import { Registered } from "./registered.js";
import { checked } from "./registration.js";
import { traceOf } from "./trace.js";

type Rescue<C> = (error: Error, ctx: C) => MaybePromise<Result>;

/** Routers on which something was registered where places are taken, so that those can be found that nobody uses. */
const routers = new Set<WeakRef<Dispatcher<never>>>();

/** The routes of the routers that are mounted nowhere. */
export function strayRoutes(): readonly Route[] {
  return [...routers].flatMap((known) => {
    const router = known.deref();
    if (router === undefined || router.isUsed) routers.delete(known);
    return router === undefined || router.isUsed ? [] : router.listed;
  });
}

/** What a router does with the handlers that were registered on it: runs them, and handles their errors. */
export class Dispatcher<F> {
  readonly #routes = new Routes();
  readonly #fallbacks = new Routes();
  /** The routers among the handlers. */
  readonly #mounted = new Set<Dispatcher<never>>();
  #rescue: Rescue<Context> | undefined;
  #rescuer: Registered | undefined;
  #isKnown = false;
  /** @internal Whether pushes can get here. */
  isUsed = false;

  /** Runs the handlers on a context, as `use(router)` does. */
  readonly handle: Handler<Context & F> = async (ctx, next) => {
    this.isUsed = true;
    // What is further down is not of this router, nor are its errors.
    const further: { error?: unknown; hasFailed?: true } = {};
    const beyond = () =>
      next().catch((error: unknown) => {
        Object.assign(further, { error, hasFailed: true });
        throw error;
      });
    try {
      return await this.#run(ctx, beyond);
    } catch (error) {
      if (further.hasFailed && further.error === error) throw error;
      return this.rescue(error, ctx);
    }
  };

  /**
   * @internal Runs the handlers as the outermost router. `finish` checks what they return; what it
   * throws, or rejects with, goes to `catch` as well. `failed` hears of errors before `catch` does.
   */
  respond<T>(
    ctx: Context,
    finish: (result: Result) => MaybePromise<T>,
    failed?: (error: unknown) => void,
  ): MaybePromise<T> {
    const rescued = async (error: unknown) => {
      failed?.(error);
      return finish(await this.rescue(error, ctx));
    };
    try {
      const finished = andThen(this.#run(ctx, nobody), finish);
      return isPromise(finished) ? finished.catch(rescued) : finished;
    } catch (error) {
      return rescued(error);
    }
  }

  /** @internal Gives an error to `catch`, or throws it again. */
  async rescue(thrown: unknown, ctx: Context): Promise<Result> {
    const error = asError(thrown);
    if (this.#rescue === undefined || error instanceof DeclinedError) throw error;
    const trace = traceOf(ctx);
    if (trace === undefined || this.#rescuer === undefined) return this.#rescue(error, ctx);
    const by = this.#rescuer;
    trace.caught = { by, error, result: undefined };
    const result = await this.#rescue(error, ctx);
    trace.caught = { by, error, result };
    return result;
  }

  /** @internal */
  protected rescueBy(handler: Rescue<never>): this {
    // What `use` promised about F holds for every context that gets here.
    this.#rescue = handler as Rescue<Context>;
    this.#rescuer = new Registered(this, "catch", [], [handler]);
    return this;
  }

  /** @internal Registers handlers for what is accepted, and compares a part of it with a trigger. */
  protected add(
    accept: Accept,
    method: string,
    handlers: readonly unknown[],
    comparison?: Comparison,
  ): this {
    this.#routes.add(this.#route(accept, method, handlers, comparison));
    return this;
  }

  /** @internal The same with a trigger as the first argument, if there is one. */
  protected compare(
    accept: Accept,
    method: string,
    args: readonly unknown[],
    subject: Subject,
  ): this {
    const [first, ...handlers] = args;
    if (!isTrigger(first)) return this.add(accept, method, args);
    return this.add(accept, method, handlers, comparisonOf(subject, first, method));
  }

  /** @internal Registers handlers for what no others answer. */
  protected addFallback(accept: Accept, handlers: readonly unknown[]): this {
    this.#fallbacks.add(this.#route(accept, "fallback", handlers));
    return this;
  }

  /** @internal All that pushes can meet, in the order in which they do, those of mounted routers included. */
  get listed(): readonly Route[] {
    return [...this.#routes.all, ...this.#fallbacks.all].flatMap((route) => {
      const { isWay, registered } = route;
      // Routers behind a test are met by some pushes only.
      if (!isWay || registered.method !== "use") return [route];
      return registered.handlers.flatMap((router) => (router as Dispatcher<never>).listed);
    });
  }

  #run(ctx: Context, next: () => MaybePromise<Result>): MaybePromise<Result> {
    return this.#routes.run(ctx, () => this.#fallbacks.run(ctx, next));
  }

  #route(
    accept: Accept,
    method: string,
    handlers: readonly unknown[],
    comparison?: Comparison,
  ): Route {
    if (placesAreTaken() && !this.#isKnown) {
      this.#isKnown = true;
      routers.add(new WeakRef(this as Dispatcher<never>));
    }
    const names = [...(accept.names ?? []), ...(comparison?.triggers ?? [])];
    return {
      accept,
      comparison,
      registered: new Registered(this, method, names, handlers),
      handler: this.#joined(handlers, method),
      isWay: handlers.every((handler) => handler instanceof Dispatcher),
    };
  }

  #joined(handlers: readonly unknown[], method: string): Handler<Context> {
    const joined = checked(handlers, method);
    for (const router of handlers) {
      if (!(router instanceof Dispatcher)) continue;
      if (router.#leadsTo(this)) throw circular(method);
      this.#mounted.add(router);
      router.isUsed = true;
    }
    return joined;
  }

  #leadsTo(router: unknown): boolean {
    return this === router || [...this.#mounted].some((mounted) => mounted.#leadsTo(router));
  }
}

const nobody = () => undefined;

/** Compares a part of a push with triggers. Throws a ConfigError for what is none. */
export function comparisonOf(
  subject: Subject,
  triggers: Trigger | readonly Trigger[],
  method: string,
): Comparison {
  return {
    subject,
    test: matcher(triggers, method),
    texts: textsOf(triggers),
    triggers: listOf(triggers) as readonly Trigger[],
  };
}

function circular(method: string): ConfigError {
  return new ConfigError(
    `${method}() got a router in which this one is mounted, or this one itself: a push would go round in circles.`,
    "WX_REGISTRATION",
  );
}

function asError(thrown: unknown): Error {
  // Errors of another realm, as some test runners make them, are no instances of ours.
  if (thrown instanceof Error || natives.isNativeError(thrown)) return thrown;
  return new HandlerError(
    `A handler threw ${thrown === null ? "null" : `a value of type ${typeof thrown}`} instead of an Error. Throw new Error(…), so that the place is known.`,
    thrown,
  );
}
