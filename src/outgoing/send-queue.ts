import { Lines } from "../store/line.js";
import type { Store } from "../store/store.js";

/**
 * Keeps the parts of one answer together: what goes to one user leaves in the order in which it
 * came, one answer after the other, across processes where they share the store.
 */
export class SendQueue {
  readonly #store: Store;
  readonly #lease: number;
  readonly #lines = new Lines();

  /** A process that died keeps its turn for `lease` milliseconds. */
  constructor(store: Store, lease: number) {
    this.#store = store;
    this.#lease = lease;
  }

  /** Waits until everything before it has left; the returned function lets the next one go. */
  async enter(user: string): Promise<() => void | Promise<void>> {
    const key = `send:{${user}}`;
    try {
      const turn = await this.#lines.take(this.#store, key, { lease: this.#lease });
      return () => turn.release();
    } catch {
      // The store is away: a message that is out of order is better than none.
      return () => {};
    }
  }

  /** Does something in its turn. */
  async inTurn<T>(user: string, work: () => Promise<T>): Promise<T> {
    const release = await this.enter(user);
    try {
      return await work();
    } finally {
      await release();
    }
  }
}
