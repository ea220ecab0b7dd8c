import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { Runs } from "../../src/runs/runs.js";
import type { Work, Writing } from "../../src/runs/work.js";
import { MemoryStore } from "../../src/store/memory.js";
import type { Store } from "../../src/store/store.js";
import { bundle } from "../support/bundle.js";
import { FakeClock } from "../support/fake-clock.js";
import { SharedMemory } from "../support/shared-memory.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { Attempts, Push, said, setUp, text } from "./support.js";

describe("Runs: a run in one process", () => {
  failOnUnhandledRejections();

  it("answers the first attempt when the handlers are quick", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    expect(push.runs[0]?.attempt).to.equal(1);
    await clock.pass(3_000);
    push.finish("三");
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["三"]);
    expect(push.runs).to.have.length(1);
    expect(push.runs[0]?.late).to.equal(false);
  });

  it("leaves early attempts unanswered and gives the result to the one that waits", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    await clock.pass(4_499);
    expect(attempts.said).to.deep.equal(["pending"]);
    await clock.pass(1);
    expect(attempts.said).to.deep.equal(["abandoned"]);
    await clock.pass(550);
    attempts.arrive(push);
    expect(push.runs[0]?.attempt).to.equal(2);
    await clock.pass(2_950);
    push.finish("八");
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["abandoned", "八"]);
    expect(push.runs).to.have.length(1);
    expect(push.late).to.deep.equal([]);
  });

  it("promises on the last attempt and delivers late, once", async () => {
    const { clock, attempts, push } = setUp();
    for (const wait of [5_050, 5_050, 4_499]) {
      attempts.arrive(push);
      await clock.pass(wait);
    }
    expect(push.runs[0]?.late).to.equal(false);
    await clock.pass(1);
    expect(attempts.said).to.deep.equal(["abandoned", "abandoned", "正在思考…"]);
    expect(push.runs[0]?.late).to.equal(true);
    await clock.pass(10_000);
    push.finish("二十五");
    await clock.pass(0);
    expect(push.late).to.deep.equal(["二十五"]);
    attempts.arrive(push);
    await clock.pass(0);
    expect(attempts.said.at(-1)).to.equal("正在思考…");
    expect(push.placeholders).to.equal(1);
    expect(push.late).to.have.length(1);
    expect(push.runs).to.have.length(1);
  });

  it("gives a fourth attempt the placeholder of the third while the handlers are still at work", async () => {
    const { clock, attempts, push } = setUp();
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      attempts.arrive(push);
      await clock.pass(5_000);
    }
    expect(attempts.said.slice(2)).to.deep.equal(["正在思考…", "正在思考…"]);
    expect(push.placeholders).to.equal(1);
  });

  it("acknowledges the last attempt when there is no placeholder, or it fails, or it hangs", async () => {
    for (const placeholder of [
      async () => undefined,
      async () => Promise.reject(new Error("no placeholder")),
      () => new Promise<undefined>(() => {}),
      () => {
        throw new Error("not even a promise");
      },
    ]) {
      const { clock, delivery, push } = setUp({ attempts: 1 });
      let answer: unknown = "pending";
      const work = { ...push.work, placeholder };
      void Promise.resolve(delivery.answer(work, { arrived: clock.now() })).then((given) => {
        answer = given;
      });
      await clock.pass(4_750);
      expect(answer).to.equal(undefined);
    }
  });

  it("gives every attempt that waits the same reply, and one that comes afterwards too", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    attempts.arrive(push);
    await clock.pass(100);
    push.finish("同");
    await clock.pass(0);
    attempts.arrive(push);
    await clock.pass(30_000);
    attempts.arrive(push);
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["同", "同", "同", "同"]);
    expect(push.runs).to.have.length(1);
  });

  it("remembers a finished run for a minute, and not for two", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    push.finish("一");
    await clock.pass(59_000);
    attempts.arrive(push);
    await clock.pass(61_000);
    attempts.arrive(push);
    expect(push.runs).to.have.length(2);
    push.finish("二", 1);
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["一", "一", "二"]);
  });

  it("keeps a reply that nobody waits for until WeChat delivers again", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    await clock.pass(4_700);
    push.finish("间");
    await clock.pass(400);
    expect(push.late).to.deep.equal([]);
    attempts.arrive(push);
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["abandoned", "间"]);
    await clock.pass(60_000);
    expect(push.late).to.deep.equal([]);
  });

  it("delivers it late when WeChat does not", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    await clock.pass(4_700);
    push.finish("晚");
    await clock.pass(6_299);
    expect(push.late).to.deep.equal([]);
    await clock.pass(1);
    expect(push.late).to.deep.equal(["晚"]);
    attempts.arrive(push);
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["abandoned", undefined]);
  });

  it("does not wait for another attempt that would have come long ago", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    await clock.pass(11_000);
    expect(push.runs[0]?.late).to.equal(true);
    await clock.pass(5_000);
    push.finish("晚");
    await clock.pass(0);
    expect(push.late).to.deep.equal(["晚"]);
  });

  it("keeps what was answered at once, to a connection that was closed, for the next attempt", async () => {
    const { clock, delivery, push } = setUp();
    await clock.pass(60_000);
    push.start = () => text("在");
    const arrive = (aborted: boolean) =>
      delivery.answer(push.work, { arrived: clock.now(), closed: { aborted } });
    expect(said(await arrive(true))).to.equal("abandoned");
    await clock.pass(5_000);
    expect(push.late).to.deep.equal([]);
    expect(said(await arrive(false))).to.equal("在");
    await clock.pass(60_000);
    expect([push.runs.length, push.late]).to.deep.equal([1, []]);
  });

  it("does not take a closed connection for an attempt that waits", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    await clock.pass(1_000);
    (attempts.connections[0] as { aborted: boolean }).aborted = true;
    push.finish("答");
    await clock.pass(100);
    expect(attempts.said).to.deep.equal(["abandoned"]);
    attempts.arrive(push);
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["abandoned", "答"]);
    expect(push.late).to.deep.equal([]);
  });

  describe("in a process that stood still", () => {
    /** The last delivery waits, and WeChat has hung up on it, which has not been read. */
    async function woken() {
      const { clock, attempts, push } = setUp();
      for (const wait of [5_050, 5_050, 1_000]) {
        attempts.arrive(push);
        await clock.pass(wait);
      }
      clock.standStill(9_000);
      return { clock, attempts, push };
    }
    const unanswered = ["abandoned", "abandoned", "abandoned"];

    it("sends the reply that comes first on waking: no delivery can have it", async () => {
      const { clock, attempts, push } = await woken();
      push.finish("醒");
      await clock.pass(60_000);
      expect(attempts.said).to.deep.equal(unanswered);
      expect(push.late).to.deep.equal(["醒"]);
    });

    it("promises nothing when the time of the last delivery is long over", async () => {
      const { clock, attempts, push } = await woken();
      await clock.pass(0);
      push.finish("醒");
      await clock.pass(60_000);
      expect(attempts.said).to.deep.equal(unanswered);
      expect(push.placeholders).to.equal(0);
      expect(push.late).to.deep.equal(["醒"]);
    });

    it("still answers a delivery on which WeChat has not hung up", async () => {
      const { clock, attempts, push } = setUp();
      attempts.arrive(push);
      clock.standStill(4_400);
      push.finish("刚好");
      await clock.pass(0);
      expect(attempts.said).to.deep.equal(["刚好"]);
    });
  });

  it("acknowledges every attempt when the handlers have nothing to say", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    await clock.pass(5_000);
    push.finish();
    await clock.pass(100);
    attempts.arrive(push);
    await clock.pass(60_000);
    expect(attempts.said).to.deep.equal(["abandoned", undefined]);
    expect(push.late).to.deep.equal([]);
  });

  it("acknowledges when the handlers fail for good, also late", async () => {
    const { clock, attempts, push } = setUp();
    attempts.arrive(push);
    push.fail(new Error("reported already"));
    await clock.pass(0);
    expect(attempts.said).to.deep.equal([undefined]);

    const late = setUp({ attempts: 1 });
    late.attempts.arrive(late.push);
    await late.clock.pass(5_000);
    late.push.fail(new Error("reported already"));
    await late.clock.pass(0);
    expect(late.attempts.said).to.deep.equal(["正在思考…"]);
    expect(late.push.late).to.deep.equal([]);
  });

  it("survives a start that throws and a late delivery that rejects", async () => {
    const { clock, delivery, push } = setUp({ attempts: 1 });
    const throwing = {
      ...push.work,
      start: () => {
        throw new Error("no promise at all");
      },
    };
    expect(await delivery.answer(throwing, { arrived: clock.now() })).to.equal(undefined);

    const other = setUp({ attempts: 1 });
    other.push.deliver = () => Promise.reject(new Error("refused"));
    other.attempts.arrive(other.push);
    await other.clock.pass(5_000);
    other.push.finish("晚");
    await other.clock.pass(0);
    expect(other.push.late).to.deep.equal(["晚"]);
  });

  it("counts the attempt's time from its arrival, not from when its body was read", async () => {
    const { clock, delivery, push } = setUp();
    const arrived = clock.now();
    await clock.pass(4_000);
    let answer: unknown = "pending";
    void Promise.resolve(delivery.answer(push.work, { arrived })).then((given) => {
      answer = given;
    });
    await clock.pass(500);
    expect(answer).to.equal("abandoned");
  });

  it("keeps apart pushes that differ in their key", async () => {
    const { clock, attempts } = setUp();
    const [one, two] = [new Push("wx1:alice:1"), new Push("wx1:alice:2")];
    attempts.arrive(one);
    attempts.arrive(two);
    two.finish("二");
    one.finish("一");
    await clock.pass(0);
    expect(attempts.said).to.deep.equal(["一", "二"]);
  });

  it("touches the store for nothing when it is not shared", async () => {
    const touched = new Proxy({} as Store, {
      get(_, name) {
        if (name === "shared") return false;
        throw new Error(`store.${String(name)} was used`);
      },
    });
    const { clock, attempts, push } = setUp({}, { store: touched });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      attempts.arrive(push);
      await clock.pass(5_000);
    }
    push.finish("晚");
    await clock.pass(0);
    expect(push.late).to.deep.equal(["晚"]);
  });

  it("needs one timer for a thousand pushes at once", async () => {
    const { clock, attempts } = setUp();
    const pushes = Array.from({ length: 1_000 }, (_, index) => new Push(`wx1:alice:${index}`));
    for (const push of pushes) attempts.arrive(push);
    expect(clock.pending).to.equal(1);
    for (const push of pushes) push.finish("答");
    await clock.pass(0);
    expect(new Set(attempts.said)).to.deep.equal(new Set(["答"]));
    await clock.pass(5_000);
    expect(clock.pending).to.equal(0);
  });
});

