// How long it takes to import koa-wx.
import { pathToFileURL } from "node:url";
import { median, table } from "./measure.js";
import { root, start } from "./processes.js";

const times = 15;

/** Imports koa-wx and, for scale, Koa, each in new processes. The files are in the system's cache. */
export async function startUp() {
  const modules = {
    koa: import.meta.resolve("koa"),
    "koa-wx": pathToFileURL(`${root}dist/index.js`).href,
  };
  const results = [];
  for (const [module, address] of Object.entries(modules)) {
    const all = [];
    const running = new Set();
    for (let time = 0; time <= times; time++) {
      const child = start(0, "import.js", [address]);
      const result = await child.answer();
      await child.stop();
      // The first one fills the cache.
      if (time > 0) all.push(result.milliseconds);
      for (const resource of result.running) running.add(resource);
    }
    results.push({ module, median: median(all), worst: Math.max(...all), running: [...running] });
  }
  return results;
}

/** The results for people. */
export function startUpTable(results) {
  return table(
    ["import of", "median in ms", "worst in ms", "left running"],
    results.map(({ module, median, worst, running }) => [
      module,
      median.toFixed(0),
      worst.toFixed(0),
      running.join(", ") || "nothing",
    ]),
  );
}
