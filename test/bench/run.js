// `npm run bench`: how many pushes a second koa-wx answers, beside bare Koa and co-wechat.
import { fork, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    latency: { type: "boolean", default: false },
    soak: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (options.help) {
  console.log(`Measures koa-wx, bare Koa and co-wechat in interleaved rounds of one run.

The server is pinned to one core and the load to another. Bare Koa reads the same body with
raw-body and answers a constant: that is 1. Every push is signed freshly and has an id of its own.

  --rounds 7      How often each server is measured. The table shows medians.
  --seconds 3     How long each measurement lasts.
  --latency       Also measures latency at half of bare Koa's throughput.
  --soak          Sends a million distinct pushes to koa-wx and prints its heap at each 100,000.`);
  process.exit(0);
}

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
const sh = (command, args, cwd = root) =>
  spawnSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
sh("node", ["scripts/build.js"]);
if (!existsSync(`${here}node_modules`)) sh("npm", ["ci"], here);
const pinned = cpus().length > 1 && spawnSync("taskset", ["-c", "0", "true"]).status === 0;

/** Starts a process of ours on one core, and talks to it. */
function start(core, file, ...args) {
  const command = [...(file.includes("koa-wx") ? ["--expose-gc"] : []), `${here}${file}`, ...args];
  const child = pinned
    ? fork(command[0] === "--expose-gc" ? command[1] : command[0], args, {
        execPath: "taskset",
        execArgv: [
          "-c",
          String(core),
          process.execPath,
          ...(command[0] === "--expose-gc" ? ["--expose-gc"] : []),
        ],
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      })
    : fork(`${here}${file}`, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const answer = () => new Promise((resolve) => child.once("message", resolve));
  return {
    first: answer(),
    ask: (task) => {
      const reply = answer();
      child.send(task);
      return reply;
    },
    stop: () => child.disconnect(),
  };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function measure(name, mode, task) {
  const server = start(0, `servers/${name}.js`, mode);
  const { port } = await server.first;
  const generator = start(1, "load.js");
  const connections = 32;
  // Enough for what a server may answer, made while nothing is measured.
  const warmUp = { port, mode, seconds: 1.5, connections };
  await generator.ask({ prepare: 25_000, mode });
  let result = await generator.ask(warmUp);
  if (!result.error) {
    await generator.ask({ prepare: 60_000, mode });
    result = await generator.ask({ ...warmUp, seconds: Number(options.seconds), ...task });
  }
  generator.stop();
  server.stop();
  if (result.error) throw new Error(`${name} (${mode}): ${result.error}`);
  return result;
}

const servers = [
  ["bare-koa", "plain"],
  ["koa-wx", "plain"],
  ["co-wechat", "plain"],
  ["bare-koa", "safe"],
  ["koa-wx", "safe"],
  ["co-wechat", "safe"],
];

async function throughput() {
  const rates = servers.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [index, [name, mode]] of servers.entries()) {
      const { answered, seconds } = await measure(name, mode, {});
      rates[index].push(answered / seconds);
    }
    process.stderr.write(`round ${round + 1} of ${options.rounds}\r`);
  }
  console.log(
    `${cpus().length} × ${cpus()[0].model.trim()}, Node ${process.version}${pinned ? ", pinned" : ""}\n`,
  );
  console.log("| mode | server | pushes per second (median) | of bare Koa | of co-wechat |");
  console.log("|---|---|--:|--:|--:|");
  for (const [index, [name, mode]] of servers.entries()) {
    const ratio = (other) => {
      const at = servers.findIndex(([n, m]) => n === other && m === mode);
      return median(rates[index].map((rate, round) => rate / rates[at][round])).toFixed(2);
    };
    console.log(
      `| ${mode} | ${name} | ${Math.round(median(rates[index])).toLocaleString("en")} | ${ratio("bare-koa")} | ${ratio("co-wechat")} |`,
    );
  }
  return Object.fromEntries(
    servers.map(([name, mode], index) => [`${name} ${mode}`, median(rates[index])]),
  );
}

async function latency(rate) {
  console.log(
    `\nLatency at ${Math.round(rate)} pushes per second, in ms\n\n| server | p50 | p99 |\n|---|--:|--:|`,
  );
  for (const [name, mode] of servers.filter(([name]) => name !== "co-wechat")) {
    const { p50, p99 } = await measure(name, mode, { rate });
    console.log(`| ${name}, ${mode} | ${p50.toFixed(2)} | ${p99.toFixed(2)} |`);
  }
}

async function soak() {
  const server = start(0, "servers/koa-wx.js", "plain");
  const { port } = await server.first;
  const generator = start(1, "load.js");
  console.log("| pushes | heap in MiB |\n|--:|--:|");
  for (let pushes = 100_000; pushes <= 1_000_000; pushes += 100_000) {
    const result = await generator.ask({
      port,
      mode: "plain",
      seconds: 600,
      connections: 32,
      total: 100_000,
    });
    if (result.error) throw new Error(result.error);
    const { heap } = await server.ask("heap");
    console.log(`| ${pushes.toLocaleString("en")} | ${(heap / 1024 / 1024).toFixed(1)} |`);
  }
  generator.stop();
  server.stop();
}

if (options.soak) await soak();
else {
  const medians = await throughput();
  if (options.latency) await latency(medians["bare-koa plain"] / 2);
}
