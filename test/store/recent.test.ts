import { expect } from "chai";
import fc from "fast-check";
import { Recent } from "../../src/store/recent.js";

describe("Recent: what came lately", function () {
  this.timeout(60_000);

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

  it("is remembered for its time from when it came, though nobody looked for long", () => {
    let now = 0;
    const recent = new Recent(100, 1_000, () => now);
    recent.set("a", "1");
    now = 10_000;
    recent.set("b", "2");
    now = 10_500;
    expect([recent.get("a"), recent.get("b")]).to.deep.equal([undefined, "2"]);
  });

  describe("of several owners", () => {
    const ownerOf = (key: string) => key.slice(0, key.indexOf(":"));

    it("is bounded for each of them", () => {
      const recent = new Recent(1_000, 60_000, () => 0, ownerOf);
      for (let i = 0; i < 1_000; i++) recent.set(`quiet:${i}`, "kept");
      for (let i = 0; i < 50_000; i++) recent.set(`loud:${i}`, "x".repeat(1_000));
      for (let i = 0; i < 1_000; i++) expect(recent.get(`quiet:${i}`)).to.equal("kept");
      expect(recent.get("loud:49000")).to.equal("x".repeat(1_000));
      expect(recent.get("loud:1")).to.equal(undefined);
    });

    it("takes no more than so much memory in all, and whoever takes most gives way", () => {
      const before = process.memoryUsage().arrayBuffers;
      const recent = new Recent(20_000, 60_000, () => 0, ownerOf);
      for (let i = 0; i < 100; i++) recent.set(`quiet:${i}`, "x".repeat(500));
      // Twenty owners who could take 80 MB each.
      for (let i = 0; i < 60_000; i++) recent.set(`loud${i % 20}:${i}`, "x".repeat(1_000));
      const taken = process.memoryUsage().arrayBuffers - before;
      // What was given back waits for the collector for a while.
      expect(taken).to.be.lessThan(200_000_000);
      for (let i = 0; i < 100; i++) expect(recent.get(`quiet:${i}`)).to.equal("x".repeat(500));
      expect(recent.get("loud19:59999")).to.equal("x".repeat(1_000));
    });

    it("is let go with them, when they have been quiet for long", () => {
      let now = 0;
      const recent = new Recent(1_000, 60_000, () => now, ownerOf);
      const before = process.memoryUsage().arrayBuffers;
      for (let i = 0; i < 100_000; i++) {
        now += 100;
        recent.set(`owner${i}:1`, "x".repeat(500));
      }
      expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(100_000_000);
      expect(recent.get("owner99999:1")).to.equal("x".repeat(500));
    });
  });

  /** The keys of an attack, and what ordinary ones look like. */
  const chosen: Record<string, (i: number) => string> = {
    "with one tail": (i) => `wx1:alice:${i}${"0".repeat(16)}`,
    "with one tail, past any window": (i) => `wx1:alice:${i}${"7".repeat(60)}`,
    "with one head": (i) => `${"h".repeat(90)}${i}`,
    "that differ in the middle alone": (i) => `wx1:${"a".repeat(30)}${i}${"b".repeat(30)}`,
    "that are longer than any id": (i) => `wx1:${"a".repeat(3_000)}${i}${"b".repeat(3_000)}`,
    "of pairs that many hashes take for the same": (i) =>
      `wx1:${[...i.toString(2).padStart(14, "0")].map((bit) => (bit === "0" ? "Aa" : "BB")).join("")}`,
  };
  /** What another's pushes cost beside those keys, in the better half of short stretches. */
  const timeBeside = (keyOf: (i: number) => string): number => {
    const recent = new Recent(20_000, 60_000, () => 0);
    for (let i = 0; i < 8_000; i++) recent.set(keyOf(i), "T");
    const keys = Array.from({ length: 4_000 }, (_, i) => `wx1:bob:${10n ** 18n + BigInt(i)}`);
    const times: number[] = [];
    for (let from = 0; from < keys.length; from += 100) {
      const begun = performance.now();
      for (const key of keys.slice(from, from + 100)) {
        recent.get(key);
        recent.set(key, "T");
      }
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[times.length / 4] as number;
  };

  it("costs no more to find, whatever keys others have chosen", () => {
    const usual = (i: number) => `wx1:alice:${2n * 10n ** 18n + BigInt(i)}`;
    for (const [what, keyOf] of Object.entries(chosen)) {
      const rounds = Array.from({ length: 5 }, () => [timeBeside(usual), timeBeside(keyOf)]);
      const [before = 0, after = 0] = [0, 1].map((which) =>
        Math.min(...rounds.map((round) => round[which] as number)),
      );
      expect(after, what).to.be.lessThan(2 * before);
    }
  });

  it("keeps apart keys of any length and any letters, also ones that UTF-8 cannot hold", () => {
    const recent = new Recent(1_000, 1_000, () => 0);
    const keys = [
      "",
      "\u0000",
      "\u0000\u0000",
      "\ud800",
      "\ud801",
      "\ufffd",
      ...["a", "é", "好", "🌏"].flatMap((letter) =>
        [1, 2, 3, 127, 128, 129, 5_000].map((length) => letter.repeat(length)),
      ),
    ];
    for (const [index, key] of keys.entries()) recent.set(key, String(index));
    for (const [index, key] of keys.entries()) expect(recent.get(key)).to.equal(String(index));
  });

  it("keeps values of any length beside each other, also in the room of forgotten ones", () => {
    const value = (length: number, at: number) => `${at} `.padEnd(length, "好x");
    const lengths = fc.array(fc.oneof(fc.nat(200), fc.nat(200), fc.nat(90_000)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.array(lengths, { minLength: 3, maxLength: 5 }), (generations) => {
        let now = 0;
        const recent = new Recent(1_000, 1_000, () => now);
        for (const [turn, generation] of generations.entries()) {
          for (const [at, length] of generation.entries()) {
            recent.set(`${turn} ${at}`, value(length, at));
          }
          for (const [at, length] of generation.entries()) {
            expect(recent.get(`${turn} ${at}`) === value(length, at)).to.equal(true);
          }
          expect(recent.get(`${turn - 2} 0`)).to.equal(undefined);
          now += 1_000;
        }
      }),
      { numRuns: 60 },
    );
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
