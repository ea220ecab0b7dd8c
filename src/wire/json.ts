import { parse } from "lossless-json";
import { fold } from "./body.js";
import { malformed, type XmlElement } from "./xml/tree.js";
import { parseXml } from "./xml/xml.js";

/** How a push is written, and so its answer. */
export type Format = "xml" | "json";

/** How a body is written, by its first character: a Content-Type says what a proxy believes. */
export function formatOf(body: string): Format {
  return /^\uFEFF?[ \t\r\n]*\{/.test(body) ? "json" : "xml";
}

/** Parses a push, whichever way it is written, to the same content. Throws a RequestError (400). */
export function parseBody(body: string, format: Format = formatOf(body)): XmlElement {
  return format === "json" ? parseJsonPush(body) : parseXml(body);
}

/**
 * Parses a push in JSON to what the same push is in XML: numbers are the text of all their digits, a
 * list of one is one, an empty list an empty element. Throws a RequestError (400).
 */
function parseJsonPush(body: string): XmlElement {
  let given: unknown;
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: users' texts hold them, and JSON allows none as they are
    const readable = body.replace(/^\uFEFF/, "").replace(/[\u0000-\u001f]/g, " ");
    given = parse(readable, undefined, (digits) => digits);
  } catch {
    // Also what is nested so deep that it cannot be read.
    throw malformed("it is no JSON, or says something twice");
  }
  return fold(given);
}
