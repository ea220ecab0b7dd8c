/** Time, so that a test can make it pass. Milliseconds from any fixed moment. */
export interface Clock {
  now(): number;
  /** Calls `work` once, after `ms`. The result is for `clearTimeout`. Keeps no process alive. */
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/**
 * The clock of this machine: one that no change of the system's time can move.
 *
 * Node runs the timers that are due before it reads its sockets. A process that stood still would
 * take its own standstill for somebody else's, so a timer that is due gives the event loop one turn
 * before it counts: what has arrived meanwhile is read first.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (work, ms) => new PatientTimer(work, ms),
  clearTimeout: (timer) => {
    if (timer instanceof PatientTimer) timer.clear();
  },
};

/** Node takes a longer time for a millisecond. */
const longest = 2 ** 31 - 1;

class PatientTimer {
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(work: () => void, ms: number) {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#turn = setImmediate(work);
      },
      Math.min(Math.max(0, ms), longest),
    ).unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#turn !== undefined) clearImmediate(this.#turn);
  }
}

/** Resolves to what `task` does, or to `otherwise` when it fails or `ms` have passed. Never rejects. */
export function within<T>(
  clock: Clock,
  task: Promise<T>,
  ms: number,
  otherwise: (error?: unknown) => T,
): Promise<T> {
  return new Promise((resolve) => {
    let isOver = false;
    // Once only: what comes of a task whose time is over concerns nobody any more.
    const end = (value: () => T) => {
      if (isOver) return;
      isOver = true;
      clock.clearTimeout(timer);
      resolve(value());
    };
    const timer = clock.setTimeout(() => end(() => otherwise()), ms);
    task.then(
      (value) => end(() => value),
      (error) => end(() => otherwise(error)),
    );
  });
}
