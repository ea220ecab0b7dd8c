import { expect } from "chai";
import { begun, granted } from "../../src/runs/agreement/record.js";
import type { DeadlineOptions } from "../../src/runs/deadline.js";
import { Runs } from "../../src/runs/runs.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { MemoryStore } from "../../src/store/memory.js";
import { Peer } from "../../src/store/peer.js";
import { FakeClock } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { Attempts, Push } from "./support.js";

/** Two processes that see one store. */
function two(deadline: DeadlineOptions<never> = {}) {
  const clock = new FakeClock();
  const inner = new MemoryStore({ now: clock.now });
  const warnings: string[] = [];
  const seat = () => {
    const store = new SharedMemory(clock, inner);
    const warn = (message: string) => void warnings.push(message);
    const breaker = new FallbackStore(store, { clock, warn });
    const delivery = new Runs({ store: breaker, deadline, clock, warn, peer: new Peer() });
    return { delivery, store, attempts: new Attempts(delivery), push: new Push() };
  };
  return { clock, warnings, a: seat(), b: seat() };
}

/** The first one's reply is ready, and asked for by a delivery to the second one that hangs up meanwhile. */
async function missed() {
  const { clock, a, b } = two();
  a.attempts.arrive(a.push);
  await clock.pass(5_000);
  b.attempts.arrive(b.push);
  await clock.pass(4_300);
  const take = b.store.exchange;
  b.store.exchange = (...given) => {
    (b.attempts.connections[0] as { aborted: boolean }).aborted = true;
    return take(...given);
  };
  a.push.finish("回");
  await clock.pass(800);
  return { clock, a, b };
}

