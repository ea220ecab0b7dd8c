import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers/promises";

let skipped = 0;

/** How many milliseconds have been slept through in all. */
export const skippedTime = () => skipped;

/**
 * Has everything that sleeps by `node:timers/promises` wake at once and find its time passed, until
 * the returned function is called: refusals of encrypted pushes wait for milliseconds each.
 */
export function skipWaits(): () => void {
  const [sleep, now] = [timers.setTimeout, performance.now];
  const skip = async (ms = 0) => {
    // Some wake a millisecond early, to be exact.
    skipped += ms + 1;
  };
  timers.setTimeout = skip as typeof sleep;
  syncBuiltinESMExports();
  performance.now = () => now.call(performance) + skipped;
  return () => {
    timers.setTimeout = sleep;
    syncBuiltinESMExports();
    performance.now = now;
  };
}
