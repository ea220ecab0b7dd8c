import { FallbackStore } from "../store/fallback.js";
import { type Peer, thisProcess } from "../store/peer.js";
import { Slots } from "../store/slot-map.js";
import { type Store, scoped } from "../store/store.js";
import { type Clock, systemClock, within } from "../time/clock.js";
import { Expiry } from "../time/expiry.js";
import type { MaybePromise } from "../time/maybe-promise.js";
import type { Agreed, Agreement } from "./agreement/agreement.js";
import { Alone } from "./agreement/alone.js";
import type { Ground } from "./agreement/ground.js";
import { type Orphan, Orphans } from "./agreement/orphans.js";
import { keep } from "./agreement/record.js";
import { Shared } from "./agreement/shared.js";
import { Stops } from "./agreement/stops.js";
import { checkDeadline, type DeadlineOptions } from "./deadline.js";
import type { Answer, Attempt } from "./deliveries/waiters.js";
import { Finished } from "./finished.js";
import type { Host } from "./host.js";
import { Run } from "./run.js";
import { Running } from "./running.js";
import type { Claim, Work } from "./work.js";

const maxRunning = 50_000;
/**
 * How long it takes at most to hand over, in milliseconds, what was still running when a process is to end: longer
 * than a store may stand still that is not away, or, where it is away, for those who wait here alone.
 */
const handover = { usual: 4_000, away: 1_000 };

/** What Runs are made of. */
export interface RunsOptions {
  /** A store that other processes share is given with its circuit breaker. */
  readonly store: Store | FallbackStore;
  /** Where in the store the runs stand. */
  readonly place?: string;
  /** With `late` filled in: only for `"drop"` does `ctx.signal` abort after the last attempt. */
  readonly deadline?: DeadlineOptions<never> | undefined;
  readonly clock?: Clock;
  /** Whose push a key is of, where there are several accounts. */
  readonly accountOf?: ((key: string) => string) | undefined;
  readonly peer?: Peer;
  readonly random?: () => number;
  /** How long it takes to look at what leaves, in milliseconds. Default: 0. */
  readonly ahead?: (() => number) | undefined;
  /** Delivers what a process that died has promised. Without it, nothing is taken over. */
  readonly orphans?:
    | {
        knows(to: Orphan["to"]): boolean;
        deliver(orphan: Orphan, claim: Claim): Promise<void>;
      }
    | undefined;
  /** Takes what the developer should know. Default: a warning of the process. */
  readonly warn?: (message: string) => void;
}

/** Runs the handlers once per push, however often WeChat delivers it. */
export class Runs {
  readonly clock: Clock;
  readonly #host: Host;
  readonly #running: Running<Run>;
  /** Runs that somebody waits for, and whom to tell when they have ended. */
  readonly #awaited = new Map<string, (() => void)[]>();
  /** What those that have ended still tell other processes. */
  readonly #leaving = new Slots<Promise<unknown>>();
  readonly #finished: Finished;
  readonly #agreement: (work: Work, heard: (agreed: Agreed) => void) => Agreement;
  readonly #shared: FallbackStore | undefined;
  readonly #orphans: Orphans | undefined;
  readonly #stops: Stops | undefined;
  #isHandingOver = false;

