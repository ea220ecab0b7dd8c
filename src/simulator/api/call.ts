import { randomInt } from "node:crypto";
import { isInteger, isSafeNumber, parse } from "lossless-json";
import type { PushFields } from "../pushes/push.js";
import type { Person } from "../world/people.js";
import type { World } from "../world/world.js";
import { refuse } from "./refusal.js";

/** What JSON or a query says, not yet checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** Tells the account's server something, as soon as the call is answered. */
export type Push = (person: Person, fields: PushFields) => void;

/** An answer that is no JSON. */
export class FileAnswer {
  readonly contentType: string;
  readonly filename: string;
  readonly data: Buffer;

  constructor(file: {
    readonly contentType: string;
    readonly filename: string;
    readonly data: Buffer;
  }) {
    this.contentType = file.contentType;
    this.filename = file.filename;
    this.data = file.data;
  }
}

/** How a path is served. */
export interface Endpoint {
  /** Without: either. */
  readonly method?: "GET" | "POST";
  /** `false` for the calls that need no token of the account. */
  readonly token?: false;
  /** What is answered: an object as JSON, nothing as `{"errcode":0,"errmsg":"ok"}`. */
  run(call: Call): unknown;
}

/** Endpoints by their paths. */
export type Endpoints = Readonly<Record<string, Endpoint>>;

/** One call of the API, as an endpoint sees it. */
export class Call {
  readonly world: World;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly raw: Buffer;
  /** Where this server is, without a path. */
  readonly origin: string;
  /** What is to be pushed when the call is answered. */
  readonly pushes: (readonly [Person, PushFields])[] = [];

  constructor(
    world: World,
    request: Pick<Call, "path" | "query" | "contentType" | "raw" | "origin">,
  ) {
    this.world = world;
    this.path = request.path;
    this.query = request.query;
    this.contentType = request.contentType;
    this.raw = request.raw;
    this.origin = request.origin;
  }

  /** The JSON of the body: 44002 without one, 47001 for what is no JSON object. */
  get body(): Fields {
    const text = this.raw.toString("utf8").replace(/^\uFEFF/, "");
    if (text.trim() === "") refuse(44002);
    let value: unknown;
    try {
      value = parse(text, undefined, (digits) =>
        isInteger(digits) && !isSafeNumber(digits) ? BigInt(digits) : Number(digits),
      );
    } catch {
      refuse(47001, "data format error hint: [the body is no JSON]");
    }
    if (!isFields(value)) refuse(47001, "data format error hint: [the body is no JSON object]");
    return value;
  }

  push(person: Person, fields: PushFields): void {
    this.pushes.push([person, fields]);
  }
}

/** Whether it has fields to look at. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The field's text, also of a number; `""` when it is something else or missing. */
export function textOf(fields: Fields, name: string): string {
  return asText(fields[name]);
}

/** The same of a value. `String()` fails for some of what JSON can hold. */
export function asText(value: unknown): string {
  return typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "bigint"
      ? String(value)
      : "";
}

/** The object within; refused with 40035 when it is none. */
export function objectOf(fields: Fields, name: string, errcode = 40035): Fields {
  const value = fields[name];
  if (!isFields(value)) refuse(errcode);
  return value;
}

/** The list within; refused with 40035 when it is none. */
export function listOf(fields: Fields, name: string, errcode = 40035): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) refuse(errcode);
  return value;
}

/** A whole number from `min` to `max`, or what stands for a missing one. */
export function integerOf(
  fields: Fields,
  name: string,
  [min, max]: readonly [number, number],
  missing?: number,
  errcode = 40035,
): number {
  const text = textOf(fields, name);
  if (text === "" && fields[name] === undefined && missing !== undefined) return missing;
  const value = Number(text);
  if (text === "" || !Number.isInteger(value) || value < min || value > max) refuse(errcode);
  return value;
}

/** The user with that openid: 41009 without one, 40003 for one who is nobody's. */
export function personOf(world: World, openid: string): Person {
  if (openid === "") refuse(41009);
  return world.people.find(openid) ?? refuse(40003);
}

/** Refuses `\u` escapes, which WeChat does not read in names. */
export function refuseEscapes(call: Call): void {
  if (/\\u(?!00[01])[0-9a-f]{4}/i.test(call.raw.toString("utf8"))) refuse(40033);
}

/** An id of 64 bits, greater than a number of JavaScript can hold. */
export function newId(): bigint {
  return BigInt(randomInt(2_000_000, 9_000_000)) * 10n ** 12n + BigInt(randomInt(1e12));
}

export const ok = { errcode: 0, errmsg: "ok" } as const;
