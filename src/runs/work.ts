import { DeclinedError, WechatError } from "../errors.js";
import type { Reply } from "../message/reply.js";
import { type Clock, within } from "../time/clock.js";
import { isPromise, type MaybePromise } from "../time/maybe-promise.js";
import type { Addressee, Agreed, Agreement, Beginning, Outcome } from "./agreement/agreement.js";

/** How a push is being answered, kept up to date while its handlers run. */
export interface RunState {
  /** How often WeChat has delivered this push so far: 1, 2, 3… */
  readonly attempt: number;
  /** Whether it is too late for a passive reply, so that the answer goes another way. */
  readonly late: boolean;
  /** Aborts when nobody can receive the answer any more. */
  readonly signal: AbortSignal;
  /** Whether nobody can receive the answer any more. */
  readonly isAborted: boolean;
  /** Whether it was stopped: the user is gone, or wants something else. */
  readonly isStopped: boolean;
  /** Calls `told` when `signal` aborts, without the cost of a signal. */
  onAbort(told: () => void): void;
  /** Stops it: the user gets nothing more of its answer. */
  stop(): void;
  /** Resolves when this process is done with the push. */
  finished(): Promise<void>;
}

/** An answer that is still being written. */
export interface Writing {
  /** Resolves to the whole, once it is there, or, as soon as that cannot be one message, to `"long"`. Never rejects. */
  readonly ready: Promise<Reply | undefined | "long">;
  /** Whether nothing more of it comes. */
  readonly isOver: boolean;
  /** What a delivery shows of it: the same from the first call on that finds whole sentences. Never rejects. */
  beginning(): Promise<Beginning | undefined>;
  /**
   * Delivers all of it, or what comes behind its beginning, as it is written. Has it `decided` late whether that `isBegun`,
   * since whoever was cut off may tell late that a delivery has the beginning, or that it had hung up; and asks `claim`
   * before anything leaves, and ends when that says no. Never rejects.
   */
  follow(isBegun: (how: "asked" | "decided") => Promise<boolean>, claim: Claim): Promise<void>;
  /** Its time is over: it ends with what is there. */
  expire(): void;
}

/** Asked before anything leaves: whether it still may, so that nobody else sends it. */
export type Claim = () => Promise<boolean>;

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
  ): MaybePromise<Reply | undefined | Writing>;
  /**
   * What the last attempt is answered with when the handlers are not done: `onTimeout`. With a
   * shared store it may be called where `start` was not, because the handlers run elsewhere.
   */
  placeholder(run: RunState): Promise<Reply | undefined>;
  /**
   * Delivers a reply that came too late, or `"broken"`, that the answer has broken off of which the user
   * has the beginning; called at most once. Asks `claim` when it is its turn, before anything leaves, and delivers
   * nothing when that says no. Reports what fails.
   */
  deliverLate(reply: Reply | "broken", run: RunState, claim: Claim): Promise<void>;
}

/** Makes the agreement of a run, which hears of news there. */
export type Agreeing = (work: Work, heard: (agreed: Agreed) => void) => Agreement;

/** The part of a run that its handlers see. */
export abstract class Progress implements RunState {
  attempt = 0;
  late = false;
  isAborted = false;
  isStopped = false;
  /** Whether its late reply leaves from here, or is about to. */
  isClaimed = false;
  /** Made when somebody asks for the signal: few handlers do. */
  #controller: AbortController | undefined;
  #onAbort: (() => void)[] | undefined;
  #onEnd: (() => void)[] | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isAborted) this.abort();
    }
    return this.#controller.signal;
  }

  abstract readonly hasEnded: boolean;
  abstract stop(): void;

  async finished(): Promise<void> {
    if (this.hasEnded) return;
    this.#onEnd ??= [];
    const told = this.#onEnd;
    await new Promise<void>((resolve) => told.push(resolve));
  }

  onAbort(told: () => void): void {
    if (this.isAborted) told();
    else {
      this.#onAbort ??= [];
      this.#onAbort.push(told);
    }
  }

  protected tellEnd(): void {
    for (const tell of this.#onEnd ?? []) tell();
  }

  abort(): void {
    this.isAborted = true;
    for (const tell of this.#onAbort?.splice(0) ?? []) tell();
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
): MaybePromise<Reply | undefined | Writing | typeof declined> {
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

/**
 * Delivers late, when it is its turn; resolves to what is agreed about that, however it went. To `undefined` if
 * nothing was asked: there is nothing to deliver, or its process was to end before it was its turn.
 */
export async function deliverLate(
  work: Work,
  outcome: Outcome,
  agreement: Agreement,
  run: Progress,
): Promise<Agreed | undefined> {
  const reply = outcome.broken ? "broken" : outcome.reply;
  if (reply === undefined) return undefined;
  let agreed: Agreed | undefined;
  const claim = async () => {
    if (run.hasEnded) return false;
    run.isClaimed = true;
    agreed = await agreement.propose({ send: true });
    run.isClaimed = agreed.sends;
    return agreed.sends && !run.isStopped;
  };
  await promised(() => work.deliverLate(reply, run, claim)).catch(() => {});
  return agreed;
}

/**
 * Delivers what is being written, part after part, for as long as the agreement has each of them leave from here. Resolves to
 * whether it did until the end.
 */
export async function followed(
  writing: Writing,
  agreement: Agreement,
  run: Progress,
): Promise<boolean> {
  let isOurs = true;
  const isBegun = async (follow: "asked" | "decided") =>
    (await agreement.propose({ follow })).shown === "ours";
  await writing.follow(isBegun, async () => {
    const { here, shown, over } = await agreement.propose({ part: true });
    isOurs = here && shown === "ours" && !over && !run.hasEnded;
    return isOurs;
  });
  // Of what was given up, others say that it broke off.
  return isOurs && (!run.hasEnded || run.isStopped);
}

/** Whether handlers gave an answer that is still being written. */
export function isWriting(result: unknown): result is Writing {
  return typeof result === "object" && result !== null && "follow" in result;
}

async function promised<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
