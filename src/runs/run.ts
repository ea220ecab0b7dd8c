import { WechatError } from "../errors.js";
import type { Reply } from "../message/reply.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import { type Clock, within } from "../time/clock.js";
import { Expiring, type Expiry } from "../time/expiry.js";
import type { Budget } from "./deadline.js";

/** How a push is being answered, kept up to date while its handlers run. */
export interface RunState {
  /** How often WeChat has delivered this push so far: 1, 2, 3… */
  readonly attempt: number;
  /** Whether it is too late for a passive reply, so that the answer goes another way. */
  readonly late: boolean;
  /** Aborts when nobody can receive the answer any more. */
  readonly signal: AbortSignal;
}

/** What a push asks for. Every delivery of it brings one; the first one's is used. */
export interface Work {
  /** The same for every delivery of the push, and for no other push: see `runKey`. */
  readonly key: string;
  /** Runs the handlers; called at most once. What it fails with has been reported already. */
  start(run: RunState): MaybePromise<Reply | undefined>;
  /**
   * What the last attempt is answered with when the handlers are not done: `onTimeout`. With a
   * shared store it may be called where `start` was not, because the handlers run elsewhere.
   */
  placeholder(run: RunState): Promise<Reply | undefined>;
  /** Delivers a reply that came too late; called at most once, after `start`. Reports what fails. */
  deliverLate(reply: Reply, run: RunState): Promise<void>;
}

/** One delivery of a push. */
export interface Attempt {
  /** When its request arrived, by the delivery's clock. */
  readonly arrived: number;
  /** Whether its connection is closed already. Asked once, when there is an answer for it. */
  readonly closed?: { readonly aborted: boolean } | undefined;
}

/** Whether an answer can still reach WeChat. */
export function isLive(attempt: Attempt): boolean {
  return attempt.closed?.aborted !== true;
}

/**
 * `undefined` acknowledges an attempt without a message; `"abandoned"` leaves it unanswered, so
 * that WeChat delivers the push again.
 */
export type Answer = Reply | undefined | "abandoned";

/** What further attempts get when a run has ended. */
export type Kept = Reply | undefined | Promise<Reply | undefined>;

/** What runs share. */
export interface Host {
  readonly clock: Clock;
  readonly budget: Budget;
  readonly expiry: Expiry;
  /** Takes a run off the list and keeps what further attempts are answered with. */
  ended(key: string, answer: Kept): void;
  /** Takes a run off the list that has nothing to keep. */
  forget(key: string): void;
  warn(message: string): void;
}

/** An attempt that waits for its answer. */
export class Waiter extends Expiring {
  /** The attempt's number, as far as it is known. */
  number: number;
  readonly answer: Promise<Answer>;
  readonly #attempt: Attempt;
  readonly #run: { expired(waiter: Waiter): void };
  resolve!: (answer: Answer | Promise<Answer>) => void;

  constructor(
    number: number,
    attempt: Attempt,
    ms: number,
    run: { expired(waiter: Waiter): void },
  ) {
    super(attempt.arrived + ms);
    this.number = number;
    this.#attempt = attempt;
    this.#run = run;
    this.answer = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Whether an answer can still reach WeChat. */
  get live(): boolean {
    return isLive(this.#attempt);
  }

  expire(): void {
    this.#run.expired(this);
  }
}

/** The part of a run that its handlers see. */
export class Progress implements RunState {
  attempt = 0;
  late = false;
  #aborted = false;
  /** Made when somebody asks for the signal: few handlers do. */
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(
      new WechatError("WX_LATE", "Nobody can receive the answer to this push any more."),
    );
  }
}

/** The placeholder of a run, or nothing if it fails or would itself come too late. */
export function placeholderOf(work: Work, run: RunState, host: Host): Promise<Reply | undefined> {
  const { ms } = host.budget;
  // WeChat's five seconds are a ninth longer than ours; half of that is left for the way.
  return within(
    host.clock,
    promised(() => work.placeholder(run)),
    ms / 18,
    () => undefined,
  );
}

/** Starts the handlers. A failure has been reported already and is answered with nothing. */
export function outcomeOf(work: Work, run: RunState): MaybePromise<Reply | undefined> {
  try {
    const outcome = work.start(run);
    return isPromise(outcome) ? outcome.catch(() => undefined) : outcome;
  } catch {
    return undefined;
  }
}

/** Delivers late; resolves when that is done, however it went. */
export function deliverLate(work: Work, reply: Reply, run: RunState): Promise<void> {
  return promised(() => work.deliverLate(reply, run)).catch(() => {});
}

async function promised<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

/** Said when a handler answers although its run has been given up. */
export const tooLate =
  'A handler answered after its run had been given up; the reply was dropped. Stop the work when ctx.signal aborts, or raise "deadline.maxRun".';
