import { randomBytes } from "node:crypto";

/** A stored text. */
export interface StoredText {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly until: number;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const kept = 10_000;

/** Texts that a short key stands for (短key托管). */
export class ShortKeys {
  readonly #now: () => number;
  readonly #byKey = new Map<string, StoredText>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param life Milliseconds. */
  add(text: string, life: number): string {
    const key = [...randomBytes(15)].map((byte) => alphabet[byte % alphabet.length]).join("");
    this.#byKey.set(key, { text, createdAt: this.#now(), until: this.#now() + life });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > kept && oldest !== undefined) this.#byKey.delete(oldest);
    return key;
  }

  find(key: string): StoredText | undefined {
    const stored = this.#byKey.get(key);
    return stored !== undefined && this.#now() < stored.until ? stored : undefined;
  }
}
