import { type Store, scoped } from "../store/store.js";

/** A token or ticket as the token server hands it out. Seconds. */
export interface Lease {
  readonly value: string;
  /** How long it is valid, as far as is known. */
  readonly expiresIn: number;
  /** When it is worth asking again. */
  readonly refreshIn: number;
}

/** How long a value may be kept whose life nobody wrote down. */
const unknownLife = 30;

/**
 * A lease of a value that the store keeps for `scope`, as the account's client wrote it there.
 * A value that is not there comes from elsewhere, and is lent for half a minute.
 */
export async function leaseOf(
  store: Store,
  scopes: readonly string[],
  value: string,
  refresh: number,
): Promise<Lease> {
  let expiresIn = unknownLife;
  for (const scope of scopes) {
    // The value is known; a store that fails leaves only its life unknown.
    const text = await scoped(store, scope)
      .get("value")
      .catch(() => undefined);
    const left = lifeOf(text, value);
    if (left !== undefined) expiresIn = Math.max(0, Math.floor(left / 1000));
  }
  return { value, expiresIn, refreshIn: Math.min(refresh, expiresIn) };
}

/** Milliseconds that are left of a value. */
function lifeOf(text: string | undefined, value: string): number | undefined {
  if (text === undefined) return undefined;
  try {
    const stored = JSON.parse(text) as { value?: unknown; end?: unknown; life?: unknown };
    if (stored.value !== value) return undefined;
    if (typeof stored.end !== "number" || typeof stored.life !== "number") return undefined;
    return Math.min(stored.end - Date.now(), stored.life);
  } catch {
    return undefined;
  }
}
