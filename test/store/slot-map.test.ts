import { expect } from "chai";
import { SlotMap, Slots } from "../../src/store/slot-map.js";

describe("Slots", () => {
  it("uses places again, and gives what stands in them", () => {
    const slots = new Slots<string>();
    const [a, b] = [slots.add("a"), slots.add("b")];
    slots.remove(a);
    expect([slots.size, slots.values, slots.get(a), slots.get(b)]).to.deep.equal([
      1,
      ["b"],
      undefined,
      "b",
    ]);
    expect(slots.add("c")).to.equal(a);
    expect([...slots.values].sort()).to.deep.equal(["b", "c"]);
  });
});

describe("SlotMap", () => {
  it("does what a Map does, whatever is set, set again and deleted", () => {
    const [map, model] = [new SlotMap<number>(), new Map<string, number>()];
    for (let step = 0; step < 5_000; step += 1) {
      const key = `key-${(step * 7_919) % 61}`;
      if ((step * 31) % 7 < 4) {
        map.set(key, step);
        // A Map keeps the place of a key that is set again; what runs anew is new.
        model.delete(key);
        model.set(key, step);
      } else expect(map.delete(key)).to.equal(model.delete(key));
      expect(map.size).to.equal(model.size);
      expect(map.get(key)).to.equal(model.get(key));
    }
    expect([...map.entries()]).to.deep.equal([...model]);
  });
});
