import { expect } from "chai";
import { allWaiting, Collected } from "../../src/outgoing/collected.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { MemoryStore } from "../../src/store/memory.js";
import { FakeClock } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";

/** Two processes with one store, which can go away for the first one. */
function two() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ now: clock.now });
  const [store, other] = [new SharedMemory(clock, inner), new SharedMemory(clock, inner)];
  const breaker = new FallbackStore(store, { clock, warn: () => {}, merge: allWaiting });
  const here = new Collected(breaker, undefined, true);
  const there = new Collected(other, undefined, true);
  const more = async (waiting: Collected) => {
    const taken = await waiting.take("alice", "继续");
    return taken?.reply.type === "text" ? taken.reply.content : undefined;
  };
  const outage = async (during: () => Promise<unknown>) => {
    store.broken = () => Promise.reject(new Error("ECONNREFUSED"));
    await during();
    store.broken = undefined;
    await clock.pass(3_000);
  };
  return { clock, here, there, more, outage };
}

describe("late: what an outage of the store leaves for 继续", () => {
  failOnUnhandledRejections();

  for (const where of ["here", "there"] as const) {
    it(`is read behind what stood in the store, ${where}`, async () => {
      const { outage, more, ...processes } = two();
      await processes.there.keepRest("alice", "第二页");
      await outage(() => processes.here.keepRest("alice", "又一页"));
      const read: (string | undefined)[] = [];
      for (let page = 0; page < 3; page += 1) read.push(await more(processes[where]));
      expect(read).to.deep.equal(["第二页", "又一页", undefined]);
    });
  }

  it("is no more than anybody fetches, and the latest of it", async () => {
    const { outage, more, here, there } = two();
    for (let page = 0; page < 15; page += 1) await there.keepRest("alice", `旧${page}`);
    await outage(async () => {
      for (let page = 0; page < 15; page += 1) await here.keepRest("alice", `新${page}`);
    });
    const read: (string | undefined)[] = [];
    for (let page = 0; page < 21; page += 1) read.push(await more(there));
    expect([read[0], read[19], read[20]]).to.deep.equal(["旧10", "新14", undefined]);
  });

  it("goes on with the text that was being written", async () => {
    const { outage, more, here, there } = two();
    await here.write("alice", "push", "一。", { isOver: false, more: true });
    await outage(() => here.write("alice", "push", "二。", { isOver: false, more: true }));
    await here.write("alice", "push", "三。", { isOver: true, more: true });
    expect(await more(there)).to.equal("一。二。三。");
    expect(await more(there)).to.equal(undefined);
  });
});
