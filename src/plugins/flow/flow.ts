import { ConfigError } from "../../errors.js";
import type { Said } from "../../message/answerable.js";
import type { Result } from "../../message/reply.js";
import type { Context } from "../../router/context.js";
import type { MaybePromise } from "../../time/maybe-promise.js";
import type { SessionFlavor } from "../session/session.js";
import {
  type Answering,
  type Answers,
  type Asking,
  type Finishing,
  type Json,
  Move,
} from "./dialogue.js";
import { checkFlow, Flow, type FlowOptions, scriptOf } from "./script.js";
import { type Choices, checkName, chosen, type Node, type Step } from "./steps.js";

/** Any steps, whatever they have collected. */
export interface Steps {
  /** What they are made of; of no use outside. */
  readonly nodes: readonly Node[];
}

// The compiler shows what is in it, and not how it was put together: that is what `& {}` does.
type Flat<T> = { readonly [P in keyof T]: T[P] } & {};
type With<A, K extends string, V> = Flat<A & { readonly [P in K]: V }>;
/** What a handler answers with, without the moves. */
type Value<R> = Exclude<Awaited<R>, Move>;
type Choice<C> = C extends readonly (infer V)[] ? V : keyof C & string;

/** A question: a reply, or a handler that makes one from the answers so far. */
export type Question<F, A> = Result | ((ctx: Context & F & Asking<A>) => MaybePromise<Result>);

/** The answers of which a branch can be made: those with a known, small set of values. */
type Branching<A> = {
  [P in keyof A]: A[P] extends boolean
    ? P
    : A[P] extends string
      ? string extends A[P]
        ? never
        : P
      : never;
}[keyof A] &
  string;
type Arm<V> = V extends string | boolean ? `${V}` : never;
type Of<V, P> = V extends string | boolean ? (`${V}` extends P ? V : never) : never;
/** The answers with one of them pinned to a value. */
type Pinned<A, K extends PropertyKey, V> = A extends unknown
  ? K extends keyof A
    ? Extract<A[K], V> extends never
      ? never
      : Flat<Omit<A, K> & { readonly [P in K]: Extract<A[K], V> }>
    : never
  : never;
type Collected<B, Otherwise> = B extends FlowSteps<infer _F, infer A, infer _S> ? A : Otherwise;
type Named<B> = B extends FlowSteps<infer _F, infer _A, infer S> ? S : never;
type Joined<A, K extends keyof A, Arms> =
  Arm<A[K]> extends infer P
    ? P extends Arm<A[K]>
      ? P extends keyof Arms
        ? Arms[P] extends (...args: never) => infer B
          ? Collected<B, Pinned<A, K, Of<A[K], P>>>
          : Pinned<A, K, Of<A[K], P>>
        : Pinned<A, K, Of<A[K], P>>
      : never
    : never;
type ArmSteps<Arms> = {
  [P in keyof Arms]: Arms[P] extends (...args: never) => infer B ? Named<B> : never;
}[keyof Arms];
type Some<A> = A extends unknown ? Partial<A> : never;

/**
 * The steps of a dialogue while it is being written; `done()` makes a dialogue of them.
 *
 * `F` is what its handlers need of plugins, `A` what has been answered so far, `S` the steps' names.
 */
export class FlowSteps<F, A, S extends string> implements Steps {
  /** What they are made of; of no use outside. */
  readonly nodes: readonly Node[];
  readonly #name: string;
  readonly #options: FlowOptions<F>;
  readonly #taken: ReadonlySet<string>;

  /** @internal */
  constructor(
    name: string,
    options: FlowOptions<F>,
    nodes: readonly Node[] = [],
    taken: ReadonlySet<string> = new Set(),
  ) {
    this.#name = name;
    this.#options = options;
    this.nodes = nodes;
    this.#taken = taken;
  }

  /**
   * Asks a question. The handler makes a value of the message that answers it, which is
   * `ctx.answers[name]` from then on; or it asks again, goes back, or leaves.
   *
   * ```ts
   * flow("order").ask("guests", "几位？", (ctx) => Number(ctx.text) || ctx.again("请回复数字。"))
   * ```
   */
  ask<const K extends string, R extends MaybePromise<Json | Move>>(
    name: K extends S ? never : K,
    question: Question<F, A>,
    answer: (ctx: Context<Said> & F & Answering<A, S | K>) => R,
  ): FlowSteps<F, With<A, K, Value<R>>, S | K> {
    if (typeof answer !== "function") {
      throw new ConfigError(
        `ask("${String(name)}") takes a function as its answer, such as answer.text() or (ctx) => ctx.text, got ${typeof answer}.`,
        "WX_FLOW",
      );
    }
    return this.#add(name, { question, answer });
  }

  /**
   * Asks with a numbered menu: labels, or labels by value. The user answers with a number or a label.
   * The last argument hears what was chosen; it may say something, go back, or leave.
   *
   * ```ts
   * flow("order").choose("seat", "坐哪里？", { hall: "大厅", room: "包间" })
   * ```
   */
  choose<const K extends string, const C extends Choices>(
    name: K extends S ? never : K,
    question: Question<F, A>,
    choices: C | ((ctx: Context & F & Asking<A>) => MaybePromise<C>),
    then?: (
      ctx: Context<Said> & F & Answering<A, S | K>,
      choice: Choice<C>,
      // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement returns void
    ) => MaybePromise<Move | void>,
  ): FlowSteps<F, With<A, K, Choice<C>>, S | K> {
    const { unclear = (count: number) => `请回复 1–${count} 的数字。` } = this.#options;
    const answer: Step["answer"] = async (ctx, menu) => {
      const value = chosen(ctx, menu);
      if (value === undefined) return ctx.again(unclear(menu.length));
      // The menu has been made from the choices.
      const move = await then?.(ctx as never, value as Choice<C>);
      return move instanceof Move ? move : value;
    };
    return this.#add(name, { question, choices, answer });
  }

