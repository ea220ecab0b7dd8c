/** Time, so that a test can make it pass. Milliseconds from any fixed moment. */
export interface Clock {
  now(): number;
  /** Calls `work` once, after `ms`. The result is for `clearTimeout`. Keeps no process alive. */
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The clock of this machine: one that no change of the system's time can move. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (work, ms) => setTimeout(work, Math.max(0, ms)).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Resolves to what `task` does, or to `otherwise` when it fails or `ms` have passed. Never rejects. */
export function within<T>(
  clock: Clock,
  task: Promise<T>,
  ms: number,
  otherwise: (error?: unknown) => T,
): Promise<T> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve(otherwise()), ms);
    task.then(
      (value) => {
        clock.clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clock.clearTimeout(timer);
        resolve(otherwise(error));
      },
    );
  });
}
