import type { Reply, Result, TextReply } from "../message/reply.js";
import type { Taken } from "../outgoing/collected.js";
import type { Looked } from "../outgoing/customer-messages.js";
import type { OutgoingHooks, OutgoingWay } from "../outgoing/hooks.js";
import type { LateReplies, Rest } from "../outgoing/late.js";
import { fits, fitted, type Overflow } from "../outgoing/text.js";
import { type Context, runOf } from "../router/context.js";
import type { Router } from "../router/router.js";
import type { Stoppable } from "../router/stoppable.js";
import { isPromise, type MaybePromise } from "../time/maybe-promise.js";

/** Checks what a handler returned, and uploads a file. Throws, or rejects with, an error for what cannot be sent. */
export type Finish = (result: Result) => MaybePromise<Reply | Stoppable | undefined>;

/** What a Departure is made of. */
export interface DepartureOptions {
  readonly hooks: OutgoingHooks;
  readonly late: LateReplies<Context>;
  readonly router: Router;
  readonly overflow: Overflow;
}

/** What was made for a delivery. */
interface Made {
  readonly first: Reply;
  /** All of it, and what the hooks have seen of that. */
  readonly whole: Reply;
  readonly looked: Looked;
  /** Leaves out what follows the first part. */
  readonly forgo: (() => void) | undefined;
}

/**
 * The last steps of what is given to a delivery: the hooks of `wx.outgoing()` see it, and it is made to fit into
 * one message. What goes wrong there goes to `wx.catch`, like an error of the handlers.
 */
export class Departure {
  readonly #hooks: OutgoingHooks;
  readonly #late: LateReplies<Context>;
  readonly #router: Router;
  readonly #overflow: Overflow;
  /** What was made for a delivery, and may turn out to be late. */
  readonly #made = new WeakMap<Context, Made>();

  constructor({ hooks, late, router, overflow }: DepartureOptions) {
    this.#hooks = hooks;
    this.#late = late;
    this.#router = router;
    this.#overflow = overflow;
  }

  /** What is sent of a reply that is late after all: all of it, since no delivery has its first part. */
  late(reply: Reply, ctx: Context): { readonly reply: Reply; readonly looked: Looked } {
    const made = this.#made.get(ctx);
    if (made?.first !== reply) return { reply, looked: undefined };
    made.forgo?.();
    return { reply: made.whole, looked: made.looked };
  }

  /** Lets go what the handlers answered. One that is late, or streams, leaves another way. */
  leave(
    answer: MaybePromise<Reply | Stoppable | undefined>,
    ctx: Context,
    finish: Finish,
    failed: ((error: unknown) => void) | undefined,
  ): MaybePromise<Reply | Stoppable | undefined> {
    if (isPromise(answer)) return answer.then((reply) => this.leave(reply, ctx, finish, failed));
    if (answer === undefined || !("type" in answer) || ctx.late) return answer;
    const isShort = answer.type !== "text" || fits(answer.content);
    if (isShort && this.#hooks.areEmpty) return answer;
    return this.#orRescued(() => this.#passive(answer, ctx, "passive"), ctx, finish, failed);
  }

  /** Lets go a page that the user has fetched. */
  page(
    { reply, looked }: Taken,
    ctx: Context,
    finish: Finish,
    failed: ((error: unknown) => void) | undefined,
  ): Promise<Reply | Stoppable | undefined> {
    return this.#orRescued(() => this.#passive(reply, ctx, "page", looked), ctx, finish, failed);
  }

  /**
   * Makes a placeholder and lets it go, unless its hooks take longer than `patience` milliseconds. Rejects when an
   * error is nobody's; what `wx.catch` answers is not taken for a placeholder.
   */
  async placeholder(
    make: () => Promise<Reply | undefined>,
    ctx: Context,
    patience: number,
  ): Promise<Reply | undefined> {
    try {
      const reply = await make();
      if (reply === undefined) return undefined;
      const info = { way: "placeholder", openid: ctx.openid, ctx } as const;
      const passed = await this.#hooks.pass(reply, info, false, patience);
      const mode = this.#overflow === "error" ? "error" : "truncate";
      return passed === undefined ? undefined : fitted(passed, mode);
    } catch (error) {
      await this.#router.rescue(error, ctx);
      return undefined;
    }
  }

  async #passive(
    reply: Reply,
    ctx: Context,
    way: OutgoingWay,
    before?: Looked,
  ): Promise<Reply | undefined> {
    const info = { way, openid: ctx.openid, ctx };
    const isLong = reply.type === "text" && !fits(reply.content);
    if (isLong && before === undefined && this.#overflow === "split") {
      const content = await this.#hooks.prepare(reply.content, info);
      return this.#passive({ type: "text", content }, ctx, way, "source");
    }
    const rest: Rest[] = [];
    const part = isLong && before === "source" ? this.#part(reply, rest, before) : reply;
    const passed =
      before === "whole" ? part : await this.#hooks.pass(part, info, before === "source");
    const first = passed === undefined ? undefined : this.#fitting(passed, rest);
    const forgo = rest.length === 0 ? undefined : await this.#followUp(rest, ctx);
    if (passed === undefined || first === undefined) return undefined;
    const [whole, looked] = part === reply ? [passed, "whole" as const] : [reply, before];
    this.#made.set(ctx, { first, whole, looked, forgo });
    return first;
  }

  /** A text that was seen as a whole, within what WeChat accepts. */
  #fitting(reply: Reply, rest: Rest[]): Reply {
    if (reply.type !== "text" || fits(reply.content)) return reply;
    if (this.#overflow === "split") return this.#part(reply, rest, "whole");
    return fitted(reply, this.#overflow);
  }

  /** The first part of a text; the rest comes before what follows already. */
  #part(reply: TextReply, rest: Rest[], looked: Looked): Reply {
    const text = reply.content.trim();
    if (fits(text)) return { ...reply, content: text };
    const [content, behind] = this.#late.split(text);
    rest.unshift({ content: behind, looked });
    return { ...reply, content };
  }

  /** Has the rest follow when a delivery has the first part. */
  async #followUp(rest: readonly Rest[], ctx: Context): Promise<() => void> {
    const run = runOf(ctx);
    const given = run.finished();
    const target = { openid: ctx.openid, message: ctx.message, ctx };
    const forgo = await this.#late.followUp(rest, target, given);
    void given.then(() => {
      if (run.late || run.isStopped) forgo();
    });
    return forgo;
  }

  async #orRescued(
    work: () => Promise<Reply | undefined>,
    ctx: Context,
    finish: Finish,
    failed: ((error: unknown) => void) | undefined,
  ): Promise<Reply | Stoppable | undefined> {
    try {
      return await work();
    } catch (error) {
      failed?.(error);
      const words = await finish(await this.#router.rescue(error, ctx));
      if (words === undefined || !("type" in words)) return words;
      // In one message: what makes several of a text may be what failed.
      return this.#passive(fitted(words, "truncate"), ctx, "passive");
    }
  }
}
