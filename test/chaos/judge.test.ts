import { expect } from "chai";
import { type Figures, judge, type Seen } from "./judge.js";
import { placeholder } from "./wire.js";

type What<T = Seen> = T extends unknown ? Omit<T, "at"> : never;

/** What was seen, by the millisecond. */
const seen = (...list: readonly (readonly [at: number, what: What])[]): Seen[] =>
  list.map(([at, what]) => ({ at, ...what }) as Seen);

const pushed = (push: string, user = "alice"): What => ({ what: "pushed", push, user });
const delivered = (push: string, number: number, process?: number): What => ({
  ...{ what: "delivered", push, number, process },
});
const answered = (push: string, text?: string): What => ({ what: "answered", push, text });
const sent = (text: string, user = "alice"): What => ({ what: "sent", user, text });
const started = (push: string, process: number): What => ({ what: "started", push, process });
const arrived = (push: string, process: number): What => ({ what: "arrived", push, process });
const ended = (push: string, process: number): What => ({ what: "ended", push, process });
const died = (process: number): What => ({ what: "died", process });
const stopped = (process: number): What => ({ what: "stopped", process });
const resumed = (process: number): What => ({ what: "resumed", process });
const banner = (push: string): What => ({ what: "banner", push });
const fault = (until: number, process?: number): What => ({
  ...{ what: "fault", until },
  ...(process === undefined ? {} : { process }),
});

/** One that went well: run by process 1, answered at its first delivery. */
const well = (push: string, at: number, user = "alice"): Seen[] =>
  seen(
    ...([
      [at, pushed(push, user)],
      [at + 1, delivered(push, 1, 1)],
      [at + 2, started(push, 1)],
      [at + 3, ended(push, 1)],
      [at + 4, answered(push, `re:${push}`)],
    ] as const),
  );

/** One that is past its third delivery with a placeholder, its handlers at work in process 1. */
const promised = seen(
  [0, pushed("a")],
  [1, delivered("a", 1, 1)],
  [2, started("a", 1)],
  [10_001, delivered("a", 3, 2)],
  [14_500, answered("a", placeholder)],
);

const nothing: Figures = {
  ...{ ranTwice: 0, ranTwiceIdly: 0, repliesTwice: 0, lost: 0, lostOwed: 0, brokenOff: 0, open: 0 },
  ...{ banners: 0, bannersIdly: 0, placeholders: 0, mixedUp: 0, inverted: 0, repliesInverted: 0 },
};
const expectFigures = (records: readonly Seen[], figures: Partial<Figures>) =>
  expect(judge(records)).to.deep.equal({ ...nothing, ...figures });

