import { inspect } from "node:util";
import type { Context as KoaContext } from "koa";
import type { Ability } from "../api/abilities.js";
import { type Client, createClient } from "../api/client.js";
import { errorName, type ReplyEvent, replies } from "../diagnostics.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import { runKey } from "../message/push-key.js";
import {
  type FileReply,
  isFileReply,
  type Reply,
  type Result,
  toAnswer,
  toReply,
} from "../message/reply.js";
import { labelling, type Sender } from "../outgoing/customer-service.js";
import { LateReplies } from "../outgoing/late.js";
import type { StreamedAnswer } from "../outgoing/streamed-answer.js";
import { place } from "../places.js";
import type { MaybePromise } from "../router/compose.js";
import type { Context, MessageOptions } from "../router/context.js";
import type { Stoppable } from "../router/stoppable.js";
import type { Addressee } from "../runs/agreement/agreement.js";
import type { Orphan } from "../runs/agreement/orphans.js";
import type { Runs } from "../runs/runs.js";
import { type Store, scoped } from "../store/store.js";
import { deliveryOf, WechatClock } from "../time/wechat-clock.js";
import { Envelope, type Push, type SignedQuery } from "../wire/envelope.js";
import type { Query } from "../wire/query.js";
import type { XmlElement } from "../wire/xml/xml.js";
import { Common, type Report, type Surroundings } from "./common.js";
import type { Debugging } from "./debugging.js";
import { Departure, type Finish } from "./departure.js";
import { Handling, type PushAccount } from "./handling.js";
import { callsSame, canCallWechat, checkOptions, type GivenOptions } from "./options.js";
import { foreignAccount } from "./receive/cloud-hosting.js";
import { type StreamingOptions, streamed } from "./streaming.js";
import { withMediaId } from "./with-media-id.js";

/** What a user reads whose answer was promised by a process that has died. */
const brokenOff = "抱歉，刚才的回答中断了，请再发一次。";

/** How the keys of a user's runs begin. In braces, so that a Redis Cluster keeps what concerns one user together. */
const runsOf = (user: string) => `run:{${user}}:`;

/** What is made of an account's options, to be used for all its pushes. */
export class Account implements PushAccount {
  readonly options: GivenOptions;
  /** The wall clock, in milliseconds. */
  readonly now: () => number;
  readonly envelope: Envelope;
  /** Whether pushes are taken without a signature: within 微信云托管. */
  readonly isInCloud: boolean;
  readonly runs: Runs;
  readonly report: Report;
  /** What handlers and plugins keep for this account. */
  readonly store: Store;
  readonly #common: Common;
  /** Its own: whoever has another account's Token can make its pushes as old as they like. */
  readonly #wechatClock: WechatClock;
  /** What tells this account's pushes and signatures from those of others of the same Wechat. */
  readonly #prefix: string;
  readonly #sender: Sender | undefined;
  readonly #late: LateReplies<Context>;
  readonly lateWay: ReplyEvent["way"];
  readonly #departure: Departure;
  readonly #streaming: StreamingOptions;
  #client: Client | undefined;
  #isSharing = false;

