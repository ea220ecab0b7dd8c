import { inspect } from "node:util";
import type { Context as KoaContext } from "koa";
import type { Ability } from "../api/abilities.js";
import { type Client, createClient } from "../api/client.js";
import { errorName, type ReplyEvent, replies, runs } from "../diagnostics.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import { runKey } from "../message/push-key.js";
import { type Reply, type Result, textLimit, toReply } from "../message/reply.js";
import { type Sender, sendReply } from "../outgoing/customer-service.js";
import { LateReplies } from "../outgoing/late.js";
import { fits, fitText } from "../outgoing/text.js";
import { place } from "../places.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import { Context, type Run, type Services } from "../router/context.js";
import type { Router } from "../router/router.js";
import type { Work } from "../runs/run.js";
import type { Delivery } from "../runs/runs.js";
import { type Store, scoped } from "../store/store.js";
import { Envelope } from "../wire/envelope.js";
import type { XmlElement } from "../wire/xml.js";
import { Failure } from "./failure.js";
import { Office, type Report } from "./office.js";
import { callsSame, checkOptions, type WechatOptions } from "./options.js";

/** What is made of an account's options, to be used for all its pushes. */
export class Account implements Services {
  readonly options: WechatOptions;
  /** The wall clock, in milliseconds. */
  readonly now: () => number;
  readonly envelope: Envelope;
  readonly delivery: Delivery;
  readonly report: Report;
  /** What handlers and plugins keep for this account. */
  readonly store: Store;
  readonly #office: Office;
  /** What tells this account's pushes and signatures from those of others in the same office. */
  readonly #prefix: string;
  readonly #sender: Sender | undefined;
  readonly #late: LateReplies<Context>;
  readonly #lateWay: ReplyEvent["way"];
  #client: Client | undefined;

