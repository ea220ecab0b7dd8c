import type { Reply } from "../../message/reply.js";
import type { Agreed, Agreement, Outcome, Wish } from "./agreement.js";

/**
 * The agreement of a process that shares its pushes with nobody: it agrees to everything, at once. It is
 * what is agreed itself, because a push that is answered at once should not pay for copies.
 */
export class Alone implements Agreement, Agreed {
  readonly here = true;
  readonly isOurs = false;
  readonly insists = false;
  readonly isUntouched = false;
  readonly over = false;
  deliveries = 0;
  outcome: Outcome | undefined;
  way: Agreed["way"];
  placeholder: Reply | undefined;
  shown: Agreed["shown"];
  sends = false;

  enter(number: number): Agreed {
    this.deliveries = Math.max(this.deliveries + 1, number);
    return this;
  }

  propose(wish: Wish): Agreed {
    if ("outcome" in wish) {
      this.outcome = wish.outcome;
      this.way = wish.way ?? this.way;
    } else if ("way" in wish) {
      this.way = wish.way;
      if (wish.way === "late") this.#goLate(wish);
    } else if ("send" in wish) this.sends = true;
    else if ("part" in wish) this.shown = "ours";
    else if ("unseen" in wish) this.shown = undefined;
    return this;
  }

  leave(): void {}

  #goLate({ placeholder, begun }: Extract<Wish, { way: "late" }>): void {
    this.placeholder = placeholder ?? this.placeholder;
    if (begun === undefined) return;
    this.outcome = undefined;
    this.shown = "ours";
  }
}
