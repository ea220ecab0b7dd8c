import { StoreError } from "../../errors.js";
import { systemClock, within } from "../../time/clock.js";
import type { Driver, Line } from "./driver.js";

/** How closely a line is looked after. Times are milliseconds. */
interface Care {
  /** How often it is looked whether it holds. */
  readonly lookEvery: number;
  /** How long the server may keep silent before it is asked whether it is there: the heartbeat. */
  readonly silence: number;
  /** How long it may take to open a line, to confirm a channel, and to answer a heartbeat. */
  readonly patience: number;
}

const usual: Care = { lookEvery: 1_000, silence: 5_000, patience: 5_000 };
/** How soon a line that broke is replaced, the first time. */
const lookSoon = 50;

interface Subscription {
  readonly listener: (message: string) => void;
  readonly onGap: () => void;
  isConfirmed: boolean;
}

interface Channel {
  readonly name: string;
  readonly subscriptions: Set<Subscription>;
  /** The line on which the server has confirmed it. */
  on: Line | undefined;
  /** What is being told to the server; one thing at a time, so that nothing overtakes. */
  telling: Promise<void> | undefined;
}

/**
 * One connection that listens to every channel. When it breaks, or a heartbeat is not answered,
 * another is opened, tried once a second until it holds; this way it also follows a failover.
 */
export class Subscriber {
  readonly #driver: Driver;
  readonly #care: Care;
  readonly #channels = new Map<string, Channel>();
  /** The line, or the opening of one. */
  #opening: Promise<Line> | undefined;
  #line: Line | undefined;
  #heardAt = 0;
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(driver: Driver, care = usual) {
    this.#driver = driver;
    this.#care = care;
  }

  /** Rejects when the server does not confirm in time; nothing is left of it then. */
  async subscribe(
    name: string,
    listener: (message: string) => void,
    onGap: () => void,
  ): Promise<() => void> {
    const channel = this.#channels.get(name) ?? {
      name,
      subscriptions: new Set(),
      on: undefined,
      telling: undefined,
    };
    this.#channels.set(name, channel);
    const subscription = { listener, onGap, isConfirmed: false };
    channel.subscriptions.add(subscription);
    const leave = () => {
      if (channel.subscriptions.delete(subscription)) this.#tell(channel).catch(() => {});
    };
    try {
      await this.#tell(channel);
    } catch (error) {
      leave();
      throw error;
    }
    subscription.isConfirmed = true;
    return leave;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#channels.clear();
    this.#hangUp();
  }

  /** Subscribes or unsubscribes, until the server knows what is wanted. */
  #tell(channel: Channel): Promise<void> {
    channel.telling ??= this.#told(channel).finally(() => {
      channel.telling = undefined;
    });
    return channel.telling;
  }

  async #told(channel: Channel): Promise<void> {
    const { name, subscriptions } = channel;
    for (;;) {
      const isWanted = subscriptions.size > 0;
      if (!isWanted && (channel.on === undefined || channel.on !== this.#line)) break;
      const line = await this.#open();
      if (isWanted && channel.on === line) return;
      await this.#inTime(isWanted ? line.subscribe(name) : line.unsubscribe(name));
      channel.on = isWanted ? line : undefined;
      // Whoever was heard before may have missed something until now.
      tellOfGap(subscriptions);
    }
    if (this.#channels.get(name) === channel) this.#channels.delete(name);
  }

  #open(): Promise<Line> {
    if (this.#opening !== undefined) return this.#opening;
    const { listen } = this.#driver;
    if (listen === undefined || this.#isClosed || this.#driver.state() === "closed") {
      const why = listen === undefined ? "cannot be duplicated" : "is closed";
      return Promise.reject(new StoreError(`The client of Redis ${why}.`, "store"));
    }
    const lost = () => {
      if (this.#opening !== opening) return;
      // One that never held is tried again with everything else.
      const hasHeld = this.#line !== undefined;
      this.#hangUp();
      for (const { subscriptions } of this.#channels.values()) tellOfGap(subscriptions);
      if (hasHeld) setTimeout(() => this.#look(), lookSoon).unref();
    };
    const opened = listen({
      onMessage: (name, message) => {
        this.#heardAt = performance.now();
        for (const { listener } of [...(this.#channels.get(name)?.subscriptions ?? [])]) {
          listener(message);
        }
      },
      onLost: lost,
    });
    const opening = this.#inTime(opened);
    this.#opening = opening;
    opening.then(
      (line) => {
        if (this.#opening !== opening) return line.close();
        this.#line = line;
        this.#heardAt = performance.now();
      },
      () => {
        if (this.#opening === opening) this.#opening = undefined;
        // It may still open when nobody waits for it any more.
        opened.then((line) => line.close()).catch(() => {});
      },
    );
    this.#watch ??= setInterval(() => this.#look(), this.#care.lookEvery).unref();
    return opening;
  }

  #hangUp(): void {
    this.#opening = undefined;
    this.#line?.close();
    this.#line = undefined;
  }

  /** Opens a new line where one broke, and asks a silent one whether it still holds. */
  #look(): void {
    if (this.#isClosed) return;
    const isClosed = this.#driver.state() === "closed";
    if (isClosed || this.#line?.isCurrent() === false) this.#hangUp();
    if (isClosed) return;
    for (const channel of this.#channels.values()) {
      if (channel.on !== undefined && channel.on === this.#line) continue;
      this.#tell(channel).catch(() => {});
    }
    const line = this.#line;
    if (line === undefined || performance.now() - this.#heardAt < this.#care.silence) return;
    this.#heardAt = performance.now();
    this.#inTime(line.ping()).then(
      () => {
        this.#heardAt = performance.now();
      },
      () => {
        if (this.#line !== line) return;
        this.#hangUp();
        this.#look();
      },
    );
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const late = new StoreError("Redis did not answer a subscriber in time.", "store");
    const { patience } = this.#care;
    return within<T>(systemClock, work, patience, (error = late) => Promise.reject(error) as never);
  }
}

function tellOfGap(subscriptions: ReadonlySet<Subscription>): void {
  for (const { isConfirmed, onGap } of [...subscriptions]) if (isConfirmed) onGap();
}
