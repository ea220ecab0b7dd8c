// Compiles src/ to dist/, the folder that is published, and bundles the phone's page.
import { rmSync } from "node:fs";
import { run } from "./run.js";

rmSync("dist", { recursive: true, force: true });
// The comments are for whoever writes against the declarations, and for readers of src/.
run("tsc", ["-p", "tsconfig.build.json", "--emitDeclarationOnly"]);
run("tsc", ["-p", "tsconfig.build.json", "--declaration", "false", "--removeComments"]);
run("node", ["scripts/build-page.js"]);
