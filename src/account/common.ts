import type { Context as KoaContext } from "koa";
import { allWaiting } from "../outgoing/collected.js";
import type { OutgoingHooks } from "../outgoing/hooks.js";
import type { Router } from "../router/router.js";
import type { Addressee } from "../runs/agreement/agreement.js";
import type { Orphan } from "../runs/agreement/orphans.js";
import { Runs } from "../runs/runs.js";
import type { Claim } from "../runs/work.js";
import { FallbackStore } from "../store/fallback.js";
import { MemoryStore } from "../store/memory.js";
import { type Store, scoped } from "../store/store.js";
import { type Clock, systemClock } from "../time/clock.js";
import { Debugging } from "./debugging.js";
import type { SharedOptions } from "./options.js";
import { ReplayGuard } from "./receive/replay-guard.js";

/** A second of the 4.5 that a delivery waits. */
const aheadOfTime = 2 / 9;

/** Where errors go that `wx.catch` has not taken. */
export type Report = (error: unknown, koa: KoaContext | undefined) => void;

/** What a Wechat gives its accounts. */
export interface Surroundings {
  readonly router: Router;
  /** The hooks of `wx.outgoing()`. */
  readonly hooks: OutgoingHooks;
  readonly report: Report;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Finds the account of a reply that another process has promised, if it is known here. */
export type AccountFinder = (
  to: Addressee,
) => { deliverOrphan(orphan: Orphan, claim: Claim): Promise<void> } | undefined;

/** What the accounts of one Wechat have in common. */
export interface CommonOptions extends SharedOptions {
  /** Where the runs stand in the store. */
  readonly place: string;
  /** Whose a user is, or a signature, by its prefix, where there are several accounts. */
  readonly accountOf?: (key: string) => string;
}

/**
 * What the accounts of one Wechat have in common. It outlives each of them: a push whose account
 * has been configured anew meanwhile still joins its run.
 */
export class Common {
  readonly options: SharedOptions;
  /** A store that other processes share is elsewhere, and may be away for a while. */
  readonly store: Store | FallbackStore;
  /** Where runs, signatures and waiting replies stand. */
  readonly placed: Store;
  readonly replay: ReplayGuard;
  readonly router: Router;
  /** What sees all that leaves. */
  readonly hooks: OutgoingHooks;
  readonly report: Report;
  readonly clock: Clock;
  /** Says what becomes of each push, if somebody develops here. */
  readonly debugging: Debugging | undefined;
  readonly #options: CommonOptions;
  readonly #find: AccountFinder;
  #dropping: Runs | undefined;
  #keeping: Runs | undefined;

  constructor(
    options: CommonOptions,
    { router, hooks, report, clock = systemClock }: Surroundings,
    find: AccountFinder,
  ) {
    const { store = new MemoryStore(), maxAge = 300, place, accountOf } = options;
    const { debug = process.env.NODE_ENV === "development", deadline } = options;
    const patience = (deadline?.ms ?? 4_500) * (deadline?.attempts ?? 3);
    this.debugging = debug ? new Debugging(router, patience) : undefined;
    this.options = options;
    this.store = store.shared ? new FallbackStore(store, { merge: allWaiting }) : store;
    this.placed = scoped(this.store, place);
    // A signature is fresh from maxAge before its own time to maxAge after it.
    this.replay = new ReplayGuard(this.placed, maxAge * 2_000, accountOf);
    this.router = router;
    this.hooks = hooks;
    this.clock = clock;
    this.report = report;
    this.#options = options;
    this.#find = find;
  }

  /** How long before its time a delivery's last words are made: hooks that look at them need some. Milliseconds. */
  ahead(): number {
    const { ms = 4_500 } = this.options.deadline ?? {};
    return this.hooks.needTime ? ms * aheadOfTime : 0;
  }

  /** Where pushes run whose late replies are dropped, or the others. */
  runs(late: "drop" | "kept"): Runs {
    if (late === "drop") {
      this.#dropping ??= this.#open({ late: "drop" });
      return this.#dropping;
    }
    const { late: policy = "send" } = this.#options.deadline ?? {};
    this.#keeping ??= this.#open({ late: policy });
    return this.#keeping;
  }

  /** Waits for what is running, no longer than `timeout` milliseconds, then hands the rest over. */
  async close(timeout: number): Promise<void> {
    await Promise.all([this.#dropping?.close(timeout), this.#keeping?.close(timeout)]);
    if (this.store instanceof FallbackStore) this.store.close();
  }

  #open(late: Pick<NonNullable<SharedOptions["deadline"]>, "late">): Runs {
    const { deadline, accountOf, place } = this.#options;
    return new Runs({
      store: this.store,
      clock: this.clock,
      place,
      deadline: { ...deadline, ...late },
      // Behind "run:{": see Account.handling.
      accountOf: accountOf === undefined ? undefined : (key) => accountOf(key.slice(5)),
      ahead: () => this.ahead(),
      orphans: {
        knows: (to) => this.#find(to) !== undefined,
        deliver: async (orphan, claim) => this.#find(orphan.to)?.deliverOrphan(orphan, claim),
      },
    });
  }
}
