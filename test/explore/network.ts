import { MemoryStore } from "../../src/store/memory.js";
import type { Listener, Store } from "../../src/store/store.js";
import type { Random, Time } from "./time.js";

/** After so long a client gives a command up, as RedisStore does. */
const timeout = 4_000;

/** A shared store as a server, which may stand still, be gone, or come back empty. */
export class Server {
  data: MemoryStore;
  /** Until when it stands still, and until when it is gone. */
  standsUntil = 0;
  goneUntil = 0;
  readonly connections: Connection[] = [];
  /** What stands in a list, for somebody to come back to. */
  readonly scheduled = new Set<string>();
  readonly #time: Time;

  constructor(time: Time) {
    this.#time = time;
    this.data = new MemoryStore({ now: () => time.now });
  }

  get isGone(): boolean {
    return this.#time.now < this.goneUntil;
  }

  leave(ms: number, isEmptied: boolean): void {
    this.goneUntil = Math.max(this.goneUntil, this.#time.now + ms);
    for (const connection of this.connections) connection.lose();
    if (isEmptied) {
      this.data = new MemoryStore({ now: () => this.#time.now });
      this.scheduled.clear();
    }
    const back = this.goneUntil;
    this.#time.at(back, () => {
      if (!this.isGone) for (const connection of this.connections) connection.find();
    });
  }
}

/** What of a process the network has to know. */
export interface Host {
  /** Runs something in the process, once it is not standing still; never if it is dead. */
  receive(work: () => void): void;
  readonly isDead: boolean;
}

/** One process's way to the server: what is sent arrives in order, answers may be late or lost. */
export class Connection {
  /** The most that a command is late, one way. */
  latency: number;
  slowUntil = 0;
  slowBy = 0;
  cutUntil = 0;
  readonly #server: Server;
  readonly #host: Host;
  readonly #time: Time;
  readonly #random: Random;
  #lastArrival = 0;
  /** How often it broke. */
  #losses = 0;
  readonly #channels = new Map<string, { listener: Listener; stop: (() => void) | undefined }>();

  constructor(server: Server, host: Host, time: Time, random: Random, latency: number) {
    this.#server = server;
    this.#host = host;
    this.#time = time;
    this.#random = random;
    this.latency = latency;
    server.connections.push(this);
  }

  /** The store, as the process sees it. */
  get store(): Store {
    const call =
      <K extends Exclude<keyof Store, "shared" | "listen">>(name: K) =>
      (...given: unknown[]) =>
        this.#call((data) => {
          const method = data[name] as (...all: unknown[]) => Promise<unknown>;
          return method.apply(data, given);
        });
    return {
      shared: true,
      get: call("get") as Store["get"],
      set: call("set") as Store["set"],
      delete: call("delete") as Store["delete"],
      claim: call("claim") as Store["claim"],
      replace: call("replace") as Store["replace"],
      compareAndDelete: call("compareAndDelete") as Store["compareAndDelete"],
      enter: call("enter") as Store["enter"],
      exchange: call("exchange") as Store["exchange"],
      schedule: (list, member, after) =>
        this.#call((data) => {
          if (after === undefined) this.#server.scheduled.delete(member);
          else this.#server.scheduled.add(member);
          return data.schedule(list, member, after);
        }),
      due: call("due") as Store["due"],
      listen: async (channel, listener) => {
        await this.#call(async () => this.#listen(channel, listener));
        return () => this.#forget(channel);
      },
    };
  }

  get #isCut(): boolean {
    return this.#time.now < this.cutUntil || this.#server.isGone;
  }

  /** The process is dead, or the server is, or is out of reach: nothing is heard any more. */
  lose(): void {
    this.#losses += 1;
    for (const channel of this.#channels.values()) {
      if (channel.stop === undefined) continue;
      channel.stop();
      channel.stop = undefined;
      this.#host.receive(() => channel.listener());
    }
  }

  /** The connection is back: channels are subscribed anew, and messages may be missing. */
  find(): void {
    if (this.#host.isDead) return;
    this.#time.at(this.#time.now + this.#random.within(50, 1_000), () => {
      for (const [channel, { listener, stop }] of [...this.#channels]) {
        if (stop !== undefined || this.#isCut || this.#host.isDead) continue;
        this.#listen(channel, listener);
        this.#host.receive(() => listener());
      }
    });
  }

  #listen(channel: string, listener: Listener): void {
    const entry = { listener, stop: undefined as (() => void) | undefined };
    this.#channels.set(channel, entry);
    void this.#server.data
      .listen(channel, (key, value) => {
        this.#time.at(this.#time.now + this.#delay(), () => {
          if (entry.stop !== undefined && !this.#isCut) {
            this.#host.receive(() => listener(key, value));
          }
        });
      })
      .then((stop) => {
        entry.stop = stop;
      });
  }

  #forget(channel: string): void {
    this.#channels.get(channel)?.stop?.();
    this.#channels.delete(channel);
  }

  #delay(): number {
    const slow = this.#time.now < this.slowUntil ? this.#random.within(0, this.slowBy) : 0;
    return this.#random.within(0, this.latency) + slow;
  }

  #call<T>(work: (data: MemoryStore) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const time = this.#time;
      const losses = this.#losses;
      let isOver = false;
      const end = (settle: () => void) => {
        if (isOver) return;
        isOver = true;
        cancel();
        this.#host.receive(settle);
      };
      const cancel = time.at(time.now + timeout, () =>
        end(() => reject(new Error("no answer in time"))),
      );
      // In order of sending, on the way there.
      const arrival = Math.max(time.now + this.#delay(), this.#lastArrival);
      this.#lastArrival = arrival;
      const arrive = () => {
        if (this.#host.isDead) return;
        if (this.#isCut) {
          // Lost on the way; a client that connects again gives it up when its time is over.
          return;
        }
        if (time.now < this.#server.standsUntil) {
          time.at(this.#server.standsUntil, arrive);
          return;
        }
        const answered = work(this.#server.data);
        const back = time.now + this.#delay();
        time.at(back, () => {
          // It has taken effect, and nobody hears of it.
          if (this.#isCut || losses < this.#losses) return;
          answered.then(
            (value) => end(() => resolve(value)),
            (error: unknown) => end(() => reject(error)),
          );
        });
      };
      time.at(arrival, arrive);
    });
  }
}
