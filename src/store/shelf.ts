import * as crypto from "node:crypto";

/** Of a record: the bytes of its key, the letters of its value and its time, in 32-bit words. */
const header = 3;
/** In the place of a value's length. */
const hidden = -1;
/** Letters of the longest key that is kept as it is; of longer ones, and of texts that UTF-8 cannot hold, a hash is. */
const longestKey = 128;
/** With at most half of the slots taken, nobody without the seed makes a row as long as that. */
const mostProbes = 64;
/** Words of the first page of a shelf. Each further one has twice as many, up to the last size. */
const pageWords = { first: 256, last: 16_384 };
/** Of a place: the bits that say where in its page a record begins. */
const offsetBits = 14;
const offsetMask = (1 << offsetBits) - 1;

/** A piece of memory outside the heap, as bytes and as words. */
interface Page {
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

/**
 * A hash table whose texts lie outside the heap. As strings, thousands of them would be copied by the
 * garbage collector twice before it leaves them alone, which costs more than the whole table. They lie on
 * pages, because one piece that grows would be copied, and have the heap collected each time.
 */
export class Shelf {
  size = 0;
  /** Pairs of a key's hash and the place of its record, from 1 on; 0 is free. The number of pairs is a power of two. */
  #slots = new Int32Array(0);
  readonly #pages: Page[] = [];
  /** The page that is being written, and its first free word. */
  #page = -1;
  #end = 0;
  /** The bytes of all pages. */
  #written = 0;

  /** The bytes that it has taken. */
  get room(): number {
    return this.#written + this.#slots.byteLength;
  }

  /** Keeps the room it has taken: a shelf that was full will be again. */
  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
    this.#page = -1;
    this.#end = 0;
  }

  /** The value of the key that is laid out, `null` if it is hidden, or `undefined` if there is none. */
  get(): string | null | undefined {
    const place = this.#find();
    if (place === 0) return undefined;
    const { bytes, words } = this.#pageOf(place);
    const at = (place - 1) & offsetMask;
    const length = words[at + 1] as number;
    if (length === hidden) return null;
    const start = (at + header + keyWords) * 4;
    return bytes.toString("utf16le", start, start + length * 2);
  }

  /** The time that was given with its value, or `undefined` if there is none. */
  time(): number | undefined {
    const place = this.#find();
    return place === 0 ? undefined : this.#pageOf(place).words[((place - 1) & offsetMask) + 2];
  }

  /** Puts a value under the key that is laid out, with a time in whole seconds. Returns how many bytes more are taken now. */
  set(value: string | null, time: number): number {
    let more = this.size * 4 >= this.#slots.length ? this.#spread() : 0;
    const text = value ?? "";
    const length = header + keyWords + ((text.length + 1) >> 1);
    more += this.#reach(length);
    const page = this.#pages[this.#page] as Page;
    const { words } = page;
    const at = this.#end;
    words[at] = keyBytes;
    words[at + 1] = value === null ? hidden : text.length;
    words[at + 2] = time;
    for (let word = 0; word < keyWords; word++) {
      words[at + header + word] = layout[word] as number;
    }
    write(page, at + header + keyWords, text);
    this.#end = at + length;
    const slot = this.#slot();
    if (this.#slots[slot + 1] === 0) this.size += 1;
    this.#slots[slot] = keyHash;
    this.#slots[slot + 1] = ((this.#page << offsetBits) | at) + 1;
    return more;
  }

  /** The place of the key's record; 0 if there is none. */
  #find(): number {
    if (this.size === 0) return 0;
    const slot = this.#slot();
    const place = this.#slots[slot + 1] as number;
    return place !== 0 && this.#isAt(slot) ? place : 0;
  }

  /**
   * Where the key's slot is, or a free one for it; after too many steps, another's, which is
   * forgotten for it: no key makes the way to another one long.
   */
  #slot(): number {
    const slots = this.#slots;
    const mask = slots.length - 2;
    let slot = (keyHash << 1) & mask;
    for (let probe = 1; probe < mostProbes; probe++) {
      if (slots[slot + 1] === 0 || this.#isAt(slot)) break;
      slot = (slot + 2) & mask;
    }
    return slot;
  }

