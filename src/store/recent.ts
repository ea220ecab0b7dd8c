/**
 * Remembers what came lately: every entry for at least `ttl` milliseconds unless more than `max` came
 * since, and for less than twice as long. Two shelves take turns, so that forgetting costs nothing.
 */
export class Recent {
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

  get(key: string): string | undefined {
    this.#turn();
    const hash = hashOf(key);
    const value = this.#young.get(key, hash);
    return (value === undefined ? this.#old.get(key, hash) : value) ?? undefined;
  }

  /** Remembers a value; `null` hides the one that was remembered. */
  set(key: string, value: string | null): void {
    if (this.#young.size >= this.#max || this.#young.isFull) this.#begin();
    this.#young.set(key, hashOf(key), value);
  }

  #turn(): void {
    const age = this.#now() - this.#since;
    if (age < this.#ttl) return;
    this.#begin();
    if (age >= 2 * this.#ttl) this.#old.clear();
  }

  /** Forgets the old ones; the young ones are old from now on. */
  #begin(): void {
    const emptied = this.#old;
    emptied.clear();
    this.#old = this.#young;
    this.#young = emptied;
    this.#since = this.#now();
  }
}

/** Of a record: the hash, and the lengths of its key and its value, in 32-bit words. */
const header = 3;
/** In the place of a value's length. */
const hidden = -1;
/** The size of a shelf from which it takes nothing more. */
const fullBytes = 8 * 1024 * 1024;

/**
 * A hash table whose texts lie outside the heap. As strings, thousands of them would be copied by the
 * garbage collector twice before it leaves them alone, which costs more than the whole table.
 */
class Shelf {
  size = 0;
  /** Where a record begins, in words from 1 on; 0 is free. The length is a power of two. */
  #slots = new Int32Array(64);
  #bytes = Buffer.allocUnsafeSlow(8 * 1024);
  #words = new Int32Array(this.#bytes.buffer);
  /** The first free word. */
  #end = 0;

  get isFull(): boolean {
    return this.#end * 4 >= fullBytes;
  }

  /** Keeps the room it has taken: a shelf that was full will be again. */
  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
    this.#end = 0;
  }

  /** The value, `null` if it is hidden, or `undefined` if there is none. */
  get(key: string, hash: number): string | null | undefined {
    const at = this.#slots[this.#slotOf(key, hash)] as number;
    if (at === 0) return undefined;
    const length = this.#words[at + 1] as number;
    if (length === hidden) return null;
    const start = (at - 1 + header) * 4 + (this.#words[at] as number) * 2;
    return this.#bytes.toString("utf16le", start, start + length * 2);
  }

  set(key: string, hash: number, value: string | null): void {
    const slot = this.#slotOf(key, hash);
    const text = value ?? "";
    const at = this.#end;
    const end = at + header + ((key.length + text.length + 1) >> 1);
    this.#reach(end);
    this.#words[at] = hash;
    this.#words[at + 1] = key.length;
    this.#words[at + 2] = value === null ? hidden : text.length;
    const start = (at + header) * 4;
    this.#bytes.write(key + text, start, "utf16le");
    this.#end = end;
    if (this.#slots[slot] === 0) this.size += 1;
    this.#slots[slot] = at + 1;
    if (this.size * 2 > this.#slots.length) this.#spread();
  }

  /** Where the key's record is, or a free slot for it. */
  #slotOf(key: string, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = this.#slots[slot] as number;
      if (at === 0) return slot;
      if (this.#words[at - 1] === hash && this.#keyAt(at) === key) return slot;
    }
  }

  #keyAt(at: number): string {
    const start = (at - 1 + header) * 4;
    return this.#bytes.toString("utf16le", start, start + (this.#words[at] as number) * 2);
  }

  /** Makes room for records up to a word. */
  #reach(end: number): void {
    if (end <= this.#words.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(end * 4, this.#bytes.length * 2));
    this.#bytes.copy(larger);
    this.#bytes = larger;
    this.#words = new Int32Array(larger.buffer);
  }

  /** Doubles the slots. */
  #spread(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const at of this.#slots) {
      if (at === 0) continue;
      let slot = (this.#words[at - 1] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = at;
    }
    this.#slots = slots;
  }
}

/** Every process begins elsewhere, so that nobody can choose keys that fall together. */
const seed = (Math.random() * 2 ** 32) | 0;

/** Of the last characters, in which signatures, ids and hashes differ. */
function hashOf(key: string): number {
  let hash = seed;
  for (let at = Math.max(0, key.length - 16); at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  // The low bits choose the slot; the multiplication has mixed the high ones best.
  return hash ^ (hash >>> 15);
}
