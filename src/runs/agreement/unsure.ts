import type { Addressee, Agreed, Wish } from "./agreement.js";

/**
 * What a run has done here, or asked for, and the agreement has not confirmed: the reply was asked
 * for, its delivery has missed it, the placeholder was given without waiting, or the reply is to go late
 * although it was to go to a delivery. It stands for the deliveries known by then: one that came after them has got the reply
 * elsewhere.
 */
export class Unsure {
  #what:
    | {
        readonly is: "asked" | "missed" | "given" | "insisting";
        readonly seen: number;
        readonly begun?: string | undefined;
        readonly isTold?: true;
      }
    | undefined;

  get isEmpty(): boolean {
    return this.#what === undefined;
  }

  get isGiven(): boolean {
    return this.#what?.is === "given";
  }

  get isMissed(): boolean {
    return this.#what?.is === "missed";
  }

  get isInsisting(): boolean {
    return this.#what?.is === "insisting";
  }

  /** Whether the last of so many deliveries has the placeholder, of which the others are to be told again: once. */
  tellAgain(deliveries: number): boolean {
    const what = this.#what;
    const isFirst = what?.is === "given" && what.seen >= deliveries && what.isTold === undefined;
    if (isFirst) this.#what = { ...what, isTold: true };
    return isFirst;
  }

  /** The reply is asked for, unless something is unsure already. */
  ask(seen: number): boolean {
    if (this.#what !== undefined) return false;
    this.#what = { is: "asked", seen };
    return true;
  }

  /** The delivery for which it was asked has got nothing; returns whether that is so. */
  miss(): boolean {
    if (this.#what?.is === "asked") this.#what = { ...this.#what, is: "missed" };
    return this.isMissed;
  }

  /** The last delivery of `seen` has the placeholder, or the beginning of what is written by `begun`. */
  give(seen: number, begun: string | undefined): void {
    this.#what = { is: "given", seen, begun };
  }

  /** No delivery came that takes it, after the first `seen`: it is to go late. */
  late(to: Addressee, seen: number): Wish {
    return this.isMissed ? this.insist(to) : { way: "late", to, seen };
  }

  /** The reply is to go late instead, unless a delivery came after those for which that stands. */
  insist(to: Addressee): Wish {
    const { is, seen = 0, begun } = this.#what ?? {};
    this.#what = { is: "insisting", seen, begun };
    return { way: "late", to, instead: is === "given" ? "promised" : "missed", seen, begun };
  }

  /** Whether the delivery that was to take the reply has got the placeholder, or nothing. */
  isTooLate({ way, isOurs }: Agreed, isLive: boolean): boolean {
    const isAsked = this.#what?.is === "asked" || this.isMissed;
    return way === "passive" && (this.isGiven || (isAsked && isOurs && !isLive));
  }
}
