import { skippedTime } from "./no-waits.js";

/** Longer than a lease takes that nobody renews any more, in milliseconds. */
const runningOut = 10_000;

/** A timer as Node's own is to whoever sets it. */
class Timer {
  readonly at: number;
  readonly work: () => void;

  constructor(at: number, work: () => void) {
    this.at = at;
    this.work = work;
  }

  ref = () => this;
  unref = () => this;
  hasRef = () => false;
}

/**
 * Time that passes when a case says so, and only then, for everything in this process that asks its
 * clocks or sets a timer, until `end()`: a machine that stands still must not make a lease run out.
 * Whatever was set and takes longer than a little while more never happens.
 */
export class PassingTime {
  /** How many timers have gone off. */
  fired = 0;
  #passed = 0;
  readonly #timers = new Set<Timer>();
  readonly #real = {
    performance: performance.now,
    date: Date.now,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };

  /** `start` is what `Date.now()` says first, in milliseconds. */
  constructor(start: number) {
    const begun = performance.now();
    const before = skippedTime();
    performance.now = () => begun + this.#passed + skippedTime() - before;
    Date.now = () => Math.floor(start + performance.now() - begun);
    const set = (work: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
      const after = ms > 0 && ms < 2 ** 31 ? ms : 1;
      const timer = new Timer(this.#passed + after, () => work(...given));
      this.#timers.add(timer);
      return timer;
    };
    globalThis.setTimeout = set as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer: unknown) =>
      void this.#timers.delete(timer as Timer)) as typeof clearTimeout;
  }

  /** Lets milliseconds pass, and everything happen that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    await this.#pass(ms, () => false);
  }

  /** What a promise comes to within so many milliseconds, of which no more pass than it takes. */
  async await<T>(promise: Promise<T>, most: number): Promise<T | undefined> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    await this.#pass(most, () => isOver);
    return isOver ? promise : undefined;
  }

  async #pass(ms: number, isEnough: () => boolean): Promise<void> {
    const until = this.#passed + ms;
    await settled();
    while (!isEnough()) {
      let next: Timer | undefined;
      for (const timer of this.#timers) {
        if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
      }
      this.#passed = Math.max(this.#passed, next?.at ?? until);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.fired += 1;
      next.work();
      await settled();
    }
    await settled();
  }

  /**
   * What is common to all cases in this process, such as the timer of all leases, is let run out. What of the
   * case itself comes to an end meanwhile is too late, and need not say so.
   */
  async end(): Promise<void> {
    const warn = process.emitWarning;
    process.emitWarning = () => {};
    await this.pass(runningOut);
    process.emitWarning = warn;
    performance.now = this.#real.performance;
    Date.now = this.#real.date;
    globalThis.setTimeout = this.#real.setTimeout;
    globalThis.clearTimeout = this.#real.clearTimeout;
    this.#timers.clear();
  }
}

/** What promises do with what has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