describe("Runs: an answer that streams", () => {
  failOnUnhandledRejections();

  it("shows its beginning to no further delivery once the one that was to show it had hung up", async () => {
    const { clock, attempts, push } = setUp({ attempts: 1 });
    const hangUp = () => {
      (attempts.connections[0] as { aborted: boolean }).aborted = true;
    };
    const told: boolean[] = [];
    const writing: Writing = {
      ready: new Promise(() => {}),
      isOver: false,
      beginning: async () => {
        hangUp();
        return { reply: text("开头。") };
      },
      follow: async (isBegun) => {
        told.push(await isBegun("decided"));
        await new Promise(() => {});
      },
      expire: () => {},
    };
    push.start = () => writing;
    attempts.arrive(push);
    await clock.pass(5_000);
    expect(told).to.deep.equal([false]);
    attempts.arrive(push);
    await clock.pass(5_000);
    expect(attempts.said).to.deep.equal(["abandoned", undefined]);
  });
});

describe("ctx.signal", () => {
  failOnUnhandledRejections();

  it("aborts after the last attempt when late replies are dropped", async () => {
    const { clock, attempts, push } = setUp({ late: "drop" });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      attempts.arrive(push);
      expect(push.runs[0]?.signal.aborted).to.equal(false);
      await clock.pass(5_000);
    }
    expect(push.runs[0]?.signal.aborted).to.equal(true);
    expect(push.runs[0]?.signal.reason).to.have.property("code", "WX_LATE");
  });

  it("does not abort while a late reply can still be delivered", async () => {
    for (const late of ["send", "collect", () => {}] as const) {
      const { clock, attempts, push } = setUp({ late, attempts: 1 });
      attempts.arrive(push);
      await clock.pass(500_000);
      expect(push.runs[0]?.signal.aborted).to.equal(false);
      push.finish("晚");
      await clock.pass(0);
      expect(push.late).to.deep.equal(["晚"]);
    }
  });

  it("aborts when the run has taken too long, and what comes then is dropped with a warning", async () => {
    const { clock, attempts, push, warnings } = setUp({ late: "send", maxRun: 60_000 });
    attempts.arrive(push);
    const signal = push.runs[0]?.signal;
    await clock.pass(64_499);
    expect(signal?.aborted).to.equal(false);
    await clock.pass(1);
    expect(signal?.aborted).to.equal(true);
    push.finish("太晚");
    await clock.pass(0);
    expect(push.late).to.deep.equal([]);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/given up.*ctx\.signal.*maxRun/);
  });

  it("aborts while a delivery waits, which is answered with nothing: WeChat need not come again", async () => {
    const { clock, attempts, push } = setUp({ maxRun: 6_000 });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      attempts.arrive(push);
      await clock.pass(attempt < 3 ? 5_000 : 500);
    }
    expect(push.runs[0]?.signal.aborted).to.equal(true);
    expect(attempts.said).to.deep.equal(["abandoned", "abandoned", undefined]);
  });

  it("is aborted already when it is asked for afterwards", async () => {
    const { clock, attempts, push } = setUp({ late: "drop", attempts: 1 });
    attempts.arrive(push);
    await clock.pass(5_000);
    expect(push.runs[0]?.signal.aborted).to.equal(true);
  });
});

