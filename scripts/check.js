// Everything that must hold before a change lands: style, types, tests with coverage, the package.
import { run } from "./run.js";

run("biome", ["check", "--error-on-warnings", "."]);
run("node", ["scripts/test.js", "--coverage"]);
run("publint", ["--strict"]);
run("attw", ["--pack", ".", "--profile", "esm-only"]);
