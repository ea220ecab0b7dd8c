// `npm run bench`: how many pushes a second koa-wx answers, beside bare Koa and co-wechat.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "./chart.js";
import { latency, latencyTable } from "./latency.js";
import { finish } from "./measure.js";
import { machine, prepare } from "./processes.js";
import { profile, profileTable } from "./profile.js";
import { sessions, sessionsTable } from "./sessions.js";
import { soak, soakTable } from "./soak.js";
import { startUp, startUpTable } from "./start-up.js";
import { throughput, throughputTable } from "./throughput.js";

const help = `Measures koa-wx, bare Koa and co-wechat in interleaved rounds of one run.

The server is pinned to one core and the load generator to another. Bare Koa reads the same body
with raw-body and answers a constant: that is 1. Every push is freshly signed and has an id of its
own, and every answer is checked. koa-wx runs from dist/, with its defaults; the rows with Redis need
redis-server. Let nothing else run.

  npm run bench -- [options]

  --rounds <n>       Measures every server so many times (default: 7) and shows medians.
  --seconds <n>      Lets each measurement last so long (default: 3), after a warm-up.
  --only <mode>      Measures only "plain" (明文模式) or only "safe" (安全模式).
  --baseline <dist>  Also measures another build of koa-wx, in the same rounds.
  --chart <file>     Also draws the throughput as an SVG image.
  --latency          Also measures latency at half of bare Koa's and of koa-wx's own throughput.
  --session          Measures what session() adds to a push in one process, without HTTP, and nothing
                     else. It is also measured with the rest, unless "--only safe" is given.
  --import           Measures how long importing koa-wx takes, and nothing else.
  --soak             Sends a million distinct pushes, shows the heap at each 100,000, nothing else.
                     The pushes are plain unless "--only safe" is given.
  --profile <mode>   Shows where koa-wx spends its time in "plain" or "safe" mode, and nothing else.
  --json             Prints the results as JSON instead of tables.
  --help             Prints this text.`;

function usage(message) {
  console.error(`${message}\n\n${help}`);
  process.exit(2);
}

function readOptions() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  try {
    return parseArgs({
      options: {
        rounds: { type: "string", default: "7" },
        seconds: { type: "string", default: "3" },
        only: text,
        baseline: text,
        chart: text,
        profile: text,
        latency: flag,
        session: flag,
        import: flag,
        soak: flag,
        json: flag,
        help: { ...flag, short: "h" },
      },
    }).values;
  } catch (error) {
    return usage(error.message);
  }
}

const options = readOptions();
if (options.help) {
  console.log(help);
  process.exit(0);
}
const [rounds, seconds] = [Number(options.rounds), Number(options.seconds)];
if (!Number.isInteger(rounds) || rounds < 1) usage("--rounds takes a whole number, at least 1.");
if (!(seconds > 0)) usage("--seconds takes a number above 0.");
for (const name of ["only", "profile"]) {
  if (![undefined, "plain", "safe"].includes(options[name])) {
    usage(`--${name} takes "plain" or "safe".`);
  }
}
const modes = options.only === undefined ? ["plain", "safe"] : [options.only];
const plan = {
  rounds,
  seconds,
  modes,
  baseline: options.baseline === undefined ? undefined : resolve(options.baseline),
};

const results = { machine };
const print = (name, result, format) => {
  results[name] = result;
  if (!options.json) console.log(`${format(result)}\n`);
};

try {
  prepare();
  if (!options.json) {
    const { date, cpu, node, pinned, busyBefore } = machine;
    const busy = busyBefore > 0.5 ? `; load average before: ${busyBefore.toFixed(2)}` : "";
    console.log(`${date}, ${cpu}, Node ${node}${pinned ? "" : ", not pinned to cores"}${busy}\n`);
  }
  if (options.profile) {
    print("profile", await profile(options.profile, Math.max(seconds, 6)), profileTable);
  } else if (options.session) {
    print("sessions", await sessions(plan), sessionsTable);
  } else if (options.import) {
    print("import", await startUp(), startUpTable);
  } else if (options.soak) {
    const mode = modes[0];
    const note = ({ pushes, heap }) =>
      process.stderr.write(`${pushes} pushes: ${(heap / 1024 / 1024).toFixed(1)} MiB of heap\n`);
    print("soak", await soak(mode, note), soakTable);
  } else {
    print("throughput", await throughput(plan), throughputTable);
    if (options.chart) writeFileSync(options.chart, chart(results.throughput, machine));
    if (modes.includes("plain")) print("sessions", await sessions(plan), sessionsTable);
    if (options.latency) print("latency", await latency(plan, results.throughput), latencyTable);
  }
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await finish();
}
