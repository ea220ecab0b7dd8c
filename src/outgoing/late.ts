import { printable, WechatError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { Reply } from "../message/reply.js";
import type { Store } from "../store/store.js";
import { type Clock, systemClock } from "../time/clock.js";
import { afterPassive } from "../time/wechat-clock.js";
import { Collected, type CollectOptions, type Taken } from "./collected.js";
import {
  CustomerMessages,
  type Looked,
  notFollowing,
  type Recipient,
} from "./customer-messages.js";
import { type Quota, quotaOf, type Sender, sendReply } from "./customer-service.js";
import { cut } from "./cut.js";
import { type Following, keepParts, sendParts } from "./follow.js";
import { everythingPasses, type Outlook } from "./hooks.js";
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
  /** How long a process that died keeps others from sending to its users, in milliseconds. Default: 6,000. */
  readonly lease?: number | undefined;
  /** Looks at what leaves. Default: everything passes. */
  readonly outlook?: Outlook<C> | undefined;
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
  /** Asked when it is its turn, before anything leaves: whether it still may. Default: it may. */
  readonly claim?: (() => Promise<boolean>) | undefined;
}

/** How a text is delivered that is still being written. */
export interface FollowOptions {
  /** Its own, among those that wait for the user. */
  readonly name: string;
  readonly way: "send" | "collect";
  /** Whether the user has its beginning. */
  readonly begun: boolean;
  /** How long to wait between two looks at what has come, where the user fetches it; in milliseconds. */
  readonly pause: number;
}

const always = async () => true;

/** What follows the first part of a text. */
export interface Rest {
  readonly content: string;
  readonly looked: Looked;
}

/** When it is a rest's turn to be sent. */
interface Turn<C> {
  readonly target: LateTarget<C>;
  /** Resolves when a delivery has the first part. */
  readonly given: Promise<unknown>;
  /** Lets the user's next answer leave. */
  readonly release: () => void | Promise<void>;
}

/** Delivers replies for which WeChat's last attempt did not wait, and the rest of long ones. */
export class LateReplies<C> {
  readonly #late: LatePolicy<C>;
  readonly #sender: Sender | undefined;
  readonly #quota: Quota | undefined;
  readonly #collected: Collected;
  readonly #messages: CustomerMessages<C>;
  readonly #outlook: Outlook<C>;
  readonly #queue: SendQueue;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #warn: (message: string) => void;
  readonly #onError: (error: unknown) => void;
  /** The contexts of answers that stream, and whose turn it is. */
  readonly #speaking = new Set<unknown>();
  readonly #warned = new Set<string>();
  readonly #following = new Set<Promise<void>>();

  constructor(options: LateOptions<C>) {
    const { sender, late = sender === undefined ? "drop" : "send", clock = systemClock } = options;
    const { outlook = everythingPasses } = options;
    this.#late = late;
    this.#sender = sender;
    this.#quota = options.quota;
    this.#collected = new Collected(options.store, options.collect, options.used);
    this.#outlook = outlook;
    this.#messages = new CustomerMessages(sender, outlook, (message) => this.#once(message));
    this.#queue = new SendQueue(options.store, options.lease ?? 6_000);
    this.#prefix = options.prefix ?? "";
    this.#clock = clock;
    this.#warn = options.warn ?? ((message) => process.emitWarning(message, { code: "WX_LATE" }));
    this.#onError = options.onError ?? ((error) => this.#once(String(error)));
  }

