import { errcodeOf, errorName, type TokenEvent, tokens } from "../diagnostics.js";
import { WechatError } from "../errors.js";
import { Lines } from "../store/line.js";
import type { Store } from "../store/store.js";
import { ApiError } from "./api-error.js";
import { hopeless } from "./errcodes.js";

/** A value as WeChat gives it. */
export interface Fresh {
  readonly value: string;
  /** How long it is valid. */
  readonly seconds: number;
}

export interface RenewedOptions {
  /** Where the value is kept for other processes; a scope of its own. */
  readonly store: Store;
  /** Gets a value; with `force` one that replaces a value that is still valid. */
  fetch(force: boolean): Promise<Fresh>;
  /** Whether `force` means something. */
  readonly canForce: boolean;
  /** What it is and whose, for those who watch. */
  readonly about?: Pick<TokenEvent, "appId" | "kind"> | undefined;
}

interface Held {
  readonly value: string;
  /** When it ends, by `performance.now()`, which no change of the clock moves. */
  readonly end: number;
  /** From when on it is renewed while it still serves. */
  readonly renew: number;
}

/** WeChat renews five minutes before the end and lets both values live meanwhile. */
const ahead = 300_000;
/** How long a value of the shared store serves before it is looked up again. */
const trust = 60_000;
/** How long another process is waited for that fetches. */
const patience = 20_000;
/** How long one that died in the middle of it is waited for. */
const lease = 4_000;
const forcedApart = 30_000;
const forcedADay = 20;
const day = 86_400_000;

/**
 * A value that expires and is renewed: an access token or a ticket. It is fetched once however many
 * ask, and with a shared store once in all processes. A value that is still valid serves while the
 * next is being fetched, and also if that fails.
 */
export class Renewed {
  readonly #options: RenewedOptions;
  readonly #lines = new Lines();
  #held: Held | undefined;
  #fetching: Promise<string> | undefined;
  /** What stood in the store when it was last looked up. */
  #stored: string | undefined;
  /** How often WeChat has been asked. */
  #fetches = 0;
  /** A value that WeChat has refused. */
  #bad: string | undefined;
  #failure: { readonly error: unknown; readonly until: number; readonly count: number } | undefined;

  constructor(options: RenewedOptions) {
    this.#options = options;
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

  /** Drops a value, here and in the store, if it is still the one in use. */
  async invalidate(value: string): Promise<void> {
    if (this.#held?.value === value) {
      this.#held = undefined;
      this.#tell("invalidated", 0);
    }
    this.#bad = value;
    const { store } = this.#options;
    try {
      const stored = await store.get("value");
      if (stored !== undefined && parse(stored)?.value === value) {
        await store.compareAndDelete("value", stored);
      }
    } catch {
      // The store is away; what counts is that this process does not use the value again.
    }
  }

  #isResting(): boolean {
    return this.#failure !== undefined && this.#failure.until > performance.now();
  }

