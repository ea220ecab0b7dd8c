import { printable, WechatError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { Reply, TextReply } from "../message/reply.js";
import { place } from "../places.js";
import type { Store } from "../store/store.js";
import { type Clock, systemClock } from "../time/clock.js";
import { Collected, type CollectOptions } from "./collected.js";
import {
  errcodeOf,
  type Quota,
  quotaOf,
  type Sender,
  sendReply,
  toCustomerMessage,
} from "./customer-service.js";
import { cut } from "./cut.js";
import { SendQueue } from "./send-queue.js";
import { fits } from "./text.js";

/** What becomes of a reply that is late: see `deadline.late`. `C` is the context that handlers get. */
export type LatePolicy<C = unknown> =
  | "send"
  | "collect"
  | "drop"
  | ((reply: Reply, ctx: C) => void | Promise<void>);

/** What LateReplies are made of. `C` is the context that handlers get. */
export interface LateOptions<C> {
  readonly store: Store;
  /** What stands before an openid in the store's keys, and tells one account's users from another's. */
  readonly prefix?: string;
  /** Default: `"send"` with a sender, else `"drop"`. */
  readonly late?: LatePolicy<C> | undefined;
  readonly collect?: CollectOptions | undefined;
  /** Whether replies may wait already that another instance has kept in this store. */
  readonly used?: boolean | undefined;
  /** Calls the customer-service API; there is none without an AppSecret. */
  readonly sender?: Sender | undefined;
  readonly quota?: Quota | undefined;
  readonly clock?: Clock;
  /** Takes what fails when no handler waits for it any longer. Default: `warn`. */
  readonly onError?: (error: unknown) => void;
  /** Takes what the developer should know, once for each reason. Default: a warning of the process. */
  readonly warn?: (message: string) => void;
}

/** Whom a late reply is for. */
export interface LateTarget<C> {
  readonly openid: string;
  readonly message: AnyMessage;
  readonly ctx: C;
}

/** Refusals after which the same reply can still reach the user as a passive one. */
const refusals: Readonly<Record<number, string>> = {
  43004: "the user does not follow the account",
  45009: "the day's quota of API calls is used up",
  45011: "too many API calls in this minute",
  45015: "the user has been silent for too long (48 hours after a message, one minute after a tap)",
  45047: "too many messages since the user's last one (5 after a message, 3 after a tap)",
  48001: "the account has no permission for 客服消息, which only verified accounts have",
  48002: "the user has switched messages off",
  48004: "the API is banned for this account",
};

/** A passive reply travels through WeChat; what is sent at once would overtake it. */
const afterPassive = 1_000;

/** Delivers replies for which WeChat's last attempt did not wait, and the rest of long ones. */
export class LateReplies<C> {
  readonly #late: LatePolicy<C>;
  readonly #sender: Sender | undefined;
  readonly #quota: Quota | undefined;
  readonly #collected: Collected;
  readonly #queue: SendQueue;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #onError: (error: unknown) => void;
  readonly #warned = new Set<string>();
  readonly #following = new Set<Promise<void>>();

  constructor(options: LateOptions<C>) {
    const { sender, late = sender === undefined ? "drop" : "send", clock = systemClock } = options;
    this.#late = late;
    this.#sender = sender;
    this.#quota = options.quota;
    this.#collected = new Collected(options.store, options.collect, options.used);
    this.#queue = new SendQueue(options.store);
    this.#prefix = options.prefix ?? "";
    this.#clock = clock;
    this.#warn = options.warn ?? ((message) => process.emitWarning(message, { code: "WX_LATE" }));
    this.#onError = options.onError ?? ((error) => this.#once(String(error)));
  }

  /** Delivers one late reply by the policy. Rejects when it is lost: for `wx.catch`. */
  async deliver(reply: Reply, target: LateTarget<C>): Promise<void> {
    if (reply.type === "none" || (reply.type === "text" && reply.content === "")) return;
    if (typeof this.#late === "function") await this.#late(reply, target.ctx);
    else if (this.#late === "drop") this.#drop(target.message);
    else await this.deliverTo(target.openid, reply, quotaOf(target.message, this.#quota));
  }

  /** The same for a user of whom no more is known: by sending or keeping. Rejects when it is lost. */
  async deliverTo(
    openid: string,
    reply: Reply,
    quota: number = quotaOf({ MsgType: "event" }, this.#quota),
  ): Promise<void> {
    if (this.#late === "collect") await this.#keep(reply, openid);
    else {
      await this.#queue.inTurn(this.#userOf(openid), () => this.#send(reply, openid, quota));
    }
  }

  /** Where in the store stands what waits for a user, if other processes may keep something there. */
  waitingKey(openid: string): string | undefined {
    return this.#collected.keyOf(this.#userOf(openid));
  }

  /** Sends a reply as `ctx.send()` does, after what is on its way to the same user. */
  async send(openid: string, reply: Reply, sender: Sender): Promise<void> {
    await this.#queue.inTurn(this.#userOf(openid), () => sendReply(sender, openid, reply));
  }

  /**
   * What a text of the user fetches, if a reply waits for it; to be asked before the handlers run.
   * `known` is what stands at `waitingKey`, where that was read.
   * `undefined`, not a promise, where nothing can be waiting.
   */
  take(
    openid: string,
    text: string,
    known?: { readonly value: string | undefined },
  ): Promise<Reply | undefined> | undefined {
    return this.#collected.take(this.#userOf(openid), text, known);
  }

  /**
   * For `overflow: "split"`: the part of a text that fits into the passive reply. The rest follows
   * as customer-service messages where the policy is `"send"`, else it waits for 继续.
   */
  async firstPart(long: string, target: Omit<LateTarget<C>, "ctx">): Promise<string> {
    const text = long.trim();
    if (fits(text)) return text;
    if (this.#late !== "send" || this.#sender === undefined) {
      const [page, rest] = this.#collected.split(text);
      await this.#collected.keepRest(this.#userOf(target.openid), rest);
      return page;
    }
    const end = cut(text);
    // Before the first part leaves: another answer to this user waits until the last one has.
    const release = await this.#queue.enter(this.#userOf(target.openid));
    this.#follow(text.slice(end).trimStart(), target, release);
    return text.slice(0, end);
  }

  /** Resolves when nothing is on its way any more that was to follow a passive reply. */
  async idle(): Promise<void> {
    await Promise.all(this.#following);
  }

  #follow(
    content: string,
    { openid, message }: Omit<LateTarget<C>, "ctx">,
    release: () => void | Promise<void>,
  ): void {
    const following = new Promise<void>((resolve) => {
      this.#clock.setTimeout(resolve, afterPassive);
    })
      .then(() => this.#send({ type: "text", content }, openid, quotaOf(message, this.#quota)))
      .catch(this.#onError)
      .finally(release)
      .finally(() => this.#following.delete(following));
    this.#following.add(following);
  }

  async #send(reply: Reply, openid: string, quota: number): Promise<void> {
    if (this.#sender === undefined) {
      throw new WechatError(
        "WX_LATE",
        `A late reply could not be sent: deadline.late is "send", but there is no "appSecret". Add it (${place("appSecret")}), or set deadline.late to "collect".`,
      );
    }
    let rest: Reply | undefined = reply;
    for (let left = quota; rest !== undefined; left -= 1) {
      const [part, more]: [Reply, TextReply?] = this.#part(rest, left === 1);
      try {
        await this.#sender.send(toCustomerMessage(part, openid));
      } catch (error) {
        const reason = refusals[errcodeOf(error) ?? 0];
        if (reason === undefined) throw error;
        this.#once(
          `WeChat refused a customer-service message (客服消息): ${errcodeOf(error)}, ${reason}. The reply waits for the user's next message instead.`,
        );
        await this.#keep(rest, openid);
        return;
      }
      if (more !== undefined && left === 1) {
        await this.#collected.keepRest(this.#userOf(openid), more.content);
        return;
      }
      rest = more;
    }
  }

  /** The next message of a reply, and what remains. The last one that may be sent ends with the hint. */
  #part(reply: Reply, last: boolean): [Reply, TextReply?] {
    if (reply.type !== "text" || fits(reply.content)) return [reply];
    // Without blank ends no part can be blank, which WeChat refuses.
    const content = reply.content.trim();
    if (fits(content)) return [{ type: "text", content }];
    const end = cut(content);
    const [page, rest] = last
      ? this.#collected.split(content)
      : [content.slice(0, end), content.slice(end).trimStart()];
    return [
      { type: "text", content: page },
      { type: "text", content: rest },
    ];
  }

  async #keep(reply: Reply, openid: string): Promise<void> {
    try {
      await this.#collected.keep(this.#userOf(openid), reply);
    } catch (cause) {
      throw new WechatError(
        "WX_LATE",
        "A late reply could not be kept, because the store failed: see the cause. Is Redis up?",
        {
          cause,
        },
      );
    }
  }

  #userOf(openid: string): string {
    return this.#prefix + openid;
  }

  #drop(message: AnyMessage): void {
    const name = message.MsgType === "event" ? message.Event : message.MsgType;
    this.#once(
      `A handler for "${printable(name)}" took longer than WeChat waits (5 seconds, three times), and its answer was dropped. Set deadline.late to "send" (needs 客服消息 and an appSecret), "collect" or a function, or answer faster.`,
    );
  }

  #once(message: string): void {
    if (this.#warned.has(message)) return;
    if (this.#warned.size < 100) this.#warned.add(message);
    this.#warn(message);
  }
}
