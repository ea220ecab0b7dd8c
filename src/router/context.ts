import type { Context as KoaContext } from "koa";
import type { Ability } from "../api/abilities.js";
import type { Client } from "../api/client.js";
import type { FileOptions, ReceivedFile } from "../api/files/received-file.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { FileReply, Reply } from "../message/reply.js";
import type { Store } from "../store/store.js";
import type { XmlElement } from "../wire/xml/xml.js";
import { explainAbsent } from "./absent.js";
import { fileOf } from "./received.js";
import { traceOf } from "./trace.js";

/** How a push is being answered; kept up to date by the room that keeps WeChat's five seconds. */
export interface Run {
  /** How often WeChat has delivered this push so far: 1, 2, 3… */
  readonly attempt: number;
  /** Whether it is too late for a passive reply, so that the answer goes another way. */
  readonly late: boolean;
  /** Aborts when nobody can receive the answer any more. Give it to `fetch` and friends. */
  readonly signal: AbortSignal;
}

/** How a customer-service message is sent. */
export interface MessageOptions {
  /** Whether WeChat shows 内容由第三方AI生成 below it. Default: the option of the Wechat. */
  readonly aiGenerated?: boolean;
}

/** A run as plugins may use it. */
export interface RunControl extends Run {
  /** Whether nobody can receive the answer any more. */
  readonly isAborted: boolean;
  /** Whether it was stopped. */
  readonly isStopped: boolean;
  /** Calls `told` when `signal` aborts, without the cost of a signal. */
  onAbort(told: () => void): void;
  /** Stops it: `signal` aborts, and the user gets nothing more of its answer. */
  stop(): void;
  /** Resolves when this process is done with the push, its answer delivered or given up. */
  finished(): Promise<void>;
}

/** @internal The run of a push. */
export let runOf: (ctx: Context) => RunControl;

/** What an account does for a push. */
export interface PushServices extends Services {
  /** `ctx.send()`. */
  sendFor(ctx: Context, reply: Reply | FileReply | string, options?: MessageOptions): Promise<void>;
}

/** An account, as handlers see it: `ctx.account`, and outside of handlers `wx.account()`. */
export interface Services {
  /** The account's 开发者ID(AppID), unless there is only one account and it was set up without. */
  readonly appId: string | undefined;
  /** The account's client; throws a ConfigError when there is no AppSecret. */
  readonly api: Client;
  /** Where things of this account are kept; other accounts have keys of their own. */
  readonly store: Store;
  /** Sends a customer-service message. */
  send(openid: string, reply: Reply | FileReply | string, options?: MessageOptions): Promise<void>;
  /** Shows or hides the typing indicator. */
  typing(openid: string, on: boolean): Promise<void>;
  /**
   * Whether the account may do something, such as `"customer-service"`, as far as is known: true unless WeChat has
   * refused it (48001) within the hour. False without an AppSecret.
   */
  can(ability: Ability): Promise<boolean>;
}

/** The text a message carries: what was typed, or what was recognised in a voice message. */
export type TextOf<M> = M extends { MsgType: "text" }
  ? string
  : M extends { MsgType: "voice" }
    ? string | undefined
    : undefined;

/**
 * One push and all that a handler may do with it.
 *
 * `M` is narrowed by what the handler was registered for:
 * `wx.on("image", (ctx) => ctx.message.MediaId)`.
 */
export class Context<M extends AnyMessage = AnyMessage> {
  /** The message or event, with WeChat's own field names. Known numbers are numbers, ids are strings. */
  readonly message: M;
  /** The same as it was parsed, with every field untouched, also those that koa-wx does not know. */
  readonly raw: XmlElement;
  readonly #run: RunControl;
  readonly #services: PushServices;
  readonly #koa: KoaContext | undefined;
  #file: Promise<ReceivedFile> | undefined;

  static {
    runOf = (ctx) => ctx.#run;
  }

  constructor(
    message: M,
    raw: XmlElement,
    run: RunControl,
    services: PushServices,
    koa?: KoaContext,
  ) {
    this.message = message;
    this.raw = raw;
    this.#run = run;
    this.#services = services;
    this.#koa = koa;
  }

  /** The user's OpenID, the same as `message.FromUserName`. */
  get openid(): string {
    return this.message.FromUserName;
  }

  /** What the user typed, or what WeChat recognised in a voice message; trimmed of nothing. */
  get text(): TextOf<M> {
    const message: AnyMessage = this.message;
    const text =
      message.MsgType === "text"
        ? message.Content
        : message.MsgType === "voice"
          ? message.Recognition
          : undefined;
    return text as TextOf<M>;
  }

  /** The scene of the QR code that was scanned, by a follower or to follow, without `qrscene_`. */
  get scene(): string | undefined {
    const message: AnyMessage = this.message;
    if (message.MsgType !== "event") return undefined;
    if (message.Event === "SCAN") return message.EventKey;
    if (message.Event === "subscribe" && message.EventKey?.startsWith("qrscene_")) {
      return message.EventKey.slice("qrscene_".length);
    }
    return undefined;
  }

  /** How often WeChat has delivered this push so far: 1, 2, 3… */
  get attempt(): number {
    return this.#run.attempt;
  }

  /** Whether it is too late for a passive reply, so that the answer goes another way. */
  get late(): boolean {
    return this.#run.late;
  }

  /** Aborts when nobody can receive the answer any more. Give it to `fetch` and friends. */
  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** The client for WeChat's server APIs. Throws a ConfigError when there is no AppSecret. */
  get api(): Client {
    return this.#services.api;
  }

  /** The account that the push is for: the one, or one of several. */
  get account(): Services {
    return this.#services;
  }

  /** Where plugins keep things of this account; the keys of other accounts are out of reach. */
  get store(): Store {
    return this.#services.store;
  }

  /**
   * Sends a message besides the reply, as a customer-service message (客服消息). Only verified accounts
   * may, and WeChat allows few of them after each message of the user.
   *
   * ```ts
   * await ctx.send("The file is on its way.");
   * ```
   */
  send(reply: Reply | FileReply | string, options?: MessageOptions): Promise<void> {
    const trace = traceOf(this);
    if (trace !== undefined) {
      trace.sent += 1;
      trace.gave(reply);
    }
    return this.#services.sendFor(this as Context, reply, options);
  }

  /** Shows 对方正在输入 on the user's phone, or hides it with `false`. */
  typing(on = true): Promise<void> {
    return this.#services.typing(this.openid, on);
  }

  /**
   * The picture, voice or video that the user has sent: its bytes, kind and name, fetched once. One that is
   * longer than the limit (32 MiB) is refused, before it is read where its length is known.
   *
   * ```ts
   * wx.on("image", async (ctx) => describe(await ctx.file()));
   * ```
   */
  file(options: Pick<FileOptions, "limit" | "onProgress"> = {}): Promise<ReceivedFile> {
    this.#file ??= fileOf(this.message, this.api, { ...options, signal: this.signal }).catch(
      (error: unknown) => {
        this.#file = undefined;
        throw error;
      },
    );
    return this.#file;
  }

  /** Koa's context of the request. Throws under `wx.receive()`, which has none. */
  get koa(): KoaContext {
    if (this.#koa === undefined) {
      throw new ConfigError(
        "ctx.koa is not there: this push came through wx.receive(), not through wx.middleware(). Keep what the handler needs outside Koa's context.",
      );
    }
    return this.#koa;
  }
}

explainAbsent(Context.prototype);
