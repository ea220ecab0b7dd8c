import { stores } from "../diagnostics.js";
import { StoreError } from "../errors.js";
import type { Clock } from "../time/clock.js";

/** A store that fails again this soon is still in the same outage, and worth no new word. */
const calm = 10_000;

/** Says that a shared store is away and why, once in an outage, and that it is back. */
export class Outage {
  readonly #warn: (message: string) => void;
  readonly #clock: Clock;
  #since: number | undefined;
  #isTold = false;
  #endedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, warn = warnProcess) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /**
   * The store is away. Where it only kept silent, whoever was asked in vain has `wait` milliseconds to
   * say more by `explain`: with a wrong password, a client of Redis keeps silent, too.
   */
  begin(error: unknown, wait = 0): void {
    const now = this.#clock.now();
    if (now - this.#endedAt < calm) return;
    this.#since = now;
    this.#isTold = false;
    if (wait === 0) this.explain(error);
    else this.#clock.setTimeout(() => this.explain(error), wait);
  }

  /** Why it is away; the first reason is told. */
  explain(error: unknown): void {
    if (this.#since === undefined || this.#isTold) return;
    this.#isTold = true;
    const message = error instanceof Error ? error.message : typeof error;
    // What others throw may hold anything.
    const reason = error instanceof StoreError ? message : undefined;
    if (stores.watched) stores.publish({ outcome: "away", reason, duration: 0 });
    this.#warn(
      `The shared store failed, so this process goes on alone until it is back: ${message}`,
    );
  }

  /** The store is back. */
  end(): void {
    this.#endedAt = this.#clock.now();
    if (this.#since === undefined) return;
    this.explain(silent());
    const duration = this.#endedAt - this.#since;
    this.#since = undefined;
    if (stores.watched) stores.publish({ outcome: "back", reason: undefined, duration });
    this.#warn(
      `The shared store is back after ${Math.ceil(duration / 1_000)} s, so this process shares again.`,
    );
  }

  /** Says nothing any more. */
  close(): void {
    this.#since = undefined;
  }
}

/** What is known of a store that does not answer. */
export function silent(): StoreError {
  return new StoreError(
    "The shared store does not answer. Check that Redis is up, can be reached from here and is not overloaded.",
    "store",
  );
}

function warnProcess(message: string): void {
  process.emitWarning(message, { code: "WX_STORE" });
}
