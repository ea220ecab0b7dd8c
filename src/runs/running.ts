import { SlotMap } from "../store/slot-map.js";

/**
 * What is running, by the keys of its pushes, in the order in which it began, apart for each account: what one
 * of them has under way neither takes another one's place nor is looked through for it.
 */
export class Running<R extends {}> {
  readonly #most: number;
  readonly #ownerOf: (key: string) => string;
  readonly #owners = new SlotMap<SlotMap<R>>();
  #size = 0;

  /** `ownerOf` tells whose a key is, also by its beginning, where there are several accounts. */
  constructor(most: number, ownerOf: (key: string) => string = () => "") {
    this.#most = most;
    this.#ownerOf = ownerOf;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): R | undefined {
    return this.#owners.get(this.#ownerOf(key))?.get(key);
  }

  set(key: string, run: R): void {
    const owner = this.#ownerOf(key);
    const own = this.#owners.get(owner) ?? this.#begin(owner);
    this.#size -= own.size;
    own.set(key, run);
    this.#size += own.size;
  }

  delete(key: string): void {
    const owner = this.#ownerOf(key);
    const own = this.#owners.get(owner);
    if (own?.delete(key)) this.#size -= 1;
    if (own?.size === 0) this.#owners.delete(owner);
  }

  entries(): readonly (readonly [key: string, run: R])[] {
    return [...this.#owners.entries()].flatMap(([, own]) => [...own.entries()]);
  }

  /** Those whose keys begin so, which are all of one account. */
  under(prefix: string): readonly (readonly [key: string, run: R])[] {
    const own = this.#owners.get(this.#ownerOf(prefix))?.entries() ?? [];
    return [...own].filter(([key]) => key.startsWith(prefix));
  }

  /** What has to go before one more can begin: the oldest of the account that has most, when there is no room. */
  get inTheWay(): R | undefined {
    if (this.#size < this.#most) return undefined;
    let most: SlotMap<R> | undefined;
    for (const [, own] of this.#owners.entries()) if (own.size > (most?.size ?? 0)) most = own;
    const [oldest] = most?.entries() ?? [];
    return oldest?.[1];
  }

  #begin(owner: string): SlotMap<R> {
    const own = new SlotMap<R>();
    this.#owners.set(owner, own);
    return own;
  }
}
