import type { Fault, FaultKind, Scenario } from "./scenario.js";

const quick = 20;
/** How long the handlers take: within each delivery, at its end, and longer than all of them. */
const takes = [quick, 4_490, 7_000, 9_490, 12_000, 14_490, 20_000];
const ways = [0, 1];
/** One fault each, or none. */
const lasting: Readonly<Record<FaultKind, readonly number[]>> = {
  standstill: [2_900],
  slow: [1_400, 2_900],
  cut: [2_500, 12_000],
  gone: [4_000, 25_000],
  emptied: [300, 12_000],
  stop: [3_000, 12_000],
  kill: [0],
  close: [0, 500],
};

const faults: readonly (readonly Fault[])[] = [
  [],
  ...Object.entries(lasting).flatMap(([kind, durations]) =>
    durations.flatMap((lasts) =>
      ways.flatMap((process) =>
        // Around each delivery and its end.
        [90, 300, 2_500, 4_550, 5_120, 7_500, 9_550, 10_120, 12_500, 14_550, 15_120, 18_000].map(
          (at) => [{ kind: kind as FaultKind, at, for: lasts, process }],
        ),
      ),
    ),
  ),
];

const lost = product([
  [false, true],
  [false, true],
  [false, true],
]);
/** The first delivery comes to process 0: it is the same the other way round. */
const to = product([[0], ways, ways]);

/**
 * Every small case: one push, two processes, three deliveries that come to either and may get lost,
 * and at most one fault, at the times that matter.
 */
export const smallCases = {
  length: takes.length * lost.length * to.length * faults.length,
  at(index: number): Scenario {
    let rest = index;
    const pick = <T>(from: readonly T[]): T => {
      const at = rest % from.length;
      rest = Math.floor(rest / from.length);
      return from[at] as T;
    };
    const push = { at: 100, takes: pick(takes), lost: pick(lost), to: pick(to) };
    return { seed: index, processes: 2, pushes: [push], faults: pick(faults), latency: 5 };
  },
};

function product<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  const [first, ...more] = lists;
  if (first === undefined) return [[]];
  return first.flatMap((one) => product(more).map((others) => [one, ...others]));
}
