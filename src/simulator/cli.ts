#!/usr/bin/env node
import { run } from "./commands/program.js";

// The command `koa-wx`.
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort());
}
process.exitCode = await run(process.argv.slice(2), {
  print: (line) => console.log(line),
  remark: (line) => console.error(line),
  signal: interruption.signal,
});
