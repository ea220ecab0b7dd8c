/** A tag of the account (用户标签). */
export interface Tag {
  readonly id: number;
  name: string;
}

/** The account's tags; 0, 1 and 2 are WeChat's own, of which only 星标组 is still shown. */
export class Tags {
  readonly #byId = new Map<number, Tag>([[2, { id: 2, name: "星标组" }]]);
  #last = 99;

  add(name: string): Tag {
    this.#last += 1;
    const tag = { id: this.#last, name };
    this.#byId.set(tag.id, tag);
    return tag;
  }

  /** Takes the tags of an earlier run. */
  restore(tags: readonly Tag[]): void {
    for (const { id, name } of tags) {
      this.#byId.set(id, { id, name });
      this.#last = Math.max(this.#last, id);
    }
  }

  get(id: number): Tag | undefined {
    return this.#byId.get(id);
  }

  delete(id: number): void {
    this.#byId.delete(id);
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): IterableIterator<Tag> {
    return this.#byId.values();
  }
}
