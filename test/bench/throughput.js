// How many pushes a second each server answers on one core.
import { measure, median, servers, table, whole } from "./measure.js";

/** Measures every server in every mode, round by round, so that all share the machine's moods. */
export async function throughput({ rounds, seconds, modes, baseline }) {
  const peers =
    baseline === undefined
      ? servers
      : servers.toSpliced(1, 0, {
          ...servers[1],
          name: "baseline",
          file: "koa-wx",
          dist: baseline,
        });
  const rows = modes.flatMap((mode) =>
    peers
      .filter((server) => server[mode] !== undefined)
      .map((server) => ({ mode, server, name: server.name, measured: [] })),
  );
  for (let round = 1; round <= rounds; round++) {
    for (const { mode, server, measured } of rows) {
      process.stderr.write(`\rround ${round} of ${rounds}: ${server.name}, ${mode}        `);
      measured.push(await measure(server, mode, { seconds }));
    }
  }
  process.stderr.write("\n");
  return rows.map(({ mode, name, measured }) => {
    const all = (figure) => measured.map((result) => result[figure]);
    // Round against round: what slowed one down slowed the other down as well.
    const ratio = (figure, other) => {
      const peer = rows.find((row) => row.mode === mode && row.name === other)?.measured;
      return peer && median(measured.map((result, round) => result[figure] / peer[round][figure]));
    };
    return {
      mode,
      server: name,
      perSecond: median(all("rate")),
      lowest: Math.min(...all("rate")),
      highest: Math.max(...all("rate")),
      ofBareKoa: ratio("rate", "bare-koa"),
      ofCoWechat: ratio("rate", "co-wechat"),
      ofSafeLimit: ratio("rate", "limit of safe mode"),
      cpuMicroseconds: median(all("cpu")),
      ofBareKoaByCpu: 1 / ratio("cpu", "bare-koa"),
      generatorBusy: median(all("busy")),
    };
  });
}

/** The results for people. */
export function throughputTable(results) {
  const rows = results.map((row) => [
    row.mode,
    row.server,
    whole(row.perSecond),
    `${whole(row.lowest)}–${whole(row.highest)}`,
    row.ofBareKoa.toFixed(2),
    row.ofCoWechat.toFixed(2),
    row.ofSafeLimit?.toFixed(2) ?? "–",
    row.cpuMicroseconds.toFixed(0),
    row.ofBareKoaByCpu.toFixed(2),
  ]);
  const lines = [
    table(
      [
        "mode",
        "server",
        "pushes per second",
        "from–to",
        "of bare Koa",
        "of co-wechat",
        "of the limit of safe mode",
        "µs of CPU per push",
        "of bare Koa by CPU",
      ],
      rows,
    ),
  ];
  const busiest = Math.max(...results.map(({ generatorBusy }) => generatorBusy));
  if (busiest > 0.9) {
    lines.push(
      `\nThe load generator was ${(busiest * 100).toFixed(0)} % busy: it may have held back the fastest server.`,
    );
  }
  return lines.join("\n");
}
