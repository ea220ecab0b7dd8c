import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { bundle } from "./bundle.js";

/** A running example: what it has printed so far and where it listens. */
export interface Example {
  readonly output: string;
  readonly address: AddressInfo;
  stop(): Promise<void>;
}

/** Starts an example as its reader would, on a free port. */
export async function startExample(
  name: string,
  env: Record<string, string> = {},
): Promise<Example> {
  const child: ChildProcess = spawn(process.execPath, [await bundle(`examples/${name}.ts`)], {
    env: { ...process.env, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`${name} ended: ${errors}`)));
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      if (/http:\/\/localhost:\d+/.test(output)) setTimeout(resolve, 50);
    });
  });
  const port = Number(/localhost:(\d+)/.exec(output)?.[1]);
  return {
    get output() {
      return output;
    },
    address: { port, address: "127.0.0.1", family: "IPv4" },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