  constructor(options: RunsOptions) {
    const { store, place = "run", deadline, clock = systemClock, warn = warnProcess } = options;
    const { orphans } = options;
    const budget = checkDeadline(deadline);
    this.clock = clock;
    this.#running = new Running(maxRunning, options.accountOf);
    this.#finished = new Finished(keep, () => clock.now(), options.accountOf);
    this.#host = {
      clock,
      budget,
      expiry: new Expiry(clock),
      ahead: options.ahead ?? (() => 0),
      ended: (key, answer) => {
        this.#forget(key);
        this.#finished.keep(key, answer);
      },
      leaving: (told) => {
        const slot = this.#leaving.add(told);
        void told.then(() => this.#leaving.remove(slot));
      },
      forget: (key) => this.#forget(key),
      warn,
    };
    if (store instanceof FallbackStore) {
      this.#shared = store;
      const ground: Ground = {
        store: scoped(store.direct, place),
        breaker: store,
        clock,
        peer: options.peer ?? thisProcess,
        random: options.random ?? Math.random,
        lease: budget.lease,
        ttl: budget.maxRun + keep,
      };
      this.#agreement = (work, heard) => new Shared(work, ground, heard);
      this.#stops = new Stops(ground, (prefix, except) => this.#stopHere(prefix, except));
      if (orphans !== undefined) {
        this.#orphans = new Orphans(ground, orphans.knows, orphans.deliver);
      }
    } else {
      this.#agreement = () => new Alone();
    }
  }

  /** How many pushes are being handled in this process. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Resolves to the reply for one attempt, `undefined` to acknowledge it without a message, or
   * "abandoned" to leave it unanswered. Every attempt of a push gets the same reply. Rejects only
   * with what `attempt.admitted` does.
   */
  answer(work: Work, attempt: Attempt): MaybePromise<Answer> {
    const { key } = work;
    const known = this.#running.get(key);
    if (known !== undefined) return known.deliver(attempt);
    const kept = this.#finished.get(key, attempt.arrived);
    if (kept !== undefined) {
      const { admitted } = attempt;
      return admitted === undefined ? kept.answer : admitted.then(() => kept.answer);
    }
    this.#running.inTheWay?.giveUp("over");
    this.#stops?.listen();
    const run = new Run(work, this.#host, this.#agreement);
    const answer = run.deliver(attempt);
    if (!run.hasEnded) this.#running.set(key, run);
    if (this.#isHandingOver) this.#handOver(run);
    return answer;
  }

  /** Stops all runs whose keys begin so, here and in other processes, but one: nobody can receive their answers. */
  stopAll(prefix: string, except: string): void {
    this.#stopHere(prefix, except);
    this.#stops?.tell(prefix, except);
  }

  /** Resolves when this process is done with a push, and other processes know. */
  async finished(key: string): Promise<void> {
    if (this.#running.get(key) !== undefined) await this.#ended(key);
    await Promise.all(this.#leaving.values);
  }

  /** Waits for what is running, no longer than `timeout` milliseconds, then hands the rest over. */
  async close(timeout: number): Promise<void> {
    // What a store has lost that is away is known here alone.
    const told = this.#allTold().then(() => this.#shared?.handedOver());
    await within<unknown>(this.clock, told, timeout, () => undefined);
    this.#isHandingOver = true;
    for (const [, run] of this.#running.entries()) this.#handOver(run);
    const patience = this.#shared?.isOpen ? handover.away : handover.usual;
    await within<unknown>(this.clock, this.#allTold(), patience, () => undefined);
    this.#isHandingOver = false;
    this.#orphans?.close();
    this.#stops?.close();
  }

  #handOver(run: Run): void {
    if (this.#shared === undefined) run.giveUp("release");
    else void run.handOver();
  }

  #stopHere(prefix: string, except: string): void {
    for (const [key, run] of this.#running.under(prefix)) if (key !== except) run.stop();
  }

  #forget(key: string): void {
    this.#running.delete(key);
    const awaiting = this.#awaited.get(key);
    if (awaiting === undefined) return;
    this.#awaited.delete(key);
    for (const tell of awaiting) tell();
  }

  /** Also those that were on their way here when it was closed, or come while others tell what they know. */
  async #allTold(): Promise<void> {
    while (this.#running.size + this.#leaving.size > 0) {
      await Promise.all(this.#running.entries().map(([key]) => this.#ended(key)));
      await Promise.all(this.#leaving.values);
    }
  }

  #ended(key: string): Promise<void> {
    return new Promise((tell) => {
      this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), tell]);
    });
  }
}

function warnProcess(message: string): void {
  process.emitWarning(message, { code: "WX_DELIVERY" });
}
