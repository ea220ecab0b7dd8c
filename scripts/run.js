import { spawn, spawnSync } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the project, where every script works. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** A command is one from node_modules/.bin before one of the system. */
const options = (env) => ({
  cwd: root,
  stdio: "inherit",
  env: {
    ...process.env,
    ...env,
    PATH: `${resolve(root, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`,
  },
});

/** Runs a command, and ends with its exit code if it fails. */
export function run(command, args, env = {}) {
  judge(command, spawnSync(command, args, options(env)));
}

/** The same beside what follows: resolves when it has ended. */
export function runBeside(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, options(env));
    const ended = (result) => {
      judge(command, result);
      resolve();
    };
    child.once("error", (error) => ended({ error }));
    child.once("exit", (status) => ended({ status }));
  });
}

function judge(command, { status, error }) {
  if (error !== undefined) {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  }
  if (status !== 0) process.exit(status ?? 1);
}
