import type { Context as KoaContext } from "koa";
import type { Router } from "../router/router.js";
import { Delivery } from "../runs/runs.js";
import { FallbackStore } from "../store/fallback.js";
import { MemoryStore } from "../store/memory.js";
import { type Store, scoped } from "../store/store.js";
import type { SharedOptions } from "./options.js";
import { ReplayGuard } from "./replay-guard.js";

/** Where errors go that `wx.catch` has not taken. */
export type Report = (error: unknown, koa: KoaContext | undefined) => void;

/** What an Office is made of. */
export interface OfficeOptions extends SharedOptions {
  /** Where the runs stand in the store. */
  readonly place: string;
  /** Whose a key of a push or a signature is, where there are several accounts. */
  readonly accountOf?: (key: string) => string;
}

/**
 * What the accounts of one Wechat share. It outlives each of them: a push whose account has been
 * configured anew meanwhile still joins its run.
 */
export class Office {
  readonly options: SharedOptions;
  readonly store: Store;
  readonly replay: ReplayGuard;
  readonly router: Router;
  readonly report: Report;
  readonly #options: OfficeOptions;
  readonly #runs: Store;
  #dropping: Delivery | undefined;
  #keeping: Delivery | undefined;

  constructor(options: OfficeOptions, router: Router, report: Report) {
    const { store = new MemoryStore(), maxAge = 300, place, accountOf } = options;
    this.options = options;
    // A store that other processes share is elsewhere, and may be away for a while.
    this.store = store.shared ? new FallbackStore(store) : store;
    this.#runs = scoped(this.store, place);
    // A signature is fresh from maxAge before its own time to maxAge after it.
    this.replay = new ReplayGuard(this.#runs, maxAge * 2_000, accountOf);
    this.router = router;
    this.report = report;
    this.#options = options;
  }

  /** Where pushes run whose late replies are dropped, or the others. */
  delivery(late: "drop" | "kept"): Delivery {
    if (late === "drop") {
      this.#dropping ??= this.#open({ late: "drop" });
      return this.#dropping;
    }
    const { late: policy = "send" } = this.#options.deadline ?? {};
    this.#keeping ??= this.#open({ late: policy });
    return this.#keeping;
  }

  /** Waits for what is running, no longer than `timeout` milliseconds, then gives the rest up. */
  async close(timeout: number): Promise<void> {
    await Promise.all([this.#dropping?.close(timeout), this.#keeping?.close(timeout)]);
  }

  #open(late: Pick<NonNullable<SharedOptions["deadline"]>, "late">): Delivery {
    const { deadline, accountOf } = this.#options;
    return new Delivery({ store: this.#runs, deadline: { ...deadline, ...late }, accountOf });
  }
}