  /** One of several accounts has a `prefix`, and may take over from one that was configured otherwise. */
  constructor(options: WechatOptions, office: Office, prefix = "", before?: Account) {
    const { appId, appSecret, tokenProvider, deadline = {} } = options;
    const own = scoped(office.store, appId ?? "account");
    // Plugins may know it by its identity.
    this.store = before?.store ?? scoped(own, "user");
    this.options = options;
    this.now = options.now ?? Date.now;
    this.envelope = new Envelope(options);
    this.#sender =
      appId !== undefined && (appSecret !== undefined || tokenProvider !== undefined)
        ? {
            send: (message) => this.api.customerService.send(message),
            typing: (openid, on) => this.api.customerService.typing(openid, on),
          }
        : undefined;
    const late = deadline.late ?? (this.#sender === undefined ? "drop" : "send");
    this.delivery = office.delivery(late === "drop" ? "drop" : "kept");
    this.#late = new LateReplies({
      store: own,
      late,
      collect: deadline.collect,
      used: office.store.shared || prefix !== "",
      sender: this.#sender,
      onError: (error) => office.report(error, undefined),
    });
    this.#lateWay = typeof late === "function" ? "custom" : late;
    this.report = office.report;
    this.#office = office;
    this.#prefix = prefix;
    // It holds tokens and tickets that are as good as ever.
    if (before !== undefined && callsSame(before.options, options)) this.#client = before.#client;
  }

  /** The only account of its Wechat. Throws a ConfigError for options that are wrong. */
  static only(options: WechatOptions, router: Router, report: Report): Account {
    checkOptions(options);
    const place = options.appId ?? "account";
    return new Account(options, new Office({ ...options, place }, router, report));
  }

  get appId(): string | undefined {
    return this.options.appId;
  }

  get api(): Client {
    const { appId, appSecret, tokenProvider, api } = this.options;
    if (appId === undefined || (appSecret === undefined && tokenProvider === undefined)) {
      throw new ConfigError(
        `Calling WeChat needs "appId" and "appSecret": the 开发者ID(AppID) and 开发者密钥(AppSecret) in ${place("credentials")}.`,
      );
    }
    this.#client ??= createClient({
      ...api,
      appId,
      store: this.#office.store,
      now: this.now,
      ...(appSecret === undefined ? {} : { appSecret }),
      ...(tokenProvider === undefined ? {} : { tokenProvider }),
    });
    return this.#client;
  }

  async send(openid: string, reply: Reply | string): Promise<void> {
    const whole = toReply(reply, "ctx.send()");
    if (whole !== undefined) await sendReply(this.#mustSend(), openid, whole);
  }

  async can(ability: Ability): Promise<boolean> {
    return this.#sender !== undefined && this.api.can(ability);
  }

  async typing(openid: string, on: boolean): Promise<void> {
    await this.#mustSend().typing(openid, on);
  }

  /** Waits for what is running or on its way, no longer than `timeout` milliseconds. */
  async close(timeout: number): Promise<void> {
    await this.#office.close(timeout);
    await this.idle();
  }

  /** Resolves when nothing is on its way any more that was to follow a passive reply. */
  idle(): Promise<void> {
    return this.#late.idle();
  }

  /** Throws, or rejects with, a RequestError when a signature was used before for something else. */
  checkReplay(signature: string, fingerprint: string): void | Promise<void> {
    return this.#office.replay.check(this.#prefix + signature, fingerprint);
  }

  /** The work that a push means: to be started once, however often the push is delivered. */
  work(message: AnyMessage, raw: XmlElement, koa: KoaContext | undefined): Work {
    const { dedupeKey = runKey, appId = message.ToUserName } = this.options;
    return new PushWork(this, this.#prefix + dedupeKey(message, appId), message, raw, koa);
  }

  /** Has the handlers answer, or what the user's text fetches, if something waits for it. */
  respond(
    ctx: Context,
    finish: (result: Result) => Reply | undefined,
    failed?: (error: unknown) => void,
  ): MaybePromise<Reply | undefined> {
    const { message } = ctx;
    const waiting =
      message.MsgType === "text" ? this.#late.take(ctx.openid, message.Content) : undefined;
    const { router } = this.#office;
    const reply =
      waiting === undefined
        ? router.respond(ctx, finish, failed)
        : waiting.then((collected) => collected ?? router.respond(ctx, finish, failed));
    return isPromise(reply)
      ? reply.then((whole) => this.#fitted(whole, ctx))
      : this.#fitted(reply, ctx);
  }

  #fitted(reply: Reply | undefined, ctx: Context): MaybePromise<Reply | undefined> {
    if (reply?.type !== "text" || ctx.late || fits(reply.content)) return reply;
    const { openid, message } = ctx;
    return this.#late
      .firstPart(reply.content, { openid, message })
      .then((content) => ({ ...reply, content }));
  }

  async deliverLate(reply: Reply, ctx: Context): Promise<void> {
    const begun = performance.now();
    const tell = (outcome: ReplyEvent["outcome"], error?: string) => {
      if (!replies.watched) return;
      const [{ type }, way] = [reply, this.#lateWay];
      const duration = performance.now() - begun;
      replies.publish({ appId: this.appId, type, way, outcome, error, duration });
    };
    try {
      await this.#late.deliver(reply, { openid: ctx.openid, message: ctx.message, ctx });
      tell("sent");
    } catch (error) {
      tell("failed", errorName(error));
      // The user can be told nothing any more; wx.catch hears of it all the same.
      await this.#office.router.rescue(error, ctx);
    }
  }

  /** Checks what a handler returned, and keeps a text within what WeChat accepts. */
  finish(result: Result, name: string, late: boolean): Reply | undefined {
    const reply = toReply(result, name);
    // One that is late anyway need not fit in one message.
    if (reply?.type !== "text" || late || fits(reply.content)) return reply;
    const { overflow = "error" } = this.options;
    if (overflow === "split") return reply;
    const [content = ""] = fitText(reply.content, textLimit, overflow);
    return { ...reply, content };
  }

  /** What a log may show of it: the options hold secrets. */
  toJSON(): { appId: string | undefined } {
    return { appId: this.appId };
  }

  [inspect.custom](): string {
    return `Account { appId: ${this.appId === undefined ? "undefined" : `'${this.appId}'`} }`;
  }

  #mustSend(): Sender {
    if (this.#sender !== undefined) return this.#sender;
    throw new ConfigError(
      `ctx.send() and ctx.typing() need "appId" and "appSecret": the 开发者ID(AppID) and 开发者密钥(AppSecret) in ${place("credentials")}.`,
    );
  }
}

/** What one push asks of its account. */
class PushWork implements Work {
  readonly key: string;
  readonly #account: Account;
  readonly #message: AnyMessage;
  readonly #raw: XmlElement;
  readonly #koa: KoaContext | undefined;
  /** Made by whichever comes first: where another process has the handlers, only onTimeout needs it. */
  #ctx: Context | undefined;

  constructor(
    account: Account,
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

  start(run: Run): MaybePromise<Reply | undefined> {
    return runs.watched ? this.#watch(run) : this.#start(run);
  }

  #start(run: Run, failure?: Failure): MaybePromise<Reply | undefined> {
    const lost = (error: unknown) => {
      failure?.lose(error);
      this.#report(error);
      return undefined;
    };
    try {
      const reply = this.#account.respond(this.#contextOf(run), this.#finish, failure?.note);
      return isPromise(reply) ? reply.catch(lost) : reply;
    } catch (error) {
      return lost(error);
    }
  }

  /** Runs while somebody watches. */
  async #watch(run: Run): Promise<Reply | undefined> {
    const begun = performance.now();
    const failure = new Failure();
    const reply = await this.#start(run, failure);
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

  async placeholder(run: Run): Promise<Reply | undefined> {
    try {
      return this.#finish(await this.#account.options.deadline?.onTimeout?.(this.#contextOf(run)));
    } catch (error) {
      this.#report(error);
      return undefined;
    }
  }

  async deliverLate(reply: Reply, run: Run): Promise<void> {
    await this.#account.deliverLate(reply, this.#contextOf(run)).catch(this.#report);
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
