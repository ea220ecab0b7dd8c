import { setTimeout as delay } from "node:timers/promises";

/** Where the simulated WeChat takes its time from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects as soon as the signal aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  // What waits has a connection or a server open; the timer alone keeps no process alive.
  wait: (ms, signal) => delay(ms, undefined, { signal, ref: false }),
};

/** A clock that stands still until it is moved: hours pass in a test at once. */
export class FakeClock implements Clock {
  #now: number;
  readonly #waiting = new Set<{ readonly at: number; readonly done: () => void }>();

  /** @param now Milliseconds since 1970. Default: the present. */
  constructor(now = Date.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Resolves once the clock has been moved by `ms` milliseconds. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const entry = { at: this.#now + ms, done: resolve };
      this.#waiting.add(entry);
      signal?.addEventListener(
        "abort",
        () => {
          this.#waiting.delete(entry);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** Moves the clock; what was due meanwhile happens in order. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#waiting].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#waiting.delete(next);
      next.done();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
  }
}
