import { WechatError } from "../errors.js";
import type { Clock } from "../time/clock.js";
import { type Expiring, Expiry } from "../time/expiry.js";
import { channelOf, type Peer } from "./peer.js";
import type { ExchangeOptions, Held, Store } from "./store.js";

/** What a leased key holds; users of a lease add their own fields. */
export interface LeaseRecord {
  /** The ticket of whoever has the lease: a fencing token, since no two leases have the same. */
  readonly holder?: string | undefined;
  /** How long the holder keeps it after his last renewal, in milliseconds. */
  readonly ms: number;
  /** How long the key lives after each write, in milliseconds: what is left of it is the lease's age. */
  readonly ttl: number;
  /** Counts the changes, so that news which was overtaken on its way is not taken for news. */
  readonly revision: number;
}

/** Whether it is such a record: the store may hold anything. */
export function isLeaseRecord(value: unknown): value is LeaseRecord {
  if (typeof value !== "object" || value === null) return false;
  const { holder, ms, ttl, revision } = value as Partial<Record<keyof LeaseRecord, unknown>>;
  return (
    (holder === undefined || (typeof holder === "string" && holder !== "")) &&
    isAbove(ms, 0) &&
    isAbove(ttl, 0) &&
    isAbove(revision, -1)
  );
}

function isAbove(value: unknown, least: number): boolean {
  return typeof value === "number" && value > least && Number.isFinite(value);
}

/** What a lease is made of. */
export interface LeaseOptions<R extends LeaseRecord> {
  readonly store: Store;
  readonly key: string;
  readonly clock: Clock;
  readonly peer: Peer;
  /** Makes a record of what is stored; `undefined` for what is none. */
  parse(value: unknown): R | undefined;
  /** Who is to hear of a change, by their tickets. */
  interested(record: R): readonly string[];
  /** What is put back where a known record is gone: it has ended, or the store has lost it. */
  again(record: R): R;
  /** What a record becomes that the store has kept of an earlier time than `known`; `undefined` leaves it. */
  correct?(there: R, known: R): R | undefined;
  /** Called with every record that is news here. */
  changed(record: R): void;
}

/** Changes what stands in the store. */
type Update<R> = (change: (record: R) => R | undefined) => Promise<unknown>;

/** How many times as long a holder keeps it that is connected and does not renew: one that stands still. */
const stopped = 3;
/** How often it is renewed at most, in milliseconds, whatever time stands in the store. */
const leastBeat = 10;
/** By the clock: one timer for all that is to be renewed. Most leases end before that. */
const beats = new WeakMap<Clock, Expiry>();

function beatsOf(clock: Clock): Expiry {
  let expiry = beats.get(clock);
  if (expiry === undefined) {
    expiry = new Expiry(clock);
    beats.set(clock, expiry);
  }
  return expiry;
}

/** More attempts than processes can stand in each other's way. */
const maxAttempts = 50;

/**
 * A key that one process at a time may work on, and the record that stands there: taken with
 * `enter`, changed by compare-and-set, renewed at a third of its time, and taken over from a
 * process that died. Everybody who knows the record may change it; only the holder's ticket tells
 * who may do what.
 *
 * Its age is measured by the store's clock, so that the processes' own may differ. A process that
 * was killed loses its connection and then, when the lease is over, the lease; one that only stands
 * still keeps it three times as long. Every method rejects when the store fails.
 */
export class Lease<R extends LeaseRecord> {
  readonly ticket: string;
  readonly #options: LeaseOptions<R>;
  /** What stands in the store, as far as is known. */
  #text: string | undefined;
  #record: R | undefined;
  /** Changes follow each other, or they would only be in each other's way. */
  #tail: Promise<unknown> = Promise.resolve();
  /** When it is over unless the holder renews it, by the clock, as far as is known. */
  #until = 0;
  #beat: Expiring | undefined;
  #deaf: (() => void) | undefined;
  /** How many corrections are on their way: what is known here is not what stands there. */
  #corrections = 0;

  constructor(options: LeaseOptions<R>) {
    this.#options = options;
    this.ticket = options.peer.ticket();
  }

  /** The record as it was last seen. */
  get record(): R | undefined {
    return this.#record;
  }

  get isHeld(): boolean {
    return this.#record?.holder === this.ticket;
  }

