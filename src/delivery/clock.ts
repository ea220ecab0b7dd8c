/** Time, so that a test can make it pass. Milliseconds. */
export interface Clock {
  now(): number;
  /** Calls `work` after `ms`; the returned function cancels it. Keeps no process alive. */
  after(ms: number, work: () => void): () => void;
}

/** The clock of this machine, with `now` from elsewhere if given. */
export function systemClock(now: () => number = Date.now): Clock {
  return {
    now,
    after(ms, work) {
      const timer = setTimeout(work, Math.max(0, ms)).unref();
      return () => clearTimeout(timer);
    },
  };
}
