import type { Reply } from "../message/reply.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import {
  type Answer,
  type Attempt,
  deliverLate,
  type Host,
  isLive,
  type Kept,
  outcomeOf,
  Progress,
  placeholderOf,
  tooLate,
  Waiter,
  type Work,
} from "./run.js";

/**
 * One run of the handlers, and the deliveries of its push that came to this process.
 *
 * - `running`: the handlers are at work, attempts wait for them or have been left unanswered.
 * - `ready`: there is a reply and nobody to take it; WeChat may be about to deliver again.
 * - `promised`: the passive reply is the placeholder, the handlers' own reply goes another way.
 * - `ended`: every further attempt gets the same answer.
 */
export class LocalRun extends Progress {
  readonly #work: Work;
  readonly #host: Host;
  readonly #waiters: Waiter[] = [];
  #phase: "running" | "ready" | "promised" | "ended" = "running";
  #done = false;
  #result: Reply | undefined;
  #placeholder: Promise<Reply | undefined> | undefined;
  #arrived = 0;
  #idle: unknown;
  #limit: unknown;
  readonly #onEnd: (() => void)[] = [];

  constructor(work: Work, host: Host) {
    super();
    this.#work = work;
    this.#host = host;
  }

  get hasEnded(): boolean {
    return this.#phase === "ended";
  }

  /** Runs the handlers for the first attempt, and answers it. */
  start(attempt: Attempt): MaybePromise<Answer> {
    // Counted before they start: the handlers see that this is attempt 1.
    this.attempt = 1;
    this.#arrived = attempt.arrived;
    const result = outcomeOf(this.#work, this);
    if (isPromise(result)) {
      void result.then((reply) => this.#settle(reply));
      return this.#wait(attempt);
    }
    // Handlers that answer at once need nobody to wait for them.
    if (isLive(attempt)) {
      this.#end(result);
      return result;
    }
    this.#settle(result);
    return "abandoned";
  }

  /** Waits for the answer to a further attempt. */
  join(attempt: Attempt): MaybePromise<Answer> {
    this.attempt += 1;
    this.#arrived = Math.max(this.#arrived, attempt.arrived);
    if (this.#phase === "running") return this.#wait(attempt);
    if (this.#phase === "promised") return this.#promise();
    if (this.#phase === "ready") this.#end(this.#result);
    return this.#result;
  }

  #wait(attempt: Attempt): Promise<Answer> {
    const waiter = new Waiter(this.attempt, attempt, this.#host.budget.ms, this);
    this.#waiters.push(waiter);
    this.#host.expiry.add(waiter);
    return waiter.answer;
  }

  /** Resolves when the handlers are done and a late reply is delivered. */
  finished(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#phase === "ended") resolve();
      else this.#onEnd.push(resolve);
    });
  }

  /** Nobody waits any longer; whatever the handlers return is dropped. */
  giveUp(): void {
    if (this.#phase === "ended") return;
    const waiters = this.#take();
    this.late = true;
    this.abort();
    this.#end(this.#placeholder);
    // Unanswered, so that WeChat tries again: another process may be there by then.
    for (const waiter of waiters) waiter.resolve("abandoned");
  }

  #settle(result: Reply | undefined): void {
    this.#done = true;
    this.#result = result;
    if (this.#phase === "ended") {
      if (result !== undefined) this.#host.warn(tooLate);
      return;
    }
    if (this.#phase === "promised") {
      this.#deliverLate();
      return;
    }
    let taken = result === undefined;
    for (const waiter of this.#take()) {
      taken ||= waiter.live;
      waiter.resolve(waiter.live ? result : "abandoned");
    }
    if (taken) {
      this.#end(result);
      return;
    }
    this.#phase = "ready";
    this.#watch();
  }

  /** An attempt has used up its time. */
  expired(waiter: Waiter): void {
    this.#limit ??= this.#host.clock.setTimeout(() => this.giveUp(), this.#host.budget.maxRun);
    if (waiter.number >= this.#host.budget.attempts) {
      const answer = this.#promise();
      waiter.resolve(answer);
      for (const other of this.#take(waiter)) other.resolve(answer);
      return;
    }
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.resolve("abandoned");
    if (this.#waiters.length === 0) this.#watch();
  }

  /** Looks after WeChat's next delivery: when it does not come, nobody waits any longer. */
  #watch(): void {
    if (this.#idle !== undefined) return;
    const { clock, budget } = this.#host;
    const left = this.#arrived + budget.grace - clock.now();
    this.#idle = clock.setTimeout(() => {
      this.#idle = undefined;
      if (this.#waiters.length > 0 || this.#phase === "promised") return;
      if (this.#arrived + budget.grace > clock.now() + 1) this.#watch();
      else this.#beLate();
    }, left);
  }

  #beLate(): void {
    this.#phase = "promised";
    this.late = true;
    if (this.#done) this.#deliverLate();
    else if (this.#host.budget.drop) this.abort();
  }

  #promise(): Promise<Reply | undefined> {
    if (this.#phase !== "promised") this.#beLate();
    this.#placeholder ??= placeholderOf(this.#work, this, this.#host);
    return this.#placeholder;
  }

  #deliverLate(): void {
    const end = () => this.#end(this.#placeholder);
    if (this.#result === undefined) end();
    else void deliverLate(this.#work, this.#result, this).then(end);
  }

  #end(answer: Kept): void {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    const { clock } = this.#host;
    if (this.#idle !== undefined) clock.clearTimeout(this.#idle);
    if (this.#limit !== undefined) clock.clearTimeout(this.#limit);
    this.#host.ended(this.#work.key, answer);
    for (const tell of this.#onEnd) tell();
  }

  /** Takes the waiting attempts, except one that has expired by itself. */
  #take(expired?: Waiter): Waiter[] {
    const taken = this.#waiters.splice(0).filter((waiter) => waiter !== expired);
    for (const waiter of taken) this.#host.expiry.remove(waiter);
    return taken;
  }
}
