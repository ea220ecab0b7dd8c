import { WechatError } from "../errors.js";
import { type Clock, systemClock } from "../time/clock.js";
import { isPromise, type MaybePromise } from "../time/maybe-promise.js";
import { isLeaseRecord, Lease, type LeaseRecord } from "./lease.js";
import { channelOf, type Peer, thisProcess } from "./peer.js";
import { SlotMap } from "./slot-map.js";
import { type Store, soon } from "./store.js";

/** How a place at the front is waited for and held. Times are milliseconds. */
export interface LineOptions {
  /** How long to wait. Default: as long as it takes. */
  readonly wait?: number;
  /** How long a process that died keeps its place. Default: 6,000. */
  readonly lease?: number;
  /** Gives the signal that gives up waiting; asked only where there is somebody to wait for. */
  readonly signal?: () => AbortSignal;
  /** Another key, to be read once the front is reached: see `Store.enter`. */
  readonly beside?: string;
  readonly clock?: Clock;
  readonly peer?: Peer;
}

/** The front of a line. */
export interface Turn {
  /** What stands at the key `beside`. */
  readonly beside: string | undefined;
  /** Lets the next one go. Never rejects; the second call does nothing. */
  release(): void | Promise<void>;
}

/** How many may wait in one line; more than a person can type. */
const longestLine = 100;
/** How long a line is kept in which nothing moves. */
const ttl = 60_000;
/** How soon one who waits looks, and how seldom in the end, in case he was not told. */
const lookSoon = 100;
const lookEvery = 2_000;

/**
 * Lines in which one at a time is at the front, in the order of arrival: in this process, and with
 * a shared store among all that share it, where a lease says who is at the front.
 */
export class Lines {
  readonly #local = new SlotMap<LocalLine>();

  /** Rejects with a WechatError `WX_SESSION` when it takes too long or too many wait. */
  async take(store: Store, key: string, options?: LineOptions): Promise<Turn> {
    return this.takeSoon(store, key, options);
  }

  /** The same, at once where nobody is before and nothing has to be waited for. */
  takeSoon(store: Store, key: string, options: LineOptions = {}): MaybePromise<Turn> {
    if (store.shared) return SharedPlace.take(store, key, options);
    const known = this.#local.get(key);
    const line = known ?? new LocalLine();
    const front = (): MaybePromise<Turn> => this.#front(store, key, line, options);
    if (known !== undefined) return known.wait(options).then(front);
    this.#local.set(key, line);
    return front();
  }

  #front(store: Store, key: string, line: LocalLine, { beside }: LineOptions): MaybePromise<Turn> {
    const next = () => {
      if (!line.next()) this.#local.delete(key);
    };
    const text = beside === undefined ? undefined : soon(store).get(beside);
    if (!isPromise(text)) return new LocalTurn(text, next);
    return text.then(
      (text) => new LocalTurn(text, next),
      (error: unknown) => {
        next();
        throw error;
      },
    );
  }
}

class LocalTurn implements Turn {
  readonly beside: string | undefined;
  #next: (() => void) | undefined;

  constructor(beside: string | undefined, next: () => void) {
    this.beside = beside;
    this.#next = next;
  }

  release(): void {
    this.#next?.();
    this.#next = undefined;
  }
}

/** Those who wait behind somebody in this process. */
class LocalLine {
  /** Made for the first one: seldom does anybody wait. */
  #waiting: Set<() => void> | undefined;

  async wait(options: LineOptions): Promise<void> {
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    if (waiting.size >= longestLine) throw tooMany();
    const place = new Waiting(options);
    waiting.add(place.go);
    try {
      await place.reached;
    } catch (error) {
      waiting.delete(place.go);
      throw error;
    }
  }

  /** Lets the next one go; `false` when there is none. */
  next(): boolean {
    for (const go of this.#waiting ?? []) {
      this.#waiting?.delete(go);
      go();
      return true;
    }
    return false;
  }
}

/** A wait that ends by `go`, by the time or by the signal. */
class Waiting {
  readonly reached: Promise<void>;
  readonly go: () => void;

  constructor({ wait, signal: signalOf, clock = systemClock }: LineOptions) {
    const signal = signalOf?.();
    signal?.throwIfAborted();
    let go: () => void = () => {};
    this.reached = new Promise<void>((resolve, reject) => {
      const end = () => {
        clock.clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
      };
      const giveUp = () => {
        end();
        reject(signal?.reason);
      };
      const timer =
        wait === undefined
          ? undefined
          : clock.setTimeout(() => {
              end();
              reject(tooLong(wait));
            }, wait);
      signal?.addEventListener("abort", giveUp, { once: true });
      go = () => {
        end();
        resolve();
      };
    });
    this.go = go;
  }
}

/** A line in the store: who is at the front, and who waits behind, by their tickets. */
interface LineRecord extends LeaseRecord {
  readonly line: readonly string[];
}

