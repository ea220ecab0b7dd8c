import type { Store } from "../../store/store.js";
import { defaultRate, type GatewayClient } from "../options.js";

/** Of a nonce: seen for the first time, seen before, or no room to remember it. */
export type Claim = "new" | "used" | "full";

/** However high a client's rate is, its table takes no more than about 130 MB. */
const most = 1_000_000;

/**
 * The nonces that were used, in a table for each client, so that none pushes out another's, and apart
 * from the tokens. None is forgotten while its timestamp is fresh: what cannot be remembered is refused.
 * Those of other processes are asked of the store, if it is shared.
 */
export class Nonces {
  readonly #tables: ReadonlyMap<string, NonceTable>;
  readonly #store: Store;
  readonly #life: number;

  /** `life` is how long a nonce is remembered, in milliseconds. */
  constructor(clients: Readonly<Record<string, GatewayClient>>, store: Store, life: number) {
    this.#store = store;
    this.#life = life;
    this.#tables = new Map(
      Object.entries(clients).map(([id, { rate = defaultRate }]) => {
        // Of so many windows a nonce may see a part; whoever keeps the rate fills no table.
        const windows = Math.ceil(life / rate.window) + 1;
        return [id, new NonceTable(Math.min(most, windows * rate.points), life)];
      }),
    );
  }

  /** Claims a nonce in this process, at once: of many copies, one is new. */
  claim(client: string, nonce: string): Claim {
    return this.#tables.get(client)?.claim(nonce) ?? "full";
  }

  /** Gives back a nonce whose request was not served. */
  release(client: string, nonce: string): void {
    this.#tables.get(client)?.release(nonce);
  }

  /** Claims a nonce of this process in all others; resolves to whether it is new there too. */
  async claimElsewhere(client: string, nonce: string): Promise<boolean> {
    return !this.#store.shared || this.#store.claim(`${client}:${nonce}`, "1", this.#life);
  }
}

/** Those of one client. All live equally long, so the first to come is the first to go. */
class NonceTable {
  readonly #ends = new Map<string, number>();
  readonly #capacity: number;
  readonly #life: number;

  constructor(capacity: number, life: number) {
    this.#capacity = capacity;
    this.#life = life;
  }

  claim(nonce: string): Claim {
    // By a clock that nobody can set back.
    const now = performance.now();
    for (const [old, end] of this.#ends) {
      if (end > now) break;
      this.#ends.delete(old);
    }
    if (this.#ends.has(nonce)) return "used";
    if (this.#ends.size >= this.#capacity) return "full";
    this.#ends.set(nonce, now + this.#life);
    return "new";
  }

  release(nonce: string): void {
    this.#ends.delete(nonce);
  }
}
