// Compiles src/ to dist/, the folder that is published.
import { rmSync } from "node:fs";
import { run } from "./run.js";

rmSync("dist", { recursive: true, force: true });
run("tsc", ["-p", "tsconfig.build.json"]);
