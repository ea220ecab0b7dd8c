import { WechatError } from "../errors.js";
import { type Reply, textLimit } from "../message/reply.js";
import { type Store, scoped } from "../store/store.js";
import { type Clock, systemClock } from "../time/clock.js";
import { cut } from "./cut.js";
import { fits } from "./text.js";

/** How late replies wait for the user's next message. */
export interface CollectOptions {
  /** How long a reply waits, in milliseconds. Default: 600,000 (ten minutes). */
  readonly ttl?: number;
  /** Which of the user's texts fetch it: `"any"` (default), one text, or those that match a pattern. */
  readonly match?: "any" | string | RegExp;
  /** What stands below a page when there are more. Default: 「回复“继续”查看后文」. */
  readonly hint?: string;
}

/** A reply that waits; `more` is the rest of one that the user has begun to read. */
interface Waiting {
  readonly reply: Reply;
  readonly more?: true;
}

const defaultTtl = 600_000;
const defaultHint = "回复“继续”查看后文";
const next = /^\s*(?:继续|繼續|下一页|continue|more)[。.!！]?\s*$/i;
/** More than anybody fetches; keeps one user's replies from piling up. */
const maxWaiting = 20;
const lockTtl = 2_000;
const lockPoll = 20;

/**
 * Replies that wait for the user's next message, first come, first served. Long texts are handed
 * out in pages; the next one is fetched with 继续.
 */
export class Collected {
  readonly #store: Store;
  readonly #ttl: number;
  readonly #matches: (text: string) => boolean;
  readonly #hint: string;
  readonly #clock: Clock;
  /** Whether anything was ever kept here: a store of our own need not be asked before. */
  #used: boolean;

  constructor(
    store: Store,
    options: CollectOptions = {},
    clock: Clock = systemClock,
    used: boolean = store.shared,
  ) {
    const { ttl = defaultTtl, match = "any", hint = defaultHint } = options;
    this.#store = scoped(store, "collect");
    this.#ttl = ttl;
    this.#hint = `\n\n${hint}`;
    this.#clock = clock;
    this.#used = used;
    // A pattern with the flag g remembers where it stopped; search() does not.
    this.#matches = (text) =>
      match === "any" ||
      (match instanceof RegExp ? text.search(match) >= 0 : text.trim() === match);
  }

  /** Keeps a reply for the user's next message. Rejects when the store fails. */
  async keep(openid: string, reply: Reply): Promise<void> {
    await this.#put(openid, { reply });
  }

  /** Keeps the rest of a text whose beginning the user has, for 继续. Rejects when the store fails. */
  async keepRest(openid: string, content: string): Promise<void> {
    await this.#put(openid, { reply: { type: "text", content }, more: true });
  }

  /** The part of a long text that fits into one message, with the hint below, and the rest. */
  split(text: string): [page: string, rest: string] {
    const end = cut(text, textLimit - Buffer.byteLength(this.#hint));
    return [text.slice(0, end).trimEnd() + this.#hint, text.slice(end).trimStart()];
  }

  /**
   * What a text of the user fetches, if anything waits that it fits: then the handlers need not
   * run. Never rejects: a store that fails must not keep the message from them.
   */
  take(openid: string, text: string): Promise<Reply | undefined> | undefined {
    if (!this.#used) return undefined;
    return this.#take(openid, text).catch(() => undefined);
  }

  async #take(openid: string, text: string): Promise<Reply | undefined> {
    // Asked without the lock first: for most messages nothing waits.
    if (this.#find(await this.#read(openid), text) < 0) return undefined;
    return this.#locked(openid, async () => {
      const waiting = await this.#read(openid);
      const index = this.#find(waiting, text);
      const [found] = index < 0 ? [] : waiting.splice(index, 1);
      if (found === undefined) return undefined;
      let { reply } = found;
      if (reply.type === "text" && !fits(reply.content)) {
        const [content, rest] = this.split(reply.content.trim());
        waiting.unshift({ reply: { type: "text", content: rest }, more: true });
        reply = { type: "text", content };
      }
      await this.#write(openid, waiting);
      return reply;
    });
  }

  #find(waiting: readonly Waiting[], text: string): number {
    const isNext = next.test(text);
    const matches = this.#matches(text);
    // Whoever has begun to read may also ask something new; only 继续 turns the page.
    return waiting.findIndex(({ more }) => (more ? isNext : matches));
  }

  async #put(openid: string, entry: Waiting): Promise<void> {
    this.#used = true;
    await this.#locked(openid, async () => {
      const waiting = await this.#read(openid);
      waiting.push(entry);
      await this.#write(openid, waiting.slice(-maxWaiting));
    });
  }

  async #read(openid: string): Promise<Waiting[]> {
    const json = await this.#store.get(openid);
    return json === undefined ? [] : (JSON.parse(json) as Waiting[]);
  }

  #write(openid: string, waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 0) return this.#store.delete(openid);
    return this.#store.set(openid, JSON.stringify(waiting), this.#ttl);
  }

  /** One process at a time, so that no two messages fetch the same reply and none is overwritten. */
  async #locked<T>(openid: string, work: () => Promise<T>): Promise<T> {
    const key = `lock:${openid}`;
    const token = crypto.randomUUID();
    const until = this.#clock.now() + lockTtl;
    while (!(await this.#store.claim(key, token, lockTtl))) {
      if (this.#clock.now() > until) {
        throw new WechatError(
          "WX_STORE",
          "The replies that wait for a user stayed locked by another process. Is the store overloaded?",
        );
      }
      await new Promise<void>((resolve) => {
        this.#clock.setTimeout(resolve, lockPoll);
      });
    }
    try {
      return await work();
    } finally {
      await this.#store.compareAndDelete(key, token);
    }
  }
}
