// `npm run explore`: plays from one file of JavaScript, which is faster by a half than what is compiled on its way.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { bundle } from "../support/bundle.js";

const args = [await bundle("test/explore/run.ts"), ...process.argv.slice(2)];
const explorer = spawn(process.execPath, args, { stdio: "inherit" });
const [code] = (await once(explorer, "exit")) as [number | null];
process.exitCode = code ?? 1;
