import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** A runtime in which the scenarios are run: its name, and how it runs a file. */
export interface Runtime {
  readonly name: string;
  readonly command: readonly string[];
}

const folder = resolve("test/anywhere");
const within = (path: string) => resolve(folder, "node_modules", path);

/** This process's own runtime, which needs no installation. */
export const ownRuntime: Runtime = {
  name: `Node ${process.versions.node.split(".")[0]}`,
  command: [process.execPath, "--no-warnings"],
};

/** The others; installed when they are first asked for. */
export function otherRuntimes(): readonly Runtime[] {
  if (!existsSync(within(".package-lock.json"))) {
    const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", words, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  }
  return [
    { name: "Node 22", command: [within("node22/bin/node")] },
    { name: "Node 24", command: [within("node24/bin/node")] },
    { name: "Bun", command: [within("@oven/bun-linux-x64/bin/bun")] },
    {
      name: "Deno",
      command: [
        within("@deno/linux-x64-glibc/deno"),
        "run",
        "--allow-all",
        "--node-modules-dir=manual",
      ],
    },
  ];
}
