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
  readonly #ownerOf: (key: string) => string;
  readonly #owners = new Map<string, Generations>();
  /** The bytes that all have taken. */
  #room = 0;
  /** How many owners there are when those are looked for of whom nothing is remembered. */
  #sweepAt = 64;

  /** `ownerOf` tells whose a key is, where keys are of several. */
  constructor(max: number, ttl: number, now: () => number, ownerOf?: (key: string) => string) {
    this.#max = max;
    this.#ttl = ttl;
    this.#now = now;
    this.#ownerOf = ownerOf ?? (() => "");
  }

  /** `now` spares a look at the clock. */
  get(key: string, now = this.#now()): string | undefined {
    const mine = this.#owners.get(this.#ownerOf(key));
    if (mine === undefined) return undefined;
    layOut(key);
    return mine.get(now) ?? undefined;
  }

  /** Remembers a value; `null` hides the one that was remembered. */
  set(key: string, value: string | null, now = this.#now()): void {
    const owner = this.#ownerOf(key);
    const mine = this.#owners.get(owner) ?? this.#add(owner);
    const before = mine.room;
    layOut(key);
    mine.set(value, now);
    this.#room += mine.room - before;
    if (this.#room > mostBytes) this.#makeRoom();
  }

  #add(owner: string): Generations {
    if (this.#owners.size >= this.#sweepAt) this.#sweep();
    const added = new Generations(this.#max, this.#ttl, this.#now);
    this.#owners.set(owner, added);
    return added;
  }

  #sweep(): void {
    for (const [owner, mine] of this.#owners) {
      if (!mine.isOver) continue;
      this.#room -= mine.room;
      this.#owners.delete(owner);
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

  set(value: string | null, now: number): void {
    this.#turn(now);
    if (this.#young.size >= this.#max) this.#begin(now);
    this.#young.set(value);
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
