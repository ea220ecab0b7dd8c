import { expect } from "chai";
import { judge } from "./judge.js";
import { costTable, isCheap, isHeld, missed, table } from "./table.js";

describe("npm run chaos: its table", () => {
  const figures = { ...judge([]), ranTwice: 1_637, lost: 2, inverted: 31.25 };
  const line = { title: "a fault", pushes: 2_000, figures, failures: [] };

  it("says which aims were missed", () => {
    expect(missed({ figures, aims: { ranTwice: 0, lost: 2, banners: 0 } })).to.deep.equal([
      "ranTwice",
    ]);
    expect(isHeld({ ...line, aims: { lost: 2, banners: 0 } })).to.equal(true);
    expect(isHeld({ ...line, aims: { lost: 1 } })).to.equal(false);
    expect(isHeld({ ...line, aims: {}, failures: ["TypeError"] })).to.equal(false);
  });

  it("shows each figure with its aim, bold where it was missed", () => {
    const [, , row = ""] = table([{ ...line, aims: { ranTwice: 0, lost: 5, inverted: 0 } }]).split(
      "\n",
    );
    expect(row).to.equal(
      "| a fault | 2,000 | **1,637** (0) | 0 | 0 | 2 (5) | 0 | 0 | 0 | 0 | 0 | **31.3 %** (0) | – | **no** |",
    );
  });

  it("shows what is too dear", () => {
    const dear = { title: "a text", value: 6, aim: 3 };
    const cheap = { title: "waiting", value: 4.44, unit: "%", aim: 5 } as const;
    const unknown = { title: "no answer", value: undefined };
    expect([dear, cheap, unknown].map(isCheap)).to.deep.equal([false, true, false]);
    expect(costTable([dear, cheap, unknown]).split("\n").slice(2)).to.deep.equal([
      "| a text | **6** | 3 |",
      "| waiting | 4.4 % | 5 % |",
      "| no answer | **–** | – |",
    ]);
  });
});