/** A place in the line of a shared store. */
class SharedPlace implements Turn {
  readonly #lease: Lease<LineRecord>;
  readonly #clock: Clock;
  readonly #ms: number;
  #waiting: Waiting | undefined;
  #look: unknown;
  #pause = lookSoon;
  #released: Promise<void> | undefined;
  beside: string | undefined;

  constructor(store: Store, key: string, options: LineOptions) {
    const { lease = 6_000, clock = systemClock, peer = thisProcess } = options;
    this.#clock = clock;
    this.#ms = lease;
    this.#lease = new Lease<LineRecord>({
      store,
      key,
      clock,
      peer,
      parse: parseLine,
      interested: ({ holder }) => (holder === undefined ? [] : [holder]),
      // A line ends when nobody stands in it.
      again: (record) => ({ ...record, holder: undefined, line: [] }),
      changed: () => {
        if (this.#lease.isHeld) this.#waiting?.go();
      },
    });
  }

  static async take(store: Store, key: string, options: LineOptions): Promise<Turn> {
    const place = new SharedPlace(store, key, options);
    const lease = place.#lease;
    place.beside = await lease.enter(place.#front, options.beside);
    try {
      if (!lease.isHeld) {
        await place.#stand(options);
        // What it was when the line was entered, others may have changed.
        if (options.beside !== undefined) place.beside = await store.get(options.beside);
      }
    } catch (error) {
      await place.release();
      throw error;
    }
    lease.keep();
    return place;
  }

  /** The line with this place at its front, and nobody behind. */
  get #front(): LineRecord {
    return { holder: this.#lease.ticket, ms: this.#ms, ttl, revision: 0, line: [] };
  }

  release(): Promise<void> {
    this.#released ??= this.#leave().catch(() => {
      // If the store is away, the lease ends it.
    });
    return this.#released;
  }

  async #stand(options: LineOptions): Promise<void> {
    const lease = this.#lease;
    const waiting = new Waiting(options);
    this.#waiting = waiting;
    // Its end may come before anybody waits for it.
    waiting.reached.catch(() => {});
    lease.hear();
    await lease.update((record) => stood(record, lease.ticket));
    this.#lookLater();
    await waiting.reached;
    this.#clock.clearTimeout(this.#look);
  }

  /** Moves the line on where the front does not renew. */
  #lookLater(): void {
    this.#look = this.#clock.setTimeout(() => {
      const lease = this.#lease;
      const { ticket } = lease;
      lease
        .look(this.#front, passedOver)
        // A store that was emptied has lost the line.
        .then(() => lease.update((record) => stood(record, ticket)))
        .catch(() => {})
        .finally(() => {
          if (!this.#lease.isHeld && this.#released === undefined) this.#lookLater();
        });
    }, this.#pause);
    this.#pause = Math.min(this.#pause * 2, lookEvery);
  }

  async #leave(): Promise<void> {
    const lease = this.#lease;
    this.#clock.clearTimeout(this.#look);
    lease.rest();
    if (lease.isHeld && lease.record?.line.length === 0 && (await lease.remove())) return;
    const { ticket } = lease;
    await lease.update((record) => {
      if (record.holder === ticket) return movedOn(record);
      if (!record.line.includes(ticket)) return undefined;
      return { ...record, line: record.line.filter((other) => other !== ticket) };
    });
  }
}

/** The last in the line, or at its front if nobody is there. */
function stood(record: LineRecord, ticket: string): LineRecord | undefined {
  if (record.holder === undefined) return { ...record, holder: ticket };
  if (record.holder === ticket || record.line.includes(ticket)) return undefined;
  if (record.line.length >= longestLine) throw tooMany();
  return { ...record, line: [...record.line, ticket] };
}

function movedOn(record: LineRecord): LineRecord {
  const [holder, ...line] = record.line;
  return { ...record, holder, line };
}

/** Moved on from one who is out, past all who waited in the same process. */
function passedOver(record: LineRecord): LineRecord {
  const { holder, line } = record;
  if (holder === undefined) return movedOn(record);
  const gone = channelOf(holder);
  return movedOn({ ...record, line: line.filter((ticket) => channelOf(ticket) !== gone) });
}

function parseLine(value: unknown): LineRecord | undefined {
  if (!isLeaseRecord(value)) return undefined;
  const { line } = value as Partial<LineRecord>;
  const isLine = Array.isArray(line) && line.every((ticket) => typeof ticket === "string");
  return isLine ? (value as LineRecord) : undefined;
}

function tooLong(wait: number): WechatError {
  return new WechatError(
    "WX_SESSION",
    `An earlier message of the same user was still being handled after ${wait} ms. Make that handler faster, or wait longer: session({ wait }).`,
  );
}

function tooMany(): WechatError {
  return new WechatError(
    "WX_SESSION",
    `More than ${longestLine} messages of one user wait for each other. Make the handlers faster.`,
  );
}
