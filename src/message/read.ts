import type { RequestError } from "../errors.js";
import { malformed } from "../wire/xml/tree.js";
import type { XmlElement, XmlValue } from "../wire/xml/xml.js";
import type { EventEnvelope } from "./envelope.js";

/** Reads a field of a push as what WeChat documents it to be; `undefined` leaves the field out. */
export type Reader<T> = (value: XmlValue, name: string) => T | undefined;

/** A reader for every field of a payload. The compiler keeps types and decoding in step with it. */
export type Fields<T> = { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> };

/** The readers of every event of a map, without those of the envelope. */
export type EventFields<Events> = {
  readonly [E in keyof Events]: Fields<Omit<Events[E], keyof EventEnvelope<string>>>;
};

/** Text. Refuses what is there twice or holds elements: one push must not say two things. */
export const text: Reader<string> = (value, name) => {
  if (typeof value !== "string") throw ambiguous(name);
  return value;
};

const decimal = /^\s*-?\d{1,15}(?:\.\d{1,32})?\s*$/;

/** A number. One that is malformed, or empty, is left out: better missing than `NaN`. */
export const number: Reader<number> = (value, name) => {
  if (typeof value !== "string") throw ambiguous(name);
  return decimal.test(value) ? Number(value) : undefined;
};

/** An element that may be repeated: always an array. */
export function list<T>(item: Reader<T>): Reader<T[]> {
  return (value, name) => {
    const found: T[] = [];
    for (const one of isList(value) ? value : [value]) {
      const read = one === "" ? undefined : item(one, name);
      if (read !== undefined) found.push(read);
    }
    return found;
  };
}

/**
 * An element, itself repeated or not, that holds a list of children of one name: always an array. In JSON
 * the children may stand in the element's own place.
 */
export function listIn<T>(child: string, item: Reader<T>): Reader<T[]> {
  const read = list(item);
  return (value) =>
    (isList(value) ? value : [value]).flatMap((one) => {
      if (typeof one === "string") return [];
      const children = one[child] ?? (Object.keys(one).length > 0 ? one : undefined);
      return children === undefined ? [] : (read(children, child) ?? []);
    });
}

/**
 * An element with fields. `lists` names those that are arrays even when the push leaves them out; where
 * it is only one, JSON may have its entries in the element's own place.
 */
export function fields<T extends object>(
  shape: Fields<T>,
  ...lists: readonly (keyof T & string)[]
): Reader<T> {
  const readers = readersOf(shape);
  const [only] = lists;
  const isEntry = (one: string | XmlElement) =>
    typeof one !== "string" &&
    Object.keys(one).length > 0 &&
    Object.keys(one).every((name) => !readers.has(name));
  return (given, name) => {
    const entries = isList(given) ? given : [given];
    const areEntries = lists.length === 1 && entries.every(isEntry);
    const value: XmlValue = only !== undefined && areEntries ? { [only]: entries } : given;
    if (isList(value)) throw ambiguous(name);
    const target: Record<string, unknown> = {};
    if (typeof value !== "string") readInto(target, value, readers);
    for (const list of lists) target[list] ??= [];
    return target as T;
  };
}

/** Readers by wire name, in a form that no element's name can fool. */
export function readersOf(shape: object): Map<string, Reader<unknown>> {
  return new Map(Object.entries(shape));
}

/**
 * Reads the children of an element into an object. Those without a reader are kept as they were
 * parsed. `aliases` maps other spellings of a field to the one that users see.
 */
export function readInto(
  target: Record<string, unknown>,
  element: XmlElement,
  readers: ReadonlyMap<string, Reader<unknown>>,
  aliases?: ReadonlyMap<string, string>,
): void {
  for (const wireName in element) {
    const value = element[wireName];
    if (value === undefined || wireName === "__proto__") continue;
    const alias = aliases?.get(wireName);
    const name = alias === undefined || element[alias] !== undefined ? wireName : alias;
    const reader = readers.get(name);
    const read = reader === undefined ? value : reader(value, wireName);
    if (read !== undefined) target[name] = read;
  }
}

function isList(value: XmlValue): value is readonly (string | XmlElement)[] {
  return Array.isArray(value);
}

function ambiguous(name: string): RequestError {
  const fault = "is there more than once, or holds elements where it can hold only text";
  return malformed(`<${name}> ${fault}`, `a field ${fault}`);
}
