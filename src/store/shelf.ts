import * as crypto from "node:crypto";

/** Of a record: the hash, the bytes of its key, the letters of its value and its time, in 32-bit words. */
const header = 4;
/** In the place of a value's length. */
const hidden = -1;
/** Letters of the longest key that is kept as it is; of longer ones, and of texts that UTF-8 cannot hold, a hash is. */
const longestKey = 128;
/** With at most half of the slots taken, nobody without the seed makes a row as long as that. */
const mostProbes = 64;

/**
 * A hash table whose texts lie outside the heap. As strings, thousands of them would be copied by the
 * garbage collector twice before it leaves them alone, which costs more than the whole table.
 */
export class Shelf {
  size = 0;
  /** Where a record begins, in words from 1 on; 0 is free. The length is a power of two. */
  #slots = new Int32Array(0);
  #bytes = Buffer.alloc(0);
  #words = new Int32Array(0);
  /** The first free word. */
  #end = 0;

  /** The bytes that it has taken. */
  get room(): number {
    return this.#bytes.length + this.#slots.byteLength;
  }

  /** Keeps the room it has taken: a shelf that was full will be again. */
  clear(): void {
    this.#slots.fill(0);
    this.size = 0;
    this.#end = 0;
  }

  /** The value of the key that is laid out, `null` if it is hidden, or `undefined` if there is none. */
  get(): string | null | undefined {
    const at = this.#record();
    if (at < 0) return undefined;
    const length = this.#words[at + 2] as number;
    if (length === hidden) return null;
    const start = (at + header + keyWords) * 4;
    return this.#bytes.toString("utf16le", start, start + length * 2);
  }

  /** The time that was given with its value, or `undefined` if there is none. */
  time(): number | undefined {
    const at = this.#record();
    return at < 0 ? undefined : this.#words[at + 3];
  }

  /** Puts a value under the key that is laid out, with a time in whole seconds. Returns how many bytes more are taken now. */
  set(value: string | null, time: number): number {
    let more = this.size * 2 >= this.#slots.length ? this.#spread() : 0;
    const text = value ?? "";
    const at = this.#end;
    const start = at + header + keyWords;
    const end = start + ((text.length + 1) >> 1);
    if (end > this.#words.length) more += this.#reach(end);
    const words = this.#words;
    words[at] = keyHash;
    words[at + 1] = keyBytes;
    words[at + 2] = value === null ? hidden : text.length;
    words[at + 3] = time;
    for (let word = 0; word < keyWords; word++) {
      words[at + header + word] = layout[word] as number;
    }
    this.#write(text, start);
    this.#end = end;
    const slot = this.#slot();
    if (this.#slots[slot] === 0) this.size += 1;
    this.#slots[slot] = at + 1;
    return more;
  }

  /** The word at which the key's record begins, or -1. */
  #record(): number {
    if (this.size === 0) return -1;
    const at = (this.#slots[this.#slot()] as number) - 1;
    return at >= 0 && this.#isAt(at) ? at : -1;
  }

  /**
   * Where the key's record is, or a free slot for it; after too many steps, another's, which is
   * forgotten for it: no key makes the way to another one long.
   */
  #slot(): number {
    const mask = this.#slots.length - 1;
    let slot = keyHash & mask;
    for (let probe = 1; probe < mostProbes; probe++) {
      const at = this.#slots[slot] as number;
      if (at === 0 || this.#isAt(at - 1)) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Whether the record at a word is the key's. */
  #isAt(at: number): boolean {
    const words = this.#words;
    if (words[at] !== keyHash || words[at + 1] !== keyBytes) return false;
    for (let word = 0; word < keyWords; word++) {
      if (words[at + header + word] !== layout[word]) return false;
    }
    return true;
  }

  #write(text: string, start: number): void {
    // For a short text a call out of JavaScript would cost more than its letters.
    if (text.length > 64) {
      this.#bytes.write(text, start * 4, "utf16le");
      return;
    }
    for (let at = 0; at < text.length; at += 2) {
      const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 0;
      this.#words[start + (at >> 1)] = text.charCodeAt(at) | (next << 16);
    }
  }

  /** Makes room for records up to a word; returns how much. */
  #reach(end: number): number {
    const { length } = this.#bytes;
    // Twice as much, from a mebibyte on a quarter more.
    const more = length < 1_048_576 ? length : length >> 2;
    const larger = Buffer.allocUnsafeSlow(Math.max(end * 4, length + more, 1_024));
    this.#bytes.copy(larger);
    this.#bytes = larger;
    this.#words = new Int32Array(larger.buffer, 0, larger.length >> 2);
    return larger.length - length;
  }

  /** Doubles the slots; returns the bytes that it took. */
  #spread(): number {
    const slots = new Int32Array(Math.max(this.#slots.length * 2, 16));
    const mask = slots.length - 1;
    for (const at of this.#slots) {
      if (at === 0) continue;
      let slot = (this.#words[at - 1] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = at;
    }
    const more = slots.byteLength - this.#slots.byteLength;
    this.#slots = slots;
    return more;
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
  keyBytes = encoder.encodeInto(asText(key), layoutBytes).written;
  // Up to the end of the last word, whatever stood there.
  layoutBytes[keyBytes] = layoutBytes[keyBytes + 1] = layoutBytes[keyBytes + 2] = 0;
  keyWords = (keyBytes + 3) >> 2;
  keyHash = hashOf(keyWords, keyBytes);
}

function asText(key: string): string {
  if (key.length <= longestKey && key.isWellFormed()) return key;
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
