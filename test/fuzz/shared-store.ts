import type { MemoryStore, Store } from "../../src/index.js";

/** The store as several processes share it. */
export function asShared(inner: MemoryStore): Store {
  return new Proxy(inner as Store, {
    get: (store, name) => {
      if (name === "shared") return true;
      const value: unknown = Reflect.get(store, name);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}
