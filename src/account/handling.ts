import type { Context as KoaContext } from "koa";
import { runs } from "../diagnostics.js";
import { DeclinedError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { Reply, Result } from "../message/reply.js";
import { isStream } from "../message/reply.js";
import { Context, type PushServices, type RunControl } from "../router/context.js";
import { type Stoppable, stoppable } from "../router/stoppable.js";
import type { Addressee } from "../runs/agreement/agreement.js";
import { type Claim, isWriting, type Work, type Writing } from "../runs/work.js";
import { isPromise, type MaybePromise } from "../time/maybe-promise.js";
import type { XmlElement } from "../wire/xml/xml.js";
import type { Debugging } from "./debugging.js";
import { Failure } from "./failure.js";
import type { Outbox } from "./outbox.js";

/** What a push asks of its account. */
export interface PushAccount extends PushServices {
  readonly debugging: Debugging | undefined;
  /** What leaves it. */
  readonly outbox: Outbox;
  addressee(message: AnyMessage): Addressee;
  /** The user has unfollowed the account. */
  userLeft(openid: string, key: string): void;
  report(error: unknown, koa: KoaContext | undefined): void;
}

/** One push to an account: what is done about it, from the handlers to a late reply. */
export class Handling implements Work {
  readonly key: string;
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
    this.#message = message;
    this.#raw = raw;
    this.#koa = koa;
  }

  get to(): Addressee {
    return this.#account.addressee(this.#message);
  }

  get waiting(): string | undefined {
    return this.#account.outbox.waitingKey(this.#message);
  }

  start(
    run: RunControl,
    waiting?: { readonly value: string | undefined },
  ): MaybePromise<Reply | undefined | Writing> {
    const message = this.#message;
    if (message.MsgType === "event" && message.Event === "unsubscribe") {
      this.#account.userLeft(message.FromUserName, this.key);
    }
    const isWatched = runs.watched || this.#account.debugging !== undefined;
    return isWatched ? this.#watch(run, waiting) : this.#start(run, waiting);
  }

  async placeholder(run: RunControl): Promise<Reply | undefined> {
    try {
      return await this.#account.outbox.placeholder(this.#contextOf(run), (result) =>
        this.#finish(result),
      );
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async deliverLate(reply: Reply | "broken", run: RunControl, claim: Claim): Promise<void> {
    await this.#account.outbox
      .deliverLate(reply, this.key, this.#contextOf(run), claim)
      .catch((error) => this.#report(error));
  }

  #start(
    run: RunControl,
    waiting: { readonly value: string | undefined } | undefined,
    failure?: Failure,
  ): MaybePromise<Reply | undefined | Writing> {
    const lost = (error: unknown) => {
      failure?.lose(error);
      this.#report(error);
      // Another process may be able to.
      if (error instanceof DeclinedError) throw error;
      return undefined;
    };
    try {
      const ctx = this.#contextOf(run);
      const finish = (result: Result) =>
        isStream(result) ? stoppable(result, () => ctx.signal) : this.#finish(result);
      const written = (answer: Reply | Stoppable | undefined) =>
        answer === undefined || "type" in answer
          ? answer
          : this.#account.outbox.stream(answer, ctx, { name: this.key, finish });
      const answer = this.#account.outbox.respond(ctx, finish, waiting, failure?.note);
      return isPromise(answer) ? answer.then(written).catch(lost) : written(answer);
    } catch (error) {
      return lost(error);
    }
  }

  /** Runs while somebody watches. */
  async #watch(
    run: RunControl,
    waiting: { readonly value: string | undefined } | undefined,
  ): Promise<Reply | undefined | Writing> {
    const begun = performance.now();
    const failure = new Failure();
    const { debugging, outbox } = this.#account;
    const followed = debugging?.follow(this.#contextOf(run), this.key, this.#koa);
    let reply: Reply | undefined | Writing;
    try {
      reply = await this.#start(run, waiting, failure);
    } catch (error) {
      followed?.leave();
      throw error;
    }
    const message = this.#message;
    const duration = performance.now() - begun;
    const ended = (type: Reply["type"] | "stream" | undefined) =>
      followed?.end({
        type,
        error: failure.lost,
        lateWay: run.late ? outbox.lateWay : undefined,
        duration: performance.now() - begun,
      });
    let explained: readonly string[] | undefined;
    if (!isWriting(reply)) explained = ended(reply?.type);
    // Whether anything is written shows later.
    else void reply.ready.then((whole) => ended(whole && "stream"));
    if (!runs.watched) return reply;
    runs.publish({
      appId: this.#account.appId,
      type: message.MsgType,
      event: message.MsgType === "event" ? message.Event : undefined,
      outcome: failure.isLost ? "failed" : reply === undefined ? "silent" : "replied",
      error: failure.error,
      attempts: run.attempt,
      late: run.late,
      duration,
      ...(explained === undefined ? {} : { explained }),
    });
    return reply;
  }

  #contextOf(run: RunControl): Context {
    this.#ctx ??= new Context(this.#message, this.#raw, run, this.#account, this.#koa);
    return this.#ctx;
  }

  #finish(result: Result): MaybePromise<Reply | undefined> {
    const message = this.#message;
    const name = message.MsgType === "event" ? message.Event : message.MsgType;
    return this.#account.outbox.finish(result, name);
  }

  #report(error: unknown): void {
    this.#account.report(error, this.#koa);
  }
}
