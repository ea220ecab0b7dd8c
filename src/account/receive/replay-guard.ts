import { RequestError } from "../../errors.js";
import { Recent } from "../../store/recent.js";
import type { Store } from "../../store/store.js";
import { sign } from "../../wire/signature.js";

/** How many signatures of one account are remembered, at least. */
const maxSeen = 50_000;
/** WeChat's last delivery of a push comes ten seconds after the first. */
const retries = 30_000;

/**
 * Writes down every signature that was accepted, and what it was used for, for as long as it is
 * fresh. WeChat's plain signature covers neither the body nor the sender, nor even whether it is a
 * verification or a push: whoever saw one could sign any message with it. And a request that is
 * repeated byte for byte, after the push has been forgotten, must not run its handlers again.
 */
export class ReplayGuard {
  readonly #seen: Recent;
  readonly #store: Store;
  readonly #ttl: number;
  readonly #now: () => number;

  /**
   * `ttl` in milliseconds: how long a signature stays fresh. `accountOf` tells whose it is, where
   * there are several accounts.
   */
  constructor(
    store: Store,
    ttl: number,
    accountOf?: (signature: string) => string,
    now: () => number = () => performance.now(),
  ) {
    this.#seen = new Recent(maxSeen, ttl, now, accountOf);
    this.#store = store;
    this.#ttl = ttl;
    this.#now = now;
  }

  /**
   * Returns, or resolves to, whether the request is new or WeChat's own retry, rather than a
   * repetition of one that came long ago. Throws, or rejects with, a RequestError (403) when the
   * signature has been used for something else. Asynchronous only where another process has to be asked.
   */
  check(signature: string, use: string): boolean | Promise<boolean> {
    // Hashed, so that what users write does not stand in the store, and every entry has one size.
    const hash = sign(use);
    const now = this.#now();
    const seen = this.#seen.get(signature, now);
    if (seen !== undefined) {
      if (seen !== hash) throw replayed();
      return (this.#seen.age(signature, now) ?? 0) < retries;
    }
    this.#seen.set(signature, hash, now);
    if (!this.#store.shared) return true;
    const asked = this.#ask(signature, hash);
    // Of two that are asked for one request, the other may refuse it first.
    asked.catch(() => {});
    return asked;
  }

  async #ask(signature: string, hash: string): Promise<boolean> {
    const held = await this.#enter(signature, hash);
    if (held === undefined) return true;
    if (held.value !== hash) {
      // Forgotten here, or the true message's retry would be refused by this process.
      this.#seen.set(signature, null);
      throw replayed();
    }
    const age = this.#ttl - held.left;
    const now = this.#now();
    this.#seen.set(signature, hash, now, now - age);
    return age < retries;
  }

  /** What came first, as far as a store that may be failing can tell. */
  async #enter(signature: string, hash: string) {
    try {
      return (await this.#store.enter(`signature:${signature}`, hash, this.#ttl)).held;
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
