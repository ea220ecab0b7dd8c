// How long a push waits for its answer while the server is half busy.
import { measure, median, servers, table, whole } from "./measure.js";

/**
 * Measures bare Koa and koa-wx, in interleaved rounds, each at half of what it can answer, and
 * koa-wx also at half of what bare Koa can answer, where that is not too near its own limit: there
 * the queue would be measured and not the server.
 */
export async function latency({ rounds, seconds, modes }, throughputs) {
  const perSecond = (server, mode) =>
    throughputs.find((row) => row.server === server.name && row.mode === mode).perSecond;
  const [bareKoa, koaWx] = servers;
  const rows = modes.flatMap((mode) => {
    const [most, own] = [perSecond(bareKoa, mode), perSecond(koaWx, mode)];
    return [
      { mode, server: bareKoa, rate: most / 2, measured: [] },
      { mode, server: koaWx, rate: own / 2, measured: [] },
      ...(most / 2 < own * 0.85 ? [{ mode, server: koaWx, rate: most / 2, measured: [] }] : []),
    ];
  });
  for (let round = 1; round <= rounds; round++) {
    for (const { mode, server, rate, measured } of rows) {
      process.stderr.write(`\rlatency, round ${round} of ${rounds}: ${server.name}, ${mode}     `);
      measured.push(await measure(server, mode, { seconds, rate }));
    }
  }
  process.stderr.write("\n");
  return rows.map(({ mode, server, rate, measured }) => {
    const bare = rows.find((row) => row.mode === mode && row.server === bareKoa).measured;
    return {
      mode,
      server: server.name,
      pushesPerSecond: rate,
      p50: median(measured.map(({ p50 }) => p50)),
      p99: median(measured.map(({ p99 }) => p99)),
      p99OfBareKoa: median(measured.map(({ p99 }, round) => p99 / bare[round].p99)),
    };
  });
}

/** The results for people. */
export function latencyTable(results) {
  return table(
    ["mode", "server", "pushes per second", "p50 in ms", "p99 in ms", "p99 of bare Koa's"],
    results.map((row) => [
      row.mode,
      row.server,
      whole(row.pushesPerSecond),
      row.p50.toFixed(2),
      row.p99.toFixed(2),
      row.p99OfBareKoa.toFixed(2),
    ]),
  );
}
