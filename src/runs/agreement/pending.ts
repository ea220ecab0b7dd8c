import type { Wish } from "./agreement.js";
import { granted, type RunRecord } from "./record.js";

/** What a process has wished and the store has not taken yet, in order. */
export class Pending {
  readonly #ticket: string;
  #wishes: readonly Wish[] = [];
  /** Those that the store was asked for: it may have taken them, and not have said so. */
  readonly #asked = new WeakSet<Wish>();

  constructor(ticket: string) {
    this.#ticket = ticket;
  }

  get first(): Wish | undefined {
    return this.#wishes[0];
  }

  get isEmpty(): boolean {
    return this.#wishes.length === 0;
  }

  /** Whether a reply that was thought to be taken is wished to go late instead. */
  get insists(): boolean {
    return this.#wishes.some((wish) => "instead" in wish);
  }

  has(wish: Wish): boolean {
    return this.#wishes.includes(wish);
  }

  add(wish: Wish): void {
    this.#wishes = [...this.#wishes, wish];
  }

  /** The store has taken it; or another one stands in its place. */
  replace(wish: Wish, by?: Wish): void {
    const others = by === undefined ? [] : [by];
    this.#wishes = this.#wishes.flatMap((pending) => (pending === wish ? others : [pending]));
  }

  /** The store is asked for it. */
  ask(wish: Wish): void {
    this.#asked.add(wish);
  }

  /** What a record becomes by what does not have to be agreed first. */
  addedTo(known: RunRecord): RunRecord {
    const isPublished =
      known.outcome !== undefined ||
      this.#wishes.some((wish) => "outcome" in wish && this.#asked.has(wish));
    let record = known;
    for (const wish of this.#wishes) {
      // Given to nobody where another one holds it, or may have taken it.
      const mayBeTaken =
        "reply" in wish && (record.holder !== this.#ticket || (isPublished && !wish.alone));
      if (!mayBeTaken && !("instead" in wish))
        record = granted(record, wish, this.#ticket) ?? record;
    }
    return record;
  }
}
