import { inspect } from "node:util";
import type { Context as KoaContext } from "koa";
import type { Ability } from "../api/abilities.js";
import { type Client, createClient } from "../api/client.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import { runKey } from "../message/push-key.js";
import type { FileReply, Reply } from "../message/reply.js";
import { place } from "../places.js";
import type { Context, MessageOptions } from "../router/context.js";
import type { Addressee } from "../runs/agreement/agreement.js";
import type { Orphan } from "../runs/agreement/orphans.js";
import type { Runs } from "../runs/runs.js";
import type { Claim } from "../runs/work.js";
import { type Store, scoped } from "../store/store.js";
import { WechatClock } from "../time/wechat-clock.js";
import { Envelope, type Push, type SignedQuery } from "../wire/envelope.js";
import type { Query } from "../wire/query.js";
import type { XmlElement } from "../wire/xml/xml.js";
import { Common, type Report, type Surroundings } from "./common.js";
import type { Debugging } from "./debugging.js";
import { Handling, type PushAccount } from "./handling.js";
import { callsSame, canCallWechat, checkWechat, type GivenOptions } from "./options.js";
import { Outbox } from "./outbox.js";
import { foreignAccount } from "./receive/cloud-hosting.js";

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
  /** What leaves it. */
  readonly outbox: Outbox;
  readonly #common: Common;
  /** Its own: whoever has another account's Token can make its pushes as old as they like. */
  readonly #wechatClock: WechatClock;
  /** What tells this account's pushes and signatures from those of others of the same Wechat. */
  readonly #prefix: string;
  #client: Client | undefined;
  #isSharing = false;

  /** One of several accounts has a `prefix`, and may take over from one that was configured otherwise. */
  constructor(options: GivenOptions, common: Common, prefix = "", before?: Account) {
    const { appId, cloudHosting } = options;
    // Plugins may know it by its identity.
    this.store = before?.store ?? scoped(common.store, `${appId ?? "account"}:user`);
    this.options = options;
    this.now = options.now ?? Date.now;
    this.isInCloud = Boolean(cloudHosting);
    this.envelope = new Envelope(options, this.isInCloud);
    this.outbox = new Outbox(options, common, prefix, () => this.api);
    this.runs = common.runs(this.outbox.late === "drop" ? "drop" : "kept");
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
    checkWechat(options);
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

  send(openid: string, reply: Reply | FileReply | string, options?: MessageOptions): Promise<void> {
    return this.outbox.send(openid, reply, options);
  }

  sendFor(
    ctx: Context,
    reply: Reply | FileReply | string,
    options?: MessageOptions,
  ): Promise<void> {
    return this.outbox.send(ctx.openid, reply, options, ctx);
  }

  can(ability: Ability): Promise<boolean> {
    return this.outbox.can(ability);
  }

  typing(openid: string, on: boolean): Promise<void> {
    return this.outbox.typing(openid, on);
  }

  /** Waits for what is running or on its way, no longer than `timeout` milliseconds. */
  async close(timeout: number): Promise<void> {
    await this.#common.close(timeout);
    await this.outbox.idle();
  }

  /** Resolves when nothing runs any more for a push of this key, and nothing is on its way that follows its answer. */
  async unfinished(key: string, answering: unknown): Promise<void> {
    await this.runs.finished(key);
    await Promise.resolve(answering).catch(() => {});
    await this.outbox.idle();
  }

  /** Which of WeChat's deliveries a push must be at least, by its age; `timestamp` is that of the query, if it has one. */
  deliveryOf({ CreateTime }: AnyMessage, timestamp = "0"): number {
    return this.#wechatClock.deliveryOf(this.now(), CreateTime, Number(timestamp));
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

  deliverOrphan(orphan: Orphan, claim: Claim): Promise<void> {
    return this.outbox.deliverOrphan(orphan, claim);
  }

  /** The user has unfollowed the account: nobody is there for what is being answered, but for `key`. */
  userLeft(openid: string, key: string): void {
    this.runs.stopAll(runsOf(this.#prefix + openid), key);
  }

  /** What a log may show of it: the options hold secrets. */
  toJSON(): { appId: string | undefined } {
    return { appId: this.appId };
  }

  [inspect.custom](): string {
    return `Account { appId: ${this.appId === undefined ? "undefined" : `'${this.appId}'`} }`;
  }
}
