import type { Context } from "../context.js";
import type { Accept, Subject } from "./accept.js";

/** What a route is found by. */
export interface Found extends Pick<Accept, "types" | "events"> {
  /** What is compared … */
  readonly subject?: Subject | undefined;
  /** … with these texts alone. */
  readonly texts?: readonly string[] | undefined;
}

/**
 * Finds the routes that a push can concern, by the names of messages and events and by the texts that
 * must be equal, so that thousands of others cost it nothing. It leaves out only what would not
 * accept the push.
 */
export class RouteIndex {
  /** Numbers of routes, in their order: of those that anything may concern, … */
  readonly #any: number[] = [];
  /** … of those by a message's type or an event's name, … */
  readonly #types = new Map<string, number[]>();
  readonly #events = new Map<string, number[]>();
  /** … and of those by a text. */
  readonly #texts = new Map<Subject, Map<string, number[]>>();

  add(route: number, { types, events, subject, texts }: Found): void {
    if (subject !== undefined && texts !== undefined) {
      const byText = this.#texts.get(subject) ?? new Map<string, number[]>();
      this.#texts.set(subject, byText);
      for (const text of new Set(texts)) append(byText, text, route);
    } else if (types === undefined && events === undefined) {
      this.#any.push(route);
    } else {
      for (const name of types ?? []) append(this.#types, name, route);
      for (const name of events ?? []) append(this.#events, name, route);
    }
  }

  /** The routes from a number on that may accept a push as it is now. */
  candidates(ctx: Context, from: number): Candidates {
    const { MsgType, Event } = ctx.message as Told;
    const types = this.#types.get(MsgType.toLowerCase());
    const isEvent = MsgType === "event" && Event !== undefined;
    const events = isEvent ? this.#events.get(Event.toLowerCase()) : undefined;
    const lists: (readonly number[])[] = [this.#any];
    if (types !== undefined) lists.push(types);
    if (events !== undefined) lists.push(events);
    for (const [subject, byText] of this.#texts) {
      for (const text of subject(ctx)) {
        const routes = byText.get(text);
        if (routes !== undefined) lists.push(routes);
      }
    }
    return new Candidates(lists, from);
  }
}

/** All of a message that routes are found by. */
interface Told {
  readonly MsgType: string;
  readonly Event?: string | undefined;
  readonly EventKey?: string | undefined;
  readonly Content?: string | undefined;
  readonly bizmsgmenuid?: string | undefined;
  readonly Recognition?: string | undefined;
}

/** What a message says, for `saysStill`. */
export function toldBy(message: Told): Told {
  const { MsgType, Event, EventKey, Content, bizmsgmenuid, Recognition } = message;
  return { MsgType, Event, EventKey, Content, bizmsgmenuid, Recognition };
}

/** Whether a message says what it said before: it is found by the same routes. */
export function saysStill(message: Told, told: Told): boolean {
  return (
    message.MsgType === told.MsgType &&
    message.Event === told.Event &&
    message.EventKey === told.EventKey &&
    message.Content === told.Content &&
    message.bizmsgmenuid === told.bizmsgmenuid &&
    message.Recognition === told.Recognition
  );
}

/** Goes through several lists of numbers at once, in their order. */
class Candidates {
  readonly #lists: readonly (readonly number[])[];
  readonly #heads: number[];
  #from: number;

  constructor(lists: readonly (readonly number[])[], from: number) {
    this.#lists = lists;
    this.#heads = lists.map((list) => firstFrom(list, from));
    this.#from = from;
  }

  /** The next number, or -1 after the last. */
  next(): number {
    const lists = this.#lists;
    const heads = this.#heads;
    const from = this.#from;
    let least = -1;
    for (let at = 0; at < lists.length; at += 1) {
      const list = lists[at] as readonly number[];
      let head = heads[at] as number;
      while (head < list.length && (list[head] as number) < from) head += 1;
      heads[at] = head;
      if (head === list.length) continue;
      const number = list[head] as number;
      if (least < 0 || number < least) least = number;
    }
    if (least >= 0) this.#from = least + 1;
    return least;
  }
}

function append(lists: Map<string, number[]>, name: string, route: number): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [route]);
  else list.push(route);
}

/** The place of the first number that is not below `from`, found by halves. */
function firstFrom(list: readonly number[], from: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
