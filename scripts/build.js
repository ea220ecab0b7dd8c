// Compiles src/ to dist/, the folder that is published, and bundles the phone's page.
import { rmSync } from "node:fs";
import { run } from "./run.js";

rmSync("dist", { recursive: true, force: true });
run("tsc", ["-p", "tsconfig.build.json"]);
run("node", ["scripts/build-page.js"]);
