import { WechatError } from "../errors.js";
import { type Reply, type StreamOptions, textLimit } from "../message/reply.js";
import type { Stoppable } from "../router/stoppable.js";
import type { Clock } from "../time/clock.js";
import { afterPassive } from "../time/wechat-clock.js";
import type { Typing } from "./customer-service.js";
import { GrowingText } from "./growing-text.js";
import type { OutgoingWay, Outlook } from "./hooks.js";
import type { LateReplies, LateTarget } from "./late.js";
import { fitted } from "./text.js";

/** What an answer that streams has to do with its run and its account. `C` is the context that handlers get. */
export interface StreamTarget<C> extends LateTarget<C> {
  /** Its own, among all that waits for the user. */
  readonly name: string;
  readonly late: LateReplies<C>;
  readonly outlook: Outlook<C>;
  /** How the rest follows, unless the answer's own options say so. */
  readonly way: "send" | "collect" | "drop" | ((reply: Reply, ctx: C) => void | Promise<void>);
  /** How long one delivery waits, and how long a hook has for the first words, in milliseconds. */
  readonly patience: { readonly delivery: number; ahead(): number };
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Ends everything about the push, because nobody can receive the rest. */
  stop(): void;
  /** Whether that was done, so that nothing is to be left anywhere. */
  isStopped(): boolean;
  /** Gives an error to `wx.catch`; resolves to what that says. Does not reject. */
  rescue(error: unknown): Promise<Reply | undefined>;
  /** Whether the account may send, as far as is known. */
  maySend(): Promise<boolean>;
  /** Shows 对方正在输入, if the account can send anything. */
  typing(): Typing | undefined;
  readonly clock: Clock;
}

/** What a delivery may show; `full` if no more would fit, `none` if it is a placeholder. */
interface FirstWords {
  readonly reply: Reply;
  readonly full?: true;
  readonly none?: true;
}

/** After so many parts of the time of one delivery the phone shows that something is being written. */
const typingAfter = 2 / 3;
/** How many times, in the time of one delivery, what the user fetches is brought up to date. */
const looks = 4.5;

/** An answer that is delivered while it is being written. Its run says when, and asks for its first words. */
export class StreamedAnswer<C> {
  readonly ready: Promise<Reply | undefined | "long">;
  readonly #target: StreamTarget<C>;
  readonly #clock: Clock;
  readonly #text: GrowingText;
  readonly #way: StreamTarget<C>["way"];
  /** What `wx.catch` answered a failure with, if that is no text. */
  #after: Reply | undefined;
  readonly #placeholder: string | undefined;
  #beginning: Promise<FirstWords | undefined> | undefined;
  /** How much of the text the beginning is. */
  #begun = 0;
  #isExpired = false;
  #typing: Typing | undefined;

