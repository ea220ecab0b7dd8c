import { expect } from "chai";
import { WechatClock } from "../../src/time/wechat-clock.js";

/** One push of WeChat's, created at this moment, in milliseconds, by a clock that is ahead of ours by `skew`. */
const push = (clock: WechatClock, at: number, skew = 0) => {
  const created = Math.floor((at + skew) / 1_000);
  /** Which delivery one that arrives so many milliseconds after it is taken for; signed once, or each time. */
  return (after: number, isSignedAnew = false) =>
    clock.deliveryOf(
      at + after,
      created,
      isSignedAnew ? Math.floor((at + after + skew) / 1_000) : created,
    );
};
/** The deliveries of one push, each of which was on its way for so long. */
const numbers = (clock: WechatClock, at: number, skew = 0, way = 40) => {
  const delivered = push(clock, at, skew);
  return [0, 5_000, 10_000].map((after) => delivered(after + way));
};
const start = 1_700_000_000_000;

describe("WechatClock", () => {
  it("tells the deliveries of a push, wherever in its second it was created", () => {
    for (const fraction of [0, 50, 300, 500, 950, 999]) {
      for (const skew of [0, -3_400, 240_000, -240_000]) {
        for (const before of [0, 300, 999]) {
          const clock = new WechatClock();
          for (let index = 1; index <= 30; index += 1)
            push(clock, start + index * 2_000 + before, skew)(40);
          const told = numbers(clock, start + 70_000 + fraction, skew);
          expect(told, `${fraction} after ${before}, by ${skew}`).to.deep.equal([1, 2, 3]);
        }
      }
    }
  });

  it("tells the deliveries of the first push by the machine's clock, even if some were lost", () => {
    for (const fraction of [0, 50, 999]) {
      const first = new WechatClock();
      expect(numbers(first, start + fraction)).to.deep.equal([1, 2, 3]);
      const second = new WechatClock();
      const delivered = push(second, start + fraction);
      expect([delivered(5_040), delivered(10_040)]).to.deep.equal([2, 3]);
      expect(push(new WechatClock(), start + fraction)(10_900)).to.equal(3);
    }
  });

  it("tells those that are signed anew by their signature alone", () => {
    const delivered = push(new WechatClock(), start + 950, 240_000);
    expect([5_040, 10_040].map((after) => delivered(after, true))).to.deep.equal([2, 3]);
    expect(push(new WechatClock(), start, -100_000)(0, true)).to.equal(1);
  });

  it("forgets the machine's clock, if that is ahead, as soon as enough has come", () => {
    const clock = new WechatClock();
    const first = Array.from({ length: 30 }, (_, index) =>
      push(clock, start + index * 1_000, -7_000)(40),
    );
    expect(first[0]).to.equal(2);
    expect(first.at(-1)).to.equal(1);
  });

  it("knows no fourth: what is older is one of the three, read late", () => {
    const delivered = push(new WechatClock(), start + 300);
    const read = [12_000, 14_100, 15_500, 18_600].map((after) => delivered(after));
    expect(read).to.deep.equal([3, 3, 3, 3]);
    expect(push(new WechatClock(), start + 300)(21_000)).to.equal(1);
  });

  it("takes what cannot be a delivery for the first one", () => {
    const clock = new WechatClock();
    for (const created of [Number.NaN, 0, 1e300, 1_348_831_860])
      expect(clock.deliveryOf(start, created, Number.NaN)).to.equal(1);
    expect(push(clock, start)(60_000)).to.equal(1);
  });
});
