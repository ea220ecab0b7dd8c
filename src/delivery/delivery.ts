import { LRUCache } from "lru-cache";
import type { Reply } from "../message/reply.js";
import type { Clock } from "./clock.js";
import { type Attempt, type Budget, OneRun, type Work } from "./run.js";

/** How long a finished run answers retries: four times WeChat's five seconds, and some more. */
const keep = 60_000;
const maxRuns = 50_000;

/** Runs the handlers once per push, however often WeChat delivers it. */
export class Delivery {
  readonly #runs: LRUCache<string, OneRun>;
  readonly #running = new Set<OneRun>();
  readonly #budget: Budget;
  readonly #clock: Clock;

  constructor(budget: Budget, clock: Clock) {
    this.#budget = budget;
    this.#clock = clock;
    // Counted by size, because `max` would reserve the whole room at once, for every account.
    this.#runs = new LRUCache({
      maxSize: maxRuns,
      sizeCalculation: () => 1,
      ttl: keep,
      perf: clock,
    });
  }

  /**
   * Resolves to the reply for one attempt, `undefined` to acknowledge it without a message, or
   * "abandoned" to leave it unanswered. Every attempt of a push gets the same reply.
   */
  answer(work: Work, attempt: Attempt): Promise<Reply | undefined | "abandoned"> {
    return (this.#runs.get(work.key) ?? this.#start(work)).join(attempt);
  }

  /** Waits for what is running, no longer than `timeout` milliseconds, then gives the rest up. */
  async close(timeout: number): Promise<void> {
    const all = Promise.all([...this.#running].map((run) => run.finished));
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      cancel = () => clearTimeout(timer);
    });
    await Promise.race([all, late]);
    cancel();
    for (const run of this.#running) run.abort();
  }

  #start(work: Work): OneRun {
    const run = new OneRun(work, this.#budget, this.#clock);
    this.#runs.set(work.key, run);
    this.#running.add(run);
    void run.finished.then(() => this.#running.delete(run));
    return run;
  }
}
