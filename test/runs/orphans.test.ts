import { expect } from "chai";
import type { Orphan } from "../../src/runs/agreement/orphans.js";
import { Runs, type RunsOptions } from "../../src/runs/runs.js";
import type { Claim } from "../../src/runs/work.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { MemoryStore } from "../../src/store/memory.js";
import { Peer } from "../../src/store/peer.js";
import { FakeClock } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { Attempts, Push } from "./support.js";

/** A process that has given the placeholder and died, and another one that takes over what is owed. */
async function owed(deliver: (orphan: Orphan, claim: Claim, store: SharedMemory) => Promise<void>) {
  const clock = new FakeClock();
  const inner = new MemoryStore({ now: clock.now });
  const start = (orphans?: RunsOptions["orphans"]) => {
    const store = new SharedMemory(clock, inner);
    const breaker = new FallbackStore(store, { clock, warn: () => {} });
    const warn = () => {};
    return { store, runs: new Runs({ store: breaker, clock, warn, peer: new Peer(), orphans }) };
  };
  const asked: Orphan[] = [];
  const other = start({
    knows: () => true,
    deliver: async (orphan, claim) => {
      asked.push(orphan);
      await deliver(orphan, claim, other.store);
    },
  });
  const { store, runs } = start();
  const attempts = new Attempts(runs);
  const push = new Push();
  for (let delivery = 0; delivery < 3; delivery += 1) {
    attempts.arrive(push);
    await clock.pass(5_000);
  }
  expect(attempts.said.at(-1)).to.equal("正在思考…");
  store.die();
  await clock.pass(120_000);
  const { over } = JSON.parse((await inner.get(`run:${push.key}`)) ?? '{"over":true}');
  return { asked, over };
}

describe("Runs: what a process owed that died", () => {
  failOnUnhandledRejections();

  it("is delivered once, when it is its turn", async () => {
    let sent = 0;
    const { asked, over } = await owed(async (_, claim) => {
      if (await claim()) sent += 1;
    });
    expect([asked.length, sent, over]).to.deep.equal([1, 1, true]);
  });

  it("is done with where nothing is to be said, and not looked at for ever", async () => {
    const { asked, over } = await owed(async () => {});
    expect([asked.length, over]).to.deep.equal([1, true]);
  });

  it("is tried again where the store failed when it was to be claimed", async () => {
    let [sent, failed] = [0, 0];
    const { asked, over } = await owed(async (_, claim, store) => {
      if (failed === 0) store.broken = () => Promise.reject(new Error("ECONNRESET"));
      const isClaimed = await claim();
      store.broken = undefined;
      if (isClaimed) sent += 1;
      else failed += 1;
    });
    expect([asked.length, failed, sent, over]).to.deep.equal([2, 1, 1, true]);
  });
});