  /** Delivers one late reply by the policy. Rejects when it is lost: for `wx.catch`. */
  async deliver(reply: Reply, target: LateTarget<C>, looked?: Looked): Promise<void> {
    if (reply.type === "none" || (reply.type === "text" && reply.content === "")) return;
    if (typeof this.#late === "function") {
      const { openid, ctx, claim = always } = target;
      const passed = await this.#messages.pass(reply, { way: "late", openid, ctx }, looked);
      if (passed !== undefined && (await claim())) await this.#late(passed, ctx);
    } else if (this.#late === "drop") this.warnOfDrop(target.message);
    else {
      const quota = quotaOf(target.message, this.#quota);
      await this.#inTurn(target, () => this.#deliver(reply, target, quota, looked));
    }
  }

  /** The same for a user of whom no more is known: by sending or keeping, or not at all. Rejects when it is lost. */
  async deliverTo(openid: string, reply: Reply, claim = always): Promise<void> {
    if (this.#late === "drop") return;
    const to = { openid, ctx: undefined };
    const quota = quotaOf({ MsgType: "event" }, this.#quota);
    await this.#inTurn({ openid, claim }, () => this.#deliver(reply, to, quota));
  }

  /**
   * Says of a text that it broke off: at the end of what waits of it, if it was left there open by a process
   * that died, or in a message of its own, for which 继续 asks where nothing is sent. Rejects when that is lost.
   */
  async breakOff(openid: string, name: string, word: Reply, claim = always): Promise<void> {
    const said = await this.#outlook.pass(word, { way: "late", openid, ctx: undefined });
    if (said?.type !== "text") return;
    const user = this.#userOf(openid);
    await this.#inTurn({ openid, claim }, async () => {
      if (await this.#collected.close(user, name, said.content)) return;
      const isSent = this.#late !== "drop" && this.#sender !== undefined;
      if (!isSent && this.#late !== "collect")
        return this.#collected.keepRest(user, said.content, "whole");
      const quota = quotaOf({ MsgType: "event" }, this.#quota);
      await this.#deliver(said, { openid, ctx: undefined }, quota, "whole");
    });
  }

  /** Where in the store stands what waits for a user, if other processes may keep something there. */
  waitingKey(openid: string): string | undefined {
    return this.#collected.keyOf(this.#userOf(openid));
  }

  /**
   * Sends a reply as `ctx.send()` does, after what is on its way to the same user; at once if `ctx` is that
   * of an answer whose turn it is.
   */
  async send(openid: string, reply: Reply, sender: Sender, ctx?: C): Promise<void> {
    const info = { openid, ctx, way: "send" } as const;
    const work = async () => {
      const [whole, looked] = await this.#messages.prepare(reply, info, undefined);
      const parts = whole.type === "text" ? partsOf(whole.content) : [whole];
      for (const part of parts) {
        const passed = await this.#messages.pass(part, info, looked);
        if (passed !== undefined) await sendReply(sender, openid, passed);
      }
    };
    await (this.#speaking.has(ctx) ? work() : this.#queue.inTurn(this.#userOf(openid), work));
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
  ): Promise<Taken | undefined> | undefined {
    return this.#collected.take(this.#userOf(openid), text, known);
  }

  /** For `overflow: "split"`: the part of a long text that fits into the passive reply, and the rest. */
  split(long: string): [first: string, rest: string] {
    if (!this.#sends) return this.#collected.split(long);
    const end = cut(long);
    return [long.slice(0, end), long.slice(end).trimStart()];
  }

  /**
   * Has the rest follow as customer-service messages where the policy is `"send"`, once the first part was
   * `given`; else it waits for 继续. The returned function leaves out what has not been sent.
   */
  async followUp(
    rest: readonly Rest[],
    target: LateTarget<C>,
    given: Promise<unknown>,
  ): Promise<() => void> {
    const user = this.#userOf(target.openid);
    if (this.#sends) {
      // Before the first part leaves: another answer to this user waits until the last one has.
      return this.#followUp(rest, { target, given, release: await this.#queue.enter(user) });
    }
    for (const { content, looked } of rest) await this.#collected.keepRest(user, content, looked);
    return () => {};
  }

  get #sends(): boolean {
    return this.#late === "send" && this.#sender !== undefined;
  }

  /**
   * Delivers a text while it is being written, to its end or until `claim` says no. Resolves to `false` if the
   * user does not follow the account any more. Rejects when it is lost.
   */
  async follow(
    following: Omit<Following, "pass" | "clock">,
    { openid, message, ctx }: LateTarget<C>,
    { name, way, begun, pause }: FollowOptions,
  ): Promise<boolean> {
    const user = this.#userOf(openid);
    const clock = this.#clock;
    let [isSent, isGone] = [false, false];
    if (way === "send") {
      const info = { way: "late", openid, ctx } as const;
      const sent = await this.#queue.inTurn(user, () => {
        this.#speaking.add(ctx);
        return sendParts(
          { ...following, clock, pass: (part) => this.#messages.pass(part, info, "source") },
          quotaOf(message, this.#quota),
          async (part) => {
            const refusal = await this.#messages.sendOne(part, openid);
            isSent ||= refusal === undefined;
            isGone = refusal === notFollowing;
            return refusal === undefined;
          },
          (text) => this.#collected.split(text),
        ).finally(() => this.#speaking.delete(ctx));
      });
      if (isGone) return false;
      if (sent !== "left") return true;
    }
    await keepParts({ ...following, clock }, pause, (content, isOver) =>
      this.#collected
        .write(user, name, content, { isOver, more: begun || isSent })
        .catch((cause) => {
          throw notKept(cause);
        }),
    );
    return true;
  }

  /** No more comes of a text that was being written and waits. */
  async close(openid: string, name: string): Promise<void> {
    await this.#collected.close(this.#userOf(openid), name, "");
  }

  /** What waits of a text that was being written is wanted no more. */
  async forget(openid: string, name: string): Promise<void> {
    await this.#collected.remove(this.#userOf(openid), name);
  }

  /** What stands below a page when there are more. */
  get hint(): string {
    return this.#collected.hint;
  }

  /** Resolves when nothing is on its way any more that was to follow a passive reply. */
  async idle(): Promise<void> {
    await Promise.all(this.#following);
  }

  #followUp(rest: readonly Rest[], { target, given, release }: Turn<C>): () => void {
    const quota = quotaOf(target.message, this.#quota);
    let forgo = () => {};
    const forgone = new Promise<"forgone">((resolve) => {
      forgo = () => resolve("forgone");
    });
    const arrived = given.then(() => afterPassive(this.#clock));
    const following = Promise.race([arrived, forgone])
      .then(async (what) => {
        for (const { content, looked } of what === "forgone" ? [] : rest) {
          await this.#send({ type: "text", content }, target, quota, looked);
        }
      })
      .catch(this.#onError)
      .finally(release)
      .finally(() => this.#following.delete(following));
    this.#following.add(following);
    return forgo;
  }

  /** Has it leave behind what is on its way to the same user, if it still may by then. */
  async #inTurn(
    { openid, claim = always }: Pick<LateTarget<C>, "openid" | "claim">,
    work: () => Promise<void>,
  ): Promise<void> {
    const claimed = async () => {
      if (await claim()) await work();
    };
    if (this.#late === "collect") await claimed();
    else await this.#queue.inTurn(this.#userOf(openid), claimed);
  }

  async #deliver(reply: Reply, to: Recipient<C>, quota: number, looked?: Looked): Promise<void> {
    if (this.#late !== "collect") return this.#send(reply, to, quota, looked);
    // Each page is looked at when it is fetched.
    const [whole, prepared] = await this.#messages.prepare(reply, { ...to, way: "page" }, looked);
    await this.#keep(whole, to.openid, prepared);
  }

  async #send(reply: Reply, to: Recipient<C>, quota: number, before: Looked): Promise<void> {
    const split = (text: string) => this.#collected.split(text);
    const info = { ...to, way: "late" } as const;
    const left = await this.#messages.send(reply, info, quota, split, before);
    if (left === undefined) return;
    const { reply: rest, looked, more } = left;
    if (!more || rest.type !== "text") await this.#keep(rest, to.openid, looked);
    else await this.#collected.keepRest(this.#userOf(to.openid), rest.content, looked);
  }

  async #keep(reply: Reply, openid: string, looked: Looked): Promise<void> {
    try {
      await this.#collected.keep(this.#userOf(openid), reply, looked);
    } catch (cause) {
      throw notKept(cause);
    }
  }

  #userOf(openid: string): string {
    return this.#prefix + openid;
  }

  /** Says, once, that an answer was dropped. */
  warnOfDrop(message: AnyMessage): void {
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

function partsOf(text: string): readonly Reply[] {
  const parts: Reply[] = [];
  let rest = text.trim();
  while (!fits(rest)) {
    const end = cut(rest);
    parts.push({ type: "text", content: rest.slice(0, end) });
    rest = rest.slice(end).trimStart();
  }
  if (rest !== "") parts.push({ type: "text", content: rest });
  return parts;
}

function notKept(cause: unknown): WechatError {
  return new WechatError(
    "WX_LATE",
    "A late reply could not be kept, because the store failed: see the cause. Is Redis up?",
    { cause },
  );
}
