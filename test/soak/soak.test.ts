import { expect } from "chai";
import { flatness } from "./heap.js";
import { soak } from "./soak.js";
import "../support/redis.js";

describe("A bot of two processes whose handlers are slow, and whose connections and Redis fail", function () {
  this.timeout(90_000);

  it("loses no reply and doubles none, in twenty seconds at five times the speed", async () => {
    const result = await soak({ minutes: 1 / 3, load: 1, rate: 30, speed: 5, disturbance: 9_000 });
    expect(result.lost, "lost").to.deep.equal([]);
    expect(result.double, "double").to.deep.equal([]);
    expect(result.failures, "failures").to.deep.equal([]);
    // All of it has happened, or this would have proved little.
    expect(result.pushes).to.be.within(500, 700);
    for (const count of [
      ...[result.passive, result.late, result.silent, result.retries],
      ...[result.lostConnections, result.redisRestarts],
    ]) {
      expect(count).to.be.greaterThan(0);
    }
  });
});

describe("The judgement of a heap", () => {
  const samples = (heapAt: (index: number) => number) =>
    Array.from({ length: 40 }, (_, index) => ({
      at: index * 1_000,
      heap: heapAt(index) * 2 ** 20,
    }));

  it("is flat for one that fills its caches first, and goes up and down", () => {
    const { isFlat, growth } = flatness(samples((n) => (n < 8 ? 10 + n : 20 + (n % 3) * 2)));
    expect(isFlat).to.equal(true);
    expect(Math.abs(growth) / 2 ** 20).to.be.lessThan(1);
  });

  it("is not for one that grows all the time", () => {
    const { isFlat, growth } = flatness(samples((n) => 20 + n / 5 + (n % 3)));
    expect(isFlat).to.equal(false);
    expect(growth / 2 ** 20).to.be.within(4, 8);
  });

  it("is left open when there is too little to judge by", () => {
    expect(flatness(samples((n) => n).slice(0, 10)).isFlat).to.equal(undefined);
  });
});
