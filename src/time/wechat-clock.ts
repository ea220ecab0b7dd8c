import type { Clock } from "./clock.js";

/** WeChat's five seconds, after which it hangs up and delivers again. */
export const round = 5_000;
/** Both of WeChat's times are whole seconds, so that an age is known to a second. */
const second = 1_000;
/** How long an offset counts that no push has confirmed. */
const window = 600_000;
/** How many deliveries it takes to know the offset: among so many some came at once. */
const enough = 20;

/**
 * Which of WeChat's deliveries one is, by the age of its push: `CreateTime`, and the query's
 * `timestamp`, are WeChat's clock, and ours may be off by minutes. The offset is learned from what
 * arrives: the least time that any push of the last minutes seemed to have been on its way. Of two
 * guesses the higher one counts, since the last delivery must not be taken for one before it.
 */
export class WechatClock {
  /** The least offset of this window and of the one before, in milliseconds. */
  #offset = Number.POSITIVE_INFINITY;
  #before = Number.POSITIVE_INFINITY;
  #since = Number.NEGATIVE_INFINITY;
  #learned = 0;

  /** 1, 2, 3; 1 also for what cannot be a delivery. `now` is this machine's wall clock. */
  deliveryOf(now: number, createTime: number, timestamp: number): number {
    const created = createTime * 1_000;
    const signed = timestamp * 1_000;
    this.#learn(Math.min(now - created, now - signed), now);
    const number = Math.max(deliveryAt(now - this.#best - created), deliveryAt(signed - created));
    // What has come so far may all have been late; most machines' clocks are right.
    return this.#learned < enough ? Math.max(number, deliveryAt(now - created)) : number;
  }

  get #best(): number {
    return Math.min(this.#offset, this.#before);
  }

  #learn(offset: number, now: number): void {
    if (!Number.isFinite(offset)) return;
    this.#learned += 1;
    if (Math.abs(now - this.#since) > window) {
      this.#before = this.#offset;
      this.#offset = Number.POSITIVE_INFINITY;
      this.#since = now;
    }
    this.#offset = Math.min(this.#offset, offset);
  }
}

/** Which delivery one of this age is, which may be a second older than it seems. The last one may come late. */
function deliveryAt(age: number): number {
  const number = 1 + Math.floor((age + second) / round);
  return number >= 1 && number <= 4 ? Math.min(number, 3) : 1;
}

/** Resolves when what is sent does not overtake a passive reply any more, which travels through WeChat. */
export function afterPassive(clock: Clock): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, 1_000));
}
