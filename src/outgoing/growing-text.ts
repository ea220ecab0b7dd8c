import { setImmediate } from "node:timers/promises";
import { ReplyError } from "../errors.js";
import { describe } from "../message/replies.js";
import { textLimit } from "../message/reply.js";
import type { Stoppable } from "../router/stoppable.js";
import type { Clock } from "../time/clock.js";
import { cut, sentences } from "./cut.js";
import { fits } from "./text.js";

/** The longest answer that is read, in units of UTF-16: more pages than anybody turns. */
const longest = 1_048_576;
/** So many parts are taken before others have their turn: a stream may never let go by itself. */
const atOnce = 256;

/** What a stream is read by. */
export interface ReadOptions {
  /** Maps the source before anything is made of it. */
  readonly map: (parts: AsyncIterable<string>) => AsyncIterable<string>;
  /** Says what is to stand at the end instead of what has not come. Does not reject. */
  readonly failed: (error: unknown, isEmpty: boolean) => Promise<string>;
  /** After so many milliseconds of silence a full stop at the very end is one. */
  readonly silence: number;
  readonly clock: Clock;
}

/** A text that is being written: it is taken from its beginning while it grows at its end. */
export class GrowingText {
  /** Resolves when nothing more comes. */
  readonly over: Promise<void>;
  readonly #source: Stoppable;
  readonly #clock: Clock;
  readonly #failed: ReadOptions["failed"];
  readonly #silence: number;
  /** Told of every change. */
  readonly #waiting = new Set<() => void>();
  #text = "";
  #state: "growing" | "failing" | "over" = "growing";
  /** When something came last. */
  #grew: number;
  #isEmpty = true;

  /** Begins to read at once. */
  constructor(source: Stoppable, { map, failed, silence, clock }: ReadOptions) {
    this.#source = source;
    this.#clock = clock;
    this.#failed = failed;
    this.#silence = silence;
    this.#grew = clock.now();
    this.over = this.#read(map);
  }

  /** What has come and was not taken. */
  get text(): string {
    return this.#text;
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether there is more than one message holds. */
  get isLong(): boolean {
    return !fits(this.#text) && !fits(this.#text.trim());
  }

  /** Takes `length` units away from the beginning. */
  take(length: number): void {
    this.#text = this.#text.slice(length);
  }

  /** How many units of it are whole sentences that fit into `limit` bytes; 0 if there are none. */
  sentences(limit = Math.max(textLimit, this.#text.length * 3)): number {
    if (this.isOver && fits(this.#text, limit)) return this.#text.length;
    const isQuiet = this.isOver || this.#clock.now() - this.#grew >= this.#silence;
    return sentences(this.#text, limit, isQuiet);
  }

  /** The same, but 0 as well if there is room for more that may come. A sentence that is too long is cut. */
  message(limit = textLimit): number {
    if (fits(this.#text, limit)) return this.isOver ? this.#text.length : 0;
    const end = this.sentences(limit);
    // A message that is far from full costs one of few.
    if (Buffer.byteLength(this.#text.slice(0, end)) * 2 > limit) return end;
    return this.isOver || !fits(this.#text, limit * 2) ? cut(this.#text, limit) : 0;
  }

  /** Resolves with the next change, or after `ms`. At once if it is over. */
  async change(ms?: number): Promise<void> {
    if (this.isOver) return;
    await new Promise<void>((resolve) => {
      const told = () => {
        this.#clock.clearTimeout(timer);
        this.#waiting.delete(told);
        resolve();
      };
      const timer = ms === undefined ? undefined : this.#clock.setTimeout(told, ms);
      this.#waiting.add(told);
    });
  }

  /** Ends it here, with what is there. */
  stop(): void {
    if (this.isOver) return;
    this.#close();
    this.#end();
  }

  /** Ends it with what is to be said of an error. */
  async fail(error: unknown): Promise<void> {
    if (this.#state !== "growing") return;
    this.#state = "failing";
    this.#close();
    const words = await this.#failed(error, this.#isEmpty);
    if (words.trim() !== "") this.#add(this.#isEmpty ? words : `\n\n${words}`);
    this.#end();
  }

  async #read(map: ReadOptions["map"]): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    // What maps it is told of its end alone, so that what it has held back comes, too.
    const parts = untilFailure(checked(this.#source), (error) => {
      failure = { error };
    });
    try {
      for await (const part of map(parts)) {
        if (this.#state !== "growing") break;
        if (typeof part !== "string") throw noText(part);
        if (part === "") continue;
        this.#isEmpty = false;
        this.#add(part);
      }
    } catch (error) {
      failure = { error };
    }
    if (failure !== undefined) await this.fail(failure.error);
    // One that was stopped elsewhere has words to come.
    if (this.#state === "growing") this.#end();
    while (!this.isOver) await this.change();
  }

  #add(part: string): void {
    if (this.isOver) return;
    this.#text += part;
    this.#grew = this.#clock.now();
    this.#tell();
  }

  #end(): void {
    this.#state = "over";
    this.#tell();
  }

  #tell(): void {
    for (const told of [...this.#waiting]) told();
  }

  /** What it says at its end concerns nobody any more. */
  #close(): void {
    this.#source.return().catch(() => {});
  }
}

/** A stream that ends where it fails. */
async function* untilFailure(
  parts: AsyncIterable<string>,
  failed: (error: unknown) => void,
): AsyncGenerator<string, undefined> {
  try {
    yield* parts;
  } catch (error) {
    failed(error);
  }
}

/** A stream that fails where it gives what is no text, or too much of it. Nothing stands for no text. */
async function* checked(parts: AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  let [count, length] = [0, 0];
  /** The first half of a character, whose second half is to come. */
  let half = "";
  for await (const part of parts) {
    count += 1;
    if (count % atOnce === 0) await setImmediate();
    if (part === undefined || part === null) continue;
    if (typeof part !== "string") throw noText(part);
    length += part.length;
    if (length > longest) throw tooLong();
    const text = half + part;
    half = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? "";
    const whole = text.slice(0, text.length - half.length);
    // Halves that stand alone are no characters.
    yield /\p{Surrogate}/u.test(whole) ? whole.replace(/\p{Surrogate}/gu, "") : whole;
  }
}

function noText(part: unknown): ReplyError {
  return new ReplyError(
    `An answer that streams gave ${describe(part)}. It gives strings; bytes become some by TextDecoderStream.`,
  );
}

function tooLong(): ReplyError {
  return new ReplyError(
    `An answer that streams was longer than ${longest} characters, and was ended there.`,
    "WX_REPLY_TOO_LONG",
  );
}
