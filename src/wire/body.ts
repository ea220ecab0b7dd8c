import { types } from "node:util";
import { RequestError } from "../errors.js";
import { dictionary } from "./dictionary.js";
import {
  append,
  clean,
  type Growing,
  malformed,
  maxDepth,
  maxElements,
  reserved,
  type XmlElement,
} from "./xml/tree.js";

/**
 * Reads a body that somebody else has taken from the wire: its text, its bytes in whichever form, or
 * what an XML parser made of it, with or without the root, with or without lists of one. Of several,
 * `raw` comes first, and only if it is text or bytes. `undefined` means that there is nothing.
 *
 * Throws a RequestError: 400 for what is no body, 413 for one of more than `limit` bytes.
 */
export function readGiven(
  body: unknown,
  limit: number,
  ...raw: readonly unknown[]
): string | XmlElement | undefined {
  try {
    for (const given of [...raw, body]) {
      const text = textOf(given, limit);
      if (text !== undefined && text !== "") return text;
    }
    return bytesOf(body) === undefined ? rootOf(body, limit) : undefined;
  } catch (error) {
    if (error instanceof RequestError) throw error;
    // Something that looks like bytes or an object, and fails when it is read.
    throw unusable();
  }
}

/** The refusal of a body of more than `limit` bytes. */
export function tooLarge(limit: number): RequestError {
  return new RequestError(
    413,
    "WX_BODY_TOO_LARGE",
    `The body is longer than ${limit} bytes. Pushes of WeChat stay under 4 KiB; "bodyLimit" sets another limit.`,
  );
}

function textOf(given: unknown, limit: number): string | undefined {
  if (typeof given === "string") {
    // No letter takes more than three bytes.
    if (given.length * 3 > limit && Buffer.byteLength(given) > limit) throw tooLarge(limit);
    return given;
  }
  const bytes = bytesOf(given);
  if (bytes === undefined) return undefined;
  if (bytes.length > limit) throw tooLarge(limit);
  return Buffer.from(bytes).toString("utf8");
}

/** What `JSON.stringify` makes of a Buffer. */
interface BufferJson {
  readonly type: "Buffer";
  readonly data: readonly number[];
}

function bytesOf(given: unknown): Uint8Array | readonly number[] | undefined {
  if (ArrayBuffer.isView(given)) {
    return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  }
  if (types.isAnyArrayBuffer(given)) return new Uint8Array(given);
  return isBufferJson(given) ? given.data : undefined;
}

function isBufferJson(given: unknown): given is BufferJson {
  const { type, data } = Object(given) as { type?: unknown; data?: unknown };
  return type === "Buffer" && Array.isArray(data) && data.every(Number.isInteger);
}

function rootOf(body: unknown, limit: number): XmlElement | undefined {
  const given = unwrap(body);
  if (given === undefined || given === null || given === "") return undefined;
  if (Array.isArray(given) && given.length === 0) return undefined;
  if (!isElement(given)) throw unusable();
  if (Object.keys(given).length === 0) return undefined;
  return fold(given.xml ?? given, limit);
}

/**
 * Makes of a document that was parsed already what koa-wx's own parser would have made of its text.
 * Throws a RequestError: 400, or 413 where it holds more than `limit` letters.
 */
export function fold(given: unknown, limit = Number.POSITIVE_INFINITY): XmlElement {
  const root = unwrap(given);
  if (Array.isArray(root)) throw malformed("it has two roots");
  return isElement(root) ? new Folding(limit).fold(root, 1) : dictionary();
}

/** Folds one document, within the bounds of the parser. */
class Folding {
  readonly #limit: number;
  #letters = 0;
  #elements = 1;

  constructor(limit: number) {
    this.#limit = limit;
  }

  fold(element: Readonly<Record<string, unknown>>, depth: number): XmlElement {
    const folded: Growing = dictionary();
    for (const [name, value] of Object.entries(element)) {
      if (reserved.has(name)) throw malformed("an element has no acceptable name");
      const given = unwrap(value);
      if (isRounded(given)) continue;
      for (const child of childrenOf(given)) {
        this.#elements += 1;
        this.#count(name.length);
        if (this.#elements > maxElements) {
          throw malformed(`it has more than ${maxElements} elements`);
        }
        if (depth >= maxDepth) throw malformed(`it is deeper than ${maxDepth} elements`);
        append(folded, name, this.#child(unwrap(child), depth + 1));
      }
    }
    return folded;
  }

  #child(value: unknown, depth: number): string | XmlElement {
    if (isElement(value)) return this.fold(value, depth);
    const text = leafOf(value, this.#limit);
    this.#count(text.length);
    return clean(text);
  }

  #count(letters: number): void {
    this.#letters += letters;
    if (this.#letters > this.#limit) throw tooLarge(this.#limit);
  }
}

/** In XML a list is an element that is repeated, and an empty one an element with nothing in it. */
function childrenOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [value];
  return value.length === 0 ? [""] : value;
}

/**
 * Whether it is an id whose last digits a JSON parser has lost. As if it had not come: two messages must
 * not be taken for one.
 */
function isRounded(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
}

function leafOf(value: unknown, limit: number): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
    return String(value);
  }
  const text = textOf(value, limit);
  if (text === undefined) throw unusable();
  return text;
}

/** A list of one is one: parsers that do not know the document put every child into a list. */
function unwrap(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? unwrap(value[0]) : value;
}

/** Whether it is an object as parsers make them, of whichever realm, and none of the kinds that have a name. */
function isElement(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === "[object Object]" && !isBufferJson(value);
}

function unusable(): RequestError {
  return malformed(
    "what was handed over is neither its text, nor its bytes, nor what an XML parser made of it (a stream or a promise is to be read or awaited first)",
  );
}
