import type { FallbackStore } from "../../store/fallback.js";
import type { Peer } from "../../store/peer.js";
import type { Store } from "../../store/store.js";
import type { Clock } from "../../time/clock.js";

/** What the shared runs of one process have in common. */
export interface Ground {
  /** Where the runs stand; rejects while the shared store is away. */
  readonly store: Store;
  readonly breaker: Pick<FallbackStore, "isOpen" | "returning" | "returnedAt" | "onReturn">;
  readonly clock: Clock;
  readonly peer: Peer;
  /** How long a process that died keeps its runs, in milliseconds. */
  readonly lease: number;
  /** From 0 to 1, so that processes do not act in step. */
  readonly random: () => number;
  /** How long a run may be remembered while it is not over. */
  readonly ttl: number;
}

/** The list of runs that somebody may have to take over. */
export const orphans = "orphans";

/** Whether somebody may hold leases that he has not put back yet, after an outage. */
export function isUncertain({ breaker, clock, lease }: Ground): boolean {
  return clock.now() - breaker.returnedAt < lease;
}
