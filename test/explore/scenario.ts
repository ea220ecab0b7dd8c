import type { DeadlineOptions } from "../../src/runs/deadline.js";
import { Random } from "./time.js";

/** One push, as WeChat delivers it: at 0, 5 and 10 seconds, to whichever process is there. */
export interface PlannedPush {
  readonly at: number;
  /** How long its handlers take. */
  readonly takes: number;
  /** How many sentences its answer has, where that is written while it is delivered. */
  readonly sentences?: number;
  /** Whether a delivery gets lost on its way. */
  readonly lost: readonly boolean[];
  /** To which process each delivery is sent, if that is there. */
  readonly to: readonly number[];
}

export type FaultKind =
  /** The store answers nobody, and loses nothing. */
  | "standstill"
  /** The store hears one process late, by up to so long each time, and is heard as late. */
  | "slow"
  /** Nothing passes between one process and the store. */
  | "cut"
  /** The store is gone, and keeps its data or not. */
  | "gone"
  | "emptied"
  /** A process stands still (SIGSTOP), dies (SIGKILL), or is asked to end (SIGTERM): after `for`, or 0 for when all is done. */
  | "stop"
  | "kill"
  | "close";

export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly for: number;
  readonly process: number;
}

/** Everything that happens, but for what the processes make of it. */
export interface Scenario {
  readonly seed: number;
  readonly processes: number;
  readonly pushes: readonly PlannedPush[];
  readonly faults: readonly Fault[];
  /** How long a message to or from the store takes at most. */
  readonly latency: number;
  /** Default: what is usual. */
  readonly deadline?: Pick<DeadlineOptions, "attempts">;
  /** Whether the last delivery is only acknowledged when the reply goes late. */
  readonly isSilent?: boolean;
  /** For how many milliseconds a late reply waits for its turn, behind what is sent to the same user. */
  readonly line?: number;
}

const kinds: readonly FaultKind[] = [
  "standstill",
  "slow",
  "cut",
  "gone",
  "emptied",
  "stop",
  "kill",
  "close",
];

/** A scenario that a seed decides. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  const processes = random.within(2, 3);
  const pushes = Array.from({ length: random.within(1, 3) }, (): PlannedPush => {
    return {
      at: random.within(0, 4_000),
      takes: takes(random),
      lost: [0, 1, 2].map(() => random.chance(0.08)),
      to: [0, 1, 2].map(() => random.within(0, processes - 1)),
    };
  });
  const planned = Array.from({ length: random.within(0, 2) }, () => faultOf(random, processes));
  const hurry = new Random(seed ^ 0xc1061b);
  const faults = planned.map((fault) => (fault.kind === "close" ? hurried(fault, hurry) : fault));
  const lines = new Random(seed ^ 0x129160);
  const line = lines.chance(0.15) ? lines.pick([500, 4_000, 15_000]) : 0;
  return { seed, processes, pushes, faults, latency: random.pick([1, 5, 40, 300]), line };
}

/** The same, where answers are written while they are delivered. */
export function streamsOf(seed: number): Scenario {
  const scenario = scenarioOf(seed);
  const random = new Random(~seed);
  const pushes = scenario.pushes.map((push): PlannedPush => {
    const takes = random.pick([push.takes, random.within(12_000, 40_000)]);
    return { ...push, takes, sentences: random.within(1, 20) };
  });
  return { ...scenario, pushes, deadline: { attempts: random.pick([1, 2, 3, 3]) } };
}

/** Some do not wait until all is done. */
function hurried(close: Fault, random: Random): Fault {
  return random.chance(0.5) ? close : { ...close, for: random.pick([1, 500, 3_000, 12_000]) };
}

function takes(random: Random): number {
  return random.pick([
    random.within(0, 50),
    random.within(0, 5_000),
    // About when a delivery's time is over.
    random.pick([4_500, 9_500, 14_500]) + random.within(-60, 300),
    random.within(5_000, 25_000),
  ]);
}

function faultOf(random: Random, processes: number): Fault {
  const kind = random.pick(kinds);
  const lasts: Record<FaultKind, number> = {
    standstill: random.within(200, 2_900),
    slow: random.within(500, 2_900),
    cut: random.within(500, 20_000),
    gone: random.within(500, 30_000),
    emptied: random.within(100, 20_000),
    stop: random.within(300, 12_000),
    kill: 0,
    close: 0,
  };
  return {
    kind,
    // While deliveries come, or while a late reply is due.
    at: random.pick([random.within(0, 16_000), random.within(14_000, 28_000)]),
    for: lasts[kind],
    process: random.within(0, processes - 1),
  };
}
