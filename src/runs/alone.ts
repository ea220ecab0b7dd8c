import type { Agreed, Agreement, Wish } from "./agreement.js";

/** The agreement of a process that shares its pushes with nobody: it agrees to everything, at once. */
export class Alone implements Agreement {
  #agreed: Agreed | undefined;

  enter(number: number): Agreed {
    const { deliveries } = this.#agreed ?? first;
    return this.#note({ deliveries: Math.max(deliveries + 1, number) });
  }

  propose(wish: Wish): Agreed {
    if ("send" in wish) return this.#note({ sends: true });
    if ("part" in wish) return this.#note({ shown: "ours" });
    if ("begun" in wish && wish.begun !== undefined) {
      return this.#note({ ...wish, outcome: undefined, shown: "ours" });
    }
    if ("outcome" in wish || "way" in wish) return this.#note(wish);
    return this.#note({});
  }

  leave(): void {}

  #note(change: Partial<Agreed>): Agreed {
    this.#agreed = { ...(this.#agreed ?? first), ...change };
    return this.#agreed;
  }
}

const first: Agreed = {
  here: true,
  deliveries: 0,
  isOurs: false,
  insists: false,
  sends: false,
  over: false,
};
