import { complaints } from "./judge.js";
import { play } from "./play.js";
import { scenarioOf } from "./scenario.js";

const [from, count] = process.argv.slice(2).map(Number) as [number, number];
let bad = 0;
const kinds = new Map<string, number>();
for (let seed = from; seed < from + count; seed++) {
  const scenario = scenarioOf(seed);
  if (process.env.TRACE) process.stderr.write(`${seed} `);
  const played = await play(scenario);
  const found = complaints(scenario, played);
  if (found.length > 0) {
    bad++;
    for (const f of found) {
      const k =
        f.replace(/push \d+: /, "") +
        " | " +
        scenario.faults
          .map((f) => f.kind)
          .sort()
          .join("+");
      kinds.set(k, (kinds.get(k) ?? 0) + 1);
      if ((kinds.get(k) ?? 0) === 1) console.log(seed, f, JSON.stringify(scenario.faults));
    }
  }
}
console.log(bad, "of", count);
for (const [k, n] of [...kinds].sort((a, b) => b[1] - a[1])) console.log(n, k);
