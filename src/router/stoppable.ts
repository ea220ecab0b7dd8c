import { setImmediate } from "node:timers/promises";
import { ReplyError } from "../errors.js";
import { describe } from "../message/replies.js";
import { type Parts, type StreamOptions, StreamReply } from "../message/reply.js";

/**
 * A stream that ends at once when a signal aborts: the iterator's `return()` runs then, also while
 * somebody waits for its next part, who is told that it is over. A generator around it could not: it
 * only hears of the end when the part has come. Parts that are null or undefined are left out.
 */
export class Stoppable implements AsyncIterable<string>, AsyncIterator<string, undefined> {
  /** What this is made of, which may have options. */
  readonly source: Parts;
  readonly #signal: AbortSignal;
  #iterator: AsyncIterator<string | null | undefined> | undefined;
  #isOver = false;
  /** Tells whoever waits for the next part that there is none. */
  #end = () => {};

  constructor(source: Parts, signal: AbortSignal) {
    this.source = source;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<string, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#iterator === undefined) this.#open();
      if (this.#isOver || this.#iterator === undefined) {
        resolve(over);
        return;
      }
      this.#end = () => resolve(over);
      this.#part(this.#iterator).then(resolve, (error: unknown) => {
        this.#close();
        reject(error);
      });
    });
  }

  /** The next part that is one. */
  async #part(
    iterator: AsyncIterator<string | null | undefined>,
  ): Promise<IteratorResult<string, undefined>> {
    for (let left = 1; !this.#isOver; left += 1) {
      const part: unknown = await iterator.next();
      // A loop of the language would end here, too; this one would never.
      if (Object(part) !== part) throw noPart(part);
      const { done, value } = part as IteratorResult<string | null | undefined>;
      if (done) break;
      if (value !== undefined && value !== null) return { value };
      if (left % 256 === 0) await setImmediate();
    }
    this.#close();
    return over;
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    if (!this.#isOver) {
      this.#close();
      this.#end();
      await this.#iterator?.return?.();
    }
    return over;
  }

  #open(): void {
    if (this.#signal.aborted) {
      this.#isOver = true;
      return;
    }
    const { source } = this;
    checkUnread(source instanceof StreamReply ? source.parts : source);
    this.#signal.addEventListener("abort", this.#stop, { once: true });
    this.#iterator = source[Symbol.asyncIterator]();
  }

  readonly #stop = () => {
    // What it says at its end concerns nobody any more.
    this.return().catch(() => {});
  };

  #close(): void {
    this.#isOver = true;
    this.#signal.removeEventListener("abort", this.#stop);
  }
}

function noPart(part: unknown): ReplyError {
  return new ReplyError(
    `A handler returned a stream whose next() gave ${describe(part)}, and no { done, value }.`,
  );
}

const over: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A stream that ends when the signal does. */
export function stoppable(stream: Parts, signalOf: () => AbortSignal): Stoppable {
  return stream instanceof Stoppable ? stream : new Stoppable(stream, signalOf());
}

/** The options that an answer was given by `reply.stream()`, also where it can be stopped by now. */
export function optionsOf(stream: Parts): StreamOptions {
  const source = stream instanceof Stoppable ? stream.source : stream;
  return source instanceof StreamReply ? source.options : {};
}

/** Streams that were read, and give nothing when they are read again. */
const read = new WeakSet<object>();

function checkUnread(source: Parts): void {
  // What makes an iterator each time can be read as often as one likes.
  if (!("next" in source || "getReader" in source || "pipe" in source)) return;
  if (read.has(source)) {
    throw new ReplyError(
      "A handler returned a stream that was read before. It gives its parts once: make one for every push.",
    );
  }
  read.add(source);
}
