import { RequestError } from "../errors.js";
import { Recent } from "../store/recent.js";
import type { Store } from "../store/store.js";
import { sign } from "../wire/signature.js";

/** How many signatures of one account are remembered, at least. */
const maxSeen = 5_000;

/**
 * Keeps a plain push's signature good for one message. WeChat's plain signature covers neither the
 * body nor the sender, so whoever saw one could sign any message with it while it is fresh.
 * A true retry carries the same body and passes.
 */
export class ReplayGuard {
  readonly #seen: Recent;
  readonly #store: Store;
  readonly #ttl: number;

  /**
   * `ttl` in milliseconds: how long a signature stays fresh. `accountOf` tells whose it is, where
   * there are several accounts.
   */
  constructor(store: Store, ttl: number, accountOf?: (signature: string) => string) {
    this.#seen = new Recent(maxSeen, ttl, () => performance.now(), accountOf);
    this.#store = store;
    this.#ttl = ttl;
  }

  /**
   * Throws a RequestError (403) when the signature has come with another body before.
   * Asynchronous only where another process has to be asked.
   */
  check(signature: string, fingerprint: string): void | Promise<void> {
    const seen = this.#seen.get(signature);
    if (seen === fingerprint) return;
    if (seen !== undefined) throw replayed();
    this.#seen.set(signature, fingerprint);
    if (this.#store.shared) return this.#ask(signature, fingerprint);
  }

  async #ask(signature: string, fingerprint: string): Promise<void> {
    // Hashed, so that what users write does not stand in the store.
    const hash = sign(fingerprint);
    const seen = await this.#claim(`signature:${signature}`, hash);
    if (seen === undefined || seen === hash) return;
    // Forgotten here, or the true message's retry would be refused by this process.
    this.#seen.set(signature, null);
    throw replayed();
  }

  /** The fingerprint that came first, as far as a store that may be failing can tell. */
  async #claim(key: string, fingerprint: string): Promise<string | undefined> {
    try {
      if (await this.#store.claim(key, fingerprint, this.#ttl)) return fingerprint;
      return await this.#store.get(key);
    } catch {
      // Nobody is refused because Redis is away. This process still knows what it has seen itself.
      return undefined;
    }
  }
}

function replayed(): RequestError {
  return new RequestError(
    403,
    "WX_REPLAY",
    "The signature has been used with another message. Somebody may be repeating a request that was overheard: use HTTPS and 安全模式.",
  );
}
