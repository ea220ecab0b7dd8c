import type { Clock } from "./clock.js";

/** WeChat's five seconds, after which it hangs up and delivers again. */
export const round = 5_000;
/** How long an offset counts that no push has confirmed. */
const window = 600_000;

/**
 * How old a push is, by WeChat's own clock: `CreateTime`, and the query's `timestamp`, are WeChat's,
 * and ours may be off by minutes. The offset is learned from what arrives: the least time that any
 * push of the last minutes seemed to have been on its way.
 */
export class WechatClock {
  /** The least offset of this window and of the one before, in milliseconds. */
  #offset = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;
  #since = Number.NEGATIVE_INFINITY;

  /**
   * The age in milliseconds, up to a second too much: both times are whole seconds.
   * `now` is this machine's wall clock.
   */
  age(now: number, createTime: number, timestamp: number): number {
    const created = createTime * 1_000;
    const signed = timestamp * 1_000;
    this.#learn(now, Math.min(now - created, now - signed));
    const age = Math.max(now - this.#best - created, signed - created);
    return Number.isFinite(age) ? Math.max(0, age) : 0;
  }

  get #best(): number {
    return Math.min(this.#offset, this.#before);
  }

  #learn(now: number, offset: number): void {
    if (!Number.isFinite(offset)) return;
    if (Math.abs(now - this.#since) > window) {
      this.#before = this.#offset;
      this.#offset = Number.POSITIVE_INFINITY;
      this.#since = now;
    }
    this.#offset = Math.min(this.#offset, offset);
  }
}

/** Which of WeChat's deliveries one of this age is: 1, 2, 3; 1 also for what cannot be a delivery. */
export function deliveryOf(age: number): number {
  const number = 1 + Math.floor(age / round);
  return number <= 4 ? number : 1;
}

/** Resolves when what is sent does not overtake a passive reply any more, which travels through WeChat. */
export function afterPassive(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, 1_000));
}