describe("Runs: a run that two processes share", () => {
  failOnUnhandledRejections();

  it("runs where the first attempt arrived, and the retry elsewhere gets its reply", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(3_000);
    a.push.finish("八");
    await clock.pass(100);
    expect(a.attempts.said).to.deep.equal(["abandoned"]);
    expect(b.attempts.said).to.deep.equal(["八"]);
    expect([a.push.runs.length, b.push.runs.length]).to.deep.equal([1, 0]);
    await clock.pass(60_000);
    expect(a.push.late).to.deep.equal([]);
  });

  it("counts the attempts of both, so that the third gives the placeholder", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(5_000);
    expect(a.push.runs[0]?.attempt).to.equal(2);
    a.attempts.arrive(a.push);
    await clock.pass(4_600);
    expect(a.attempts.said).to.deep.equal(["abandoned", "正在思考…"]);
    expect(b.attempts.said).to.deep.equal(["abandoned"]);
    b.attempts.arrive(b.push);
    await clock.pass(100);
    expect(b.attempts.said).to.deep.equal(["abandoned", "正在思考…"]);
    a.push.finish("晚");
    await clock.pass(100);
    expect(a.push.late).to.deep.equal(["晚"]);
    expect(b.push.late).to.deep.equal([]);
    expect(a.push.placeholders + b.push.placeholders).to.equal(1);
  });

  it("lets a process without the handlers promise; the runner learns it and delivers late", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    for (let retry = 1; retry <= 2; retry += 1) {
      await clock.pass(5_000);
      b.attempts.arrive(b.push);
    }
    await clock.pass(7_000);
    expect(b.attempts.said).to.deep.equal(["abandoned", "正在思考…"]);
    expect(a.push.runs[0]).to.include({ attempt: 3, late: true });
    a.push.finish("晚");
    await clock.pass(100);
    expect(a.push.late).to.deep.equal(["晚"]);
  });

  it("aborts the runner's signal when another process ended the last attempt and late is drop", async () => {
    const { clock, a, b } = two({ late: "drop", attempts: 2 });
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(4_400);
    expect(a.push.runs[0]?.signal.aborted).to.equal(false);
    await clock.pass(2_000);
    expect(a.push.runs[0]?.signal.aborted).to.equal(true);
  });

  it("never gives a reply both to an attempt and late, in whatever moment it comes", async () => {
    for (let moment = 4_440; moment <= 4_540; moment += 5) {
      const { clock, a, b } = two();
      a.attempts.arrive(a.push);
      for (let retry = 1; retry <= 2; retry += 1) {
        await clock.pass(5_000);
        b.attempts.arrive(b.push);
      }
      // About when the other process promises.
      await clock.pass(moment);
      a.push.finish("刚好");
      await clock.pass(60_000);
      const passive = b.attempts.said.filter((answer) => answer === "刚好");
      expect([...passive, ...a.push.late, ...b.push.late]).to.deep.equal(["刚好"]);
    }
  });

  it("sends what a process has on waking that stood still with the last delivery", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(5_000);
    a.attempts.arrive(a.push);
    await clock.pass(1_000);
    clock.standStill(5_000);
    a.push.finish("醒");
    await clock.pass(60_000);
    expect(a.attempts.said).to.deep.equal(["abandoned", "abandoned"]);
    expect([...a.push.late, ...b.push.late]).to.deep.equal(["醒"]);
  });

  it("keeps a reply for the attempt that comes next to the other process", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(4_700);
    a.push.finish("间");
    await clock.pass(400);
    b.attempts.arrive(b.push);
    await clock.pass(50);
    expect(b.attempts.said).to.deep.equal(["间"]);
    await clock.pass(60_000);
    expect(a.push.late).to.deep.equal([]);
  });

  it("delivers late when no attempt comes anywhere, and a later one gets no second copy", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(4_700);
    a.push.finish("晚");
    await clock.pass(7_000);
    expect(a.push.late).to.deep.equal(["晚"]);
    b.attempts.arrive(b.push);
    await clock.pass(100);
    expect(b.attempts.said).to.deep.equal([undefined]);
    expect(b.push.runs).to.have.length(0);
  });

  it("answers a retry from another process's finished run", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(10);
    a.push.finish("完");
    await clock.pass(20_000);
    b.attempts.arrive(b.push);
    await clock.pass(50);
    expect(b.attempts.said).to.deep.equal(["完"]);
    expect(b.push.runs).to.have.length(0);
  });

  it("answers with nothing what the other process answered with nothing", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(10);
    a.push.finish();
    await clock.pass(6_000);
    b.attempts.arrive(b.push);
    await clock.pass(50);
    expect([...a.attempts.said, ...b.attempts.said]).to.deep.equal([undefined, undefined]);
    expect(b.push.runs).to.have.length(0);
  });

  it("runs again where an attempt waits when the runner has died", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(100);
    a.store.die();
    await clock.pass(4_900);
    b.attempts.arrive(b.push);
    await clock.pass(900);
    expect(b.push.runs).to.have.length(0);
    await clock.pass(2_200);
    expect(b.push.runs).to.have.length(1);
    b.push.finish("又");
    await clock.pass(100);
    expect(b.attempts.said).to.deep.equal(["又"]);
    // It was only cut off, and comes back with a reply of its own.
    a.store.broken = undefined;
    await clock.pass(5_000);
    a.push.finish("旧");
    await clock.pass(60_000);
    expect([...a.push.late, ...b.push.late]).to.deep.equal([]);
  });

  it("delivers late once when two processes have run it", async () => {
    const { clock, a, b } = two({ attempts: 2 });
    a.attempts.arrive(a.push);
    await clock.pass(1);
    // Cut off in a way that looks like its death.
    a.store.die();
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(5_000);
    expect([a.push.runs.length, b.push.runs.length]).to.deep.equal([1, 1]);
    expect(b.attempts.said).to.deep.equal(["正在思考…"]);
    a.store.broken = undefined;
    await clock.pass(5_000);
    b.push.finish("一");
    a.push.finish("二");
    await clock.pass(60_000);
    expect([...a.push.late, ...b.push.late]).to.have.length(1);
  });

  it("is closed in time while the store is away", async () => {
    for (const ready of [true, false]) {
      const { clock, a } = two();
      a.attempts.arrive(a.push);
      await clock.pass(5_000);
      a.attempts.arrive(a.push);
      if (ready) a.push.finish("好");
      await clock.pass(100);
      a.store.broken = () => Promise.reject(new Error("ECONNREFUSED"));
      let took: number | undefined;
      const begun = clock.now();
      void a.delivery.close(5_000).then(() => {
        took = clock.now() - begun;
      });
      for (let second = 0; second < 100 && took === undefined; second += 1) await clock.pass(1_000);
      expect(took).to.be.within(5_000, 6_000);
    }
  });

  it("waits no longer than the lease for a process that was closed", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(100);
    void a.delivery.close(0);
    await clock.pass(2_200);
    expect(b.push.runs).to.have.length(1);
    b.push.finish("接");
    await clock.pass(100);
    expect(b.attempts.said).to.deep.equal(["接"]);
    expect(a.push.runs[0]?.signal.aborted).to.equal(true);
  });

  it("promises its last delivery when it is closed, and others finish it", async () => {
    for (const isHere of [true, false]) {
      for (const into of [200, 2_500, 4_300]) {
        const { clock, a, b } = two();
        for (const seat of isHere ? [b, b] : [a, b]) {
          seat.attempts.arrive(seat.push);
          await clock.pass(5_000);
        }
        b.attempts.arrive(b.push);
        await clock.pass(into);
        const closed = b.delivery.close(0);
        await clock.pass(1_000);
        await closed;
        expect(b.attempts.said.at(-1), `${isHere} ${into}`).to.equal("正在思考…");
        const { way, holder, sender, over } = JSON.parse(
          (await a.store.get(`run:${a.push.key}`)) ?? "",
        );
        expect([way, sender, over]).to.deep.equal(["late", undefined, undefined]);
        expect(holder === undefined).to.equal(isHere);
        if (isHere) expect(await a.store.due("run:orphans", 9, 1_000)).to.include(a.push.key);
        else a.push.finish("好");
        await clock.pass(10_000);
        expect(a.push.late).to.deep.equal(isHere ? [] : ["好"]);
      }
    }
  });

  for (const [how, end] of [
    ["dies", (seat: ReturnType<typeof two>["a"]) => seat.store.die()],
    ["is closed", (seat: ReturnType<typeof two>["a"]) => void seat.delivery.close(0)],
  ] as const) {
    it(`has its reply sent by another process where it ${how} before it was the reply's turn`, async () => {
      const { clock, a, b } = two();
      a.attempts.arrive(a.push);
      await clock.pass(5_000);
      b.attempts.arrive(b.push);
      await clock.pass(5_000);
      b.attempts.arrive(b.push);
      await clock.pass(5_000);
      // Behind others that are sent to the same user.
      a.push.turn = () => new Promise((resolve) => void clock.setTimeout(resolve, 3_000));
      a.push.finish("好");
      await clock.pass(1_000);
      end(a);
      await clock.pass(15_000);
      expect([a.push.late, b.push.late]).to.deep.equal([[], ["好"]]);
    });
  }

  it("sends all of what is there when it is closed, and hands nothing over", async () => {
    const { clock, a } = two();
    for (let delivery = 0; delivery < 3; delivery += 1) {
      a.attempts.arrive(a.push);
      await clock.pass(5_000);
    }
    a.push.deliver = () =>
      new Promise((resolve) => {
        clock.setTimeout(resolve, 500);
      });
    a.push.finish("好");
    await clock.pass(100);
    const closed = a.delivery.close(0);
    await clock.pass(1_000);
    await closed;
    expect(a.push.late).to.deep.equal(["好"]);
    const { over } = JSON.parse((await a.store.get(`run:${a.push.key}`)) ?? "");
    expect(over).to.equal(true);
  });

  it("answers the delivery elsewhere with nothing when the run is given up where the handlers are", async () => {
    const { clock, a, b } = two({ maxRun: 6_000 });
    a.attempts.arrive(a.push);
    for (let retry = 1; retry <= 2; retry += 1) {
      await clock.pass(5_000);
      b.attempts.arrive(b.push);
    }
    await clock.pass(400);
    expect(b.attempts.said).to.deep.equal(["abandoned", "pending"]);
    await clock.pass(200);
    expect(a.push.runs[0]?.signal.aborted).to.equal(true);
    expect(b.attempts.said).to.deep.equal(["abandoned", undefined]);
    expect([a.delivery.size, b.delivery.size]).to.deep.equal([0, 0]);
  });

  it("gives its memory back when another process has the handlers and no attempt waits here", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(10);
    b.attempts.arrive(b.push);
    await clock.pass(8_000);
    let closed = false;
    void b.delivery.close(60_000).then(() => {
      closed = true;
    });
    await clock.pass(10);
    expect(closed).to.equal(true);
  });

  it("asks the store for no more than two things when the handlers are quick", async () => {
    const { clock, a } = two();
    const { store } = a;
    a.attempts.arrive(a.push);
    await clock.pass(1);
    a.push.finish("快");
    await clock.pass(1);
    expect(a.attempts.said).to.deep.equal(["快"]);
    expect(store.operations).to.deep.equal(["enter", "exchange"]);
    a.attempts.arrive(a.push);
    await clock.pass(1);
    expect(store.operations).to.have.length(2);
  });
});

