import { types as natives } from "node:util";
import { ConfigError, DeclinedError, HandlerError } from "../errors.js";
import type { Result } from "../message/reply.js";
import type { Accept, Subject } from "./accept.js";
import { type Handler, isPromise, type MaybePromise } from "./compose.js";
import type { Context } from "./context.js";
import { checked } from "./registration.js";
import { type Comparison, Routes } from "./routes.js";
import { isTrigger, matcher, textsOf } from "./trigger.js";

type Rescue<C> = (error: Error, ctx: C) => MaybePromise<Result>;

/** What a router does with the handlers that were registered on it: runs them, and handles their errors. */
export class Dispatcher<F> {
  readonly #routes = new Routes();
  readonly #fallbacks = new Routes();
  /** The routers among the handlers. */
  readonly #mounted = new Set<Dispatcher<never>>();
  #rescue: Rescue<Context> | undefined;

  /** Runs the handlers on a context, as `use(router)` does. */
  readonly handle: Handler<Context & F> = async (ctx, next) => {
    try {
      return await this.#run(ctx, next);
    } catch (error) {
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
      const result = this.#run(ctx, nobody);
      const finished = isPromise(result) ? result.then(finish) : finish(result);
      return isPromise(finished) ? finished.catch(rescued) : finished;
    } catch (error) {
      return rescued(error);
    }
  }

  /** @internal Gives an error to `catch`, or throws it again. */
  async rescue(thrown: unknown, ctx: Context): Promise<Result> {
    const error = asError(thrown);
    if (this.#rescue === undefined || error instanceof DeclinedError) throw error;
    return this.#rescue(error, ctx);
  }

  /** @internal */
  protected rescueBy(handler: Rescue<never>): this {
    // What `use` promised about F holds for every context that gets here.
    this.#rescue = handler as Rescue<Context>;
    return this;
  }

  /** @internal Registers handlers for what is accepted, and compares a part of it with a trigger. */
  protected add(
    accept: Accept,
    method: string,
    handlers: readonly unknown[],
    comparison?: Comparison,
  ): this {
    this.#routes.add(accept, this.#joined(handlers, method), comparison);
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
    const comparison = { subject, test: matcher(first, method), texts: textsOf(first) };
    return this.add(accept, method, handlers, comparison);
  }

  /** @internal Registers handlers for what no others answer. */
  protected addFallback(accept: Accept, handlers: readonly unknown[]): this {
    this.#fallbacks.add(accept, this.#joined(handlers, "fallback"));
    return this;
  }

  #run(ctx: Context, next: () => MaybePromise<Result>): MaybePromise<Result> {
    return this.#routes.run(ctx, () => this.#fallbacks.run(ctx, next));
  }

  #joined(handlers: readonly unknown[], method: string): Handler<Context> {
    const joined = checked(handlers, method);
    for (const router of handlers) {
      if (!(router instanceof Dispatcher)) continue;
      if (router.#leadsTo(this)) throw circular(method);
      this.#mounted.add(router);
    }
    return joined;
  }

  #leadsTo(router: unknown): boolean {
    return this === router || [...this.#mounted].some((mounted) => mounted.#leadsTo(router));
  }
}

const nobody = () => undefined;

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
