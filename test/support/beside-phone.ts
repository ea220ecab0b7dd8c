import { spawn } from "node:child_process";
import { once } from "node:events";
import { bundle } from "./bundle.js";
import { freePort } from "./stage.js";

/** `npm start <example>` while it runs. */
export interface BesidePhone {
  /** Where the phone is. */
  readonly url: string;
  readonly output: string;
  stop(): Promise<void>;
}

/** Nothing of this machine leads an example to a model or a Redis. */
const nowhere = { OPENAI_API_KEY: "", OPENAI_BASE_URL: "", REDIS_URL: "" };

/**
 * Starts an example and the phone beside it on free ports, as `npm start` does, and resolves once both are announced.
 * It is bundled beforehand, so as to start in a quarter of the time, unless it is to run `as` its reader does it.
 */
export async function startBesidePhone(
  name: string,
  as: "a bundle" | "its reader does" = "a bundle",
): Promise<BesidePhone> {
  const program = "scripts/start.ts";
  const code =
    as === "a bundle"
      ? [await bundle(program, [{ file: program, ...onlyExample(name) }])]
      : ["--import", "tsx", program];
  const ports = { PORT: String(await freePort()), PHONE_PORT: String(await freePort()) };
  const child = spawn(process.execPath, [...code, name], {
    env: { ...process.env, LANG: "en_US.UTF-8", ...nowhere, ...ports },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`npm start ${name} ended: ${output}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const announced = /(?:chat|beside it): (http:\S+)\s/.exec(output)?.[1];
        if (announced !== undefined && output.includes("Listening on")) resolve(announced);
      });
    }
  });
  return {
    url,
    output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** A bundle holds the example that it is made for. */
const onlyExample = (name: string) => ({
  from: ["import(`../examples/$", "{example}.js`)"].join(""),
  to: `import("../examples/${name}.js")`,
});