describe("Runs: a handler that never returns", () => {
  failOnUnhandledRejections();

  for (const [name, store] of [
    ["one process", () => new MemoryStore()],
    ["several processes", (clock: FakeClock) => new SharedMemory(clock)],
  ] as const) {
    it(`is answered in time and its memory is given back, in ${name}`, async () => {
      setFlagsFromString("--expose-gc");
      const collectGarbage = runInNewContext("gc") as () => void;
      const clock = new FakeClock();
      const { delivery } = setUp({ maxRun: 60_000, late: "send" }, { clock, store: store(clock) });
      const answers: unknown[] = [];
      let aborted = 0;
      const start = (): WeakRef<Work> => {
        const work: Work = {
          key: "wx1:alice:1",
          to: { openid: "alice" },
          start: (run) => {
            run.signal.addEventListener("abort", () => {
              aborted += 1;
            });
            return new Promise(() => {});
          },
          placeholder: async () => text("正在思考…"),
          deliverLate: async () => {},
        };
        void Promise.resolve(delivery.answer(work, { arrived: clock.now() })).then((answer) => {
          answers.push(said(answer));
        });
        return new WeakRef(work);
      };
      const works: WeakRef<Work>[] = [];
      for (let attempt = 1; attempt <= 3; attempt += 1) {
        works.push(start());
        await clock.pass(5_000);
      }
      expect(answers).to.deep.equal(["abandoned", "abandoned", "正在思考…"]);
      await clock.pass(60_000);
      expect(aborted).to.equal(1);
      expect(clock.pending).to.equal(0);
      collectGarbage();
      expect(works.map((work) => work.deref())).to.deep.equal([undefined, undefined, undefined]);
    });
  }
});

