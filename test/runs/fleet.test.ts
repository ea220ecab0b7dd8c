import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { bundle } from "../support/bundle.js";
import { type RedisServer, startRedis } from "../support/redis.js";

/** Everything is ten times as fast as with WeChat; a connection is kept a little longer. */
const connection = 800;
const slowest = 4_000;

interface Member {
  readonly child: ChildProcess;
  readonly port: number;
  alive: boolean;
}

describe("Runs: four processes on one Redis", function () {
  this.timeout(45_000);
  let redis: RedisServer;
  let journal: Redis;
  const fleet: Member[] = [];
  const agent = new Agent({ keepAlive: true });

  const join = async () => {
    const child = fork(await bundle("test/runs/fleet-process.ts"), [redis.url]);
    const [port] = (await once(child, "message")) as [number];
    fleet.push({ child, port, alive: true });
  };

  before(async () => {
    redis = await startRedis();
    journal = new Redis(redis.url);
    await Promise.all([1, 2, 3, 4].map(join));
  });

  after(async () => {
    agent.destroy();
    for (const { child } of fleet) child.kill("SIGKILL");
    journal.disconnect();
    await redis.stop();
  });

  beforeEach(() => journal.flushall());

  /** One delivery by WeChat: its answer, or nothing when the connection closed without one. */
  const attempt = (push: string, takes: number): Promise<string | undefined> => {
    const alive = fleet.filter((member) => member.alive);
    const { port } = alive[Math.floor(Math.random() * alive.length)] as Member;
    return new Promise((resolve) => {
      const request = get(
        `http://127.0.0.1:${port}/?key=${push}&takes=${takes}`,
        { agent },
        (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (chunk) => {
            body += chunk;
          });
          response.on("end", () => done(body));
          response.on("error", () => done());
        },
      );
      request.on("error", () => done());
      const timer = setTimeout(() => request.destroy(), connection);
      const done = (body?: string) => {
        clearTimeout(timer);
        resolve(body);
      };
    });
  };

  /**
   * Delivers a push as WeChat does, up to three times, each when the one before got no answer, and
   * collects the answers. The third comes `last` milliseconds later.
   */
  const deliver = async (push: string, takes: number, last: number): Promise<string[]> => {
    for (const delay of [0, 0, last]) {
      await sleep(delay);
      const answer = await attempt(push, takes);
      if (answer !== undefined) return [answer];
    }
    return [];
  };

  /** How often each push stands in a list of the journal. */
  const counted = async (list: string): Promise<ReadonlyMap<string, number>> => {
    const counts = new Map<string, number>();
    for (const push of await journal.lrange(list, 0, -1)) {
      counts.set(push, (counts.get(push) ?? 0) + 1);
    }
    return counts;
  };

  const all = async (prefix: string, count: number, over: number, last = 0) => {
    const pushes = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await sleep((index / count) * over);
        const push = `${prefix}:${index}`;
        // Half of them within the first attempt, as bots are; the others up to "20 seconds".
        const takes = Math.random() < 0.5 ? Math.random() * 400 : Math.random() * slowest;
        return [push, await deliver(push, Math.round(takes), last)] as const;
      }),
    );
    // The last handlers, the wait for another attempt, and the late delivery.
    await sleep(slowest + 1_200);
    // A busy machine needs longer: as long as something still arrives.
    let late = await counted("late");
    for (let quiet = 0; quiet < 8 && !pushes.every(isSeen); quiet += 1) {
      await sleep(250);
      const before = late.size;
      late = await counted("late");
      if (late.size > before) quiet = 0;
    }
    function isSeen([push, answers]: (typeof pushes)[number]): boolean {
      const { passive, late: sent } = seen(push, answers, late);
      return passive + sent > 0;
    }
    const runs = new Map<string, string[]>();
    for (const line of await journal.lrange("runs", 0, -1)) {
      const [push = "", pid = ""] = line.split(" ");
      runs.set(push, [...(runs.get(push) ?? []), pid]);
    }
    return { pushes, runs, late };
  };

  /** What the user saw of a push: the reply on each way that it took. */
  const seen = (push: string, answers: readonly string[], late: ReadonlyMap<string, number>) => {
    // A placeholder that took too long itself is left out, and its attempt acknowledged.
    const passive = new Set(answers.filter((answer) => !["placeholder", ""].includes(answer)));
    return { passive: passive.size, late: late.get(push) ?? 0 };
  };

  it("run each of a thousand pushes once and deliver each reply once", async () => {
    const { pushes, runs, late } = await all("all", 1_000, 6_000);
    const twice = [...runs].filter(([, pids]) => pids.length !== 1);
    expect(twice).to.deep.equal([]);
    expect(runs.size).to.equal(1_000);
    const wrong = pushes
      .map(([push, answers]) => ({ push, answers, ...seen(push, answers, late) }))
      .filter((result) => result.passive + result.late !== 1);
    expect(wrong).to.deep.equal([]);
    // Both ways were taken, or this would have proved little.
    expect(late.size).to.be.within(50, 950);
    expect(await journal.lrange("unhandled", 0, -1)).to.deep.equal([]);
  });

  it("deliver no reply twice when one of them is killed in the middle", async () => {
    const [victim] = fleet as [Member];
    const pid = String(victim.child.pid);
    setTimeout(() => {
      victim.alive = false;
      victim.child.kill("SIGKILL");
    }, 1_000);
    const { pushes, runs, late } = await all("kill", 400, 2_500, 1_400);
    const results = pushes.map(([push, answers]) => ({
      push,
      answers,
      pids: runs.get(push) ?? [],
      ...seen(push, answers, late),
    }));
    expect(results.filter((result) => result.passive + result.late > 1)).to.deep.equal([]);
    // Only what ran in the killed process may have run again, or may have been lost with it.
    const untouched = results.filter(({ pids }) => !pids.includes(pid));
    expect(untouched.filter(({ pids }) => pids.length !== 1)).to.deep.equal([]);
    expect(untouched.filter((result) => result.passive + result.late !== 1)).to.deep.equal([]);
    const again = results.filter(({ pids }) => pids.length > 1);
    expect(again.filter(({ pids }) => pids[0] !== pid || pids.length > 2)).to.deep.equal([]);
    expect(again.length).to.be.greaterThan(0);
    expect(await journal.lrange("unhandled", 0, -1)).to.deep.equal([]);
  });
});
