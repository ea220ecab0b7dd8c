import { expect } from "chai";
import { bundle } from "../support/bundle.js";
// By this the tests know that the suite needs redis-server.
import "../support/redis.js";
import { type PlayOptions, play } from "./play.js";
import { scenarioOf } from "./scenarios.js";
import { missed } from "./table.js";

/** What short rounds show in half a minute; `npm run chaos` has every fault by itself, and for longer. */
const rounds: Readonly<Record<string, Omit<PlayOptions, "file" | "seed">>> = {
  all: { pushes: 150, seconds: 12, longest: 16_000 },
  order: { pushes: 60, seconds: 6, processes: 2 },
};

describe("npm run chaos: a fleet of processes with one Redis, judged from outside,", function () {
  this.timeout(90_000);
  const seed = Date.now() % 2 ** 31;
  let file: string;

  before(async () => {
    file = await bundle("test/chaos/bot.ts");
  });

  it("keeps its promises while everything fails that can, and every user's order", async () => {
    const played = await Promise.all(
      Object.entries(rounds).map(([name, options]) =>
        play(scenarioOf(name), { file, seed, ...options }),
      ),
    );
    for (const { name, failures, aims, figures, held, botsHeld } of played) {
      const about = `${name}, seed ${seed}, held up for ${held} and ${botsHeld} ms: ${JSON.stringify(figures)}`;
      expect(failures, about).to.deep.equal([]);
      expect(missed({ figures, aims }), about).to.deep.equal([]);
    }
  });
});
