import { randomUUID } from "node:crypto";
import { type Clock, within } from "../time/clock.js";
import { SlotMap } from "./slot-map.js";
import type { Listener, Store } from "./store.js";

/** How long a process waits to hear itself, in milliseconds. */
const echoPatience = 2_000;

/**
 * One process among those that share a store. Its tickets name it, and it listens on a channel of
 * its own: there it hears of what it waits for, and as long as it listens it is not dead.
 */
export class Peer {
  readonly #id: string;
  #tickets = 0;
  readonly #ears = new WeakMap<Store, Ear>();

  constructor(id: string = randomUUID()) {
    this.#id = id;
  }

  /** A name for one piece of work of this process: its fencing token. */
  ticket(): string {
    this.#tickets += 1;
    return `${this.#id}/${this.#tickets.toString(36)}`;
  }

  /**
   * Hears of one key until the returned function is called. The first caller waits for the store
   * to listen; a store that cannot right now is tried again with the next one.
   */
  hear(store: Store, key: string, listener: (value?: string) => void): () => void {
    return this.listen(store).add(key, listener);
  }

  /**
   * Whether this process hears what is told on its channel about `key`, which holds `text`. If not,
   * it has lost its connection, or the store was away a moment ago, and so may be others who seem to
   * be dead. Rejects when the store fails.
   */
  async echoes(store: Store, key: string, text: string, clock: Clock): Promise<boolean> {
    let stop: (() => void) | undefined;
    const echo = new Promise<boolean>((resolve) => {
      stop = this.hear(store, key, (value) => {
        if (value !== undefined) resolve(true);
      });
    });
    try {
      await store.exchange(key, text, text, undefined, { notify: [channelOf(this.#id)] });
      return await within(clock, echo, echoPatience, () => false);
    } finally {
      stop?.();
    }
  }

  /** Listens from now on, also while there is nothing to wait for: others see that it is alive. */
  listen(store: Store): Ear {
    let ear = this.#ears.get(store);
    if (ear === undefined) {
      ear = new Ear();
      this.#ears.set(store, ear);
    }
    ear.open(store, channelOf(this.#id));
    return ear;
  }
}

/** The process that koa-wx runs in. */
export const thisProcess = new Peer();

/** The channel of the process whose ticket it is. */
export function channelOf(ticket: string): string {
  return `process:${ticket.replace(/\/.*/, "")}`;
}

/** What a process waits for in one store. */
class Ear {
  readonly #listeners = new SlotMap<readonly ((value?: string) => void)[]>();
  #isOpen = false;

  open(store: Store, channel: string): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    store.listen(channel, this.#tell).catch(() => {
      // Whoever waits looks by himself now and then.
      this.#isOpen = false;
    });
  }

  add(key: string, listener: (value?: string) => void): () => void {
    this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
    return () => {
      const others = this.#listeners.get(key)?.filter((other) => other !== listener) ?? [];
      if (others.length === 0) this.#listeners.delete(key);
      else this.#listeners.set(key, others);
    };
  }

  readonly #tell: Listener = (key, value) => {
    const concerned =
      key === undefined
        ? [...this.#listeners.entries()].map(([, listeners]) => listeners)
        : [this.#listeners.get(key)];
    for (const listeners of concerned) for (const tell of listeners ?? []) tell(value);
  };
}
