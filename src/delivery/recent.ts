/**
 * Remembers what came lately: every entry for at least `ttl` milliseconds unless more than `max` came
 * since, and for less than twice as long. Two maps take turns, so that forgetting costs nothing.
 */
export class Recent<V> {
  readonly #max: number;
  readonly #ttl: number;
  readonly #now: () => number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  /** When `young` was begun. */
  #since: number;

  constructor(max: number, ttl: number, now: () => number) {
    this.#max = max;
    this.#ttl = ttl;
    this.#now = now;
    this.#since = now();
  }

  get(key: string): V | undefined {
    this.#turn();
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: V): void {
    this.#turn();
    if (this.#young.size >= this.#max) this.#begin(this.#young);
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  #turn(): void {
    const age = this.#now() - this.#since;
    if (age >= this.#ttl) this.#begin(age >= 2 * this.#ttl ? new Map() : this.#young);
  }

  #begin(old: Map<string, V>): void {
    this.#old = old;
    this.#young = new Map();
    this.#since = this.#now();
  }
}
