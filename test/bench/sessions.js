// What session() adds to a push, beside everything that is done for it anyway.
import { median, table } from "./measure.js";
import { start } from "./processes.js";

/** Pushes of 5,000 users in turn. */
const count = 20_000;

/** Answers pushes with and without session() in one process, without HTTP, in interleaved rounds. */
export async function sessions({ rounds }) {
  const bot = start(0, "servers/receive.js");
  try {
    await bot.answer();
    const all = { plain: [], session: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const [name, cpu] of Object.entries(all)) {
        const result = await bot.ask({ bot: name, count });
        // The first one warms up.
        if (round > 0) cpu.push(result.cpu);
      }
    }
    const added = all.session.map((cpu, round) => cpu - all.plain[round]);
    return { plain: median(all.plain), session: median(all.session), added: median(added) };
  } finally {
    await bot.stop();
  }
}

/** The results for people. */
export function sessionsTable({ plain, session, added }) {
  return table(
    ["wx.receive(), without HTTP", "µs of CPU per push", "more than without"],
    [
      ["koa-wx", plain.toFixed(1), "–"],
      ["koa-wx with session()", session.toFixed(1), added.toFixed(1)],
    ],
  );
}
