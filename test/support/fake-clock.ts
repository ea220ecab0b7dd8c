import type { Clock } from "../../src/time/clock.js";

interface Timer {
  readonly at: number;
  readonly work: () => void;
}

/** Time that passes when a test says so. */
export class FakeClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<Timer>();

  now = () => this.#now;

  setTimeout(work: () => void, ms: number): unknown {
    const timer = { at: this.#now + Math.max(0, ms), work };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass in which nothing happens here, as in a process that is stopped: what was due comes with the next `pass`. */
  standStill(ms: number): void {
    this.#now += ms;
  }

  /** Lets `ms` pass, and everything happen that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.work();
      await settled();
    }
    this.#now = until;
    await settled();
  }
}

/** Lets happen what promises do with what has just happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
