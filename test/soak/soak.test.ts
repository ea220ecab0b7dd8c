import { expect } from "chai";
import type { ChatEntry } from "../../src/simulator/world/chat.js";
import type { PushRecord } from "../../src/simulator/world/journal.js";
import { flatness } from "./heap.js";
import { soak } from "./soak.js";
import { Tally } from "./tally.js";
// By this the tests know that the suite needs redis-server.
import "../support/redis.js";

describe("npm run soak: a bot of two processes whose handlers are slow, and whose connections and Redis fail,", function () {
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

describe("Tally: the count of replies", () => {
  const record: PushRecord = {
    ...{ kind: "push", id: 1, at: 0, openid: "o", xml: "", attempts: [], outcome: "reply" },
  };
  const line = (content: string, by: "reply" | "customer-service"): ChatEntry => ({
    ...{ id: 1, at: 0, from: "account", by, content: { type: "text", content } },
  });
  const counted = (...lines: readonly ChatEntry[]) => {
    const tally = new Tally(0);
    tally.sent("7", { isAsked: true, takes: 0 });
    for (const one of lines) tally.note(one);
    tally.delivered("7", record);
    tally.judge(true);
    return { lost: tally.lost.length, double: tally.double.length };
  };

  it("is right with one, whichever way it came, and takes a placeholder for none", () => {
    const right = { lost: 0, double: 0 };
    expect(counted(line("re:7", "reply"))).to.deep.equal(right);
    expect(counted(line("…", "reply"), line("re:7", "customer-service"))).to.deep.equal(right);
  });

  it("tells a lost one from a double one", () => {
    expect(counted(line("…", "reply"))).to.deep.equal({ lost: 1, double: 0 });
    const twice = [line("re:7", "reply"), line("re:7", "customer-service")];
    expect(counted(...twice)).to.deep.equal({ lost: 0, double: 1 });
  });

  it("finds a reply that nobody asked for", () => {
    const tally = new Tally(0);
    tally.sent("7", { isAsked: false, takes: 0 });
    tally.note(line("re:7", "reply"));
    tally.delivered("7", record);
    tally.judge(true);
    expect(tally.double).to.have.length(1);
  });
});

describe("flatness(): the judgement of a heap", () => {
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
