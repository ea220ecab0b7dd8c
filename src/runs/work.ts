import { DeclinedError, WechatError } from "../errors.js";
import type { Reply } from "../message/reply.js";
import { isPromise, type MaybePromise } from "../router/compose.js";
import { type Clock, within } from "../time/clock.js";
import type { Addressee } from "./agreement.js";

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
  /** Whom its late reply is for. */
  readonly to: Addressee;
  /** The key of what may wait for the user, to be read along with the run's own. */
  readonly waiting?: string | undefined;
  /**
   * Runs the handlers; called at most once. What it fails with has been reported already.
   * `waiting` is what stands at that key, where it was read.
   */
  start(
    run: RunState,
    waiting?: { readonly value: string | undefined },
  ): MaybePromise<Reply | undefined>;
  /**
   * What the last attempt is answered with when the handlers are not done: `onTimeout`. With a
   * shared store it may be called where `start` was not, because the handlers run elsewhere.
   */
  placeholder(run: RunState): Promise<Reply | undefined>;
  /** Delivers a reply that came too late; called at most once, after `start`. Reports what fails. */
  deliverLate(reply: Reply, run: RunState): Promise<void>;
}

/** The part of a run that its handlers see. */
export class Progress implements RunState {
  attempt = 0;
  late = false;
  isAborted = false;
  /** Made when somebody asks for the signal: few handlers do. */
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isAborted) this.abort();
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.isAborted = true;
    this.#controller?.abort(
      new WechatError("WX_LATE", "Nobody can receive the answer to this push any more."),
    );
  }
}

/** The placeholder of a run, or nothing if it fails or takes longer than `ms`. */
export function placeholderOf(
  work: Work,
  run: RunState,
  clock: Clock,
  ms: number,
): Promise<Reply | undefined> {
  return within(
    clock,
    promised(() => work.placeholder(run)),
    ms,
    () => undefined,
  );
}

/** What is made of a push that this process cannot handle. */
export const declined = Symbol("declined");

/**
 * Starts the handlers. A failure has been reported already and is answered with nothing; a push
 * that another process is to handle is `declined`.
 */
export function outcomeOf(
  work: Work,
  run: RunState,
  waiting?: { readonly value: string | undefined },
): MaybePromise<Reply | undefined | typeof declined> {
  try {
    const outcome = work.start(run, waiting);
    return isPromise(outcome) ? outcome.catch(unanswered) : outcome;
  } catch (error) {
    return unanswered(error);
  }
}

function unanswered(error: unknown): undefined | typeof declined {
  return error instanceof DeclinedError ? declined : undefined;
}

/** Delivers late; resolves when that is done, however it went. */
export function deliverLate(work: Work, reply: Reply, run: RunState): Promise<void> {
  return promised(() => work.deliverLate(reply, run)).catch(() => {});
}

async function promised<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
