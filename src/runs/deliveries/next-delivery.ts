import type { Clock } from "../../time/clock.js";

/** Looks after WeChat's next delivery of a push: when it does not come, nobody waits any longer. */
export class NextDelivery {
  readonly #clock: Clock;
  /** How long after one delivery the next may come, in milliseconds. */
  readonly #grace: number;
  #arrived = 0;
  /** When it was last said that none had come. */
  #missed = 0;
  #timer: unknown;

  constructor(clock: Clock, grace: number) {
    this.#clock = clock;
    this.#grace = grace;
  }

  /** When the newest delivery arrived, as far as is known. */
  get arrived(): number {
    return this.#arrived;
  }

  /** A delivery has arrived, or has been heard of. */
  came(at: number): void {
    this.#arrived = Math.max(this.#arrived, at);
  }

  /** Calls `missing` when none has come in time; again not before as long again, should nothing have become of it. */
  watch(missing: () => void): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#left > 1) return this.watch(missing);
      this.#missed = this.#clock.now();
      missing();
    }, this.#left);
  }

  get #left(): number {
    return Math.max(this.#arrived, this.#missed) + this.#grace - this.#clock.now();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
