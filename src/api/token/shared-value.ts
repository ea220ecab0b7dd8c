import { errcodeOf, errorName, type TokenEvent, tokens } from "../../diagnostics.js";
import { WechatError } from "../../errors.js";
import { Lines } from "../../store/line.js";
import type { Store } from "../../store/store.js";
import { ApiError } from "../api-error.js";
import { hopeless } from "../transport/errcodes.js";
import { isToken, type Living, RenewedValue } from "./renewed-value.js";

/** A value as WeChat gives it. */
export interface Fresh {
  readonly value: string;
  /** How long it is valid. */
  readonly seconds: number;
}

/** Where a SharedValue is kept, and what gets it. */
export interface SharedValueOptions {
  /** Where the value is kept for other processes; a scope of its own. */
  readonly store: Store;
  /** Gets a value; with `force` one that replaces a value that is still valid. */
  fetch(force: boolean): Promise<Fresh>;
  /** Whether `force` means something. */
  readonly canForce: boolean;
  /** What it is and whose, for those who watch. */
  readonly about?: Pick<TokenEvent, "appId" | "kind"> | undefined;
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
 * A value that all processes share which share a store: an access token or a ticket. WeChat is
 * asked for it once in all of them.
 */
export class SharedValue {
  readonly #options: SharedValueOptions;
  readonly #lines = new Lines();
  readonly #renewed: RenewedValue;
  /** What stood in the store when it was last looked up. */
  #stored: string | undefined;
  /** How often WeChat has been asked. */
  #fetches = 0;

  constructor(options: SharedValueOptions) {
    this.#options = options;
    this.#renewed = new RenewedValue({
      obtain: (held, refused) => this.#obtain(held?.value, refused),
      firstRest: 1_000,
      // A wrong secret stays wrong.
      restAfter: (error) =>
        error instanceof ApiError && hopeless.has(error.errcode) ? 10_000 : undefined,
    });
  }

  get(): Promise<string> {
    return this.#renewed.get();
  }

  life(value: string): number | undefined {
    return this.#renewed.life(value);
  }

  /** Drops a value, here and in the store, if it is still the one in use. */
  async invalidate(value: string): Promise<void> {
    const isInUse = this.#renewed.life(value) !== undefined;
    this.#renewed.drop(value);
    if (isInUse) this.#tell("invalidated", 0);
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

  async #obtain(held: string | undefined, refused: string | undefined): Promise<Living> {
    const begun = performance.now();
    const fetches = this.#fetches;
    try {
      const living = this.#options.store.shared
        ? await this.#obtainShared(held, refused)
        : await this.#fetch(refused);
      this.#tell(fetches === this.#fetches ? "adopted" : "fetched", performance.now() - begun);
      return living;
    } catch (error) {
      this.#tell("failed", performance.now() - begun, error);
      throw error;
    }
  }

  async #obtainShared(held: string | undefined, refused: string | undefined): Promise<Living> {
    const adopted = await this.#adopt(held, refused);
    if (adopted !== undefined) return adopted;
    const { store } = this.#options;
    // Single flight among processes. If the store is away, or somebody takes too long, alone.
    const turn = await this.#lines
      .take(store, "lock", { wait: patience, lease })
      .catch(() => undefined);
    try {
      // The value may have come while somebody else was fetching.
      return (await this.#adopt(held, refused)) ?? (await this.#fetch(refused));
    } finally {
      await turn?.release();
    }
  }

  /** Takes over a value of the store, unless it is refused or about to end. */
  async #adopt(held: string | undefined, refused: string | undefined): Promise<Living | undefined> {
    this.#stored = await this.#options.store.get("value").catch(() => undefined);
    const stored = parse(this.#stored);
    if (stored === undefined || stored.value === refused) return undefined;
    const ends = stored.end - Date.now();
    if (ends <= ahead && stored.value === held) return undefined;
    // The store itself lets go of a value in time; a clock that jumped must not add to its life.
    const left = Math.min(Math.max(ends, trust), stored.life);
    const now = performance.now();
    return {
      value: stored.value,
      end: now + left,
      renew: now + Math.min(trust, Math.max(0, left - ahead)),
    };
  }

  async #fetch(refused: string | undefined): Promise<Living> {
    this.#fetches += 1;
    let fresh = checked(await this.#options.fetch(false));
    if (fresh.value === refused && (await this.#mayForce())) {
      // WeChat itself still thinks the value good that it refuses.
      fresh = checked(await this.#options.fetch(true));
    }
    const { value, seconds } = fresh;
    const life = seconds * 1000;
    const now = performance.now();
    // Jitter: not everybody at the same moment.
    const jitter = Math.random() * Math.min(60_000, life / 10);
    const living: Living = {
      value,
      end: now + life,
      renew: now + Math.max(life / 2, life - ahead) + jitter,
    };
    const text = JSON.stringify({ value, end: Date.now() + life, life });
    return (await this.#write(text, life, refused)) ?? living;
  }

  /** A write that was held up on its way must not undo a later one: then that one's value serves. */
  async #write(
    text: string,
    life: number,
    refused: string | undefined,
  ): Promise<Living | undefined> {
    const { store } = this.#options;
    const before = this.#stored;
    try {
      if (!store.shared) {
        await store.set("value", text, life);
        return undefined;
      }
      const isWritten =
        (before !== undefined && (await store.replace("value", before, text, life))) ||
        (await store.claim("value", text, life));
      return isWritten ? undefined : await this.#adopt(undefined, refused);
    } catch {
      // The store is away; this process has its value.
      return undefined;
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

/** Without a life a value would never be renewed, and what is no text would be sent as one. */
function checked(fresh: Fresh): Fresh {
  const { value, seconds } = fresh;
  if (isToken(value) && Number.isFinite(seconds) && seconds > 0) return fresh;
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
