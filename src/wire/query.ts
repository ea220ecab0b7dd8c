import { parse } from "node:querystring";
import { dictionary } from "./dictionary.js";
import { nameAt } from "./names.js";

/** A request's query parameters, decoded; a repeated one is an array. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads a query in whichever form a host has it: the text after `?`, parameters by name, or pairs. What
 * is null, undefined or an empty list is not there; a list of one is one.
 */
export function readQuery(given: unknown): Query {
  if (typeof given === "string") return parseQuery(given.replace(/^\?/, ""));
  const query = dictionary<string | string[]>();
  if (typeof given !== "object" || given === null) return query;
  const pairs: Iterable<unknown> =
    Symbol.iterator in given ? (given as Iterable<unknown>) : Object.entries(given);
  for (const pair of pairs) {
    const [name, value] = pair as [string, unknown];
    for (const text of [value].flat(3).flatMap(textOf)) add(query, name, text);
  }
  return query;
}

/** A parameter's text; what is none is there all the same, twice. */
function textOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol")
    return ["", ""];
  return [String(value)];
}

/** Reads the part of an address after `?`. */
export function parseQuery(text: string): Query {
  // WeChat's parameters need no decoding in 明文模式, and then a loop does in a third of the time.
  // All of them, as there: by itself Node stops after a thousand, and passes over what is repeated then.
  if (text.includes("%") || text.includes("+"))
    return parse(text, "&", "=", { maxKeys: 0 }) as Query;
  const query = dictionary<string | string[]>();
  for (let from = 0, to: number; from < text.length; from = to + 1) {
    const next = text.indexOf("&", from);
    to = next < 0 ? text.length : next;
    if (to === from) continue;
    const equals = text.indexOf("=", from);
    const isPair = equals >= 0 && equals < to;
    const name = nameAt(text, from, isPair ? equals : to);
    const value = isPair ? text.slice(equals + 1, to) : "";
    add(query, name, value);
  }
  return query;
}

/** Takes the same time for each, however often a parameter is repeated. */
function add(
  query: Record<string, string | string[] | undefined>,
  name: string,
  value: string,
): void {
  const before = query[name];
  if (before === undefined) query[name] = value;
  else if (typeof before === "string") query[name] = [before, value];
  else before.push(value);
}
