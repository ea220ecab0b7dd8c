import { expect } from "chai";
import { Running } from "../../src/runs/running.js";

const accountOf = (key: string) => key.slice(0, key.indexOf(":"));
const filled = (most: number, ...keys: readonly string[]) => {
  const running = new Running<string>(most, accountOf);
  for (const key of keys) running.set(key, key);
  return running;
};

describe("Running", () => {
  it("gives up the oldest of whichever account has most, however old the others' are", () => {
    for (const [keys, oldest] of [
      [["good:1", "evil:1", "evil:2"], "evil:1"],
      [["good:1", "good:2", "evil:1", "evil:2", "evil:3"], "evil:1"],
      [["a:1", "b:1", "evil:1", "c:1", "evil:2"], "evil:1"],
    ] as const) {
      expect(filled(keys.length + 1, ...keys).inTheWay).to.equal(undefined);
      expect(filled(keys.length, ...keys).inTheWay).to.equal(oldest);
    }
  });

  it("gives up its own where there is one account", () => {
    const running = new Running<number>(2);
    running.set("a", 1);
    running.set("b", 2);
    expect(running.inTheWay).to.equal(1);
    running.delete("a");
    expect(running.inTheWay).to.equal(undefined);
    expect([running.get("a"), running.get("b"), running.size]).to.deep.equal([undefined, 2, 1]);
  });

  it("finds a user's by the beginning of their keys", () => {
    const running = filled(9, "evil:good:alice:1", "good:alice:1", "good:alice2:1", "good:alice:2");
    expect(running.under("good:alice:").map(([key]) => key)).to.deep.equal([
      "good:alice:1",
      "good:alice:2",
    ]);
    expect(running.under("none:alice:")).to.deep.equal([]);
  });

  it("forgets what has ended, and nothing else", () => {
    const running = filled(3, "a:1", "b:1", "a:2");
    for (const key of ["a:1", "a:1", "c:1"]) running.delete(key);
    expect(running.size).to.equal(2);
    expect(running.entries().map(([key]) => key)).to.have.members(["b:1", "a:2"]);
  });
});
