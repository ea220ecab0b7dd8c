// Whether memory stays flat while a million distinct pushes are answered.
import { servers, table, whole, withServer } from "./measure.js";

const step = 100_000;
const mebibytes = (bytes) => bytes / 1024 / 1024;

/** Sends a million pushes to koa-wx and reads its heap, freshly collected, at each 100,000. */
export function soak(mode, onStep) {
  return withServer(servers[1], mode, ["--expose-gc"], async (load, server) => {
    const results = [];
    for (let pushes = step; pushes <= 10 * step; pushes += step) {
      const { answered, seconds } = await load({ seconds: 3600, total: step });
      const { heap, rss } = await server.ask("usage");
      const result = { mode, pushes, heap, rss, perSecond: answered / seconds };
      results.push(result);
      onStep(result);
    }
    return results;
  });
}

/** The results for people. */
export function soakTable(results) {
  const [first, last] = [results[4], results[9]].map(({ heap }) => mebibytes(heap));
  const rows = results.map(({ pushes, heap, rss, perSecond }) => [
    whole(pushes),
    mebibytes(heap).toFixed(1),
    mebibytes(rss).toFixed(1),
    whole(perSecond),
  ]);
  return `${table(["pushes", "heap in MiB", "resident in MiB", "pushes per second"], rows)}

Over the second half million the heap changed by ${(last - first).toFixed(1)} MiB.`;
}
