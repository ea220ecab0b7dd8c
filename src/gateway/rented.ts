import type { TokenProvider } from "../api/token.js";

/** A value with its times, as the token server lends it. */
export interface Rent {
  readonly value: string;
  /** Seconds until it is not valid any more. */
  readonly expiresIn: number;
  /** Seconds until it is worth asking again. */
  readonly refreshIn: number;
}

interface Held {
  readonly value: string;
  /** By `performance.now()`. */
  readonly end: number;
  readonly renew: number;
}

const firstRest = 500;
const longestRest = 30_000;

/** A value lent by a server: asked for once at a time, kept while it is valid, renewed meanwhile. */
export class Rented implements TokenProvider {
  readonly #ask: () => Promise<Rent>;
  #held: Held | undefined;
  #asking: Promise<string> | undefined;
  #dropped: string | undefined;
  /** Goes up when a value is dropped: what was asked for before may be that value again. */
  #generation = 0;
  #failure: { readonly error: unknown; readonly until: number; readonly rest: number } | undefined;

  constructor(ask: () => Promise<Rent>) {
    this.#ask = ask;
  }

  async get(): Promise<string> {
    const held = this.#held;
    const now = performance.now();
    if (held === undefined || held.end <= now) return this.#renew();
    // Whoever asks now is served by the old value; a failure is for the time when there is none.
    if (held.renew <= now && !this.#isResting()) this.#renew().catch(() => {});
    return held.value;
  }

  /** Forgets a value, unless another has taken its place; returns whether nobody did so before. */
  drop(value: string): boolean {
    const isHeld = this.#held?.value === value;
    const isNews = isHeld || (this.#held === undefined && this.#dropped !== value);
    if (isHeld) this.#held = undefined;
    if (isNews) {
      this.#dropped = value;
      this.#generation += 1;
    }
    return isNews;
  }

  #isResting(): boolean {
    return this.#failure !== undefined && this.#failure.until > performance.now();
  }

  #renew(): Promise<string> {
    if (this.#failure !== undefined && this.#isResting())
      return Promise.reject(this.#failure.error);
    this.#asking ??= this.#obtain().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #obtain(): Promise<string> {
    const generation = this.#generation;
    // From before the request, so that its way adds nothing to the value's life.
    const begun = performance.now();
    try {
      const { value, expiresIn, refreshIn } = await this.#ask();
      if (generation !== this.#generation && value === this.#dropped) return await this.#obtain();
      this.#held = {
        value,
        end: begun + expiresIn * 1000,
        renew: begun + Math.min(refreshIn, expiresIn) * 1000,
      };
      this.#failure = undefined;
      return value;
    } catch (error) {
      const rest = Math.min(longestRest, (this.#failure?.rest ?? firstRest / 2) * 2);
      this.#failure = { error, rest, until: performance.now() + rest };
      throw error;
    }
  }
}
