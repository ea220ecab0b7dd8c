import { AsyncLocalStorage } from "node:async_hooks";
import type { OutputLanguage } from "../language.js";
import { hearReplies, type NextResult, type Result } from "../message/reply.js";
import { PlaceInCode } from "./place-in-code.js";

/** A registration, as a person is told of it. */
export interface Named {
  readonly method: string;
  readonly handlers: readonly unknown[];
  in(language: OutputLanguage): string;
}

/** A handler, whatever its context. */
type Traced<C> = (ctx: C, next: () => Promise<NextResult>) => Result | Promise<Result>;

/** A reply that was built, and where. */
interface Built {
  readonly reply: object;
  /** `reply.text()` */
  readonly method: string;
  readonly place: PlaceInCode;
}

/** What one registration did with a push. */
export interface Step {
  readonly registered: Named;
  /** Whether it called `next()`. */
  wentOn: boolean;
  /** How many of its handlers ran. */
  ran: number;
  /** Whether it is done, … */
  isDone: boolean;
  /** … what it returned itself, … */
  returned: unknown;
  /** … or threw. */
  thrown: { readonly error: unknown } | undefined;
  readonly built: Built[];
}

const traces = new WeakMap<object, Trace>();
let steps: AsyncLocalStorage<{ readonly step: Step; readonly trace: Trace }> | undefined;

/** What handlers did with one push. Made only where somebody wants to know. */
export class Trace {
  /** In the order in which they began. */
  readonly steps: Step[] = [];
  /** Tests of `filter()` that gave nothing, instead of true or false. */
  readonly unsure: Named[] = [];
  /** What `wx.catch` made of an error, if it was asked. */
  caught: { readonly by: Named; readonly error: unknown; readonly result: unknown } | undefined;
  /** How many messages `ctx.send()` has sent. */
  sent = 0;
  /** Hears of what is built when the handlers are done. */
  afterwards: ((step: Step, built: Built) => void) | undefined;
  readonly #given = new WeakSet<object>();

  constructor(ctx: object) {
    traces.set(ctx, this);
    if (steps !== undefined) return;
    steps = new AsyncLocalStorage();
    hearReplies((reply, method, called) => {
      const now = steps?.getStore();
      if (now === undefined) return;
      const built = { reply, method, place: new PlaceInCode(called) };
      now.step.built.push(built);
      now.trace.afterwards?.(now.step, built);
    });
  }

  /** The handler of a registration, followed. */
  entering<C>(registered: Named, handler: Traced<C>): Traced<C> {
    const step: Step = {
      registered,
      wentOn: false,
      ran: 1,
      isDone: false,
      returned: undefined,
      thrown: undefined,
      built: [],
    };
    this.steps.push(step);
    return async (ctx, next) => {
      const call = () =>
        handler(ctx, () => {
          step.wentOn = true;
          return next();
        });
      try {
        const own = await (steps === undefined ? call() : steps.run({ step, trace: this }, call));
        step.isDone = true;
        step.returned = own;
        this.gave(own);
        return own;
      } catch (error) {
        step.thrown = { error };
        throw error;
      }
    };
  }

  /** A reply was returned or sent. */
  gave(reply: unknown): void {
    if (typeof reply === "object" && reply !== null) this.#given.add(reply);
  }

  /** The replies that were built, and neither returned nor sent. */
  dropped({ built }: Step): readonly Built[] {
    return built.filter(({ reply }) => !this.#given.has(reply));
  }
}

/** The trace of a push, if there is one. Costs nothing measurable while nobody traces. */
export function traceOf(ctx: object): Trace | undefined {
  return steps === undefined ? undefined : traces.get(ctx);
}

/** Notes that one more handler of a registration runs. */
export function noteHandler(number: number): void {
  const now = steps?.getStore();
  if (now !== undefined) now.step.ran = Math.max(now.step.ran, number);
}