  /**
   * Goes different ways, by an answer from a menu or a yes or no. Afterwards the ways meet again; what
   * was answered on them is known where that answer is.
   *
   * ```ts
   * .choose("seat", "坐哪里？", { hall: "大厅", room: "包间" })
   * .branch("seat", { room: (way) => way.ask("hours", "几小时？", answer.number()) })
   * .done(({ answers }) => (answers.seat === "room" ? `${answers.hours} 小时` : "大厅"));
   * ```
   */
  branch<
    const K extends Branching<A>,
    Arms extends {
      readonly [P in Arm<A[K]>]?: (way: FlowSteps<F, Pinned<A, K, Of<A[K], P>>, S>) => Steps;
    },
  >(by: K, arms: Arms): FlowSteps<F, Joined<A, K, Arms>, S | ArmSteps<Arms>> {
    const ways = new Map<string, readonly Node[]>();
    const taken = new Set(this.#taken);
    for (const [value, arm] of Object.entries(arms)) {
      const steps = this.#arm(`branch("${String(by)}", { ${value} })`, arm);
      ways.set(value, steps.nodes);
      for (const name of steps.#taken) taken.add(name);
    }
    const way = (answers: Answers) => ways.get(String(answers[by])) ?? [];
    return this.#grown([...this.nodes, { way }], taken);
  }

  /**
   * Asks more if something holds of the answers so far.
   *
   * ```ts
   * .when(({ guests }) => guests > 8, (way) => way.ask("deposit", "…", answer.yes()))
   * ```
   */
  when<B, N extends string>(
    test: (answers: A) => boolean,
    then: (way: FlowSteps<F, A, S>) => FlowSteps<F, B, N>,
  ): FlowSteps<F, Flat<A & Some<Omit<B, keyof A>>>, S | N> {
    const steps = this.#arm("when()", then);
    // The answers on the way to a fork are those of its type.
    const way = (answers: Answers) => (test(answers as A) ? steps.nodes : []);
    return this.#grown([...this.nodes, { way }], steps.#taken);
  }

  /**
   * Ends the dialogue: answers the user, or sends him back with `ctx.change()`.
   *
   * ```ts
   * .done(({ answers, change }) => (answers.sure ? `已预订：${answers.guests} 位。` : change("guests")));
   * ```
   */
  done(
    handler: (ctx: Context & F & Finishing<A, S>) => MaybePromise<Result | Move>,
  ): Flow<F, Some<A>> {
    if (typeof handler !== "function") {
      throw new ConfigError(`done() takes a function, got ${typeof handler}.`, "WX_FLOW");
    }
    if (this.nodes.length === 0) {
      throw new ConfigError(
        `The dialogue "${this.#name}" has no steps. Begin with ask() or choose().`,
        "WX_FLOW",
      );
    }
    return new Flow<F, Some<A>>(scriptOf(this.#name, this.nodes, handler, this.#options));
  }

  #add(name: string, step: object): never {
    checkName(name, this.#taken);
    // What the handlers get is what the steps before them have made; the types keep account of it.
    const node = { ...step, name } as Step;
    return this.#grown([...this.nodes, node], new Set([...this.#taken, name])) as never;
  }

  #grown<B, N extends string>(nodes: readonly Node[], taken: ReadonlySet<string>) {
    return new FlowSteps<F, B, N>(this.#name, this.#options, nodes, taken);
  }

  #arm(place: string, arm: unknown): FlowSteps<F, unknown, string> {
    const steps: unknown =
      typeof arm === "function"
        ? arm(new FlowSteps(this.#name, this.#options, [], this.#taken))
        : arm;
    if (steps instanceof FlowSteps) return steps;
    throw new ConfigError(
      `${place} takes a function that returns the steps it was given and more: (way) => way.ask(…).`,
      "WX_FLOW",
    );
  }
}

/**
 * Begins to write a dialogue. Its place is kept in the session, so it goes on after a restart and in
 * another process; `name` must be its own.
 *
 * ```ts
 * const booking = flow("booking")
 *   .ask("name", "请问怎么称呼？", answer.text())
 *   .ask("guests", ({ answers }) => `${answers.name}，一共几位？`, answer.number({ min: 1, max: 20 }))
 *   .choose("seat", "坐哪里？", { hall: "大厅", room: "包间" })
 *   .done(({ answers }) => `已预订：${answers.guests} 位。`);
 *
 * wx.use(session()).use(booking).onText("预约", booking.start);
 * ```
 *
 * Handlers that need a field of a plugin name its type: `flow<SessionFlavor<Cart>>("order")`. Throws a
 * ConfigError `WX_FLOW` for what is defined wrongly.
 */
export function flow<F extends SessionFlavor<object> = SessionFlavor<object>>(
  name: string,
  options: FlowOptions<F> = {},
): FlowSteps<F, Record<never, never>, never> {
  if (typeof name !== "string" || name === "") {
    throw new ConfigError('flow() takes a name first, such as flow("booking").', "WX_FLOW");
  }
  checkFlow(options);
  return new FlowSteps(name, options);
}
