// Everything that must hold before a change lands: style, types, tests with coverage, the package.
// With `--rest`, what is left when the tests have run already.
import { run } from "./run.js";

run("biome", ["check", "--error-on-warnings", "."]);
if (!process.argv.includes("--rest")) run("node", ["scripts/test.js", "--coverage"]);
// What nobody uses any more: files, exports, types.
run("knip", ["--no-progress", "--include", "files,exports,types,duplicates"]);
run("publint", ["--strict"]);
run("attw", ["--pack", ".", "--profile", "esm-only"]);
