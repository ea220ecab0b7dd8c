// Prepares what the suites need, then checks the types and runs every test.
// Arguments go to mocha: `npm test -- --grep dialogue`. With `--coverage` first, c8 measures.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, runBeside } from "./run.js";

/** Programs that some suites drive for real, and the support file by which a suite is known. */
const needed = [
  { program: "redis-server", support: "support/redis" },
  { program: "chromium", support: "support/browser" },
];
/** Chromium without what draws its windows: most suites take it where it can be had, for it is twice as fast. */
const shell = "chromium-headless-shell";

const cores = availableParallelism();
/** Which suites run beside each other, and how many at a time; a suite is in the first lane that has it. */
const lanes = [
  // Real time is the subject, and most of it is waited for; some say themselves how long they were held up.
  { has: ({ file }) => waiting.test(file), jobs: cores * 2 },
  // A fleet at many times the speed has the whole machine.
  { has: ({ file }) => file === "test/runs/fleet.test.ts", jobs: 1 },
  // What measures time has a core to itself.
  { has: ({ file, text }) => file.includes("/fuzz/") || measuring.test(text), jobs: cores },
  // No more than there are cores: deadlines are real, even if nothing measures them.
  { has: () => true, jobs: cores },
];
const waiting =
  /^test\/(faults\/(?!crowd|sockets)|(chaos\/chaos|soak\/soak|examples\/slow-answer|koa\/login\/fleet|store\/redis\/faults|streams\/fleet)\.)/;
const measuring = /performance\.now\(|cpuUsage\(/;
/** What takes long begins first, so that no core is idle at the end. */
const long = [
  /e2e\/(starter|compilers)|slow-answer|chaos|soak/,
  /explore|fuzz|fleet|phone-axe/,
  /e2e|faults/,
  /examples/,
];

const suites = findSuites();
const inCI = Boolean(process.env.CI);
install([...needed.map(({ program }) => program), shell]);
const missing = needed.filter(({ program }) => !found(program));
const left = missing.flatMap(({ program, support }) => {
  const suites = suitesThatUse(support);
  console.error(
    `${program} is not installed, so these suites ${inCI ? "cannot run" : "are left out"}:\n${suites.map((file) => `  ${file}\n`).join("")}Install it with: sudo apt-get install -y ${program}`,
  );
  return suites;
});
if (missing.length > 0 && inCI) process.exit(1);

const args = process.argv.slice(2);
const coverage = args[0] === "--coverage" ? args.shift() : undefined;
// What some suites compare koa-wx with is installed meanwhile.
const installing = ["test/bench", "test/foreign"]
  .filter((folder) => !existsSync(`${root}/${folder}/node_modules/.package-lock.json`))
  .map((folder) =>
    spawn("npm", ["ci", "--no-audit", "--no-fund"], { cwd: `${root}/${folder}`, stdio: "ignore" }),
  );
// Each checker works out for itself what it needs of the others' files.
const checkers = ["--checkers", String(Math.min(cores, 4))];
const checking = runBeside("tsc", ["-p", "tsconfig.json", ...checkers]);
await runBeside("node", ["scripts/build.js"]);
process.env.KOA_WX_PACKED = pack();
await Promise.all([checking, ...installing.map((child) => child.exitCode ?? once(child, "exit"))]);
const ignored = (files) => files.flatMap((file) => ["--ignore", file]);
const mocha = ["--forbid-only", "--forbid-pending", ...ignored(left), ...args];
const areChosen = args.length > 0;
if (coverage || areChosen) {
  const files = args.some((arg) => arg.endsWith(".ts")) ? [] : ["test/**/*.test.ts"];
  if (coverage)
    run("c8", ["--reporter=text-summary", "--include=src", "mocha", ...mocha, ...files]);
  else run("mocha", [...mocha, ...files]);
} else {
  const laneOf = (suite) => lanes.find(({ has }) => has(suite));
  const rank = ({ file }) => [...long, /^/].findIndex((pattern) => pattern.test(file));
  for (const lane of lanes.toReversed()) {
    const files = suites
      .filter((suite) => laneOf(suite) === lane)
      .sort((one, other) => rank(one) - rank(other))
      .map(({ file }) => file);
    const beside = lane.jobs > 1 ? ["--parallel", "--jobs", String(lane.jobs)] : [];
    run("mocha", [...mocha, ...beside, ...files]);
  }
}

/** Packs what has just been built, for the suites that install it. */
function pack() {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-packed-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const packed = execFileSync(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  writeFileSync(join(folder, "packed.json"), packed);
  return folder;
}

/** Installs what is not there, where that can be done. */
function install(programs) {
  const absent = programs.filter((program) => !found(program));
  if (absent.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  console.error(`Installing ${absent.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...words) =>
    spawnSync("apt-get", ["-qq", ...words], { stdio: ["ignore", "ignore", "inherit"], env });
  apt("update");
  apt("install", "-y", "--no-install-recommends", ...absent);
}

function found(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

function suitesThatUse(support) {
  return suites.filter(({ text }) => text.includes(support)).map(({ file }) => file);
}

function findSuites() {
  return readdirSync(`${root}/test`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((file) => ({ file: `test/${file}`, text: readFileSync(`${root}/test/${file}`, "utf8") }));
}
