import type { Reply } from "../message/reply.js";
import type { Run } from "../router/context.js";
import type { Clock } from "./clock.js";

/** How long an attempt may take, and how many of them are used. */
export interface Budget {
  readonly ms: number;
  readonly attempts: number;
  /** How long a finished run waits for the next attempt before its reply goes another way. */
  readonly grace: number;
  /** After this long a run is given up. */
  readonly limit: number;
}

/** What a run does when it is asked to. */
export interface Work {
  /** The same for every delivery of the push. */
  readonly key: string;
  /** Runs the handlers. It never rejects: what fails is reported and answered with nothing. */
  start(run: Run): Promise<Reply | undefined>;
  /** What the last attempt is answered with when the handlers are not done: `onTimeout`. */
  placeholder(): Promise<Reply | undefined>;
  /** Delivers a reply for which the last attempt did not wait. It never rejects. */
  deliverLate(reply: Reply): Promise<void>;
  /** Whether a late reply can still reach the user, so that the handlers go on. */
  readonly canBeLate: boolean;
}

/** One delivery of a push. */
export interface Attempt {
  /** When its request arrived, in milliseconds. */
  readonly arrived: number;
  /** Aborts when the connection closes; called only if the attempt has to wait. */
  readonly closed?: (() => AbortSignal) | undefined;
}

type Answer = Reply | undefined | "abandoned";
type Waiter = { readonly number: number; readonly resolve: (answer: Answer) => void };

/**
 * One run of the handlers for one push, and all deliveries that wait for it.
 *
 * While attempts are left, one past its budget stays unanswered, so that WeChat delivers again and
 * the result goes to the next. The last one gets a placeholder, and the result goes another way.
 */
export class OneRun implements Run {
  readonly #work: Work;
  readonly #budget: Budget;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  /** Made when somebody asks for the signal: few handlers do. */
  #controller: AbortController | undefined;
  #aborted = false;
  /** Resolves when the handlers are done and a late reply is delivered. */
  readonly finished: Promise<void>;
  attempt = 0;
  late = false;
  #done = false;
  #result: Reply | undefined;
  /** What every attempt is answered with, from the moment that this is decided. */
  #answer: Promise<Reply | undefined> | undefined;
  #cancelLimit: (() => void) | undefined;

  constructor(work: Work, budget: Budget, clock: Clock) {
    this.#work = work;
    this.#budget = budget;
    this.#clock = clock;
    this.finished = this.#go();
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Waits for the answer to one attempt. */
  join(attempt: Attempt): Promise<Answer> {
    this.attempt += 1;
    if (this.#done) this.#answer ??= Promise.resolve(this.#result);
    if (this.#answer !== undefined) return this.#answer;
    return new Promise((resolve) => this.#wait(attempt, this.attempt, resolve));
  }

  /** Gives up: nobody waits any longer, and whatever the handlers return is dropped. */
  abort(): void {
    this.#answer ??= Promise.resolve(undefined);
    this.#stop();
    this.#release(this.#answer);
  }

  #stop(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  #wait(attempt: Attempt, number: number, resolve: (answer: Answer) => void): void {
    const waiter: Waiter = {
      number,
      resolve: (answer) => {
        cancel();
        resolve(answer);
      },
    };
    this.#waiters.add(waiter);
    const left = attempt.arrived + this.#budget.ms - this.#clock.now();
    const cancel = this.#clock.after(left, () => this.#expire(waiter));
    attempt.closed?.().addEventListener("abort", () => this.#abandon(waiter), { once: true });
  }

  #abandon(waiter: Waiter): void {
    if (this.#waiters.delete(waiter)) waiter.resolve("abandoned");
  }

  #expire(waiter: Waiter): void {
    this.#cancelLimit ??= this.#clock.after(this.#budget.limit, () => this.abort());
    if (waiter.number < this.#budget.attempts) {
      this.#abandon(waiter);
      return;
    }
    this.#beLate();
    this.#answer = this.#work.placeholder();
    this.#release(this.#answer);
  }

  #beLate(): void {
    this.late = true;
    if (!this.#work.canBeLate) this.#stop();
  }

  #release(answer: Promise<Reply | undefined>): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    void answer.then((reply) => {
      for (const waiter of waiters) waiter.resolve(reply);
    });
  }

  async #go(): Promise<void> {
    // On the next turn, so that the run is known to everybody before a handler starts.
    await undefined;
    this.#result = await this.#work.start(this);
    this.#done = true;
    if (this.#waiters.size > 0) {
      this.#answer = Promise.resolve(this.#result);
      this.#release(this.#answer);
    } else if (this.#answer === undefined) {
      await this.#grace();
    }
    this.#cancelLimit?.();
    if (this.late && this.#result !== undefined) await this.#work.deliverLate(this.#result);
  }

  /** Nobody waits, but WeChat may be about to deliver again: the next attempt then gets the result. */
  async #grace(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#clock.after(this.#budget.grace, resolve);
    });
    if (this.#answer !== undefined) return;
    this.#answer = Promise.resolve(undefined);
    this.late = true;
  }
}
