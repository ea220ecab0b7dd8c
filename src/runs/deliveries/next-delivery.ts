import type { Clock } from "../../time/clock.js";

/** Looks after WeChat's next delivery of a push: when it does not come, nobody waits any longer. */
export class NextDelivery {
  readonly #clock: Clock;
  /** How long after one delivery the next may come, in milliseconds. */
  readonly #grace: number;
  #arrived = 0;
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

  /** Calls `missing` when none has come in time. */
  watch(missing: () => void): void {
    this.#timer ??= this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#arrived + this.#grace > this.#clock.now() + 1) this.watch(missing);
        else missing();
      },
      this.#arrived + this.#grace - this.#clock.now(),
    );
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}
