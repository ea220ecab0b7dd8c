/**
 * `npm run anywhere`: the twelve scenarios, with the packed package, in every runtime that there is, and
 * the route handler of the page “Anywhere” in Next.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { installPacked } from "../support/installed.js";
import { otherRuntimes, ownRuntime } from "../support/runtimes.js";
import { tryNext } from "./next.js";

const user = installPacked();
user.write("package.json", '{ "name": "user", "private": true, "type": "module" }');
user.write("scenarios.js", readFileSync("test/anywhere/scenarios.js", "utf8"));
let failed = 0;
try {
  for (const { name, command } of [ownRuntime, ...otherRuntimes()]) {
    const [program = "", ...words] = command;
    const version = spawnSync(program, ["--version"], { encoding: "utf8" }).stdout.split("\n")[0];
    const { stdout, stderr, status } = spawnSync(program, [...words, "scenarios.js"], {
      cwd: user.folder,
      encoding: "utf8",
      timeout: 120_000,
    });
    console.log(`${name} (${version}): ${stdout.trim() || "nothing was run"}`);
    if (status === 0) continue;
    failed += 1;
    console.error(stderr);
  }
} finally {
  user.remove();
}
const done = await tryNext().catch((error) => {
  console.error(error);
  return "";
});
console.log(`Next: ${done || "failed"}`);
process.exitCode = failed === 0 && done !== "" ? 0 : 1;
