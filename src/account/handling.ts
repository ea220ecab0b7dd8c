import type { Context as KoaContext } from "koa";
import { runs } from "../diagnostics.js";
import { DeclinedError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { Reply, Result } from "../message/reply.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import { Context, type Run, type Services } from "../router/context.js";
import type { Addressee } from "../runs/agreement.js";
import type { Work } from "../runs/work.js";
import type { XmlElement } from "../wire/xml.js";
import { Failure } from "./failure.js";

/** What a push asks of its account. */
export interface PushAccount extends Services {
  addressee(message: AnyMessage): Addressee;
  waitingKey(message: AnyMessage): string | undefined;
  /** Has the handlers answer, or what the user's text fetches, if something waits for it. */
  respond(
    ctx: Context,
    finish: (result: Result) => Reply | undefined,
    waiting: { readonly value: string | undefined } | undefined,
    failed?: (error: unknown) => void,
  ): MaybePromise<Reply | undefined>;
  /** Checks what a handler returned, and keeps a text within what WeChat accepts. */
  finish(result: Result, name: string, late: boolean): Reply | undefined;
  /** What `onTimeout` answers. */
  placeholder(ctx: Context): Promise<Result>;
  deliverLate(reply: Reply, ctx: Context): Promise<void>;
  report(error: unknown, koa: KoaContext | undefined): void;
}

/** One push to an account: what is done about it, from the handlers to a late reply. */
export class Handling implements Work {
  readonly key: string;
  readonly to: Addressee;
  readonly waiting: string | undefined;
  readonly #account: PushAccount;
  readonly #message: AnyMessage;
  readonly #raw: XmlElement;
  readonly #koa: KoaContext | undefined;
  /** Made by whichever comes first: where another process has the handlers, only onTimeout needs it. */
  #ctx: Context | undefined;

  constructor(
    account: PushAccount,
    key: string,
    message: AnyMessage,
    raw: XmlElement,
    koa: KoaContext | undefined,
  ) {
    this.#account = account;
    this.key = key;
    this.to = account.addressee(message);
    this.waiting = account.waitingKey(message);
    this.#message = message;
    this.#raw = raw;
    this.#koa = koa;
  }

  start(
    run: Run,
    waiting?: { readonly value: string | undefined },
  ): MaybePromise<Reply | undefined> {
    return runs.watched ? this.#watch(run, waiting) : this.#start(run, waiting);
  }

  async placeholder(run: Run): Promise<Reply | undefined> {
    try {
      return this.#finish(await this.#account.placeholder(this.#contextOf(run)));
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async deliverLate(reply: Reply, run: Run): Promise<void> {
    await this.#account.deliverLate(reply, this.#contextOf(run)).catch(this.#report);
  }

  #start(
    run: Run,
    waiting: { readonly value: string | undefined } | undefined,
    failure?: Failure,
  ): MaybePromise<Reply | undefined> {
    const lost = (error: unknown) => {
      failure?.lose(error);
      this.#report(error);
      // Another process may be able to.
      if (error instanceof DeclinedError) throw error;
      return undefined;
    };
    try {
      const ctx = this.#contextOf(run);
      const reply = this.#account.respond(ctx, this.#finish, waiting, failure?.note);
      return isPromise(reply) ? reply.catch(lost) : reply;
    } catch (error) {
      return lost(error);
    }
  }

  /** Runs while somebody watches. */
  async #watch(
    run: Run,
    waiting: { readonly value: string | undefined } | undefined,
  ): Promise<Reply | undefined> {
    const begun = performance.now();
    const failure = new Failure();
    const reply = await this.#start(run, waiting, failure);
    const message = this.#message;
    runs.publish({
      appId: this.#account.appId,
      type: message.MsgType,
      event: message.MsgType === "event" ? message.Event : undefined,
      outcome: failure.isLost ? "failed" : reply === undefined ? "silent" : "replied",
      error: failure.error,
      attempts: run.attempt,
      late: run.late,
      duration: performance.now() - begun,
    });
    return reply;
  }

  #contextOf(run: Run): Context {
    this.#ctx ??= new Context(this.#message, this.#raw, run, this.#account, this.#koa);
    return this.#ctx;
  }

  readonly #finish = (result: Result): Reply | undefined => {
    const message = this.#message;
    const name = message.MsgType === "event" ? message.Event : message.MsgType;
    return this.#account.finish(result, name, this.#ctx?.late === true);
  };

  readonly #report = (error: unknown): void => this.#account.report(error, this.#koa);
}
