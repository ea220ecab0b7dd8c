import type { Store } from "./store.js";

/** Resolves to the value of `key` as soon as it is set, to `undefined` when `ms` have passed. */
export async function waitFor(store: Store, key: string, ms: number): Promise<string | undefined> {
  const end = performance.now() + ms;
  for (let pause = 20; ; pause = Math.min(pause * 1.5, 200)) {
    // A store that does not answer right now may do so before the time is over.
    const value = await store.get(key).catch(() => undefined);
    const left = end - performance.now();
    if (value !== undefined || left <= 0) return value;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
  }
}
