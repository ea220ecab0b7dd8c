/** A value with its times. */
export interface Living {
  readonly value: string;
  /** When it ends, by `performance.now()`, which no change of the clock moves. */
  readonly end: number;
  /** From when on it is renewed while it still serves. */
  readonly renew: number;
}

/** Where a RenewedValue comes from. */
export interface ValueSource {
  /**
   * Gets a value. `held` is the one that still serves, `refused` one that must not come again, if
   * that can be helped.
   */
  obtain(held: Living | undefined, refused: string | undefined): Promise<Living>;
  /** How long nobody asks again after a first failure, in milliseconds; after each further one twice as long. */
  readonly firstRest: number;
  /** How long after a failure that is no passing one. */
  restAfter?(error: unknown): number | undefined;
}

const longestRest = 30_000;

/**
 * A value that expires and is renewed: an access token or a ticket. It is asked for once however
 * many need it (single flight), and a value that is still valid serves while the next is on its way,
 * and also if that fails.
 */
export class RenewedValue {
  readonly #source: ValueSource;
  #held: Living | undefined;
  #obtaining: Promise<string> | undefined;
  /** A value that WeChat has refused. */
  #refused: string | undefined;
  /** Goes up when a value is dropped: what was asked for before may be that value again. */
  #generation = 0;
  #failure: { readonly error: unknown; readonly until: number; readonly count: number } | undefined;

  constructor(source: ValueSource) {
    this.#source = source;
  }

  async get(): Promise<string> {
    const held = this.#held;
    const now = performance.now();
    if (held === undefined || held.end <= now) return this.#renew();
    if (held.renew <= now && !this.#isResting()) {
      // Whoever asks now is served by the old value; a failure is for the next time.
      this.#renew().catch(() => {});
    }
    return held.value;
  }

  /** Milliseconds for which a value is still valid; `undefined` if it is not the one in use. */
  life(value: string): number | undefined {
    const held = this.#held;
    return held?.value === value ? Math.max(0, held.end - performance.now()) : undefined;
  }

  /** Forgets a value, unless another has taken its place; returns whether nobody did so before. */
  drop(value: string): boolean {
    const isHeld = this.#held?.value === value;
    const isNews = isHeld || (this.#held === undefined && this.#refused !== value);
    if (isHeld) this.#held = undefined;
    if (isNews) this.#generation += 1;
    this.#refused = value;
    return isNews;
  }

  #isResting(): boolean {
    return this.#failure !== undefined && this.#failure.until > performance.now();
  }

  #renew(): Promise<string> {
    if (this.#failure !== undefined && this.#isResting())
      return Promise.reject(this.#failure.error);
    this.#obtaining ??= this.#obtain().finally(() => {
      this.#obtaining = undefined;
    });
    return this.#obtaining;
  }

  async #obtain(): Promise<string> {
    const generation = this.#generation;
    try {
      const living = await this.#source.obtain(this.#held, this.#refused);
      const isOld = generation !== this.#generation && living.value === this.#refused;
      if (isOld) return await this.#obtain();
      this.#held = living;
      this.#failure = undefined;
      return living.value;
    } catch (error) {
      // Backoff: what is down is asked less and less often.
      const { firstRest } = this.#source;
      const failures = this.#failure?.count ?? 0;
      const backoff = Math.min(longestRest, firstRest * 2 ** failures);
      const rest = this.#source.restAfter?.(error) ?? backoff;
      this.#failure = { error, count: failures + 1, until: performance.now() + rest };
      throw error;
    }
  }
}

/** Whether it can be a token or a ticket: visible letters of ASCII, not longer than any is. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]{1,2048}$/.test(value);
}
