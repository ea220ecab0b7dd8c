import type { Tap } from "./proxy.js";
import { RespReader, type RespValue } from "./resp.js";

/** A command on its way to Redis and back. Times are places in one order of everything that was seen. */
export interface Trip {
  readonly name: string;
  readonly asked: number;
  answered: number | undefined;
}

/** What a client says of itself when it connects, or to see whether it still is; no part of any push. */
const ofConnections = new Set(
  "HELLO AUTH CLIENT SELECT INFO PING READONLY CLUSTER COMMAND QUIT".split(" "),
);
/** What a subscriber is told without having asked. */
const messages = new Set(["message", "pmessage", "smessage"]);

/** Writes down every command that goes through proxies, as it goes over the wire. */
export class CommandLog {
  #trips: Trip[] = [];
  #count = 0;

  /** The place of this moment in the order of what is seen. */
  mark(): number {
    this.#count += 1;
    return this.#count;
  }

  /** The commands that were asked since a mark. */
  since(mark: number): readonly Trip[] {
    return this.#trips.filter(({ asked }) => asked > mark);
  }

  /** Forgets all. */
  clear(): void {
    this.#trips = [];
  }

  /** Listens to one connection. */
  tap(): Tap {
    const [asks, answers] = [new RespReader(), new RespReader()];
    const open: Trip[] = [];
    return {
      asked: (chunk) => {
        for (const { items = [] } of asks.read(chunk)) {
          const name = (items[0]?.text ?? "").toUpperCase();
          // A subscription to several channels is confirmed once for each.
          const times = /^[PS]?(UN)?SUBSCRIBE$/.test(name) ? Math.max(1, items.length - 1) : 1;
          const trip: Trip = { name, asked: this.mark(), answered: undefined };
          for (let time = 0; time < times; time++) open.push(trip);
          if (!ofConnections.has(name)) this.#trips.push(trip);
        }
      },
      answered: (chunk) => {
        for (const value of answers.read(chunk)) {
          if (isMessage(value)) continue;
          const trip = open.shift();
          if (trip !== undefined) trip.answered = this.mark();
        }
      },
    };
  }
}

function isMessage({ items }: RespValue): boolean {
  return messages.has(items?.[0]?.text ?? "");
}

/**
 * How many round trips had to follow one another until a mark: a command follows every one whose
 * answer had arrived when it was asked. What was not answered by then was not waited for.
 */
export function sequentialTrips(trips: readonly Trip[], until: number): number {
  const inOrder = [...trips].sort((one, other) => one.asked - other.asked);
  const depths = new Map<Trip, number>();
  let deepest = 0;
  for (const trip of inOrder) {
    let before = 0;
    for (const [earlier, depth] of depths) {
      if ((earlier.answered ?? Number.POSITIVE_INFINITY) < trip.asked)
        before = Math.max(before, depth);
    }
    depths.set(trip, before + 1);
    if ((trip.answered ?? Number.POSITIVE_INFINITY) < until)
      deepest = Math.max(deepest, before + 1);
  }
  return deepest;
}
