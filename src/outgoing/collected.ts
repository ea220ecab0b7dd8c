import { WechatError } from "../errors.js";
import { isReply } from "../message/replies.js";
import { type Reply, textLimit } from "../message/reply.js";
import type { Store } from "../store/store.js";
import type { Looked } from "./customer-messages.js";
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
  /** What 继续 is answered with while what follows is still being written. Default: 「还在写，请稍后再回复“继续”。」 */
  readonly writing?: string;
}

/** A reply that was taken from those that wait. */
export interface Taken {
  readonly reply: Reply;
  readonly looked: Looked;
}

/** A reply that waits; `more` is the rest of one that the user has begun to read. */
interface Waiting {
  readonly reply: Reply;
  readonly more?: true | undefined;
  readonly looked?: Looked;
  /** What is still being written: its name. */
  readonly open?: string | undefined;
}

/** What a change makes of what waits, if anything, and what comes of it. */
interface Change<R> {
  readonly changed?: readonly Waiting[];
  readonly result?: R;
}

/** How the keys begin. */
const begin = "collect:{";
const defaultTtl = 600_000;
const defaultHint = "回复“继续”查看后文";
const defaultWriting = "还在写，请稍后再回复“继续”。";
/** What 继续 is answered with when nothing followed of what was being written. */
const theEnd = "（完）";
const next = /^\s*(?:继续|繼續|下一页|continue|more)[。.!！]?\s*$/i;
/** More than anybody fetches; keeps one user's replies from piling up. */
const maxWaiting = 20;
/** More attempts than processes can stand in each other's way. */
const maxAttempts = 50;

/**
 * Replies that wait for the user's next message, first come, first served. Long texts are handed
 * out in pages; the next one is fetched with 继续.
 */
export class Collected {
  readonly #store: Store;
  readonly #ttl: number;
  readonly #matches: (text: string) => boolean;
  readonly #hint: string;
  readonly #writing: string;
  readonly #isShared: boolean;
  /** Whether anything was ever kept here: a store of our own need not be asked before. */
  #used: boolean;

  constructor(store: Store, options: CollectOptions = {}, used: boolean = store.shared) {
    const { ttl = defaultTtl, match = "any", hint = defaultHint } = options;
    this.#writing = options.writing ?? defaultWriting;
    this.#store = store;
    this.#isShared = store.shared;
    this.#ttl = ttl;
    this.#hint = `\n\n${hint}`;
    this.#used = used;
    // A pattern with the flag g remembers where it stopped; search() does not.
    this.#matches = (text) =>
      match === "any" ||
      (match instanceof RegExp ? text.search(match) >= 0 : text.trim() === match.trim());
  }

  /** Keeps a reply for the user's next message. Rejects when the store fails. */
  async keep(user: string, reply: Reply, looked?: Looked): Promise<void> {
    await this.#put(user, { reply, looked });
  }

  /** Keeps the rest of a text whose beginning the user has, for 继续. Rejects when the store fails. */
  async keepRest(user: string, content: string, looked?: Looked): Promise<void> {
    await this.#put(user, { reply: { type: "text", content }, more: true, looked });
  }