  /** One of several accounts has a `prefix`, and may take over from one that was configured otherwise. */
  constructor(options: GivenOptions, common: Common, prefix = "", before?: Account) {
    const { appId, cloudHosting, deadline = {} } = options;
    const own = scoped(common.store, appId ?? "account");
    // Plugins may know it by its identity.
    this.store = before?.store ?? scoped(own, "user");
    this.options = options;
    this.now = options.now ?? Date.now;
    this.isInCloud = Boolean(cloudHosting);
    this.envelope = new Envelope(options, this.isInCloud);
    this.#sender =
      appId !== undefined && canCallWechat(options)
        ? {
            send: (message) => this.api.customerService.send(message),
            typing: (openid, on) => this.api.customerService.typing(openid, on),
          }
        : undefined;
    const late = deadline.late ?? (this.#sender === undefined ? "drop" : "send");
    this.runs = common.runs(late === "drop" ? "drop" : "kept");
    this.#late = new LateReplies({
      store: common.placed,
      prefix,
      late,
      collect: deadline.collect,
      used: common.store.shared || prefix !== "",
      sender: this.#sender && labelling(this.#sender, options.aiGenerated === true),
      outlook: common.hooks,
      lease: deadline.lease,
      clock: common.clock,
      onError: (error) => common.report(error, undefined),
    });
    const { hooks, router } = common;
    const { overflow = "error" } = options;
    this.#departure = new Departure({ hooks, late: this.#late, router, overflow });
    this.#streaming = {
      hooks,
      late: this.#late,
      router,
      sender: this.#sender,
      // Whoever cannot be sent the rest can fetch it.
      way: deadline.late ?? (this.#sender === undefined ? "collect" : "send"),
      patience: { delivery: deadline.ms ?? 4_500, ahead: () => common.ahead() },
      maySend: () => this.can("customer-service"),
      report: common.report,
      clock: common.clock,
    };
    this.lateWay = typeof late === "function" ? "custom" : late;
    this.report = common.report;
    this.#common = common;
    this.#wechatClock = before === undefined ? new WechatClock() : before.#wechatClock;
    this.#prefix = prefix;
    if (before !== undefined) this.#isSharing = before.#isSharing;
    // It holds tokens and tickets that are as good as ever.
    if (before !== undefined && callsSame(before.options, options)) this.#client = before.#client;
  }

  /** The only account of its Wechat. Throws a ConfigError for options that are wrong. */
  static only(options: GivenOptions, surroundings: Surroundings): Account {
    checkOptions(options);
    const place = options.appId ?? "account";
    const common: Common = new Common({ ...options, place }, surroundings, () => account);
    const account = new Account(options, common);
    return account;
  }

  get appId(): string | undefined {
    return this.options.appId;
  }

  get debugging(): Debugging | undefined {
    return this.#common.debugging;
  }

  get api(): Client {
    const { appId, appSecret, tokenProvider, api, cloudHosting } = this.options;
    if (appId === undefined || !canCallWechat(this.options)) {
      throw new ConfigError(
        `Calling WeChat needs "appId" and "appSecret": the 开发者ID(AppID) and 开发者密钥(AppSecret) in ${place("credentials")}.`,
      );
    }
    this.#client ??= createClient({
      ...api,
      appId,
      store: this.#common.store,
      now: this.now,
      ...(appSecret === undefined ? {} : { appSecret }),
      ...(tokenProvider === undefined ? {} : { tokenProvider }),
      ...(cloudHosting === undefined ? {} : { cloudHosting }),
    });
    if (this.#isSharing) this.#client.share();
    return this.#client;
  }

  /**
   * Hears from a push which account it is for, if that is one that shares the environment of another
   * (资源复用): its calls have to say so. Throws a RequestError (403) when it is not this one.
   */
  noteSharing(appId: string | undefined): void {
    if (appId === undefined) return;
    if (appId !== this.appId) throw foreignAccount();
    this.#isSharing = true;
    this.#client?.share();
  }

  async send(
    openid: string,
    reply: Reply | FileReply | string,
    given: MessageOptions = {},
  ): Promise<void> {
    await this.#send(openid, reply, given, undefined);
  }

  async sendFor(
    ctx: Context,
    reply: Reply | FileReply | string,
    given: MessageOptions = {},
  ): Promise<void> {
    await this.#send(ctx.openid, reply, given, ctx);
  }

  async #send(
    openid: string,
    reply: Reply | FileReply | string,
    { aiGenerated = this.options.aiGenerated === true }: MessageOptions,
    ctx: Context | undefined,
  ): Promise<void> {
    const whole = await this.finish(reply, "ctx.send()");
    if (whole === undefined) return;
    await this.#late.send(openid, whole, labelling(this.#mustSend(), aiGenerated), ctx);
  }

  async can(ability: Ability): Promise<boolean> {
    return this.#sender !== undefined && this.api.can(ability);
  }

  async typing(openid: string, on: boolean): Promise<void> {
    await this.#mustSend().typing(openid, on);
  }

  /** Waits for what is running or on its way, no longer than `timeout` milliseconds. */
  async close(timeout: number): Promise<void> {
    await this.#common.close(timeout);
    await this.idle();
  }

  /** Resolves when nothing runs any more for a push of this key, and nothing is on its way that follows its answer. */
  async unfinished(key: string, answering: unknown): Promise<void> {
    await this.runs.finished(key);
    await Promise.resolve(answering).catch(() => {});
    await this.idle();
  }

  /** Resolves when nothing is on its way any more that was to follow a passive reply. */
  idle(): Promise<void> {
    return this.#late.idle();
  }

  /** Which of WeChat's deliveries a push must be at least, by its age. */
  deliveryOf({ CreateTime }: AnyMessage, timestamp: string): number {
    return deliveryOf(this.#wechatClock.age(this.now(), CreateTime, Number(timestamp)));
  }

  /**
   * Whether a push is new, or WeChat's own retry, rather than an old one that somebody repeats.
   * Throws, or rejects with, a RequestError when its signature was used before for something else.
   */
  admit(signed: SignedQuery, push: Push<unknown>): boolean | Promise<boolean> {
    const { signature, msgSignature } = signed;
    if (push.fingerprint !== undefined) return this.#check(signature, push.fingerprint);
    // It covers the cipher text, so it can be good for one content only.
    const sealed = this.#check(msgSignature ?? signature, "sealed");
    // The other signature of the same request would be good for a plain push.
    const other = this.options.acceptPlain ? this.#check(signature, "sealed") : true;
    if (typeof sealed === "boolean" && typeof other === "boolean") return sealed;
    return Promise.all([sealed, other]).then(([isNew]) => isNew);
  }

  /** The same for the verification of the server address, which may be repeated as often as it is fresh. */
  async admitEcho({ signature }: Query): Promise<void> {
    await this.#check(String(signature), "verification");
  }

  #check(signature: string, use: string): boolean | Promise<boolean> {
    return this.#common.replay.check(this.#prefix + signature, use);
  }

  /** What is to be done about a push, once, however often it is delivered. */
  handling(message: AnyMessage, raw: XmlElement, koa: KoaContext | undefined): Handling {
    const { dedupeKey = runKey, appId = message.ToUserName } = this.options;
    const user = this.#prefix + message.FromUserName;
    return new Handling(this, runsOf(user) + dedupeKey(message, appId), message, raw, koa);
  }

  addressee({ FromUserName: openid, MsgType }: AnyMessage): Addressee {
    const { appId } = this.options;
    return { openid, appId, event: MsgType === "event" ? true : undefined };
  }

  /** Where in the store stands what a text of the user may fetch, if other processes put it there. */
  waitingKey({ MsgType, FromUserName }: AnyMessage): string | undefined {
    return MsgType === "text" ? this.#late.waitingKey(FromUserName) : undefined;
  }

  /** Has the handlers answer, or what the user's text fetches, if something waits for it. */
  respond(
    ctx: Context,
    finish: Finish,
    known: { readonly value: string | undefined } | undefined,
    failed?: (error: unknown) => void,
  ): MaybePromise<Reply | Stoppable | undefined> {
    const { message } = ctx;
    const waiting =
      message.MsgType === "text" ? this.#late.take(ctx.openid, message.Content, known) : undefined;
    const { router } = this.#common;
    const departure = this.#departure;
    const respond = () => departure.leave(router.respond(ctx, finish, failed), ctx, finish, failed);
    if (waiting === undefined) return respond();
    return waiting.then((taken) =>
      taken === undefined ? respond() : departure.page(taken, ctx, finish, failed),
    );
  }

  /** Delivers an answer that streams; `name` is that of its push. */
  stream(
    source: Stoppable,
    ctx: Context,
    named: { readonly name: string; readonly finish: Finish },
  ): StreamedAnswer<Context> {
    return streamed(source, ctx, named, this.#streaming);
  }

  /** What the last delivery is answered with when the handlers are not done. */
  async placeholder(ctx: Context, finish: (result: Result) => MaybePromise<Reply | undefined>) {
    const reply = await finish(await this.options.deadline?.onTimeout?.(ctx));
    if (reply === undefined) return undefined;
    const { ahead, delivery } = this.#streaming.patience;
    return this.#departure.placeholder(reply, ctx, ahead() || delivery);
  }

  async deliverLate(reply: Reply | "broken", name: string, ctx: Context): Promise<void> {
    const begun = performance.now();
    const type = reply === "broken" ? "text" : reply.type;
    const tell = (outcome: ReplyEvent["outcome"], error?: string) => {
      if (!replies.watched) return;
      const way = this.lateWay;
      const duration = performance.now() - begun;
      replies.publish({ appId: this.appId, type, way, outcome, error, duration });
    };
    try {
      if (reply === "broken") await this.#breakOff(ctx.openid, name);
      else {
        const { openid, message } = ctx;
        const { reply: whole, looked } = this.#departure.late(reply, ctx);
        await this.#late.deliver(whole, { openid, message, ctx }, looked);
      }
      tell("sent");
    } catch (error) {
      tell("failed", errorName(error));
      // The user can be told nothing any more; wx.catch hears of it all the same.
      await this.#common.router.rescue(error, ctx);
    }
  }

  /** Delivers what a process promised that has died since, or says that the answer broke off. */
  async deliverOrphan({ key, to, outcome }: Orphan): Promise<void> {
    if (typeof this.options.deadline?.late === "function") return;
    try {
      if (outcome?.reply === undefined) await this.#breakOff(to.openid, key);
      else await this.#late.deliverTo(to.openid, outcome.reply);
    } catch (error) {
      this.report(error, undefined);
    }
  }

  /** The user has unfollowed the account: nobody is there for what is being answered, but for `key`. */
  userLeft(openid: string, key: string): void {
    this.runs.stopAll(runsOf(this.#prefix + openid), key);
  }

  /** Checks what a handler returned, and uploads a file in it: nothing else ever sees one. */
  finish(result: Result, name: string): MaybePromise<Reply | undefined> {
    const answer = toAnswer(result, name);
    return answer !== undefined && isFileReply(answer) ? withMediaId(answer, this.api) : answer;
  }

  async #breakOff(openid: string, name: string): Promise<void> {
    const { onBroken = brokenOff } = this.options.deadline ?? {};
    const word = toReply(onBroken, "deadline.onBroken");
    if (word !== undefined) await this.#late.breakOff(openid, name, word);
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
