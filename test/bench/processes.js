// The processes of the bench: what is measured on one core, and what measures on another.
import { fork, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
/** The project's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Whether processes can be kept on one core each. */
const pinned = cpus().length > 1 && spawnSync("taskset", ["-c", "0,1", "true"]).status === 0;

/** What the figures were measured on. */
export const machine = {
  date: new Date().toISOString().slice(0, 10),
  cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
  node: process.version,
  pinned,
  // What else the machine did before; much more than 0 means that the figures are not to be trusted.
  busyBefore: loadavg()[0],
};

/** Builds koa-wx and installs the peers, where that has not been done. */
export function prepare() {
  const built = `${root}dist/index.js`;
  if (!existsSync(built) || newest(`${root}src`) > statSync(built).mtimeMs) {
    sh("node", ["scripts/build.js"], root);
  }
  if (!existsSync(`${here}node_modules`)) sh("npm", ["ci", "--no-audit", "--no-fund"], here);
}

function newest(folder) {
  const times = readdirSync(folder, { recursive: true }).map(
    (file) => statSync(`${folder}/${file}`).mtimeMs,
  );
  return Math.max(...times);
}

function sh(command, args, cwd) {
  // Standard output is kept for the results.
  const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed.`);
}

/** Starts a file of the bench on a core. It answers every message with one message. */
export function start(core, file, args = [], flags = []) {
  const child = fork(`${here}${file}`, args, {
    execPath: pinned ? "taskset" : process.execPath,
    execArgv: [...(pinned ? ["-c", String(core), process.execPath] : []), ...flags],
    stdio: ["ignore", 2, 2, "ipc"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const answer = () =>
    new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`${file} ended unexpectedly.`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        if (message.error) reject(new Error(`${[file, ...args].join(" ")}: ${message.error}`));
        else resolve(message);
      });
    });
  return {
    answer,
    ask: (message) => {
      const reply = answer();
      child.send(message);
      return reply;
    },
    stop: () => {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}
