import { outOf } from "../../store/lease.js";
import { channelOf } from "../../store/peer.js";
import type { Outcome } from "./agreement.js";
import { type Ground, isUncertain, orphans } from "./ground.js";
import { granted, parseRun, type RunRecord, takenOver } from "./record.js";

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
  /** Delivers one; resolves to whether it could be. Does not reject. */
  readonly #deliver: (orphan: Orphan) => Promise<void>;
  /** Whether this process can deliver to such a user. */
  readonly #knows: (to: Orphan["to"]) => boolean;
  #timer: unknown;
  #isClosed = false;

  constructor(
    ground: Ground,
    knows: (to: Orphan["to"]) => boolean,
    deliver: (orphan: Orphan) => Promise<void>,
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
    const { store, peer, clock } = this.#ground;
    const text = await store.get(key);
    const record = recordIn(text);
    if (text === undefined || record === undefined || !isOwed(record)) {
      await store.schedule(orphans, key, undefined);
      return;
    }
    const { to, ttl } = record;
    if (to === undefined || !this.#knows(to)) return;
    const echoes = await peer.echoes(store, key, text, clock);
    if (!echoes || isUncertain(this.#ground)) return;
    const ticket = peer.ticket();
    const mine = claimed(record, ticket);
    // A store that loses it is told again by those who know it.
    const notify = record.parts.map(channelOf);
    const { done } = await store.exchange(key, text, JSON.stringify(mine), ttl, {
      takeOver: outOf(record),
      notify,
    });
    if (!done) return;
    // Of what has begun, only its writer knows the rest.
    const outcome = record.shown === undefined ? record.outcome : undefined;
    await this.#deliver({ key, to, outcome });
    const over = granted(mine, { over: true }, ticket) ?? mine;
    const last = JSON.stringify({ ...over, revision: mine.revision + 1 });
    await store.exchange(key, JSON.stringify(mine), last, over.ttl, { notify });
    await store.schedule(orphans, key, undefined);
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

/** Taken over, to be sent at once: nobody else will send it, not even if this process dies. */
function claimed(record: RunRecord, ticket: string): RunRecord {
  const { revision } = record;
  return { ...takenOver(record, ticket), way: "late", sender: ticket, revision: revision + 1 };
}