  /** Whether a slot is the key's. */
  #isAt(slot: number): boolean {
    if (this.#slots[slot] !== keyHash) return false;
    const place = this.#slots[slot + 1] as number;
    const { words } = this.#pageOf(place);
    const at = (place - 1) & offsetMask;
    if (words[at] !== keyBytes) return false;
    for (let word = 0; word < keyWords; word++) {
      if (words[at + header + word] !== layout[word]) return false;
    }
    return true;
  }

  #pageOf(place: number): Page {
    return this.#pages[(place - 1) >>> offsetBits] as Page;
  }

  /** Turns to the next page that has room for so many words, if this one has not; returns the bytes that it took. */
  #reach(length: number): number {
    const page = this.#pages[this.#page];
    // Behind a record that is longer than a page, no place can be written down.
    const isHere = page !== undefined && this.#end <= offsetMask;
    if (isHere && this.#end + length <= page.words.length) return 0;
    this.#end = 0;
    const isNext = (page: Page, at: number) => at > this.#page && page.words.length >= length;
    const next = this.#pages.findIndex(isNext);
    this.#page = next < 0 ? this.#pages.length : next;
    if (next >= 0) return 0;
    const usual = Math.min(pageWords.first << Math.min(this.#pages.length, 16), pageWords.last);
    const bytes = Buffer.allocUnsafeSlow(Math.max(usual, length) * 4);
    this.#pages.push({ bytes, words: new Int32Array(bytes.buffer) });
    this.#written += bytes.length;
    return bytes.length;
  }

  /** Doubles the slots; returns the bytes that it took. */
  #spread(): number {
    const before = this.#slots;
    const slots = new Int32Array(Math.max(before.length * 2, 32));
    const mask = slots.length - 2;
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] === 0) continue;
      const hash = before[at] as number;
      let slot = (hash << 1) & mask;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
      slots[slot] = hash;
      slots[slot + 1] = before[at + 1] as number;
    }
    this.#slots = slots;
    return slots.byteLength - before.byteLength;
  }
}

function write({ bytes, words }: Page, start: number, text: string): void {
  // For a short text a call out of JavaScript would cost more than its letters.
  if (text.length > 64) {
    bytes.write(text, start * 4, "utf16le");
    return;
  }
  for (let at = 0; at < text.length; at += 2) {
    const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
    words[start + (at >> 1)] = text.charCodeAt(at) | (next << 16);
  }
}

// The key that is being looked for, as its records hold it. There is one for all shelves, because a
// push asks several of them, and asks each again when it has its answer.
const layoutBytes = Buffer.allocUnsafeSlow(longestKey * 3 + 4);
const layout = new Int32Array(layoutBytes.buffer);
const encoder = new TextEncoder();
let laidOut: string | undefined;
let keyBytes = 0;
let keyWords = 0;
let keyHash = 0;

/** Lays out a key for the `get` and `set` of shelves that follow. */
export function layOut(key: string): void {
  if (key === laidOut) return;
  laidOut = key;
  const isShort = key.length <= longestKey;
  keyBytes = isShort ? encoder.encodeInto(key, layoutBytes).written : -1;
  // One of ASCII letters is laid out whole.
  if (keyBytes !== key.length && !(isShort && key.isWellFormed())) {
    keyBytes = encoder.encodeInto(hashed(key), layoutBytes).written;
  }
  // Up to the end of the last word, whatever stood there.
  layoutBytes[keyBytes] = layoutBytes[keyBytes + 1] = layoutBytes[keyBytes + 2] = 0;
  keyWords = (keyBytes + 3) >> 2;
  keyHash = hashOf(keyWords, keyBytes);
}

function hashed(key: string): string {
  // JSON writes every text in another way, lone surrogates too.
  return `\u0000${crypto.hash("sha256", JSON.stringify(key), "base64")}`;
}

/** Every process has another, so that nobody can choose keys that fall together. */
const [seed0 = 0, seed1 = 0] = crypto.randomFillSync(new Int32Array(2));

/** HalfSipHash-1-3 of the layout: every bit of the key counts, and of the seed. */
function hashOf(words: number, length: number): number {
  let v0 = seed0;
  let v1 = seed1;
  let v2 = seed0 ^ 0x6c796765;
  let v3 = seed1 ^ 0x74656462;
  // After the key its length, and three rounds with nothing.
  for (let at = 0; at < words + 4; at++) {
    const word = at < words ? (layout[at] as number) : at === words ? length : 0;
    if (at === words + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
}
