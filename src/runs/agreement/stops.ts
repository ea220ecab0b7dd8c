import type { Ground } from "./ground.js";

/** The channel on which processes tell each other what is to be stopped. */
const channel = "stops";
/** Long enough for the value to be exchanged, which is what tells it. */
const moment = 5_000;

/** Tells the other processes which runs are to be stopped, wherever they are, and hears it from them. */
export class Stops {
  readonly #ground: Ground;
  readonly #stop: (prefix: string, except: string) => void;
  #listening: Promise<(() => void) | undefined> | undefined;

  constructor(ground: Ground, stop: (prefix: string, except: string) => void) {
    this.#ground = ground;
    this.#stop = stop;
  }

  /** Listens from now on; a store that is away is tried again with the next push. */
  listen(): void {
    this.#listening ??= this.#ground.store
      .listen(channel, (key, value) => {
        if (key !== undefined && value !== undefined) this.#heard(value);
      })
      .catch(() => {
        this.#listening = undefined;
        return undefined;
      });
  }

  tell(prefix: string, except: string): void {
    void this.#tell(prefix, except).catch(() => {
      // The store is away: the others find out when WeChat refuses what they send.
    });
  }

  close(): void {
    void this.#listening?.then((stop) => stop?.());
  }

  async #tell(prefix: string, except: string): Promise<void> {
    const { store } = this.#ground;
    const key = `stop:${prefix}`;
    await store.set(key, "", moment);
    await store.exchange(key, "", JSON.stringify([prefix, except]), moment, { notify: [channel] });
  }

  #heard(value: string): void {
    const [prefix, except]: unknown[] = JSON.parse(value);
    if (typeof prefix === "string" && typeof except === "string") this.#stop(prefix, except);
  }
}
