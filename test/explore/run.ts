// Explores how runs go when processes, the store and WeChat's deliveries fail: `npm run explore`.
// Everything is simulated and decided by a seed, so that what fails can be played again.
import { fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { commandLine } from "../support/command-line.js";
import { smallCases } from "./cases.js";
import { explore, type Failure, shortened } from "./explore.js";
import { play } from "./play.js";
import { scenarioOf, streamsOf } from "./scenario.js";

const help = `Plays schedules in which processes, the store and WeChat's deliveries fail, all of them simulated and
decided by a seed, and checks that every promise is kept.

  npm run explore -- [options]

  --count <n>  How many schedules (default: 20000). 1 plays one again.
  --seed <n>   From which seed on (default: by the clock). It is printed.
  --small      Every small case once, in the place of those that seeds decide.
  --streams    Lets every answer be written while it is delivered.
  --silent     Lets the last delivery be acknowledged without a placeholder.
  --bail       Ends with the first failure.
  --jobs <n>   How many processes share the work (default: one for each core).
  --help       Prints this text.`;

const { values, mustBeWhole } = commandLine(help, {
  count: { type: "string" },
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  small: { type: "boolean", default: false },
  streams: { type: "boolean", default: false },
  silent: { type: "boolean", default: false },
  bail: { type: "boolean", default: false },
  jobs: { type: "string", default: String(availableParallelism()) },
});
const { small, streams, silent, bail } = values;
// Nobody reads where the errors of a store that is away come from, and there are many.
Error.stackTraceLimit = 0;
/** How many schedules are played between two lines that say how far it is. */
const every = 20_000;
const seed = small ? 0 : Number(values.seed);
const count = Number(values.count ?? (small ? smallCases.length : 20_000));
const jobs = Math.min(Number(values.jobs), Math.ceil(count / 100));
mustBeWhole(seed, count, jobs);
const failed = jobs > 1 ? await share() : await work();
if (process.send === undefined) {
  console.log(`${count - failed} kept every promise, ${failed} did not`);
  process.exitCode = failed > 0 ? 1 : 0;
} else {
  process.send(failed);
}

/** Plays all of it here, and shows what failed. */
async function work(): Promise<number> {
  console.log(`${count} ${small ? "small cases" : "schedules"} from ${seed} on`);
  const scenarioAt = (at: number) => {
    const played = at - seed;
    if (played > 0 && played % every === 0) console.log(`${played} of those from ${seed} on`);
    const scenario = small ? smallCases.at(at) : (streams ? streamsOf : scenarioOf)(at);
    return { ...scenario, isSilent: silent };
  };
  const failures: Failure[] = [];
  for await (const failure of explore(seed, count, scenarioAt)) {
    console.log(`${failure.scenario.seed}: ${failure.complaints.join("; ")}`);
    failures.push(failure);
    if (bail) break;
  }
  for (const failure of bail ? [] : failures.slice(0, 3)) {
    const { scenario, complaints } = await shortened(failure);
    console.log(
      `\n${small ? "--small " : ""}${streams ? "--streams " : ""}${silent ? "--silent " : ""}--count 1 --seed ${failure.scenario.seed}, shortened:`,
    );
    console.log(JSON.stringify(scenario));
    // Where time stands still there is none to tell.
    const { stories } = await play(scenario).catch(() => ({ stories: [] }));
    for (const story of stories) console.log(JSON.stringify(story));
    console.log(complaints.join("\n"));
  }
  return failures.length;
}

/** Has other processes play a part each. */
async function share(): Promise<number> {
  const each = Math.ceil(count / jobs);
  const parts = Array.from({ length: jobs }, async (_, index) => {
    const from = seed + index * each;
    const args = ["--jobs", "1", "--seed", String(from)];
    args.push("--count", String(Math.max(0, Math.min(each, seed + count - from))));
    if (small) args.push("--small");
    if (streams) args.push("--streams");
    if (silent) args.push("--silent");
    if (bail) args.push("--bail");
    const child = fork(process.argv[1] as string, args);
    const [part] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [number];
    return part;
  });
  return (await Promise.all(parts)).reduce((sum, part) => sum + part, 0);
}
