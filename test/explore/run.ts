// Explores how runs go when processes, the store and WeChat's deliveries fail: `npm run explore`.
// Everything is simulated and decided by a seed, so that what fails can be played again.
import { parseArgs } from "node:util";
import { explore, shortened } from "./explore.js";

const { values } = parseArgs({
  options: {
    /** How many schedules, and from which seed on. `--count 1` plays one again. */
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
console.log(`${count} schedules from seed ${seed} on`);
const failures = await explore(seed, count, (failure) => {
  console.log(`seed ${failure.scenario.seed}: ${failure.complaints.join("; ")}`);
});
for (const failure of failures.slice(0, 3)) {
  const { scenario, complaints } = await shortened(failure);
  console.log(`\nnpm run explore -- --count 1 --seed ${failure.scenario.seed}, shortened:`);
  console.log(JSON.stringify(scenario, undefined, 2));
  console.log(complaints.join("\n"));
}
console.log(`${count - failures.length} kept every promise, ${failures.length} did not`);
process.exitCode = failures.length > 0 ? 1 : 0;
