import type { Reply } from "../../message/reply.js";
import type { Clock } from "../../time/clock.js";
import { Expiring, type Expiry } from "../../time/expiry.js";
import { round } from "../../time/wechat-clock.js";

/** One delivery of a push. */
export interface Attempt {
  /** When its request arrived, by the clock of the runs. */
  readonly arrived: number;
  /** Which delivery it must be at least, by the push's age. Default: 1. */
  readonly number?: number;
  /** Whether its connection is closed already. Asked once, when there is an answer for it. */
  readonly closed?: { readonly aborted: boolean } | undefined;
  /**
   * Resolves when the request may be answered, to whether it is new rather than a repetition of one
   * that was answered long ago. Rejects with a RequestError.
   */
  readonly admitted?: Promise<boolean> | undefined;
}

/** Whether an answer can still reach WeChat. What has stood still may not have read yet that WeChat has hung up. */
export function isLive(attempt: Attempt, clock: Clock): boolean {
  return attempt.closed?.aborted !== true && clock.now() < attempt.arrived + round;
}

/**
 * `undefined` acknowledges an attempt without a message; `"abandoned"` leaves it unanswered, so
 * that WeChat delivers the push again.
 */
export type Answer = Reply | undefined | "abandoned";

/** An attempt that waits for its answer. */
export class Waiter extends Expiring {
  /** The attempt's number, as far as it is known. */
  number: number;
  /** Whether other processes may not know of it yet. */
  isEntering = false;
  readonly answer: Promise<Answer>;
  readonly attempt: Attempt;
  readonly #expired: (waiter: Waiter) => void;
  resolve!: (answer: Answer | Promise<Answer>) => void;
  reject!: (error: unknown) => void;

  constructor(number: number, attempt: Attempt, ms: number, expired: (waiter: Waiter) => void) {
    super(attempt.arrived + ms);
    this.number = number;
    this.attempt = attempt;
    this.#expired = expired;
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  expire(): void {
    this.#expired(this);
  }
}

const none: ReadonlySet<Waiter> = new Set();

/** The attempts of one push that wait in this process. */
export class Waiters {
  /** Made for the first one: most pushes are answered at once. */
  #made: Set<Waiter> | undefined;
  readonly #expiry: Expiry;
  readonly #clock: Clock;

  constructor(expiry: Expiry, clock: Clock) {
    this.#expiry = expiry;
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.size;
  }

  get #all(): ReadonlySet<Waiter> {
    return this.#made ?? none;
  }

  /** The number of the newest; 0 if there is none. */
  get newest(): number {
    return Math.max(0, ...[...this.#all].map(({ number }) => number));
  }

  get areEntering(): boolean {
    for (const waiter of this.#all) if (waiter.isEntering) return true;
    return false;
  }

  /** Whether an answer would reach WeChat. */
  get live(): boolean {
    for (const waiter of this.#all) if (this.#isLive(waiter)) return true;
    return false;
  }

  /**
   * Whether one of them can take a reply: it is the newest delivery, for WeChat has hung up on those
   * before, and by the clock its time is not over, even if its timer is late.
   */
  canTake(newest: number, now = 0): boolean {
    for (const waiter of this.#all) {
      if (waiter.number >= newest && now <= waiter.at && this.#isLive(waiter)) return true;
    }
    return false;
  }

  add(waiter: Waiter): void {
    this.#made ??= new Set();
    this.#made.add(waiter);
    this.#expiry.add(waiter);
  }

  /** Takes one out, whose time is over or that will be answered by itself. */
  remove(waiter: Waiter): void {
    this.#made?.delete(waiter);
    this.#expiry.remove(waiter);
  }

  /** Lets their time be over no more. */
  hold(): void {
    for (const waiter of this.#all) this.#expiry.remove(waiter);
  }

  /** Answers all of them; what can reach nobody is left unanswered. */
  resolve(answer: Answer | Promise<Answer>): void {
    for (const waiter of this.#all) {
      this.#expiry.remove(waiter);
      waiter.resolve(this.#isLive(waiter) ? answer : "abandoned");
    }
    this.#made?.clear();
  }

  #isLive({ attempt }: Waiter): boolean {
    return isLive(attempt, this.#clock);
  }
}