  /**
   * Adds to the text of this name, which is still being written, or, as `more`, to what the user has begun to read.
   * Rejects when the store fails.
   */
  async write(
    user: string,
    name: string,
    content: string,
    { isOver, more }: { readonly isOver: boolean; readonly more: boolean },
  ): Promise<void> {
    this.#used = true;
    await this.#change(user, undefined, (waiting) => {
      const index = waiting.findIndex(({ open }) => open === name);
      const entry = waiting[index] ?? opened(name, more);
      const written = grown(entry, content, isOver);
      const place = index < 0 ? waiting.length : index;
      return { changed: waiting.toSpliced(place, 1, ...(written === undefined ? [] : [written])) };
    });
  }

  /** Ends the text of this name with a last word, if there is one; resolves to whether it was still being written. */
  async close(user: string, name: string, word: string): Promise<boolean> {
    const wasOpen = await this.#change(user, undefined, (waiting) => {
      if (!waiting.some(({ open }) => open === name)) return {};
      const changed = waiting.flatMap((entry) => {
        if (entry.open !== name) return [entry];
        const text = textOf(entry);
        return grown(entry, text === "" || word === "" ? word : `\n\n${word}`, true) ?? [];
      });
      return { changed, result: true };
    });
    return wasOpen ?? false;
  }

  /** Takes away what waits of the text of this name. */
  async remove(user: string, name: string): Promise<void> {
    await this.#change(user, undefined, (waiting) => {
      const changed = waiting.filter(({ open }) => open !== name);
      return changed.length < waiting.length ? { changed } : {};
    });
  }

  /** What stands below a page when there are more. */
  get hint(): string {
    return this.#hint;
  }

  /** The part of a long text that fits into one message, with the hint below, and the rest. */
  split(text: string): [page: string, rest: string] {
    const end = cut(text, textLimit - Buffer.byteLength(this.#hint));
    return [text.slice(0, end).trimEnd() + this.#hint, text.slice(end).trimStart()];
  }

  /** Where in the store what waits for a user stands, if other processes may keep something there. */
  keyOf(user: string): string | undefined {
    return this.#isShared ? keyOf(user) : undefined;
  }

  /**
   * What a text of the user fetches, if anything waits that it fits: then the handlers need not
   * run. `known` is what stands at its key, where that was read. Never rejects: a store that fails
   * must not keep the message from them.
   */
  take(
    user: string,
    text: string,
    known?: { readonly value: string | undefined },
  ): Promise<Taken | undefined> | undefined {
    if (known === undefined ? !this.#used : known.value === undefined) return undefined;
    const taking = this.#change<Taken>(user, known, (waiting) => {
      const index = this.#find(waiting, text);
      const found = waiting[index];
      if (found === undefined) return {};
      const others = waiting.toSpliced(index, 1);
      const [reply, rest] = this.#page(found);
      const result = { reply, looked: found.looked };
      if (rest === found) return { result };
      return { changed: rest === undefined ? others : [rest, ...others], result };
    });
    return taking.catch(() => undefined);
  }

  /** What is read of it now, and what is left of it then. */
  #page(entry: Waiting): [page: Reply, rest: Waiting | undefined] {
    const { reply, open } = entry;
    if (reply.type !== "text") return [reply, undefined];
    const content = reply.content.trim();
    if (open === undefined && fits(reply.content)) return [reply, undefined];
    if (content === "") return [{ type: "text", content: this.#writing }, entry];
    const [page, left] = fits(content + this.#hint)
      ? [content + this.#hint, ""]
      : this.split(content);
    const rest: Waiting = { ...entry, reply: { type: "text", content: left }, more: true };
    return [{ type: "text", content: page }, rest];
  }

  #find(waiting: readonly Waiting[], text: string): number {
    const isNext = next.test(text);
    const matches = this.#matches(text);
    // Whoever has begun to read may also ask something new; only 继续 turns the page, and asks for what is not there yet.
    return waiting.findIndex((entry) => {
      const isAwaited = entry.open !== undefined && textOf(entry).trim() === "";
      return entry.more || isAwaited ? isNext : matches;
    });
  }

  async #put(user: string, entry: Waiting): Promise<void> {
    this.#used = true;
    await this.#change(user, undefined, (waiting) => ({
      changed: [...waiting, entry].slice(-maxWaiting),
    }));
  }

  /**
   * Changes what waits by compare-and-set, so that no two messages fetch the same reply and none is
   * overwritten. `change` is called again when another was faster; only its last result counts.
   */
  async #change<R = never>(
    user: string,
    known: { readonly value: string | undefined } | undefined,
    change: (waiting: readonly Waiting[]) => Change<R>,
  ): Promise<R | undefined> {
    const key = keyOf(user);
    let text = known === undefined ? await this.#store.get(key) : known.value;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const { changed, result } = change(parse(text));
      if (changed === undefined || (await this.#swap(key, text, changed))) return result;
      text = await this.#store.get(key);
    }
    throw new WechatError(
      "WX_STORE",
      "The replies that wait for a user could not be changed, because other processes changed them all the time.",
    );
  }

  /** Writes what is to wait in place of what was read; resolves to whether that stood there still. */
  async #swap(
    key: string,
    read: string | undefined,
    waiting: readonly Waiting[],
  ): Promise<boolean> {
    if (waiting.length === 0) return read === undefined || this.#store.compareAndDelete(key, read);
    const text = JSON.stringify(waiting);
    if (read === undefined) return this.#store.claim(key, text, this.#ttl);
    return this.#store.replace(key, read, text, this.#ttl);
  }
}

function opened(name: string, more: boolean): Waiting {
  const reply: Reply = { type: "text", content: "" };
  return { reply, looked: "source", open: name, ...(more ? { more } : {}) };
}

/** With more of its text; `undefined` if nothing is left to be read. */
function grown(entry: Waiting, more: string, isOver: boolean): Waiting | undefined {
  const content = textOf(entry) + more;
  const { open, ...rest } = entry;
  if (!isOver) return { ...rest, reply: { type: "text", content }, open };
  if (content.trim() !== "") return { ...rest, reply: { type: "text", content } };
  // Whoever was told that there is more is told that there was none.
  return entry.more ? { ...rest, reply: { type: "text", content: theEnd } } : undefined;
}

function textOf({ reply }: Waiting): string {
  return reply.type === "text" ? reply.content : "";
}

/** In braces, so that a Redis Cluster keeps it beside the user's runs. */
function keyOf(user: string): string {
  return `${begin}${user}}`;
}

/** What waits for a user in two places, in one; `undefined` for other keys. */
export function allWaiting(key: string, there: string, here: string): string | undefined {
  if (!`:${key}`.includes(`:${begin}`)) return undefined;
  const waiting = [...parse(there)];
  for (const entry of parse(here)) {
    const index = waiting.findIndex(({ open }) => open !== undefined && open === entry.open);
    const known = waiting[index];
    if (known === undefined) waiting.push(entry);
    else waiting[index] = grown(known, textOf(entry), false) ?? known;
  }
  return JSON.stringify(waiting.slice(-maxWaiting));
}

/** The store may hold anything at this key. */
function parse(text: string | undefined): readonly Waiting[] {
  if (text === undefined) return [];
  try {
    const waiting: unknown = JSON.parse(text);
    if (Array.isArray(waiting) && waiting.every(isWaiting)) return waiting;
  } catch {
    // Told below, without what it held.
  }
  throw new WechatError(
    "WX_STORE",
    "What the store holds as waiting replies was not written by koa-wx. Keep other things under other keys, or give RedisStore a prefix of its own.",
  );
}

function isWaiting(value: unknown): value is Waiting {
  if (typeof value !== "object" || value === null || !("reply" in value)) return false;
  const { reply, more, looked, open } = value as Partial<Record<keyof Waiting, unknown>>;
  return (
    isReply(reply) &&
    (more === undefined || more === true) &&
    (looked === undefined || looked === "source" || looked === "whole") &&
    (open === undefined || typeof open === "string")
  );
}
