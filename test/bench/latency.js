// How long a push waits for its answer while the server is half busy.
import { measure, median, servers, table, whole } from "./measure.js";

/** Measures bare Koa and koa-wx, each at half of what it can answer, in interleaved rounds. */
export async function latency({ rounds, seconds, modes }, throughputs) {
  const half = (name, mode) =>
    throughputs.find((row) => row.server === name && row.mode === mode).perSecond / 2;
  const rows = modes.flatMap((mode) => [
    ...servers
      .filter(({ name }) => name !== "co-wechat")
      .map((server) => ({ mode, server, rate: half(server.name, mode), measured: [] })),
    // In safe mode that would be nearly all that it can answer: a queue would be measured.
    ...(mode === "plain"
      ? [{ mode, server: servers[1], rate: half("bare-koa", mode), measured: [] }]
      : []),
  ]);
  for (let round = 1; round <= rounds; round++) {
    for (const { mode, server, rate, measured } of rows) {
      process.stderr.write(`\rlatency, round ${round} of ${rounds}: ${server.name}, ${mode}     `);
      measured.push(await measure(server, mode, { seconds, rate }));
    }
  }
  process.stderr.write("\n");
  return rows.map(({ mode, server, rate, measured }) => {
    const bare = rows.find((row) => row.mode === mode && row.server.name === "bare-koa").measured;
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
