import { expect } from "chai";
import { fuzz, type Target } from "./fuzz.js";
import { Random } from "./random.js";
import { targets } from "./targets.js";

/** Shown by the test when it fails: `npm run fuzz -- --replay seed:index` runs one of them again. */
const seed = 20_240_601;

describe("Mutations of everything that comes from outside", function () {
  this.timeout(60_000);

  it("break nothing and get nothing accepted that was not signed, in twenty thousand cases", async () => {
    const { cases, failures } = await fuzz({ seed, cases: 20_000, targets });
    expect(failures).to.deep.equal([]);
    const shares = Object.fromEntries(targets.map(({ name, share }) => [name, share * 200]));
    expect(cases).to.deep.equal(shares);
  });

  it("are the same for the same seed and number, whatever ran before", async () => {
    const seen: string[] = [];
    const target: Target = {
      name: "numbers",
      share: 100,
      open: () => ({
        run(random) {
          seen.push(`${random.next()} ${random.between(1, 6)} ${random.bytes(4).toString("hex")}`);
        },
      }),
    };
    await fuzz({ seed: 7, cases: 20, targets: [target] });
    await fuzz({ seed: 7, cases: 1, from: 13, targets: [target] });
    expect(new Set(seen).size).to.equal(20);
    expect(seen[20]).to.equal(seen[13]);
  });

  it("are reported when they break something, stall or leave a rejection behind", async () => {
    const faulty: Target = {
      name: "faulty",
      share: 100,
      open: () => ({
        run(random, trace) {
          trace.input = "the input";
          const way = random.below(3);
          if (way === 0) throw new Error("broken");
          if (way === 1) void Promise.reject(new Error("nobody looks"));
          if (way === 2) {
            trace.time(() => {
              const end = process.cpuUsage().user + 70_000;
              while (process.cpuUsage().user < end);
            });
          }
        },
      }),
    };
    const { failures } = await fuzz({ seed: 1, cases: 9, targets: [faulty] });
    const reasons = failures.map(({ reason }) => reason.split("\n")[0]).join();
    expect(reasons).to.contain("broken").and.contain("nobody looks").and.contain("a stall");
    expect(failures[0]).to.include({ seed: 1, target: "faulty", input: "the input" });
    expect(new Random(1, 0).next()).to.equal(new Random(1, 0).next());
  });
});
