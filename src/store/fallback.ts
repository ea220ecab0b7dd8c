import { StoreError } from "../errors.js";
import { type Clock, systemClock, within } from "../time/clock.js";
import { Expiring, Expiry } from "../time/expiry.js";
import { Circuit } from "./circuit.js";
import { MemoryStore } from "./memory.js";
import { Outage, silent } from "./outage.js";
import { Slots } from "./slot-map.js";
import type { Store } from "./store.js";

/** How a FallbackStore goes by. Times are milliseconds. */
export interface FallbackOptions {
  /** Takes two warnings for each outage: that it began, and that it is over. Default: process warnings `WX_STORE`. */
  readonly warn?: (message: string) => void;
  readonly clock?: Clock;
  /** A store that has answered nothing for so long is away. Default: 3,300. */
  readonly patience?: number;
  /** How long a store that is away is left in peace before it is tried again. Default: 1,000. */
  readonly rest?: number;
  /**
   * Adds what this process wrote during an outage to what stands at its key; `undefined` where that cannot be done.
   * Default: nowhere.
   */
  readonly merge?: (key: string, there: string, written: string) => string | undefined;
}

/** How often memory is searched, after an outage, for what nobody can ask for any more. */
const sweepEvery = 60_000;
/** How long what an outage left is written back before anything else is let through. */
const handover = 1_000;
/** More than fit into memory at once. */
const maxRemoved = 10_000;

/**
 * The circuit breaker of a shared store. Closed, every call goes to the store. Waiting costs
 * nothing, so only a store that has answered nothing for `patience` opens it; an error that
 * concerns one key is that call's alone. Open, the store is tried once a `rest`; no call waits for
 * that, unless the process stood still, and knows nothing; and:
 * - The plain operations are served from memory: nothing is coordinated between processes, and what
 *   the others wrote cannot be read.
 * - `enter` and `exchange`, for what must not be decided alone, reject at once; with `direct`, all do.
 *
 * When the store is back, what was removed meanwhile is removed there, what this process wrote is
 * written where nothing stands, or added to what does, and whoever asked for it (`onReturn`) puts back what it holds.
 */
export class FallbackStore implements Store {
  /** The store itself, without memory in its place: a call rejects while it is away. */
  readonly direct: Store;
  readonly #store: Store;
  readonly #memory: MemoryStore;
  readonly #clock: Clock;
  readonly #options: Required<Omit<FallbackOptions, "warn">>;
  readonly #outage: Outage;
  readonly #returning = new Slots<() => Promise<unknown>>();
  readonly #listening = new Set<() => void>();
  readonly #circuit = new Circuit();
  /** What waits for an answer. */
  readonly #calls: Expiry;
  /** Keys that were deleted during an outage. */
  readonly #removed = new Set<string>();
  /** What is put back after the last outage, also when nobody waits for it any more. */
  #handedOver: Promise<unknown> | undefined;
  /** Told when that begins, or nothing is held any more. */
  #onReturned: (() => void) | undefined;
  #sweeper: unknown;
  #isClosed = false;

