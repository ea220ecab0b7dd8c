import { MemoryStore } from "../../src/store/memory.js";
import type { Store } from "../../src/store/store.js";
import type { Clock } from "../../src/time/clock.js";

/** A store that several processes see, on a test's clock. */
export class SharedMemory implements Store {
  readonly shared = true;
  readonly operations: string[] = [];
  /** What every operation does instead, while the store is "down". */
  broken: (() => Promise<never>) | undefined;
  readonly #inner: Store;
  readonly #listening = new Set<() => void>();

  /** With `inner`, another process's connection to the same store. */
  constructor(clock: Clock, inner: Store = new MemoryStore({ now: () => clock.now() })) {
    this.#inner = inner;
  }

  get: Store["get"] = (...given) => this.#do("get", () => this.#inner.get(...given));
  set: Store["set"] = (...given) => this.#do("set", () => this.#inner.set(...given));
  delete: Store["delete"] = (...given) => this.#do("delete", () => this.#inner.delete(...given));
  claim: Store["claim"] = (...given) => this.#do("claim", () => this.#inner.claim(...given));
  replace: Store["replace"] = (...given) =>
    this.#do("replace", () => this.#inner.replace(...given));
  compareAndDelete: Store["compareAndDelete"] = (...given) =>
    this.#do("compareAndDelete", () => this.#inner.compareAndDelete(...given));
  enter: Store["enter"] = (...given) => this.#do("enter", () => this.#inner.enter(...given));
  exchange: Store["exchange"] = (...given) =>
    this.#do("exchange", () => this.#inner.exchange(...given));
  schedule: Store["schedule"] = (...given) =>
    this.#do("schedule", () => this.#inner.schedule(...given));
  due: Store["due"] = (...given) => this.#do("due", () => this.#inner.due(...given));

  listen: Store["listen"] = async (channel, listener) => {
    const stop = await this.#inner.listen(channel, (key, value) => {
      if (this.broken === undefined) listener(key, value);
    });
    this.#listening.add(stop);
    return stop;
  };

  /** The process is gone, and with it its connection. */
  die(): void {
    this.broken = () => new Promise(() => {});
    for (const stop of this.#listening) stop();
  }

  #do<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.operations.push(name);
    return this.broken === undefined ? work() : this.broken();
  }
}
