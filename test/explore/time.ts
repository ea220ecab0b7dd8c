import { setFlagsFromString } from "node:v8";

/** A generator of numbers that a seed decides (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `low` up to and including `high`. */
  within(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)] as T;
  }
}

// A turn of the event loop for everything that happens would make an exploration half as long again.
setFlagsFromString("--allow-natives-syntax");
/** Everything that promises do with what has just happened. */
const runMicrotasks = new Function("%PerformMicrotaskCheckpoint()");

interface Event {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** How much may happen in one moment; more is a loop that never ends. */
const mostAtOnce = 10_000;

/** Simulated time: what happens next is the earliest of what was planned. */
export class Time {
  now = 0;
  readonly #events: Event[] = [];
  #order = 0;

  /** Plans something; the returned function cancels it. */
  at(at: number, work: () => void): () => void {
    const event = { at: Math.max(at, this.now), order: this.#order++, work };
    this.#insert(event);
    return () => {
      const index = this.#events.indexOf(event);
      if (index >= 0) this.#events.splice(index, 1);
    };
  }

  /**
   * Lets everything happen that was planned up to a moment, and what comes of it. Once a second it
   * asks whether anything can still come, and ends early where nothing can.
   */
  run(until: number, isAtRest: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      // Not in a microtask, or those that wait could not be run.
      setImmediate(() => {
        try {
          resolve(this.#run(until, isAtRest));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #run(until: number, isAtRest: () => boolean): void {
    runMicrotasks();
    let look = 1_000;
    let atOnce = 0;
    for (let event = this.#events[0]; event !== undefined; event = this.#events[0]) {
      if (event.at > until) break;
      if (event.at > look) {
        if (isAtRest()) return;
        look = event.at + 1_000;
      }
      this.#events.shift();
      atOnce = event.at > this.now ? 0 : atOnce + 1;
      if (atOnce > mostAtOnce) throw new Error(`time stands still at ${this.now}`);
      this.now = event.at;
      event.work();
      runMicrotasks();
    }
    this.now = until;
  }

  #insert(event: Event): void {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#events[middle] as Event;
      if (other.at < event.at || (other.at === event.at && other.order < event.order)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    this.#events.splice(low, 0, event);
  }
}
