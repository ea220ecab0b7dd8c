import { expect } from "chai";
import { Expiry } from "../../src/time/expiry.js";
import { FakeClock } from "../support/fake-clock.js";

describe("Expiry", () => {
  for (const ms of [0, 1e-7, 0.9]) {
    it(`gives whoever adds himself again after ${ms} ms another turn, so that others have theirs`, async () => {
      const clock = new FakeClock();
      const expiry = new Expiry(clock);
      let ran = 0;
      const again = () => {
        ran += 1;
        // By a clock that stands still it would never end.
        if (ran < 1_000) expiry.after(ms, again);
      };
      expiry.after(0, again);
      clock.setTimeout(() => expect(ran).to.equal(1), 0);
      await clock.pass(0);
      expect(ran).to.be.above(0);
    });
  }

  for (const [adds, waits] of [
    [1_000, 50],
    [2_000, 1_900],
    [60_000, 7],
  ] as const) {
    it(`is in time after ${waits} ms where another one that was over has just set itself one of ${adds} ms`, async () => {
      const clock = new FakeClock();
      const expiry = new Expiry(clock);
      const called: string[] = [];
      expiry.after(5, () => {
        expiry.after(adds, () => called.push("later"));
      });
      expiry.after(waits + 5, () => called.push("in time"));
      await clock.pass(waits + 10);
      expect(called).to.deep.equal(["in time"]);
    });
  }

  it("does not call what another one has removed that was over at the same time", async () => {
    const clock = new FakeClock();
    const expiry = new Expiry(clock);
    const called: string[] = [];
    const removed = () => expiry.remove(second);
    expiry.after(5, () => {
      called.push("first");
      removed();
    });
    const second = expiry.after(5, () => called.push("second"));
    expiry.after(5, () => called.push("third"));
    await clock.pass(10);
    expect(called).to.deep.equal(["first", "third"]);
  });
});
