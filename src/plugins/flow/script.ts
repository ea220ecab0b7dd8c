import { ConfigError } from "../../errors.js";
import { isReplyType } from "../../message/replies.js";
import { isStream, type Reply, type Result } from "../../message/reply.js";
import {
  checkOptions,
  func,
  kind,
  listOf,
  ms,
  or,
  pattern,
  type Rules,
  text,
} from "../../options.js";
import type { Handler, MaybeArray, Next } from "../../router/compose.js";
import type { Context } from "../../router/context.js";
import { matcher, type Trigger } from "../../router/matching/trigger.js";
import type { MaybePromise } from "../../time/maybe-promise.js";
import type { SessionFlavor } from "../session/session.js";
import { begin, proceed, type Script } from "./conversation.js";
import type { Answers } from "./dialogue.js";
import type { Node } from "./steps.js";

/** The options of `flow()`; `F` is what its handlers need of plugins. */
export interface FlowOptions<F = unknown> {
  /** How long a question waits for its answer, in milliseconds. Default: 600,000 (ten minutes). */
  readonly timeout?: number;
  /** What ends the dialogue. Default: 取消, cancel. */
  readonly cancel?: MaybeArray<Trigger> | false;
  /** What goes back by one question. Default: 上一步, back. */
  readonly back?: MaybeArray<Trigger> | false;
  /** What the user is told who cancels. Default: 「已取消。」. */
  readonly cancelled?: Result | ((ctx: Context & F) => MaybePromise<Result>);
  /**
   * Handles the user's first message after the time is over. Default: the handlers after the dialogue
   * get it, as if there had been none.
   */
  readonly expired?: (ctx: Context & F, next: Next) => MaybePromise<Result>;
  /** What is said above a menu when the answer is not on it. Default: 「请回复 1–3 的数字。」. */
  readonly unclear?: (choices: number) => string;
}

/** A dialogue of several steps, made by `flow()`. Mount it with `use`, and begin it from a handler. */
export class Flow<F = SessionFlavor<object>, Known = object> {
  readonly #script: Script;
  #mounted = false;

  /** @internal */
  constructor(script: Script) {
    this.#script = script;
  }

  /** Takes the messages of users who are in this dialogue, and lets the others pass. */
  get handle(): Handler<Context & F> {
    this.#mounted = true;
    return (ctx, next) => proceed(this.#script, ctx, next);
  }

  /**
   * Begins the dialogue: a handler, for whatever may begin it. It takes the place of a dialogue that
   * the user is in.
   *
   * ```ts
   * wx.onText("预约", booking.start);
   * wx.onClick("BOOK", booking.start);
   * wx.onScan("front-desk", booking.start);
   * ```
   */
  readonly start = (ctx: Context & F): Promise<Result> => this.#begin(ctx, {});

  /**
   * Begins the dialogue with answers that are known already; their questions are not asked.
   *
   * ```ts
   * wx.onScan(/^table-(\d+)$/, (ctx) => order.startWith(ctx, { table: Number(ctx.match[1]) }));
   * ```
   */
  startWith(ctx: Context & F, known: Known): Promise<Result> {
    const given = Object.entries(known as Answers).filter(([, value]) => value !== undefined);
    return this.#begin(ctx, Object.fromEntries(given));
  }

  async #begin(ctx: Context, known: Answers): Promise<Result> {
    if (!this.#mounted) {
      throw new ConfigError(
        `The dialogue "${this.#script.name}" was started, but would not hear the answers: put wx.use(…) of it before the handlers that could take them.`,
        "WX_FLOW",
      );
    }
    return begin(this.#script, ctx, known);
  }
}

const word = or(text, pattern);
const triggers = or(
  word,
  listOf(word, '["取消", /^cancel$/i]'),
  kind("false", (value) => value === false),
);
const reply = kind(
  "a reply",
  (value) => isStream(value) || isReplyType((value as Partial<Reply> | null)?.type),
);
const nothing = kind("null", (value) => value === null);

const rules: Rules<FlowOptions> = {
  timeout: ms,
  cancel: triggers,
  back: triggers,
  cancelled: or(text, reply, nothing, func('(ctx) => "已取消。"')),
  expired: func("(ctx, next) => next()"),
  unclear: func("(choices) => String(choices)"),
};

/** @internal Refuses options that are wrong. Throws a ConfigError `WX_FLOW`. */
export function checkFlow(options: FlowOptions<never>): void {
  checkOptions(options, "flow()", rules, { code: "WX_FLOW" });
}

/** @internal Puts the parts of a dialogue together. */
export function scriptOf(
  name: string,
  nodes: readonly Node[],
  done: unknown,
  options: FlowOptions<never>,
): Script {
  const { timeout = 600_000, cancelled = "已取消。", expired } = options;
  const { cancel = /^(取消|cancel)$/i, back = /^(上一步|back)$/i } = options;
  // The type of the dialogue makes sure that its handlers get the fields of plugins that they need.
  return {
    name,
    nodes,
    done: done as Script["done"],
    timeout,
    cancel: cancel === false ? undefined : matcher(cancel, "flow"),
    back: back === false ? undefined : matcher(back, "flow"),
    cancelled: cancelled as Script["cancelled"],
    expired: expired as Script["expired"],
  };
}
