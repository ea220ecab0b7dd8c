import { expect } from "chai";
import { Lines } from "../../src/store/line.js";
import { MemoryStore } from "../../src/store/memory.js";
import { Peer } from "../../src/store/peer.js";
import { FakeClock } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";

/** Processes that see one store; each can take places in a line there. */
function processes() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ now: clock.now });
  const reached: string[] = [];
  const start = () => {
    const store = new SharedMemory(clock, inner);
    const peer = new Peer();
    peer.listen(store);
    const lines = new Lines();
    const stand = async (name: string) => {
      const turn = await lines.take(store, "line", { clock, peer });
      reached.push(name);
      return turn;
    };
    return { store, stand };
  };
  return { clock, reached, start };
}

describe("Lines: places in a line of several processes", () => {
  failOnUnhandledRejections();

  for (const dead of [1, 2, 5]) {
    it(`pass over a process that died within two leases, though it had ${dead} of them`, async () => {
      const { clock, reached, start } = processes();
      const [a, b] = [start(), start()];
      for (let place = 0; place < dead; place += 1) {
        void a.stand(`a${place}`).catch(() => {});
        await clock.pass(10);
      }
      void b.stand("b");
      await clock.pass(1_000);
      expect(reached).to.deep.equal(["a0"]);
      a.store.die();
      await clock.pass(12_000);
      expect(reached).to.deep.equal(["a0", "b"]);
    });
  }

  it("keep those of others in their order", async () => {
    const { clock, reached, start } = processes();
    const [a, b, c] = [start(), start(), start()];
    for (const [process, name] of [
      [a, "a0"],
      [b, "b0"],
      [a, "a1"],
      [c, "c0"],
      [b, "b1"],
    ] as const) {
      void process.stand(name).then(
        (turn) => process !== a && turn.release(),
        () => {},
      );
      await clock.pass(10);
    }
    a.store.die();
    await clock.pass(12_000);
    expect(reached).to.deep.equal(["a0", "b0", "c0", "b1"]);
  });
});
