import { expect } from "chai";
import fc from "fast-check";
import { Recent } from "../../src/store/recent.js";

describe("What came lately", () => {
  it("is remembered for its time, and for less than twice that", () => {
    let now = 0;
    const recent = new Recent(100, 1_000, () => now);
    recent.set("a", "1");
    now = 999;
    recent.set("b", "2");
    expect([recent.get("a"), recent.get("b")]).to.deep.equal(["1", "2"]);
    now = 1_998;
    expect(recent.get("b")).to.equal("2");
    now = 3_000;
    expect([recent.get("a"), recent.get("b")]).to.deep.equal([undefined, undefined]);
  });

  it("is bounded: of many, at least the newest are remembered", () => {
    const recent = new Recent(1_000, 60_000, () => 0);
    for (let i = 0; i < 10_000; i++) recent.set(`key ${i}`, `value ${i}`);
    expect(recent.get("key 9000")).to.equal("value 9000");
    expect(recent.get("key 7000")).to.equal(undefined);
  });

  it("keeps any text as it is, also an empty one, and hides what is to be forgotten", () => {
    const recent = new Recent(100, 1_000, () => 0);
    for (const text of ["", "你好 🌏", "\ud800", "]]>", "a".repeat(100_000)]) {
      recent.set(`key ${text}`, text);
      expect(recent.get(`key ${text}`)).to.equal(text);
      recent.set(`key ${text}`, null);
      expect(recent.get(`key ${text}`)).to.equal(undefined);
    }
  });

  it("hides also what has grown old meanwhile", () => {
    let now = 0;
    const recent = new Recent(100, 1_000, () => now);
    recent.set("a", "1");
    now = 1_500;
    recent.set("a", null);
    expect(recent.get("a")).to.equal(undefined);
  });

  it("agrees with a Map, whatever the keys are", () => {
    const key = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.stringMatching(/^x{0,3}0{20}$/),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.option(fc.string())), { maxLength: 300 }), (writes) => {
        const recent = new Recent(1_000, 1_000, () => 0);
        const map = new Map<string, string | null>();
        for (const [name, value] of writes) {
          recent.set(name, value);
          map.set(name, value);
        }
        for (const [name, value] of map) expect(recent.get(name)).to.equal(value ?? undefined);
      }),
    );
  });
});