  constructor(store: Store, options: FallbackOptions = {}) {
    const { clock = systemClock } = options;
    this.#store = store;
    this.#clock = clock;
    this.#options = { clock, patience: 3_300, rest: 1_000, merge: () => undefined, ...options };
    this.#outage = new Outage(clock, options.warn);
    this.#memory = new MemoryStore({ now: () => clock.now() });
    this.#calls = new Expiry(clock);
    this.direct = through(this, store, (work) => this.#ask(work));
  }

  get shared(): boolean {
    return this.#store.shared;
  }

  /** Whether the store is away, so that what has to be agreed is refused at once. */
  get isOpen(): boolean {
    return this.#circuit.isOpen;
  }

  /**
   * When the last outage ended, by the clock; minus infinity if there was none. One that was too
   * short to open the circuit counts as well, for the store may have come back empty.
   */
  get returnedAt(): number {
    const { returnedAt, reconnectedAt } = this.#circuit;
    return Math.max(returnedAt, reconnectedAt);
  }

  /** While what was held is put back after an outage; whoever begins something new waits for it. */
  get returning(): Promise<unknown> | undefined {
    return this.#circuit.returning;
  }

  /** Called when the store is back, until the returned function is. */
  onReturn(listener: () => Promise<unknown>): () => void {
    let slot: number | undefined = this.#returning.add(listener);
    return () => {
      if (slot !== undefined) this.#returning.remove(slot);
      slot = undefined;
      if (this.#returning.size === 0) this.#onReturned?.();
    };
  }

  /** Resolves when what is held here stands in the store again, should that be away; at once if nothing is held. */
  async handedOver(): Promise<void> {
    if (this.#returning.size === 0) return;
    // It may be away although nobody has noticed.
    await this.direct.get("probe").catch(() => {});
    if (this.#circuit.isOpen) {
      await new Promise<void>((resolve) => {
        this.#onReturned = resolve;
      });
    }
    await this.#handedOver;
  }

  /** Puts nothing back and hears nothing any more: the process is about to end. */
  close(): void {
    this.#isClosed = true;
    this.#outage.close();
    for (const stop of this.#listening) stop();
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#remembered(key)) ?? this.#try((store) => store.get(key));
  }

  async set(key: string, value: string, ttl: number): Promise<void> {
    await this.#write(key, (store) => store.set(key, value, ttl));
  }

  async delete(key: string): Promise<void> {
    await this.#write(key, (store) => store.delete(key));
    if (this.#circuit.isOpen && this.#removed.size < maxRemoved) this.#removed.add(key);
  }

  async claim(key: string, value: string, ttl: number): Promise<boolean> {
    if ((await this.#remembered(key)) !== undefined) return false;
    return this.#try((store) => store.claim(key, value, ttl));
  }

  async replace(key: string, expected: string, value: string, ttl: number): Promise<boolean> {
    if (await this.#memory.replace(key, expected, value, ttl)) return true;
    return this.#try((store) => store.replace(key, expected, value, ttl));
  }

  async compareAndDelete(key: string, value: string): Promise<boolean> {
    if (await this.#memory.compareAndDelete(key, value)) return true;
    return this.#try((store) => store.compareAndDelete(key, value));
  }

  readonly enter: Store["enter"] = (...given) => this.direct.enter(...given);
  readonly exchange: Store["exchange"] = (...given) => this.direct.exchange(...given);
  readonly listen: Store["listen"] = async (channel, listener) => {
    const stop = await this.#store.listen(channel, (key, value) => {
      if (key === undefined) this.#reconnected();
      listener(key, value);
    });
    if (this.#isClosed) stop();
    else this.#listening.add(stop);
    return () => {
      this.#listening.delete(stop);
      stop();
    };
  };
  readonly schedule: Store["schedule"] = (...given) => this.direct.schedule(...given);
  readonly due: Store["due"] = (...given) => this.direct.due(...given);

  /** What this process wrote during an outage, and could not carry over. */
  async #remembered(key: string): Promise<string | undefined> {
    return this.#memory.size > 0 ? this.#memory.get(key) : undefined;
  }

  /** Asks the store, or memory while the store is away. */
  async #try<T>(work: (store: Store) => Promise<T>): Promise<T> {
    try {
      return await this.#ask(work);
    } catch (error) {
      if (!this.#circuit.isOpen) throw error;
      return work(this.#memory);
    }
  }

  /** The same for what replaces a value, here too. */
  async #write(key: string, work: (store: Store) => Promise<void>): Promise<void> {
    await this.#try(work);
    if (this.#circuit.isOpen) this.#removed.delete(key);
    else if (this.#memory.size > 0) await this.#memory.delete(key);
  }

  /** Asks the store. Rejects at once while it is away, and when it goes away meanwhile. */
  #ask<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const circuit = this.#circuit;
    const stoodStill = this.#clock.now() - circuit.retryAt > 2 * this.#options.rest;
    if (circuit.isOpen) this.#probe(stoodStill);
    if (circuit.waking !== undefined) return circuit.waking.then(() => this.#ask(work));
    if (circuit.isOpen) return Promise.reject(silent());
    return new Promise<T>((resolve, reject) => {
      const call = new Call(this.#clock.now(), this.#options.patience, reject, this);
      this.#calls.add(call);
      safely(() => work(this.#store)).then(
        (value) => {
          this.#calls.remove(call);
          this.#circuit.answeredAt = this.#clock.now();
          resolve(value);
        },
        (error: unknown) => {
          // One that was given up before says nothing of how the store is now, but at times why.
          if (!call.listed) return this.#outage.explain(error);
          this.#calls.remove(call);
          if (concernsOneKey(error)) this.#circuit.answeredAt = this.#clock.now();
          else this.#open(error);
          reject(error);
        },
      );
    });
  }

  /** A call has waited for as long as the store may take. */
  lost(call: Call): void {
    const error = silent();
    // It has answered others meanwhile: then only this call is lost.
    if (this.#circuit.answeredAt < call.asked) this.#open(error, this.#options.rest);
    call.fail(error);
  }

  /** `wait`: how long a better reason than this error may take, in milliseconds. */
  #open(error: unknown, wait?: number): void {
    const circuit = this.#circuit;
    circuit.retryAt = this.#clock.now() + this.#options.rest;
    if (circuit.isOpen) return;
    circuit.isOpen = true;
    for (const call of this.#calls.clear()) (call as Call).fail(silent());
    this.#probeLater();
    if (!this.#isClosed) this.#outage.begin(error, wait);
  }

  /** Nobody may ask for a while, and what is held has to be put back all the same. */
  #probeLater(): void {
    this.#clock.setTimeout(() => {
      if (!this.#circuit.isOpen || this.#isClosed) return;
      this.#probe();
      this.#probeLater();
    }, this.#options.rest);
  }

  /** Tries a store that is away, by writing: a replica that only reads is of no use. */
  #probe(stoodStill = false): void {
    const circuit = this.#circuit;
    if (circuit.isProbing || this.#clock.now() < circuit.retryAt) return;
    circuit.isProbing = true;
    const { patience, rest } = this.#options;
    const probe = safely(() => this.#store.claim("probe", "1", rest)).then(() => true);
    const probed = within(this.#clock, probe, patience, () => false).then((isBack) => {
      circuit.isProbing = false;
      circuit.waking = undefined;
      circuit.retryAt = this.#clock.now() + rest;
      if (isBack && circuit.isOpen) this.#close();
    });
    if (stoodStill) circuit.waking = probed;
  }

  /** Half open: what is held is put back first. */
  #close(): void {
    const circuit = this.#circuit;
    circuit.isOpen = false;
    circuit.returnedAt = this.#clock.now();
    circuit.answeredAt = circuit.returnedAt;
    this.#outage.end();
    this.#handOver();
  }

  /** The store was away without anybody having asked it: it may have come back empty. */
  #reconnected(): void {
    this.#circuit.reconnectedAt = this.#clock.now();
    if (!this.#circuit.isOpen) {
      this.#handOver();
      return;
    }
    // What was asked on the connection that is gone will not be answered.
    this.#circuit.isProbing = false;
    this.#circuit.retryAt = this.#clock.now();
    this.#probe();
  }

  #handOver(): void {
    const circuit = this.#circuit;
    const back = Promise.allSettled([
      this.#carryOver(),
      ...(this.#isClosed ? [] : this.#returning.values).map((listener) => listener()),
    ]);
    this.#handedOver = back;
    this.#onReturned?.();
    const returning = within<unknown>(this.#clock, back, handover, () => undefined).then(() => {
      if (circuit.returning === returning) circuit.returning = undefined;
    });
    circuit.returning = returning;
  }

  async #carryOver(): Promise<void> {
    const removed = [...this.#removed];
    this.#removed.clear();
    await Promise.allSettled(removed.map((key) => this.#store.delete(key)));
    await Promise.allSettled(
      this.#memory.entries().map(([key, { value, left }]) => this.#putDown(key, value, left)),
    );
    if (this.#memory.size > 0) this.#sweepLater();
  }

  /** Writes what memory has where nothing stands, or adds it to what does. */
  async #putDown(key: string, value: string, left: number): Promise<void> {
    if (await this.#store.claim(key, value, left)) {
      await this.#memory.compareAndDelete(key, value);
      return;
    }
    const there = await this.#store.get(key);
    if (there === undefined) return;
    const both = this.#options.merge(key, there, value);
    // Nobody is to find it here any more when it can be found there.
    if (both === undefined || !(await this.#memory.compareAndDelete(key, value))) return;
    const isThere = await this.#store.replace(key, there, both, left).catch(() => false);
    if (!isThere) await this.#memory.claim(key, value, left);
  }

  /** Frees what an outage has left in memory, as its time passes. */
  #sweepLater(): void {
    this.#sweeper ??= this.#clock.setTimeout(() => {
      this.#sweeper = undefined;
      this.#memory.sweep();
      if (this.#memory.size > 0) this.#sweepLater();
    }, sweepEvery);
  }
}

/** A call that waits for the store's answer. */
class Call extends Expiring {
  readonly asked: number;
  readonly fail: (error: unknown) => void;
  readonly #owner: FallbackStore;

  constructor(
    asked: number,
    patience: number,
    fail: (error: unknown) => void,
    owner: FallbackStore,
  ) {
    super(asked + patience);
    this.asked = asked;
    this.fail = fail;
    this.#owner = owner;
  }

  expire(): void {
    this.#owner.lost(this);
  }
}

/** The store with every call but `listen`, which waits by itself, going through `ask`. */
function through(
  breaker: FallbackStore,
  store: Store,
  ask: <T>(work: (store: Store) => Promise<T>) => Promise<T>,
): Store {
  return {
    get shared() {
      return store.shared;
    },
    get: (...given) => ask((to) => to.get(...given)),
    set: (...given) => ask((to) => to.set(...given)),
    delete: (...given) => ask((to) => to.delete(...given)),
    claim: (...given) => ask((to) => to.claim(...given)),
    replace: (...given) => ask((to) => to.replace(...given)),
    compareAndDelete: (...given) => ask((to) => to.compareAndDelete(...given)),
    enter: (...given) => ask((to) => to.enter(...given)),
    exchange: (...given) => ask((to) => to.exchange(...given)),
    listen: (...given) => breaker.listen(...given),
    schedule: (...given) => ask((to) => to.schedule(...given)),
    due: (...given) => ask((to) => to.due(...given)),
  };
}

/** A store of the user's own may throw as well as reject. */
async function safely<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** Whether the store is well and refused a single key: see `StoreError.scope`. */
function concernsOneKey(error: unknown): boolean {
  return error instanceof StoreError && error.scope === "key";
}
