import { layOut, Shelf } from "./shelf.js";

/** Bytes that the entries of all owners may take. */
const mostBytes = 32 * 1024 * 1024;

/**
 * Remembers what came lately: every entry for at least `ttl` milliseconds unless more than `max` of its
 * owner came since, and for less than twice as long.
 *
 * Owners do not meet: each has a table of its own. Only when all of them together take too much
 * memory are entries forgotten earlier, of those who take more than an equal share.
 */
export class Recent {
  readonly #max: number;
  readonly #ttl: number;
  readonly #now: () => number;
  readonly #ownerOf: ((key: string) => string) | undefined;
  readonly #owners = new Map<string, Generations>();
  /** The only owner, where keys are of nobody in particular. */
  #only: Generations | undefined;
  /** The bytes that all have taken. */
  #room = 0;
  /** How many owners there are when those are looked for of whom nothing is remembered. */
  #sweepAt = 64;

  /** `ownerOf` tells whose a key is, where keys are of several. */
  constructor(max: number, ttl: number, now: () => number, ownerOf?: (key: string) => string) {
    this.#max = max;
    this.#ttl = ttl;
    this.#now = now;
    this.#ownerOf = ownerOf;
  }

  /** `now` spares a look at the clock. */
  get(key: string, now = this.#now()): string | undefined {
    const mine = this.#of(key);
    if (mine === undefined) return undefined;
    layOut(key);
    return mine.get(now) ?? undefined;
  }

  /** How many milliseconds ago the value was written, up to a second too many. */
  age(key: string, now = this.#now()): number | undefined {
    const mine = this.#of(key);
    layOut(key);
    const time = mine?.time(now);
    return time === undefined ? undefined : now - time * 1_000;
  }

  /** Remembers a value, as of a time; `null` hides the one that was remembered. */
  set(key: string, value: string | null, now = this.#now(), at = now): void {
    const mine = this.#of(key) ?? this.#add(key);
    layOut(key);
    const more = mine.set(value, now, at);
    if (more === 0) return;
    this.#room += more;
    if (this.#room > mostBytes) this.#makeRoom();
  }

  #of(key: string): Generations | undefined {
    return this.#ownerOf === undefined ? this.#only : this.#owners.get(this.#ownerOf(key));
  }

  #add(key: string): Generations {
    if (this.#owners.size >= this.#sweepAt) this.#sweep();
    const added = new Generations(this.#max, this.#ttl, this.#now);
    if (this.#ownerOf === undefined) this.#only = added;
    this.#owners.set(this.#ownerOf?.(key) ?? "", added);
    return added;
  }

  #sweep(): void {
    for (const [owner, mine] of this.#owners) {
      if (!mine.isOver) continue;
      this.#room -= mine.room;
      this.#owners.delete(owner);
      if (mine === this.#only) this.#only = undefined;
    }
    this.#sweepAt = Math.max(64, this.#owners.size * 2);
  }

  /** Begins with those who take most; who takes no more than an equal share forgets nothing. */
  #makeRoom(): void {
    this.#sweep();
    // Some more than is needed, so that it is seldom done.
    const wanted = mostBytes - mostBytes / 8;
    const share = wanted / this.#owners.size;
    for (const mine of [...this.#owners.values()].sort((a, b) => b.room - a.room)) {
      while (this.#room > wanted && mine.room > share) this.#room -= mine.release();
    }
  }
}

/** The entries of one owner. Two shelves take turns, so that forgetting costs nothing. */
class Generations {
  readonly #max: number;
  readonly #ttl: number;
  readonly #now: () => number;
  #young = new Shelf();
  #old = new Shelf();
  /** When `young` was begun. */
  #since: number;

  constructor(max: number, ttl: number, now: () => number) {
    this.#max = max;
    this.#ttl = ttl;
    this.#now = now;
    this.#since = now();
  }

  get room(): number {
    return this.#young.room + this.#old.room;
  }

  /** Whether everything here has been remembered long enough. */
  get isOver(): boolean {
    return this.#now() - this.#since >= 2 * this.#ttl;
  }

  get(now: number): string | undefined | null {
    this.#turn(now);
    const value = this.#young.get();
    return value === undefined ? this.#old.get() : value;
  }

  time(now: number): number | undefined {
    this.#turn(now);
    return this.#young.time() ?? this.#old.time();
  }

  /** Returns how many bytes more it takes by it. */
  set(value: string | null, now: number, at: number): number {
    this.#turn(now);
    if (this.#young.size >= this.#max) this.#begin(now);
    return this.#young.set(value, Math.floor(at / 1_000));
  }

  /** Forgets the old ones, and gives their room back. Returns how much that was. */
  release(): number {
    const { room } = this.#old;
    this.#old = this.#young;
    this.#young = new Shelf();
    this.#since = this.#now();
    return room;
  }

  #turn(now: number): void {
    const age = now - this.#since;
    if (age < this.#ttl) return;
    this.#begin(now);
    if (age >= 2 * this.#ttl) this.#old.clear();
  }

  /** Forgets the old ones; the young ones are old from now on. */
  #begin(now: number): void {
    const emptied = this.#old;
    emptied.clear();
    this.#old = this.#young;
    this.#young = emptied;
    this.#since = now;
  }
}
