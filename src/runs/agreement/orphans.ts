import { Lease } from "../../store/lease.js";
import type { Claim } from "../work.js";
import type { Outcome } from "./agreement.js";
import { type Ground, isUncertain, orphans } from "./ground.js";
import { corrected, granted, keep, parseRun, type RunRecord, takenOver } from "./record.js";

/** How many a process takes over at a time. */
const batch = 20;

/** What is to be done for a user whose reply was promised by a process that is gone. */
export interface Orphan {
  /** The run's own. */
  readonly key: string;
  readonly to: NonNullable<RunRecord["to"]>;
  /** The reply; `undefined` if the handlers were not done, so that the answer has broken off. */
  readonly outcome: Outcome | undefined;
}

/**
 * Takes over what other processes promised, or had ready, before they died: sends it, or says once
 * that it broke off. Those that know the push themselves come first, and run it again.
 */
export class Orphans {
  readonly #ground: Ground;
  /** Delivers one, if `claim` says yes when it is its turn. Does not reject. */
  readonly #deliver: (orphan: Orphan, claim: Claim) => Promise<void>;
  /** Whether this process can deliver to such a user. */
  readonly #knows: (to: Orphan["to"]) => boolean;
  #timer: unknown;
  #isClosed = false;

  constructor(
    ground: Ground,
    knows: (to: Orphan["to"]) => boolean,
    deliver: (orphan: Orphan, claim: Claim) => Promise<void>,
  ) {
    this.#ground = ground;
    this.#knows = knows;
    this.#deliver = deliver;
    // Also to notice when the store was away for a moment, and may have come back empty.
    ground.peer.listen(ground.store);
    this.#lookLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#ground.clock.clearTimeout(this.#timer);
  }

  #lookLater(): void {
    const { clock, lease, random } = this.#ground;
    // Jitter: not all processes at the same moment.
    const jitter = 0.75 + random() / 2;
    this.#timer = clock.setTimeout(() => {
      this.look()
        .catch(() => {})
        .finally(() => {
          if (!this.#isClosed) this.#lookLater();
        });
    }, lease * jitter);
  }

  /** Looks through the list once. Rejects when the store is away. */
  async look(): Promise<void> {
    const { store, lease, peer } = this.#ground;
    peer.listen(store);
    if (isUncertain(this.#ground)) return;
    const keys = await store.due(orphans, batch, lease);
    await Promise.all(keys.map((key) => this.#adopt(key).catch(() => {})));
  }

  async #adopt(key: string): Promise<void> {
    const { store } = this.#ground;
    const record = recordIn(await store.get(key));
    if (record === undefined || !isOwed(record)) {
      await store.schedule(orphans, key, undefined);
      return;
    }
    const { to } = record;
    if (to === undefined || !this.#knows(to)) return;
    const lease = this.#leaseOf(key);
    await lease.look(record, (now) =>
      isOwed(now) && !isUncertain(this.#ground) ? takenOver(now, lease.ticket) : undefined,
    );
    if (lease.record?.holder !== lease.ticket) return;
    const { outcome, shown } = lease.record;
    let isRefused = false;
    const claim = async () => {
      isRefused = !(await this.#claim(lease).catch(() => false));
      return !isRefused;
    };
    lease.keep();
    try {
      // Of what has begun, only its writer knows the rest.
      await this.#deliver({ key, to, outcome: shown === undefined ? outcome : undefined }, claim);
    } finally {
      lease.rest();
    }
    // Refused, it stays on the list for whoever may. If nobody asked, there was nothing to be said.
    if (isRefused) return;
    await lease.update((now) => granted(now, { over: true }, lease.ticket));
    await store.schedule(orphans, key, undefined);
  }

  /** From here on nobody else will send it, not even if this process dies. */
  async #claim(lease: Lease<RunRecord>): Promise<boolean> {
    await lease.update((now) =>
      isOwed(now) && now.holder === lease.ticket && !isUncertain(this.#ground)
        ? { ...now, way: "late", sender: lease.ticket }
        : undefined,
    );
    const isClaimed = lease.record?.sender === lease.ticket;
    if (isClaimed) this.#remember(lease);
    return isClaimed;
  }

  #leaseOf(key: string): Lease<RunRecord> {
    const { store, clock, peer } = this.#ground;
    return new Lease<RunRecord>({
      ...{ store, clock, peer, key },
      parse: parseRun,
      interested: ({ parts }) => parts,
      again: (record) => record,
      correct: corrected,
      changed: () => {},
    });
  }

  /** A store that comes back empty is told again: whoever has the run, and was cut off, would send it, too. */
  #remember(lease: Lease<RunRecord>): void {
    const { breaker, clock } = this.#ground;
    const forget = breaker.onReturn(async () => {
      if (lease.record !== undefined) await lease.putBack(lease.record);
    });
    clock.setTimeout(forget, keep);
  }
}

/** What stands in the store; `undefined` for what is no run, whoever has put it on the list. */
function recordIn(text: string | undefined): RunRecord | undefined {
  try {
    return text === undefined ? undefined : parseRun(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether something was promised or is ready, and nobody has sent it. */
function isOwed({ over, sender, way, outcome }: RunRecord): boolean {
  return !over && sender === undefined && (way === "late" || outcome !== undefined);
}
