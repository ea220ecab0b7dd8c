import type { Reply } from "../../message/reply.js";
import type { MaybePromise } from "../../time/maybe-promise.js";

/** The handlers' reply, or nothing. */
export interface Outcome {
  readonly reply?: Reply | undefined;
  /** It broke off: the process is gone that had begun to show it. */
  readonly broken?: true | undefined;
}

/** The first words of an answer that is still being written, as a delivery may show them. */
export interface Beginning {
  readonly reply: Reply;
  /** Whether no more of it would fit into one message, so that there is nothing to wait for. */
  readonly full?: true | undefined;
  /** Whether nothing of it is there yet, so that this is a placeholder. */
  readonly none?: true | undefined;
}

/** What is agreed about a run, by all processes that have a part in it. */
export interface Agreed {
  /** Whether the handlers are to run in this process: it has the lease. */
  readonly here: boolean;
  /** How many deliveries of the push there were. */
  readonly deliveries: number;
  /** There once the handlers are done. */
  readonly outcome?: Outcome | undefined;
  /** Which way the reply goes, once that is decided: to a delivery, or, after a placeholder or without one, late. */
  readonly way?: "passive" | "late" | undefined;
  /** Whether it goes to a delivery that waits, or waited, in this process. */
  readonly isOurs: boolean;
  /** Whether it is open yet if it goes late instead, as this process wishes. */
  readonly insists: boolean;
  /** Whether it goes late, and the user has nothing of it yet: no placeholder, and no beginning. */
  readonly isUntouched: boolean;
  /** What the last delivery was answered with. */
  readonly placeholder?: Reply | undefined;
  /** What a delivery may show of an answer that is being written. */
  readonly beginning?: (Beginning & { readonly by: string }) | undefined;
  /** Whether the user has the beginning of what is written here, or of what a process wrote that is gone. */
  readonly shown?: "ours" | "others" | undefined;
  /** Whether this process delivers the late reply. */
  readonly sends: boolean;
  /** Whether nothing is left to do. */
  readonly over: boolean;
  /** What waits for the user, if that was looked up along the way: see `Work.waiting`. */
  readonly waiting?: { readonly value: string | undefined } | undefined;
}

/** For whom a late reply is, for a process that does not know the push. */
export interface Addressee {
  readonly openid: string;
  /** Whose follower it is, where there are several accounts. */
  readonly appId?: string | undefined;
  /** Whether the push was an event, after which fewer messages may follow. */
  readonly event?: true | undefined;
}

/** What a process wishes. All of it is taken, or none; what was agreed before stays. */
export type Wish =
  /** There were so many deliveries, as was seen while the store was away. */
  | { readonly deliveries: number }
  /** The handlers are done here, and, perhaps, a delivery has been answered with it: then that has been done. */
  | { readonly outcome: Outcome; readonly way?: "passive"; readonly to?: Addressee }
  /**
   * The reply, which is known here, is to go to a delivery that waits here, by the clock no longer
   * than `until`. `alone`: all deliveries came here, as far as is known, so that no other one can have taken it.
   */
  | {
      readonly way: "passive";
      readonly reply: Reply | undefined;
      readonly until: number;
      readonly alone: boolean;
    }
  /**
   * No delivery can take the reply: the last one has its placeholder, or none came after the
   * `seen` first ones. `instead` of one that was thought to take it: it had hung up, or has the placeholder.
   */
  | {
      readonly way: "late";
      readonly placeholder?: Reply | undefined;
      /** Whose answer begins in the placeholder, if one does. */
      readonly begun?: string | undefined;
      readonly to: Addressee;
      readonly seen?: number;
      readonly instead?: "missed" | "promised";
    }
  /** A delivery, here or elsewhere, may show the beginning of what is being written here. */
  | { readonly beginning: Beginning }
  /** Deliver the late reply here; `sent` if it is done whatever the store says, which was away for too long. */
  | { readonly send: true; readonly sent?: true }
  /** The delivery with this number, that was to show the beginning, had hung up. */
  | { readonly unseen: number }
  /** Begin to deliver what is being written here, once it is certain what of it the user has, and then, once that stays so. */
  | { readonly follow: "asked" | "decided" }
  /** Deliver one more part of what is being written here; `sent` likewise. */
  | { readonly part: true; readonly sent?: true }
  /** It is delivered, or given up: there is nothing left to do. */
  | { readonly over: true }
  /** Somebody else may run it. */
  | { readonly release: true };

/** Whether something may leave only when it is certain that nobody else sends it. */
export function isClaim(wish: Wish): boolean {
  return "follow" in wish || (("send" in wish || "part" in wish) && wish.sent === undefined);
}

/**
 * Who runs a push, which number a delivery has, which way the reply goes, and who sends it: what a
 * run asks, whether it is alone (at once) or shares the push with other processes (over the store).
 * Nothing rejects but `enter`, and that only for a request that is to be refused.
 */
export interface Agreement {
  /**
   * Takes part with one more delivery, which is at least the `number`th as far as its age tells.
   * Rejects when `admitted` does: then this delivery has never been.
   */
  enter(number: number, admitted?: Promise<unknown>): MaybePromise<Agreed>;
  /** Asks for something; resolves to what is agreed then, also when that is something else. */
  propose(wish: Wish): MaybePromise<Agreed>;
  /** The run is over here. What was wished is written when this resolves, or waits for a store that is away. */
  leave(): MaybePromise<void>;
}
