// `npm run soak`: half an hour of everything that happens to a bot, with WeChat as the judge.

import { commandLine } from "../support/command-line.js";
import { soak } from "./soak.js";

const help = `Sends messages and events of every kind to a bot of two processes with one Redis, which a Sentinel
watches, as the simulated WeChat does: five seconds each, three deliveries. Handlers are slow now and then (3, 8 and 25 seconds),
connections are lost on the way there and back, and every few minutes Redis loses its keys, hangs, or is
replaced by its replica; some answers are written piece by piece, some are films, some count in a session.
The simulated WeChat counts: every push that is due a reply must get exactly one, within the five seconds
or late as a customer-service message, and the heaps of the processes must stay flat.

  npm run soak -- [options]

  --minutes <n>   How long pushes are sent (default: 30).
  --load <n>      At which share of the measured capacity (default: 0.7).
  --rate <n>      At so many pushes a second instead; the capacity is not measured.
  --json          Prints the result as JSON, every sample of the heaps included.
  --help          Prints this text.`;

const { values: options, usage } = commandLine(help, {
  minutes: { type: "string", default: "30" },
  load: { type: "string", default: "0.7" },
  rate: { type: "string" },
  json: { type: "boolean", default: false },
});
const [minutes, load] = [Number(options.minutes), Number(options.load)];
const rate = options.rate === undefined ? undefined : Number(options.rate);
if (!(minutes > 0)) usage("--minutes takes a number above 0.");
if (!(load > 0 && load <= 1)) usage("--load takes a number above 0, at most 1.");
if (rate !== undefined && !(rate > 0)) usage("--rate takes a number above 0.");

const result = await soak({
  ...{ minutes, load, rate },
  progress: (line) => process.stderr.write(`${line}\n`),
});

const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
if (options.json) console.log(JSON.stringify(result, undefined, 2));
else {
  const { capacity, failures, warnings, heaps, lost, double } = result;
  console.log(`${Math.round(result.seconds)} s at ${result.rate} pushes per second${capacity === undefined ? "" : ` (capacity ${capacity})`}
pushes: ${result.pushes}; with a passive reply ${result.passive}, a late one ${result.late}, none due ${result.silent}
deliveries beyond the first: ${result.retries}; connections lost on purpose: ${result.lostConnections}
Redis killed and restarted: ${result.redisRestarts} times, hung: ${result.redisPauses} times, replaced by its replica: ${result.redisFailovers} times
handlers run: ${result.handlerRuns}
lost replies: ${lost.length}
double replies: ${double.length}
failures: ${failures.length}; warnings: ${JSON.stringify(warnings)}`);
  for (const [index, { growth, mean, isFlat }] of heaps.entries()) {
    const verdict = isFlat === undefined ? "too few samples" : isFlat ? "flat" : "GROWS";
    console.log(
      `heap of process ${index + 1}: ${mebibytes(mean)}, growth ${mebibytes(growth)}: ${verdict}`,
    );
  }
  const { first, second, isFlat } = result.redis;
  const verdict = isFlat === undefined ? "too few samples" : isFlat ? "flat" : "GROWS";
  console.log(
    `Redis: at most ${mebibytes(first)} in the first half, ${mebibytes(second)} in the second: ${verdict}`,
  );
  for (const wrong of [...lost.slice(0, 10), ...double.slice(0, 10)]) {
    console.log(JSON.stringify(wrong));
  }
  for (const failure of failures.slice(0, 10)) console.log(failure);
  console.log(result.isRight ? "\nall held" : "\nNOT all held");
}
process.exit(result.isRight ? 0 : 1);