describe("Runs, by the machine's own clock,", () => {
  failOnUnhandledRejections();

  it("each attempt is answered in its time", async () => {
    const delivery = new Runs({
      store: new MemoryStore(),
      deadline: { ms: 100, late: "send" },
    });
    const push = new Push();
    const attempts = new Attempts(delivery);
    const times: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const arrived = performance.now();
      attempts.arrive(push);
      while (attempts.said.at(-1) === "pending") await sleep(1);
      times.push(performance.now() - arrived);
    }
    push.finish("晚");
    await delivery.close(1_000);
    expect(attempts.said).to.deep.equal(["abandoned", "abandoned", "正在思考…"]);
    expect(Math.min(...times)).to.be.at.least(98);
    expect(Math.max(...times)).to.be.below(200);
    expect(push.late).to.deep.equal(["晚"]);
  });

  it("a process that has nothing else to do is not kept alive", async () => {
    const script = `
      import { Runs } from "./src/runs/runs.ts";
      const delivery = new Runs({ store: { shared: false } });
      const start = () => new Promise(() => {});
      void delivery.answer({ key: "k", start }, { arrived: delivery.clock.now() });
    `;
    const child = spawn(process.execPath, [await bundle(script)], { stdio: "ignore" });
    const [code] = await once(child, "exit");
    expect(code).to.equal(0);
  });
});

describe("Runs.close()", () => {
  failOnUnhandledRejections();

  it("waits for the handlers and their late deliveries", async () => {
    const { clock, delivery, attempts, push } = setUp({ attempts: 1 });
    let delivered = () => {};
    push.deliver = () =>
      new Promise((resolve) => {
        delivered = resolve;
      });
    attempts.arrive(push);
    await clock.pass(5_000);
    let closed = false;
    void delivery.close(60_000).then(() => {
      closed = true;
    });
    push.finish("晚");
    await clock.pass(1_000);
    expect(closed).to.equal(false);
    delivered();
    await clock.pass(0);
    expect(closed).to.equal(true);
  });

  it("gives up what is not done in time: the signal aborts and the attempt stays unanswered", async () => {
    const { clock, delivery, attempts, push } = setUp();
    attempts.arrive(push);
    const signal = push.runs[0]?.signal;
    let closed = 0;
    for (let calls = 0; calls < 2; calls += 1) {
      void delivery.close(1_000).then(() => {
        closed += 1;
      });
    }
    await clock.pass(1_000);
    expect(closed).to.equal(2);
    expect(signal?.aborted).to.equal(true);
    expect(attempts.said).to.deep.equal(["abandoned"]);
    expect(clock.pending).to.be.at.most(1);
  });

  it("resolves at once when nothing runs, also twice", async () => {
    const { delivery } = setUp();
    await delivery.close(1_000);
    expect(await delivery.close(1_000)).to.equal(undefined);
  });
});
