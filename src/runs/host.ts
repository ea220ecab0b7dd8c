import type { Reply } from "../message/reply.js";
import type { Clock } from "../time/clock.js";
import type { Expiry } from "../time/expiry.js";
import type { Budget } from "./deadline.js";

/** What further attempts get when a run has ended. */
export type Kept = Reply | undefined | Promise<Reply | undefined>;

/** What runs share. */
export interface Host {
  readonly clock: Clock;
  readonly budget: Budget;
  readonly expiry: Expiry;
  /** How much earlier a delivery's last words are made, in milliseconds, because they are to be looked at. */
  ahead(): number;
  /** Takes a run off the list and keeps what further attempts are answered with. */
  ended(key: string, answer: Kept): void;
  /** Has a run that is off the list waited for until it has told the others. */
  leaving(told: Promise<unknown>): void;
  /** Takes a run off the list that has nothing to keep. */
  forget(key: string): void;
  warn(message: string): void;
}

/** Said when a handler answers although its run has been given up. */
export const tooLate =
  'A handler answered after its run had been given up; the reply was dropped. Stop the work when ctx.signal aborts, or raise "deadline.maxRun", or the timeout of wx.close().';
