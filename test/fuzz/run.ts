// `npm run fuzz`: throws mutations of everything that comes from outside at koa-wx.

import { commandLine } from "../support/command-line.js";
import { describeFailure, type FuzzResult, fuzz } from "./fuzz.js";
import { targets } from "./targets.js";

const help = `Throws structure-aware mutations of everything that comes from outside at koa-wx: pushes and
their envelopes, queries, answers of WeChat's API, web logins, requests over real sockets, and the
simulator. Nothing may crash, hang, take longer than 50 ms or be answered with a 5xx, and nothing may
be accepted that was not signed.

  npm run fuzz -- [options]

  --cases <n>         How many cases are run (default: 1000000).
  --seed <n>          Makes the same cases again (default: by the clock). It is printed.
  --only <target>     Runs only the cases of one target: ${targets.map(({ name }) => name).join(", ")}.
  --replay <seed:n>   Runs one case again and shows its input whole.
  --help              Prints this text.`;

const {
  values: options,
  usage,
  mustBeWhole,
} = commandLine(help, {
  cases: { type: "string", default: "1000000" },
  seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  only: { type: "string" },
  replay: { type: "string" },
});
const [replayed, index] = (options.replay ?? "").split(":").map(Number);
const isReplay = options.replay !== undefined;
const seed = isReplay ? Number(replayed) : Number(options.seed);
const cases = isReplay ? 1 : Number(options.cases);
const from = isReplay ? Number(index) : 0;
mustBeWhole(seed, cases, from);
const { only } = options;
if (only !== undefined && !targets.some(({ name }) => name === only)) {
  usage(`There is no target "${only}".`);
}

console.log(`seed ${seed}`);
const begun = Date.now();
let told = 0;
// Whoever has seen enough is told what was run until then.
const enough = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => enough.abort());
const result: FuzzResult = await fuzz({
  ...{ seed, cases, from, targets, only },
  signal: enough.signal,
  // As they come: a long run may be stopped.
  failed: (failure) => console.log(`\n${describeFailure(failure, isReplay ? undefined : 600)}`),
  progress(done) {
    if (Date.now() - told < 10_000) return;
    told = Date.now();
    const perSecond = Math.round((done / (told - begun)) * 1000);
    process.stderr.write(`${done} cases, ${perSecond} per second\n`);
  },
});

const took = (Date.now() - begun) / 1000;
const total = Object.values(result.cases).reduce((sum, count) => sum + count, 0);
console.log(`${total} cases in ${took.toFixed(1)} s, ${Math.round(total / took)} per second`);
for (const [name, count] of Object.entries(result.cases)) console.log(`  ${name}: ${count}`);
const { ms, case: slowest } = result.slowest;
console.log(`slowest case: ${slowest}, ${ms.toFixed(1)} ms of processor time`);
console.log(
  `longest stall of the event loop: ${result.longestStall.toFixed(1)} ms, what else runs on the machine included`,
);
console.log(
  result.failures.length === 0 ? "\nno failures" : `\n${result.failures.length} failures`,
);
// Connections that were broken on purpose must not keep the process.
process.exit(result.failures.length === 0 ? 0 : 1);