  /** For how many milliseconds nobody can take it over, as far as is known. */
  get left(): number {
    return Math.max(0, this.#until - this.#options.clock.now());
  }

  /** Sets the record if there is none, or learns what stands there; resolves to the value of `beside`. */
  async enter(first: R, beside?: string): Promise<string | undefined> {
    const { store, key } = this.#options;
    const text = JSON.stringify(first);
    const known = this.#record;
    const entered = await store.enter(key, text, first.ttl, beside);
    const { held } = entered;
    if (held === undefined && this.#record === undefined) this.#adopt(text, first);
    else this.#learn(held?.value ?? text, known);
    this.#see(held);
    return entered.beside;
  }

  /**
   * Changes the record by compare-and-set, again for as long as others change it meanwhile. A
   * change that returns `undefined` leaves it. Resolves to what stands there then.
   */
  update(change: (record: R) => R | undefined, options?: ExchangeOptions): Promise<R> {
    const updated = this.#tail.then(() => this.#update(change, options));
    this.#tail = updated.catch(() => {});
    return updated;
  }

  /**
   * Looks again, and sets `first` if there is nothing. Where there is no holder, or he is out, the
   * record becomes what `heir` makes of it; `undefined` leaves it. After an outage everybody seems to
   * be out: only a process that hears what is told may say so.
   */
  async look(first: R, heir: (record: R) => R | undefined): Promise<void> {
    const { store, key, peer, clock } = this.#options;
    const text = JSON.stringify(first);
    const known = this.#record;
    const { held } = await store.enter(key, text, first.ttl);
    await this.#meet(held?.value ?? text, known, (change) => this.update(change));
    this.#see(held);
    if (held === undefined || this.#record === undefined) return;
    const { holder } = this.#record;
    const inherit = (record: R) => (record.holder === holder ? heir(record) : undefined);
    if (holder === undefined) await this.update(inherit);
    else if (this.left === 0 && (await peer.echoes(store, key, held.value, clock))) {
      await this.update(inherit, { takeOver: outOf(this.#record) });
    }
  }

  /** Renews at a third of the time, until `rest` is called. */
  keep(): void {
    if (this.#beat !== undefined) return;
    const { clock } = this.#options;
    const { ms = 0 } = this.#record ?? {};
    this.#beat = beatsOf(clock).after(Math.max(ms / 3, leastBeat), () => {
      this.#beat = undefined;
      if (!this.isHeld && this.#corrections === 0) return;
      // Not after each other: an answer that is late must not hold up the next renewal.
      this.renew().catch(() => {});
      this.keep();
    });
  }

  /** Gives the record a new life; puts it back if the store has lost it. */
  async renew(): Promise<void> {
    const { store, key } = this.#options;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const [text, record] = [this.#text, this.#record];
      if (text === undefined || record === undefined || !this.isHeld) return;
      const { done, held } = await store.exchange(key, text, text, record.ttl);
      if (done) return;
      // Lost with what was agreed while this was on its way.
      if (held === undefined) await this.putBack(this.#record ?? record);
      // Somebody has changed it: with what stands there, once more.
      else await this.#meet(held.value, record, (change) => this.update(change));
    }
  }

  /** Whether the store has what is known here, or what has become of it. Rejects when the store fails. */
  async stands(): Promise<boolean> {
    const { store, key, parse } = this.#options;
    const [text, record] = [this.#text, this.#record];
    if (text === undefined || record === undefined) return false;
    const { done, held } = await store.exchange(key, text, text, undefined);
    return done || (held !== undefined && read(held.value, parse).revision >= record.revision);
  }

  /** Puts a record back that the store may have lost. What stands there instead is corrected. */
  putBack(known: R): Promise<void> {
    return this.#putBack(known, (change) => this.update(change));
  }

  /** Removes and forgets the record, if it is still as it is known here; resolves to whether it was. */
  async remove(): Promise<boolean> {
    const { store, key } = this.#options;
    const text = this.#text;
    if (text === undefined || !(await store.compareAndDelete(key, text))) return false;
    if (this.#text === text) {
      this.#text = undefined;
      this.#record = undefined;
    }
    return true;
  }

  /** Hears of changes by others, until `rest` is called. */
  hear(): void {
    const { store, key, peer } = this.#options;
    this.#deaf ??= peer.hear(store, key, (value) => {
      if (value !== undefined) this.#note(value);
      else this.renew().catch(() => {});
    });
  }

  /** Stops renewing and hearing. What stands in the store stays. */
  rest(): void {
    if (this.#beat !== undefined) beatsOf(this.#options.clock).remove(this.#beat);
    this.#beat = undefined;
    this.#deaf?.();
    this.#deaf = undefined;
  }

  /** How old it is, by the store's clock. */
  #see(held: Held | undefined): void {
    if (held === undefined || this.#record === undefined) return;
    const { ttl, ms } = this.#record;
    this.#until = this.#options.clock.now() + ms - (ttl - held.left);
  }

  async #putBack(known: R, update: Update<R>): Promise<void> {
    const { store, key } = this.#options;
    const text = JSON.stringify(known);
    const before = this.#record;
    const { held } = await store.enter(key, text, known.ttl);
    if (held === undefined) this.#learn(text, before);
    else if (!(await this.#correct(held.value, known, update))) this.#learn(held.value, before);
  }

  /** Takes over what the store has answered, unless the store has lost what was known here before. */
  async #meet(text: string, known: R | undefined, update: Update<R>): Promise<void> {
    const isLost = known !== undefined && read(text, this.#options.parse).revision < known.revision;
    if (!isLost || !(await this.#correct(text, known, update))) this.#learn(text, known);
  }

  /** Corrects what stands there, before anybody here hears of it, where more is known; resolves to whether it is. */
  async #correct(text: string, known: R, update: Update<R>): Promise<boolean> {
    const { parse, correct } = this.#options;
    const there = read(text, parse);
    if (correct?.(there, known) === undefined) return false;
    this.#text = text;
    this.#record = there;
    this.#corrections += 1;
    try {
      await update((now) => correct(now, known));
    } catch (error) {
      // It is known all the same, and told again.
      if (this.#record === there) {
        this.#text = JSON.stringify(known);
        this.#record = known;
      }
      throw error;
    } finally {
      this.#corrections -= 1;
    }
    return true;
  }

  async #update(change: (record: R) => R | undefined, options?: ExchangeOptions): Promise<R> {
    const { store, key, interested } = this.#options;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const [text, record] = [this.#text, this.#record];
      if (text === undefined || record === undefined) break;
      const next = change(record);
      if (next === undefined) return record;
      const revision = Math.max(record.revision, next.revision) + 1;
      const own = { ...next, revision };
      const wanted = JSON.stringify(own);
      const others = interested(next).filter((ticket) => ticket !== this.ticket);
      const more = { takeOver: options?.takeOver, notify: others.map(channelOf) };
      // What others change does not make the holder any younger.
      const isHolders = record.holder === undefined || record.holder === this.ticket;
      const ttl = isHolders || next.holder !== record.holder ? next.ttl : undefined;
      const { done, held } = await store.exchange(key, text, wanted, ttl, more);
      if (done || held?.value === wanted) return this.#adopt(wanted, own);
      const again: Update<R> = (correct) => this.#update(correct);
      // Lost with what was agreed while this was on its way.
      if (held === undefined)
        await this.#putBack(this.#options.again(this.#record ?? record), again);
      else if (held.value === text) return record;
      else await this.#meet(held.value, record, again);
    }
    throw new WechatError(
      "WX_STORE",
      "A record in the store could not be changed, because others changed it all the time.",
    );
  }

  /** Takes over what was told on the channel, unless it is known already, or newer things are. */
  #note(text: string): void {
    try {
      const { revision } = read(text, this.#options.parse);
      // What is being corrected is less than what is known, and so may news be that follow it.
      const isNews = this.#corrections === 0 && revision > (this.#record?.revision ?? 0);
      if (isNews) this.#adopt(text);
    } catch {
      // Whoever looks into the store is told.
    }
  }

  /**
   * Takes over what the store has answered, unless news that came meanwhile has overtaken it. Only
   * news can: of a store that has lost something, what it says again is the truth.
   */
  #learn(text: string, known: R | undefined): void {
    const { revision = 0 } = this.#record ?? {};
    const isOvertaken =
      this.#record !== known && read(text, this.#options.parse).revision < revision;
    if (!isOvertaken) this.#adopt(text);
  }

  /** `own` is what was written here: it may have been heard already what others made of it. */
  #adopt(text: string, own?: R): R {
    const known = this.#record;
    if (known !== undefined && (text === this.#text || isNewer(known, own))) return known;
    const record = own ?? read(text, this.#options.parse);
    this.#text = text;
    this.#record = record;
    this.#options.changed(record);
    return record;
  }
}

function isNewer(known: LeaseRecord, own: LeaseRecord | undefined): boolean {
  return own !== undefined && known.revision > own.revision;
}

/** When a holder is out: his lease is over and he is gone, or he has stood still for thrice as long. */
function outOf({ holder, ttl, ms }: LeaseRecord): ExchangeOptions["takeOver"] {
  if (holder === undefined) return undefined;
  return { channel: channelOf(holder), out: ttl - ms, stopped: ttl - ms * stopped };
}

function read<R>(text: string, parse: (value: unknown) => R | undefined): R {
  try {
    const record = parse(JSON.parse(text));
    if (record !== undefined) return record;
  } catch {
    // Told below, without what it held.
  }
  throw new WechatError(
    "WX_STORE",
    "A key of koa-wx in the store holds something that koa-wx did not write. Keep other things under other keys, or give RedisStore a prefix of its own.",
  );
}