describe("granted(): what becomes of a run that another process has taken over", () => {
  const there = begun("b", 2, { ttl: 60_000, lease: 6_000 });

  it("is over when a delivery has got the reply", () => {
    const reply = { type: "text", content: "八" } as const;
    const record = granted(there, { outcome: { reply }, way: "passive" }, "a");
    expect(record).to.include({ over: true, way: "passive", taker: "a" });
    expect(record?.outcome?.reply).to.deep.equal(reply);
  });

  it("goes on when there was no reply", () => {
    expect(granted(there, { outcome: {}, way: "passive" }, "a")).to.equal(undefined);
  });

  it("goes on when there is one that nobody has got", () => {
    const reply = { type: "text", content: "八" } as const;
    expect(granted(there, { outcome: { reply } }, "a")).to.equal(undefined);
  });
});

describe("Runs: a shared store that fails", () => {
  failOnUnhandledRejections();

  const failures = {
    rejects: () => Promise.reject(new Error("connection refused")),
    hangs: () => new Promise<never>(() => {}),
    throws: () => {
      throw new Error("client is closed");
    },
  };

  for (const [name, broken] of Object.entries(failures)) {
    it(`that ${name} leaves each process to itself, with one warning`, async () => {
      const { clock, warnings, a } = two();
      a.store.broken = broken;
      const pushes = [1, 2, 3, 4, 5].map((index) => new Push(`wx1:alice:${index}`));
      for (const push of pushes) {
        a.attempts.arrive(push);
        await clock.pass(4_000);
        push.finish(push.key);
        await clock.pass(10);
      }
      await clock.pass(3_000);
      expect(a.attempts.said).to.deep.equal(pushes.map(({ key }) => key));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/store failed, so this process goes on alone/);
    });
  }

  it("while a run is under way still lets it deliver late, once, after half a minute without a claim", async () => {
    const { clock, a } = two();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      a.attempts.arrive(a.push);
      await clock.pass(5_000);
      a.store.broken = failures.rejects;
    }
    expect(a.attempts.said).to.deep.equal(["abandoned", "abandoned", "正在思考…"]);
    a.push.finish("晚");
    await clock.pass(28_000);
    expect(a.push.late).to.deep.equal([]);
    await clock.pass(60_000);
    expect(a.push.late).to.deep.equal(["晚"]);
  });

  it("when the reply comes still keeps it for the next attempt here", async () => {
    const { clock, a } = two();
    a.attempts.arrive(a.push);
    await clock.pass(4_700);
    a.store.broken = failures.rejects;
    a.push.finish("间");
    await clock.pass(400);
    a.attempts.arrive(a.push);
    await clock.pass(10);
    expect(a.attempts.said).to.deep.equal(["abandoned", "间"]);
    await clock.pass(60_000);
    expect(a.push.late).to.deep.equal([]);
  });

  it("and may have told another process of the reply keeps it from the next attempt here", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(4_300);
    // The store hears this process, and is not heard.
    const { exchange } = a.store;
    a.store.exchange = async (...given) => {
      await exchange(...given);
      return new Promise(() => {});
    };
    // The other one takes the reply, for a delivery that hangs up meanwhile.
    const take = b.store.exchange;
    b.store.exchange = (key, from, to, ttl) => {
      (b.attempts.connections[0] as { aborted: boolean }).aborted = true;
      return take(key, from, to, ttl);
    };
    a.push.finish("回");
    // It waits for the next delivery, which is long on its way.
    await clock.pass(7_000);
    expect(b.push.late).to.deep.equal(["回"]);
    a.attempts.arrive(a.push);
    await clock.pass(4_900);
    expect([a.attempts.said, b.push.late]).to.deep.equal([["abandoned", undefined], ["回"]]);
    a.store.exchange = exchange;
    await clock.pass(60_000);
    expect(a.push.late).to.deep.equal([]);
  });

  it("and grants a reply too late has it given to the next attempt, wherever that comes", async () => {
    for (const next of ["a", "b"] as const) {
      const { clock, ...seats } = await missed();
      const { a, b } = seats;
      seats[next].attempts.arrive(seats[next].push);
      await clock.pass(10);
      expect(seats[next].attempts.said).to.deep.equal(["abandoned", "回"]);
      await clock.pass(60_000);
      expect([a.push.late, b.push.late]).to.deep.equal([[], []]);
    }
  });

  it("and grants a reply too late leaves it to others where this process is closed meanwhile", async () => {
    const { clock, a, b } = await missed();
    const closed = b.delivery.close(0);
    await clock.pass(10);
    await closed;
    const { way, holder, sender } = JSON.parse((await a.store.get(`run:${a.push.key}`)) ?? "");
    expect([way, holder, sender]).to.deep.equal(["late", undefined, undefined]);
    expect(await a.store.due("run:orphans", 9, 1_000)).to.deep.equal([a.push.key]);
  });

  it("and cannot have told another process of the reply gives it to the next attempt here", async () => {
    const { clock, a, b } = two();
    a.attempts.arrive(a.push);
    await clock.pass(5_000);
    b.attempts.arrive(b.push);
    await clock.pass(1_000);
    a.store.broken = failures.rejects;
    await clock.pass(3_000);
    a.push.finish("回");
    await clock.pass(1_000);
    a.attempts.arrive(a.push);
    await clock.pass(100);
    expect(a.attempts.said.at(-1)).to.equal("回");
    a.store.broken = undefined;
    await clock.pass(60_000);
    expect([a.push.late, b.push.late]).to.deep.equal([[], []]);
  });

  it("is used again, and told of again, after it has come back", async () => {
    const { clock, warnings, a, b } = two();
    for (let outage = 1; outage <= 2; outage += 1) {
      a.store.broken = failures.rejects;
      const during = new Push(`wx1:alice:during:${outage}`);
      a.attempts.arrive(during);
      during.finish("x");
      await clock.pass(5_000);
      a.store.broken = undefined;
      await clock.pass(12_000);
      const [one, other] = [1, 2].map(() => new Push(`wx1:alice:after:${outage}`)) as [Push, Push];
      a.attempts.arrive(one);
      await clock.pass(10);
      b.attempts.arrive(other);
      await clock.pass(10);
      one.finish("合");
      await clock.pass(100);
      expect([a.attempts.said.at(-1), b.attempts.said.at(-1)]).to.deep.equal(["合", "合"]);
      expect(other.runs).to.have.length(0);
    }
    const told = warnings.map((warning) => /goes on alone|is back/.exec(warning)?.[0]);
    expect(told).to.deep.equal(["goes on alone", "is back", "goes on alone", "is back"]);
  });
});
