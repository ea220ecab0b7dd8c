import type { Result } from "../../message/reply.js";
import type { MaybePromise } from "../../time/maybe-promise.js";

/** What a dialogue remembers: whatever JSON can hold. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** The answers so far, by the names of their steps. */
export type Answers = Readonly<Record<string, Json>>;

/** What a step says instead of an answer. Made by `ctx.again()`, `ctx.change()` and `ctx.leave()`. */
export class Move {
  readonly #kind: "again" | "change" | "leave";
  readonly #steps: readonly string[];
  readonly #reply: MaybePromise<Result>;

  /** @internal */
  constructor(kind: Move["kind"], steps: readonly string[], reply: MaybePromise<Result>) {
    this.#kind = kind;
    this.#steps = steps;
    this.#reply = reply;
  }

  /** @internal */
  get kind() {
    return this.#kind;
  }

  /** @internal The steps to ask again. */
  get steps() {
    return this.#steps;
  }

  /** @internal What the user is told. */
  get reply() {
    return this.#reply;
  }
}

/** What a dialogue adds to the context of its handlers: `A` is what has been answered so far. */
export interface Asking<A> {
  /** The answers so far, by the names of their steps. */
  readonly answers: A;
  /** Says something before the next question, in the same message. */
  say(text: string): void;
}

/** What the handler of an answer has besides; `S` are the names of the steps so far. */
export interface Answering<A, S extends string> extends Asking<A> {
  /** Asks the same question again: with these words, or as before. */
  again(reply?: Result): Move;
  /** Asks these steps again; the other answers stay. */
  change(step: S, ...more: readonly S[]): Move;
  /** Ends the dialogue here, with this reply. */
  leave(reply?: MaybePromise<Result>): Move;
}

/** What the last handler has besides; it may send the user back to a step. */
export type Finishing<A, S extends string> = Omit<Answering<A, S>, "again">;
