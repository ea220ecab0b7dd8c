import type { Clock } from "./clock.js";

/** Something that expires at a time unless it is removed before. */
export abstract class Expiring {
  /** Milliseconds by the clock. */
  readonly at: number;
  before: Expiring | undefined;
  after: Expiring | undefined;
  /** Whether it is waiting. */
  listed = false;

  constructor(at: number) {
    this.at = at;
  }

  abstract expire(): void;
}

class Timer extends Expiring {
  readonly #work: () => void;

  constructor(at: number, work: () => void) {
    super(at);
    this.#work = work;
  }

  expire(): void {
    this.#work();
  }
}

/**
 * Many waits of about the same length behind one timer. They are kept in order of their end, which
 * is nearly the order in which they come, so adding and removing one costs next to nothing.
 */
export class Expiry {
  readonly #clock: Clock;
  #first: Expiring | undefined;
  #last: Expiring | undefined;
  /** When the timer goes off, if one is set. It is left to run empty rather than cleared. */
  #due: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `work` after so many milliseconds, unless what this returns is removed before. */
  after(ms: number, work: () => void): Expiring {
    const timer = new Timer(this.#clock.now() + ms, work);
    this.add(timer);
    return timer;
  }

  add(entry: Expiring): void {
    let before = this.#last;
    while (before !== undefined && before.at > entry.at) before = before.before;
    const after = before === undefined ? this.#first : before.after;
    entry.listed = true;
    entry.before = before;
    entry.after = after;
    if (before === undefined) this.#first = entry;
    else before.after = entry;
    if (after === undefined) this.#last = entry;
    else after.before = entry;
    this.#arm(entry.at);
  }

  /** Takes an entry out, unless it has expired already. */
  remove(entry: Expiring): void {
    if (!entry.listed) return;
    entry.listed = false;
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
  }

  /** Takes all of them out; they do not expire. */
  clear(): Expiring[] {
    const all: Expiring[] = [];
    for (let entry = this.#first; entry !== undefined; entry = this.#first) {
      this.remove(entry);
      all.push(entry);
    }
    return all;
  }

  /** Unless a timer is set that goes off before. */
  #arm(at: number): void {
    if (this.#due !== undefined && this.#due <= at) return;
    this.#due = at;
    this.#clock.setTimeout(() => this.#run(at), at - this.#clock.now());
  }

  #run(due: number): void {
    // An earlier timer took over; this one was only left to run out.
    if (this.#due !== due) return;
    this.#due = undefined;
    // Node's timers may come up to a millisecond early by this clock.
    const now = this.#clock.now() + 1;
    const over: Expiring[] = [];
    for (let entry = this.#first; entry && entry.at <= now; entry = entry.after) over.push(entry);
    // What is added meanwhile waits for another turn, or who adds himself again at once would never end.
    for (const entry of over) {
      if (!entry.listed) continue;
      this.remove(entry);
      entry.expire();
    }
    // Who has added himself meanwhile may come after others that still wait.
    if (this.#first !== undefined) this.#arm(this.#first.at);
  }
}
