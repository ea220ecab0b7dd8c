import type { Reply } from "../../message/reply.js";
import type { Agreed } from "../agreement/agreement.js";
import type { Host } from "../host.js";
import { NextDelivery } from "./next-delivery.js";
import { type Answer, type Attempt, Waiter, Waiters } from "./waiters.js";

/** What becomes of a run when its deliveries' time is over. */
interface Ends {
  /** The last one's time is over. */
  last(): void;
  /** One that was not the last is left open, and no other one waits here. */
  idle(): void;
  /** The run has taken longer than any may; and once more, if it is not over after as long again. */
  tooLong(): void;
}

/** The deliveries of a push to this process: those that wait here, and the next one that may come. */
export class Deliveries {
  readonly #host: Host;
  readonly #ends: Ends;
  readonly #waiters: Waiters;
  readonly #next: NextDelivery;
  #limit: unknown;
  /** How many came here. */
  #count = 0;

  constructor(host: Host, ends: Ends) {
    this.#host = host;
    this.#ends = ends;
    this.#waiters = new Waiters(host.expiry, host.clock);
    this.#next = new NextDelivery(host.clock, host.budget.grace);
  }

  /** By when the newest one must have its answer, as far as is known. */
  get until(): number {
    return this.#next.arrived + this.#host.budget.ms;
  }

  /** Whether none waits here. */
  get areNone(): boolean {
    return this.#waiters.size === 0;
  }

  /** Whether an answer would reach WeChat. */
  get areLive(): boolean {
    return this.#waiters.live;
  }

  /** Whether the last one that WeChat makes waits here, and an answer would reach it. */
  get isLastLive(): boolean {
    return this.canTake(this.#host.budget.attempts);
  }

  /** The number of the newest one that waits here. */
  get newest(): number {
    return this.#waiters.newest;
  }

  /** Whether other processes may not know of one of them yet. */
  get areEntering(): boolean {
    return this.#waiters.areEntering;
  }

  /** Whether all of so many came here. */
  areAll(newest: number): boolean {
    return this.#count >= newest;
  }

  /** Whether the newest one waits here and could take a reply. */
  canTake(newest: number): boolean {
    return this.#waiters.canTake(newest);
  }

  /** The same, if its time is not over. */
  canTakeNow(newest: number): boolean {
    return this.#waiters.canTake(newest, this.#host.clock.now());
  }

  /** One has come, or has been heard of. */
  came(at: number): void {
    this.#next.came(at);
  }

  /** Waits for one until its time is over. */
  wait(attempt: Attempt, number: number): Waiter {
    const { budget, ahead } = this.#host;
    this.came(attempt.arrived);
    const ms = budget.ms - ahead();
    const waiter = new Waiter(number, attempt, ms, (gone) => this.#expired(gone));
    this.#waiters.add(waiter);
    this.#count += 1;
    return waiter;
  }

  /** Waits for one while others are asked whose it is; `refused` if it is not to be. */
  enter(
    attempt: Attempt,
    number: number,
    entering: Promise<Agreed>,
    { heard, refused }: { heard(agreed: Agreed): void; refused(): void },
  ): Promise<Answer> {
    const waiter = this.wait(attempt, number);
    waiter.isEntering = true;
    entering.then(
      (agreed) => {
        waiter.isEntering = false;
        waiter.number = Math.max(waiter.number, agreed.deliveries);
        heard(agreed);
      },
      (error: unknown) => {
        this.#waiters.remove(waiter);
        this.#count -= 1;
        waiter.reject(error);
        refused();
      },
    );
    return waiter.answer;
  }

  /** Those that wait are about to be answered: their time is over no more. */
  hold(): void {
    this.#limitRun();
    this.#waiters.hold();
  }

  /** Answers all that wait; what can reach nobody is left unanswered. */
  resolve(answer: Answer | Promise<Reply | undefined>): void {
    this.#waiters.resolve(answer);
  }

  /** Calls `missing` when the next one does not come in time. */
  watch(missing: () => void): void {
    this.#next.watch(missing);
  }

  /** It is over: what nobody has answered is left so, and waits no longer. */
  stop(): void {
    this.resolve("abandoned");
    this.#next.stop();
    this.#host.clock.clearTimeout(this.#limit);
  }

  #expired(waiter: Waiter): void {
    this.#limitRun();
    if (waiter.number >= this.#host.budget.attempts) {
      this.#ends.last();
      return;
    }
    this.#waiters.remove(waiter);
    waiter.resolve("abandoned");
    if (this.areNone) this.#ends.idle();
  }

  /** From the first delivery on that had no answer at once, or only the beginning of one. */
  #limitRun(): void {
    const { budget, clock } = this.#host;
    this.#limit ??= clock.setTimeout(() => {
      this.#limit = undefined;
      this.#limitRun();
      this.#ends.tooLong();
    }, budget.maxRun);
  }
}
