import { isLeaseRecord, Lease, type LeaseRecord } from "../store/lease.js";
import { thisProcess } from "../store/peer.js";
import type { Store } from "../store/store.js";
import { systemClock } from "../time/clock.js";

/** How a place is asked for. */
export interface Asking {
  /** What it is for: whoever had it for the same, and died, gives it up. */
  readonly push: string;
  /** When that was made, by WeChat's clock. */
  readonly at: number;
  /** Whether it is taken from whoever has it for something that is no newer. */
  readonly replaces: boolean;
  /** Called once when somebody else takes it. */
  lost(): void;
}

/** A place in the store: who has it, and who had it before, so that he hears of it. */
interface PlaceRecord extends LeaseRecord {
  readonly push: string;
  readonly at: number;
  readonly former?: string | undefined;
}

/** How long a place is kept in which nobody moves. */
const ttl = 60_000;

/** Places that one at a time has, each by its key: in this process, and with a shared store among all that share it. */
export class Places {
  readonly #store: Store;
  readonly #ms: number;
  /** Who has the places, where the store is this process's own. */
  readonly #local = new Map<string, Asking>();

  /** One who died loses his place after `ms`. */
  constructor(store: Store, ms: number) {
    this.#store = store;
    this.#ms = ms;
  }

  /** Resolves to a function that gives the place back, or to `undefined` if it is taken. Never rejects. */
  async take(key: string, asking: Asking): Promise<(() => void) | undefined> {
    if (!this.#store.shared) return this.#takeHere(key, asking);
    try {
      return await this.#takeShared(key, asking);
    } catch {
      // The store is away: two answers are better than none.
      return () => {};
    }
  }

  #takeHere(key: string, asking: Asking): (() => void) | undefined {
    const holder = this.#local.get(key);
    if (holder !== undefined && !replaces(asking, holder)) return undefined;
    this.#local.set(key, asking);
    holder?.lost();
    return () => {
      if (this.#local.get(key) === asking) this.#local.delete(key);
    };
  }

  async #takeShared(key: string, asking: Asking): Promise<(() => void) | undefined> {
    let [isTaken, isOver] = [false, false];
    const lease: Lease<PlaceRecord> = new Lease<PlaceRecord>({
      store: this.#store,
      key,
      clock: systemClock,
      peer: thisProcess,
      parse,
      interested: ({ holder, former }) => [holder, former].filter((ticket) => ticket !== undefined),
      again: (record) => record,
      changed: () => {
        if (!isTaken || isOver || lease.isHeld) return;
        isOver = true;
        lease.rest();
        asking.lost();
      },
    });
    const { ticket } = lease;
    const { push, at } = asking;
    const first = { holder: ticket, ms: this.#ms, ttl, revision: 0, push, at };
    const mine = (record: PlaceRecord): PlaceRecord => ({
      ...record,
      holder: ticket,
      former: record.holder,
      push,
      at,
    });
    // Before it is there: whoever takes it at once is not to be missed.
    lease.hear();
    await lease.enter(first);
    if (!lease.isHeld) {
      const isFree = (record: PlaceRecord | undefined) =>
        record !== undefined && (replaces(asking, record) || record.push === push);
      if (isFree(lease.record))
        await lease.update((record) =>
          record.holder !== ticket && isFree(record) ? mine(record) : undefined,
        );
      else await lease.look(first, mine);
    }
    if (!lease.isHeld) {
      lease.rest();
      return undefined;
    }
    isTaken = true;
    lease.keep();
    return () => {
      if (isOver) return;
      isOver = true;
      lease.rest();
      void lease
        .remove()
        .then(async (isRemoved) => {
          if (!isRemoved) await lease.update(given(ticket));
        })
        .catch(() => {
          // If the store is away, the lease ends it.
        });
    };
  }
}

/** What WeChat has delivered late, or a process has taken over, is not to replace what the user has said since. */
function replaces(asking: Asking, holder: { readonly at: number }): boolean {
  return asking.replaces && holder.at <= asking.at;
}

/** Given back by whoever still has it. */
function given(ticket: string): (record: PlaceRecord) => PlaceRecord | undefined {
  return (record) => (record.holder === ticket ? { ...record, holder: undefined } : undefined);
}

function parse(value: unknown): PlaceRecord | undefined {
  if (!isLeaseRecord(value)) return undefined;
  const { push, at, former } = value as Partial<Record<keyof PlaceRecord, unknown>>;
  const isNamed = typeof push === "string" && typeof at === "number";
  const isPlace = isNamed && (former === undefined || typeof former === "string");
  return isPlace ? (value as PlaceRecord) : undefined;
}