  #renew(): Promise<string> {
    if (this.#failure !== undefined && this.#isResting())
      return Promise.reject(this.#failure.error);
    this.#fetching ??= this.#obtain().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #obtain(): Promise<string> {
    const begun = performance.now();
    const fetches = this.#fetches;
    try {
      const value = this.#options.store.shared ? await this.#obtainShared() : await this.#fetch();
      this.#failure = undefined;
      this.#tell(fetches === this.#fetches ? "adopted" : "fetched", performance.now() - begun);
      return value;
    } catch (error) {
      this.#tell("failed", performance.now() - begun, error);
      // A token endpoint that is down is asked less and less often; a wrong secret stays wrong.
      const count = (this.#failure?.count ?? 0) + 1;
      const known = error instanceof ApiError && hopeless.has(error.errcode);
      const rest = known ? 10_000 : Math.min(30_000, 500 * 2 ** count);
      this.#failure = { error, count, until: performance.now() + rest };
      throw error;
    }
  }

  async #obtainShared(): Promise<string> {
    const adopted = await this.#adopt();
    if (adopted !== undefined) return adopted;
    const { store } = this.#options;
    // Single flight among processes. If the store is away, or somebody takes too long, alone.
    const turn = await this.#lines
      .take(store, "lock", { wait: patience, lease })
      .catch(() => undefined);
    try {
      // The value may have come while somebody else was fetching.
      return (await this.#adopt()) ?? (await this.#fetch());
    } finally {
      await turn?.release();
    }
  }

  /** Takes over a value of the store, unless it is refused or about to end. */
  async #adopt(): Promise<string | undefined> {
    this.#stored = await this.#options.store.get("value").catch(() => undefined);
    const stored = parse(this.#stored);
    if (stored === undefined || stored.value === this.#bad) return undefined;
    const ends = stored.end - Date.now();
    if (ends <= ahead && stored.value === this.#held?.value) return undefined;
    // The store itself lets go of a value in time; a clock that jumped must not add to its life.
    const left = Math.min(Math.max(ends, trust), stored.life);
    const now = performance.now();
    this.#held = {
      value: stored.value,
      end: now + left,
      renew: now + Math.min(trust, Math.max(0, left - ahead)),
    };
    return stored.value;
  }

  async #fetch(): Promise<string> {
    this.#fetches += 1;
    let fresh = checked(await this.#options.fetch(false));
    if (fresh.value === this.#bad && (await this.#mayForce())) {
      // WeChat itself still thinks the value good that it refuses.
      fresh = checked(await this.#options.fetch(true));
    }
    const life = fresh.seconds * 1000;
    const now = performance.now();
    // Not everybody at the same moment.
    const jitter = Math.random() * Math.min(60_000, life / 10);
    this.#held = {
      value: fresh.value,
      end: now + life,
      renew: now + Math.max(life / 2, life - ahead) + jitter,
    };
    const text = JSON.stringify({ value: fresh.value, end: Date.now() + life, life });
    await this.#write(text, life);
    return this.#held?.value ?? fresh.value;
  }

  /** A write that was held up on its way must not undo a later one: then that one's value serves. */
  async #write(text: string, life: number): Promise<void> {
    const { store } = this.#options;
    const before = this.#stored;
    try {
      if (!store.shared) return await store.set("value", text, life);
      const isWritten =
        (before !== undefined && (await store.replace("value", before, text, life))) ||
        (await store.claim("value", text, life));
      if (!isWritten) await this.#adopt();
    } catch {
      // The store is away; this process has its value.
    }
  }

  #tell(outcome: TokenEvent["outcome"], duration: number, error?: unknown): void {
    const { about } = this.#options;
    if (about === undefined || !tokens.watched) return;
    const { appId, kind } = about;
    const name = error === undefined ? undefined : errorName(error);
    tokens.publish({ appId, kind, outcome, errcode: errcodeOf(error), error: name, duration });
  }

  /** WeChat forces at most twenty times a day, thirty seconds apart, for all processes together. */
  async #mayForce(): Promise<boolean> {
    const { store, canForce } = this.#options;
    if (!canForce || !(await store.claim("forced", "1", forcedApart).catch(() => false)))
      return false;
    for (let slot = 1; slot <= forcedADay; slot++) {
      if (await store.claim(`forced-${slot}`, "1", day).catch(() => false)) return true;
    }
    return false;
  }
}

/** Whether it can be a token or a ticket: visible letters of ASCII, not longer than any is. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]{1,2048}$/.test(value);
}

/** Without a life a value would never be renewed, and what is no text would be sent as one. */
function checked({ value, seconds }: Fresh): Fresh {
  if (isToken(value) && Number.isFinite(seconds) && seconds > 0) {
    return { value, seconds };
  }
  throw new WechatError(
    "WX_API_RESPONSE",
    'A token or ticket was asked for, and the answer names none, or not how long it lives. Check whether "baseUrl" or a proxy leads elsewhere.',
  );
}

interface Stored {
  readonly value: string;
  /** By the wall clock, in milliseconds. */
  readonly end: number;
  readonly life: number;
}

function parse(text: string | undefined): Stored | undefined {
  if (text === undefined) return undefined;
  try {
    const { value, end, life } = JSON.parse(text) as Partial<Stored>;
    if (!isToken(value) || typeof end !== "number" || typeof life !== "number") return undefined;
    return { value, end, life };
  } catch {
    return undefined;
  }
}
