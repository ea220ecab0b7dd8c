/**
 * Values that come and go with every push, in places that are used again.
 *
 * A Map or a Set that is filled and emptied all the time leaves old tables behind, and V8 has each of them
 * point at the next. Once one of them is in the old generation, so is soon all that stood in the later ones: for
 * each push the garbage collector copies a run that ended long ago. An array leaves nothing behind.
 */
export class Slots<V> {
  readonly #values: (V | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#values.length - this.#free.length;
  }

  /** All values, in no order. */
  get values(): readonly V[] {
    return this.#values.filter((value) => value !== undefined);
  }

  get(slot: number): V | undefined {
    return this.#values[slot];
  }

  /** Returns the place of the value. */
  add(value: V & {}): number {
    const slot = this.#free.pop() ?? this.#values.length;
    this.#values[slot] = value;
    return slot;
  }

  /** Frees a place that `add` has returned; once. */
  remove(slot: number): void {
    this.#values[slot] = undefined;
    this.#free.push(slot);
  }
}

/** The same by key. Its tables hold numbers, which keep nothing alive. */
export class SlotMap<V> {
  readonly #places = new Map<string, number>();
  readonly #slots = new Slots<V>();

  get size(): number {
    return this.#places.size;
  }

  get(key: string): V | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#slots.get(place);
  }

  set(key: string, value: V & {}): void {
    this.delete(key);
    this.#places.set(key, this.#slots.add(value));
  }

  delete(key: string): boolean {
    const place = this.#places.get(key);
    if (place === undefined) return false;
    this.#slots.remove(place);
    return this.#places.delete(key);
  }

  /** In the order in which they were set. */
  *entries(): Generator<readonly [key: string, value: V], undefined> {
    for (const [key, place] of this.#places) yield [key, this.#slots.get(place) as V];
  }
}
