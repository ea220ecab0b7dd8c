// `npm run chaos`: what is promised about several processes, while everything fails that can.
import { bundle } from "../support/bundle.js";
import { commandLine } from "../support/command-line.js";
import { type Cost, costs } from "./cost.js";
import { type Played, play } from "./play.js";
import { scenarios } from "./scenarios.js";
import { costTable, isCheap, isHeld, missed, table } from "./table.js";

const names = [...scenarios.map(({ name }) => name), "cost"];
const help = `Starts a bot of four processes with one Redis and sends it pushes as WeChat does, while Redis, the
network and the processes fail. Counts from outside what was run twice, sent twice, lost, or too late,
and what pushes cost on the way to Redis.

  npm run chaos -- [options]

  --scenario <names>  Only these, with commas between: ${names.join(", ")}.
  --pushes <n>        How many pushes each scenario sends (default: 2000).
  --seconds <n>       In how many seconds (default: 50). A shorter time has fewer faults.
  --seed <n>          Plays the same again, as far as real time allows (default: by the clock). It is printed.
  --json              Prints the figures as JSON.
  --help              Prints this text.`;

const {
  values: options,
  usage,
  mustBeWhole,
} = commandLine(help, {
  scenario: { type: "string", default: names.join() },
  pushes: { type: "string", default: "2000" },
  seconds: { type: "string", default: "50" },
  seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  json: { type: "boolean", default: false },
});
const [pushes, seconds, seed] = [options.pushes, options.seconds, options.seed].map(Number) as [
  number,
  number,
  number,
];
mustBeWhole(pushes, seconds, seed);
const chosen = options.scenario.split(",");
for (const name of chosen) if (!names.includes(name)) usage(`There is no scenario "${name}".`);

const progress = (line: string) =>
  void process.stderr.write(`${(performance.now() / 1000).toFixed(1)} s: ${line}\n`);
progress(`seed ${seed}`);
const file = await bundle("test/chaos/bot.ts");
const all: Played[] = [];
const unplayed: string[] = [];
let cost: Cost[] = [];
for (const scenario of scenarios.filter(({ name }) => chosen.includes(name))) {
  const { name } = scenario;
  try {
    const played = await play(scenario, { ...{ file, seed, pushes, seconds, progress } });
    all.push(played);
    const wrong = missed(played).map((figure) => `${figure} ${played.figures[figure]}`);
    progress(`${name}: ${isHeld(played) ? "held" : `missed ${wrong.join(", ")}`}`);
  } catch (error) {
    unplayed.push(`${name}: could not be played: ${(error as Error).stack}`);
  }
}
if (chosen.includes("cost")) cost = await costs({ file, seed, progress });

if (options.json) {
  const plain = all.map((played) => ({ ...played, remarks: Object.fromEntries(played.remarks) }));
  console.log(JSON.stringify({ seed, played: plain, cost }, undefined, 2));
} else {
  if (all.length > 0) console.log(`${table(all)}\n\nA figure's aim is in parentheses.`);
  for (const { name, failures, remarks, held, botsHeld, figures } of all) {
    if (held > 300) console.log(`${name}: the driver itself stood still for ${held} ms`);
    if (botsHeld > 300) console.log(`${name}: a process of the bot stood still for ${botsHeld} ms`);
    if (figures.mixedUp > 0) console.log(`${name}: ${figures.mixedUp} answers to somebody else`);
    if (figures.open > 0) console.log(`${name}: ${figures.open} still at work`);
    for (const failure of failures.slice(0, 5)) console.log(`${name}: FAILED ${failure}`);
    for (const [remark, count] of remarks)
      console.log(`${name}: ${count} × ${remark.slice(0, 200)}`);
  }
}
if (cost.length > 0 && !options.json) console.log(`\n${costTable(cost)}`);
for (const failure of unplayed) console.error(failure);
const isRight = unplayed.length === 0 && all.every(isHeld) && cost.every(isCheap);
console.log(`\nseed ${seed}: ${isRight ? "all held" : "NOT all held"}`);
process.exit(isRight ? 0 : 1);
