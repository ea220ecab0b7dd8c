import type { MaybePromise } from "../router/compose.js";
import type { Store } from "../store/store.js";
import { type Clock, systemClock, within } from "../time/clock.js";
import { Expiry } from "../time/expiry.js";
import { checkDeadline, type DeadlineOptions } from "./deadline.js";
import { Finished } from "./finished.js";
import { keep, Ledger } from "./ledger.js";
import { LocalRun } from "./local.js";
import type { Answer, Attempt, Host, Work } from "./run.js";
import { SharedRun } from "./shared.js";

const maxRunning = 50_000;

/** What a Delivery is made of. */
export interface DeliveryOptions {
  /** With a shared store, the attempts of one push may reach different processes. */
  readonly store: Store;
  /** With `late` filled in: only for `"drop"` does `ctx.signal` abort after the last attempt. */
  readonly deadline?: DeadlineOptions<never> | undefined;
  readonly clock?: Clock;
  /** Whose push a key is of, where there are several accounts. */
  readonly accountOf?: ((key: string) => string) | undefined;
  /** Takes what the developer should know. Default: a warning of the process. */
  readonly warn?: (message: string) => void;
}

/** Runs the handlers once per push, however often WeChat delivers it. */
export class Delivery {
  readonly clock: Clock;
  readonly #host: Host;
  readonly #running = new Map<string, LocalRun | SharedRun>();
  readonly #finished: Finished;
  readonly #ledger: Ledger | undefined;

  constructor(options: DeliveryOptions) {
    const { store, deadline, clock = systemClock, warn = warnProcess } = options;
    this.clock = clock;
    this.#finished = new Finished(keep, () => clock.now(), options.accountOf);
    this.#host = {
      clock,
      budget: checkDeadline(deadline),
      expiry: new Expiry(clock),
      ended: (key, answer) => {
        this.#running.delete(key);
        this.#finished.keep(key, answer);
      },
      forget: (key) => void this.#running.delete(key),
      warn,
    };
    if (store.shared) this.#ledger = new Ledger(store, clock, this.#host.budget, warn);
  }

  /**
   * Resolves to the reply for one attempt, `undefined` to acknowledge it without a message, or
   * "abandoned" to leave it unanswered. Every attempt of a push gets the same reply. Never rejects.
   */
  answer(work: Work, attempt: Attempt): MaybePromise<Answer> {
    const { key } = work;
    const known = this.#running.get(key);
    if (known !== undefined) return known.join(attempt);
    const kept = this.#finished.get(key);
    if (kept !== undefined) return kept.answer;
    if (this.#running.size >= maxRunning) this.#giveUpOldest();
    if (this.#ledger !== undefined) {
      const run = new SharedRun(work, this.#host, this.#ledger);
      this.#running.set(key, run);
      return run.join(attempt);
    }
    const run = new LocalRun(work, this.#host);
    const answer = run.start(attempt);
    if (!run.hasEnded) this.#running.set(key, run);
    return answer;
  }

  /** Waits for what is running, no longer than `timeout` milliseconds, then gives the rest up. */
  async close(timeout: number): Promise<void> {
    const all = Promise.all([...this.#running.values()].map((run) => run.finished()));
    await within<unknown>(this.clock, all, timeout, () => undefined);
    for (const run of [...this.#running.values()]) run.giveUp();
  }

  #giveUpOldest(): void {
    const [oldest] = this.#running.values();
    oldest?.giveUp();
  }
}

function warnProcess(message: string): void {
  process.emitWarning(message, { code: "WX_DELIVERY" });
}