describe("npm run chaos: its judge", () => {
  it("finds nothing where each push ran once and was answered once", () => {
    expectFigures([...well("a", 0), ...well("b", 100), ...well("c", 200, "bob")], {});
    expectFigures([...promised, ...seen([16_000, ended("a", 1)], [16_100, sent("re:a")])], {
      placeholders: 1,
    });
  });

  it("sees by time, in whatever order it was told", () => {
    expectFigures([...well("a", 0), ...well("b", 100)].reverse(), {});
  });

  it("counts a push that ran twice, though its user noticed nothing", () => {
    expectFigures([...well("a", 0), ...seen([50, started("a", 2)], [60, ended("a", 2)])], {
      ...{ ranTwice: 1, ranTwiceIdly: 1 },
    });
  });

  it("knows the second run after a death or a standstill from one without any need", () => {
    const again = seen([5_001, started("a", 2)], [5_100, ended("a", 2)], [5_200, sent("re:a")]);
    const first = seen([0, pushed("a")], [2, started("a", 1)]);
    expectFigures([...first, ...again, ...seen([3_000, died(1)])], { ranTwice: 1 });
    expectFigures([...first, ...again, ...seen([1, stopped(1)], [9_000, resumed(1)])], {
      ranTwice: 1,
    });
    // Another process's trouble, or trouble afterwards, is no reason.
    for (const excuse of [[3_000, died(3)] as const, [5_500, died(1)] as const]) {
      expectFigures([...first, ...again, ...seen(excuse)], { ranTwice: 1, ranTwiceIdly: 1 });
    }
    const before = seen([-9_000, stopped(1)], [-1, resumed(1)]);
    expectFigures([...first, ...again, ...before, ...seen([9_000, ended("a", 1)])], {
      ...{ ranTwice: 1, ranTwiceIdly: 1 },
    });
  });

  it("counts a reply that came twice, whichever ways it took", () => {
    const twice = { repliesTwice: 1 };
    expectFigures([...well("a", 0), ...seen([900, sent("re:a")])], twice);
    const late = seen([16_000, ended("a", 1)], [16_100, sent("re:a")], [16_200, sent("re:a")]);
    expectFigures([...promised, ...late], { ...twice, placeholders: 1 });
    expectFigures([...well("a", 0), ...seen([900, answered("a", "re:a")])], twice);
  });

  it("counts a lost reply, and one that was promised or ready apart", () => {
    const begun = seen([0, pushed("a")], [2, started("a", 1)], [900, died(1)]);
    expectFigures(begun, { lost: 1 });
    expectFigures([...promised, ...seen([15_000, died(1)])], {
      ...{ lost: 1, lostOwed: 1, placeholders: 1 },
    });
    expectFigures([...promised, ...seen([16_000, ended("a", 1)])], {
      ...{ lost: 1, lostOwed: 1, placeholders: 1 },
    });
    // "success" has ended the deliveries, too.
    expectFigures(seen([0, pushed("a")], [2, answered("a")]), { lost: 1, lostOwed: 1 });
    const ready = seen([0, pushed("a")], [2, started("a", 1)], [6_000, ended("a", 1)]);
    expectFigures([...ready, ...seen([7_000, died(1)])], { lost: 1, lostOwed: 1 });
    // It had not left the process yet.
    expectFigures([...ready, ...seen([6_010, died(1)])], { lost: 1 });
  });

  it("does not count as owed what was being sent when its process died", () => {
    const dying = (at: number) => [...promised, ...seen([16_000, ended("a", 1)], [at, died(1)])];
    expectFigures(dying(16_020), { lost: 1, placeholders: 1 });
    expectFigures(dying(16_200), { ...{ lost: 1, lostOwed: 1, placeholders: 1 } });
  });

  it("takes a notice for the end of a promise before that of a push with a banner, or one under way", () => {
    const notice = seen([40_000, sent("抱歉，回答中断了。")]);
    const broken = seen(
      [20_000, pushed("b")],
      [20_002, started("b", 2)],
      [34_500, answered("b", placeholder)],
      [35_000, died(2)],
    );
    const first = seen([0, pushed("a")], [2, started("a", 1)], [14_000, died(1)]);
    const shown = seen([10_000, delivered("a", 3, 1)], [15_000, banner("a")]);
    expectFigures([...first, ...shown, ...broken, ...notice], {
      ...{ lost: 1, brokenOff: 1, banners: 1, placeholders: 1 },
    });
    const underWay = seen([16_000, ended("a", 1)], [16_020, died(1)]);
    expectFigures([...promised, ...underWay, ...broken, ...notice], {
      ...{ lost: 1, brokenOff: 1, placeholders: 2 },
    });
  });

  it("waits for what is still at work", () => {
    expectFigures(promised, { open: 1, placeholders: 1 });
    expectFigures([...promised, ...seen([15_000, died(1)], [15_500, started("a", 2)])], {
      ...{ open: 1, placeholders: 1, ranTwice: 1 },
    });
  });

  it("takes a notice for the end of a promise, and a needless one for a second reply", () => {
    const broke = seen([15_000, died(1)], [20_000, sent("抱歉，回答中断了。")]);
    expectFigures([...promised, ...broke], { brokenOff: 1, placeholders: 1 });
    const kept = seen([15_000, ended("a", 1)], [15_100, sent("re:a")], [20_000, sent("抱歉")]);
    expectFigures([...promised, ...kept], { brokenOff: 1, repliesTwice: 1, placeholders: 1 });
    expectFigures([...promised, ...broke, ...seen([21_000, sent("抱歉，回答中断了。")])], {
      ...{ brokenOff: 1, repliesTwice: 1, placeholders: 1 },
    });
    // Nobody was promised anything.
    expectFigures([...well("a", 0), ...seen([900, sent("抱歉")])], { mixedUp: 1 });
  });

  it("counts banners, and those for which there was no reason apart", () => {
    const last = seen([0, pushed("a")], [10_000, delivered("a", 3, 2)], [15_000, banner("a")]);
    const run = seen([2, started("a", 1)], [16_000, ended("a", 1)], [16_100, sent("re:a")]);
    const [idle, excused] = [{ banners: 1, bannersIdly: 1 }, { banners: 1 }];
    expectFigures([...last, ...run], idle);
    expectFigures([...last, ...run, ...seen([12_000, fault(12_500)])], excused);
    expectFigures([...last, ...run, ...seen([12_000, fault(12_500, 2)])], excused);
    expectFigures([...last, ...run, ...seen([12_000, fault(12_500, 1)])], idle);
    expectFigures([...last, ...run, ...seen([8_000, fault(9_900)])], idle);
    expectFigures([...last, ...run, ...seen([9_000, stopped(2)])], excused);
    expectFigures([...last, ...run, ...seen([9_000, stopped(2)], [9_500, resumed(2)])], idle);
    expectFigures([...last, ...run, ...seen([12_000, died(2)])], excused);
    // It was lost on the way, or nobody took it.
    const nowhere = seen([0, pushed("a")], [10_000, delivered("a", 3)], [15_000, banner("a")]);
    expectFigures([...nowhere, ...run], excused);
  });

  it("finds answers that went to somebody else", () => {
    expectFigures([...well("a", 0), ...seen([900, sent("re:a", "bob")])], { mixedUp: 1 });
    expectFigures([...well("a", 0), ...well("b", 10), ...seen([900, answered("b", "re:a")])], {
      mixedUp: 1,
    });
    expectFigures([...well("a", 0), ...seen([900, sent("re:never-pushed")])], { mixedUp: 1 });
  });

  it("counts neighbours in the wrong order, for each user alone", () => {
    const asked = (push: string, at: number, begun: number, done: number, user = "alice") =>
      seen(
        ...([
          [at, pushed(push, user)],
          [at + 2, arrived(push, 1)],
          [begun, started(push, 1)],
          [done, ended(push, 1)],
          [done, answered(push, `re:${push}`)],
        ] as const),
      );
    const [a, b] = [asked("a", 0, 10, 200), asked("b", 100, 200, 300)];
    expectFigures([...a, ...b], {});
    // One of two pairs, and bob has nothing to do with it.
    const [c, bobs] = [asked("c", 200, 205, 400), asked("d", 1, 900, 990, "bob")];
    expectFigures([...a, ...asked("b", 100, 210, 300), ...c, ...bobs], { inverted: 50 });
    expectFigures([...a, ...asked("b", 100, 110, 120)], { repliesInverted: 100 });
  });

  it("goes by the order in which they arrived, where that can be known", () => {
    const asked = (push: string, at: number, came: number, begun: number) =>
      seen([at, pushed(push)], [came, arrived(push, 1)], [begun, started(push, 1)]);
    const open = { open: 2 };
    // A delivery again arrives again, which changes nothing.
    const [late, early] = [asked("a", 0, 900, 950), asked("b", 100, 110, 120)];
    expectFigures([...late, ...early, ...seen([5_100, arrived("b", 2)])], open);
    expectFigures([...late, ...asked("b", 100, 110, 990)], { ...open, inverted: 100 });
    expectFigures([...late, ...asked("b", 100, 880, 990)], open);
    // A process that stood still for longer may have read what it could not ask about yet.
    const later = [...late, ...asked("b", 100, 710, 990)];
    expect([0, 150, 250].map((held) => judge(later, held).inverted)).to.deep.equal([100, 100, 0]);
  });
});