  constructor(source: Stoppable, options: StreamOptions, target: StreamTarget<C>) {
    const { outlook, openid, ctx, clock, signal } = target;
    this.#target = target;
    this.#clock = clock;
    this.#way = options.late ?? target.way;
    this.#placeholder = options.placeholder;
    this.#text = new GrowingText(source, {
      clock,
      silence: target.patience.delivery / 9,
      map: (parts) => outlook.stream(parts, { way: "passive", openid, ctx }),
      failed: async (error, isEmpty) => {
        const words = await target.rescue(error);
        if (words === undefined || words.type === "text") return words?.content ?? "";
        this.#after = words;
        return isEmpty ? "" : " ";
      },
    });
    signal.addEventListener("abort", () => this.#text.stop(), { once: true });
    if (signal.aborted) this.#text.stop();
    this.ready = this.#watch();
  }

  get isOver(): boolean {
    return this.#text.isOver;
  }

  /** The same from the first time on that there are whole sentences; until then, its own placeholder, if it has one. */
  async beginning(): Promise<FirstWords | undefined> {
    this.#beginning ??= this.#begin();
    const beginning = await this.#beginning;
    if (beginning !== undefined) return beginning;
    this.#beginning = undefined;
    if (this.#placeholder === undefined || this.#placeholder === "") return undefined;
    const { patience } = this.#target;
    const words: Reply = { type: "text", content: this.#placeholder };
    const reply = await this.#pass(words, "placeholder", patience.ahead() || patience.delivery);
    return reply === undefined ? undefined : { reply, none: true };
  }

  async follow(
    isBegun: (how: "asked" | "decided") => Promise<boolean>,
    claim: () => Promise<boolean>,
  ): Promise<void> {
    const target = this.#target;
    const { late, openid, message, ctx, name, patience } = target;
    const isWanted = () => !target.signal.aborted;
    const stillMay = async () => isWanted() && (await claim()) && isWanted();
    const isPassing = { openid, ctx };
    try {
      const way = await this.#lateWay();
      if (way === "send" && (await isBegun("asked"))) await afterPassive(this.#clock);
      const begun = await isBegun("decided");
      if (begun) this.#text.take(this.#begun);
      if (way === "drop") return this.#drop();
      if (typeof way === "function") {
        while (!this.#text.isOver) await this.#text.change();
        const content = this.#text.text.trim();
        if (content === "" || !(await stillMay())) return;
        const whole = { type: "text", content } as const;
        const passed = await target.outlook.pass(whole, { ...isPassing, way: "late" }, true);
        if (passed !== undefined) await way(passed, ctx);
        return;
      }
      const isThere = await late.follow(
        { text: this.#text, claim: stillMay, sent: () => this.#typing?.again() },
        { openid, message, ctx },
        { name, way, begun, pause: patience.delivery / looks },
      );
      if (!isThere) target.stop();
      else if (this.#after !== undefined && (await stillMay())) {
        await late.deliver(this.#after, { openid, message, ctx });
      }
    } catch (error) {
      await this.#fail(error, stillMay);
    } finally {
      this.#text.stop();
      if (target.isStopped()) await late.forget(openid, name).catch(() => {});
      // What it is made of may not have noticed that its time is over.
      else if (this.#isExpired) target.stop();
    }
  }

  expire(): void {
    this.#isExpired = true;
    void this.#text.fail(
      new WechatError(
        "WX_LATE",
        'An answer that streams took longer than "deadline.maxRun", and was ended.',
      ),
    );
  }

  /** Waits until it is over, or longer than a message. */
  async #watch(): Promise<Reply | undefined | "long"> {
    const { typing, patience, signal } = this.#target;
    const timer = this.#clock.setTimeout(() => {
      if (this.#way === "send" && !this.#text.isOver) this.#typing = typing();
    }, patience.delivery * typingAfter);
    void this.#text.over.then(() => {
      this.#clock.clearTimeout(timer);
      this.#typing?.();
    });
    while (!this.#text.isOver && !this.#text.isLong) await this.#text.change();
    if (this.#text.isLong || this.#hasMore) return "long";
    const content = this.#text.text.trim();
    if (signal.aborted) return undefined;
    if (content === "") return this.#after;
    return this.#pass({ type: "text", content }, "passive", patience.delivery);
  }

  /** Whether something follows that is no text. */
  get #hasMore(): boolean {
    return this.#after !== undefined && this.#text.text.trim() !== "";
  }

  async #begin(): Promise<FirstWords | undefined> {
    const { late, patience } = this.#target;
    const way = await this.#lateWay();
    const text = this.#text;
    const hint = way === "collect" ? late.hint : "";
    const limit = textLimit - Buffer.byteLength(hint);
    const length = text.message(limit) || text.sentences(limit);
    const content = text.text.slice(0, length).trim();
    if (content === "") return undefined;
    const isAll = text.isOver && length === text.text.length && !this.#hasMore;
    const page: Reply = { type: "text", content: isAll ? content : content + hint };
    const reply = await this.#pass(page, "passive", patience.ahead() || patience.delivery);
    if (reply === undefined) return undefined;
    this.#begun = length;
    return text.isLong || text.isOver ? { reply, full: true } : { reply };
  }

  /** How the rest follows, as far as is known. */
  async #lateWay(): Promise<StreamTarget<C>["way"]> {
    if (this.#way !== "send") return this.#way;
    return (await this.#target.maySend()) ? "send" : "collect";
  }

  /** What leaves instead of a part; nothing where a hook fails, of which `wx.catch` hears. */
  async #pass(part: Reply, way: OutgoingWay, patience: number): Promise<Reply | undefined> {
    const { outlook, openid, ctx, rescue } = this.#target;
    try {
      const isPart = way !== "placeholder";
      const passed = await outlook.pass(part, { way, openid, ctx }, isPart, patience);
      return passed === undefined ? undefined : fitted(passed, "truncate");
    } catch (error) {
      await rescue(error);
      return undefined;
    }
  }

  /** Nobody will receive the rest. */
  #drop(): void {
    const isRead = this.#text.isOver && this.#text.text.trim() === "";
    if (!isRead) this.#target.late.warnOfDrop(this.#target.message);
    this.#target.stop();
  }

  /** A part is lost; what `wx.catch` says of it follows, if it can. */
  async #fail(error: unknown, stillMay: () => Promise<boolean>): Promise<void> {
    const { rescue, late, openid, message, ctx, name } = this.#target;
    this.#text.stop();
    // Whoever fetches it is not told for ever that more of it comes.
    if (!this.#target.isStopped()) await late.close(openid, name).catch(() => {});
    const words = await rescue(error);
    if (words === undefined || !(await stillMay())) return;
    await late.deliver(words, { openid, message, ctx }).catch(rescue);
  }
}
