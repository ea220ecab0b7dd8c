import { dictionary } from "../dictionary.js";
import { nameAt } from "../names.js";
import {
  append,
  clean,
  type Growing,
  malformed,
  maxDepth,
  maxElements,
  reserved,
  type XmlElement,
} from "./tree.js";

const maxAttributes = 32;

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  apos: "'",
  quot: '"',
};

interface Open {
  readonly name: string;
  /** The child elements, once there is one. */
  children: Growing | undefined;
  /** The text so far, when there is no child element. */
  text: string;
}

/**
 * Checks in one pass, whose cost grows with the length alone, that a document is well-formed and
 * within bounds, and builds the content of its root `<xml>`.
 *
 * Returns `undefined` for a well-formed document that holds more than elements, CDATA and text.
 * Throws a RequestError at the first fault: nothing after it is looked at.
 */
export function scan(source: string): XmlElement | undefined {
  const stack: Open[] = [];
  let open: Open | undefined;
  let root: XmlElement | undefined;
  let elements = 0;
  let simple = true;
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  const start = skipSpace(source, at);

  for (;;) {
    const first = skipSpace(source, at);
    const tag = source.charCodeAt(first) === less ? first : source.indexOf("<", first);
    const end = tag < 0 ? source.length : tag;
    if (first < end) {
      if (open !== undefined) addText(open, source, at, end);
      else {
        throw malformed(root === undefined ? "it does not begin with <" : "text follows the root");
      }
    }
    if (tag < 0) break;
    const next = source.charCodeAt(tag + 1);

    if (next === slash) {
      if (open === undefined) throw malformed("a closing tag has no opening one");
      const nameEnd = tag + 2 + open.name.length;
      at = skipSpace(source, nameEnd);
      if (!source.startsWith(open.name, tag + 2) || source.charCodeAt(at) !== greater) {
        throw malformed(
          `${tagOf(open.name)} is not closed by its own tag`,
          "a tag is not closed by its own",
        );
      }
      at += 1;
      root = close(open, stack);
      open = stack[stack.length - 1];
    } else if (next === exclamation) {
      if (source.startsWith("[CDATA[", tag + 2)) {
        const stop = source.indexOf("]]>", tag + 9);
        if (open === undefined || stop < 0) throw malformed("a CDATA section is out of place");
        if (open.children === undefined) open.text += source.slice(tag + 9, stop);
        at = stop + 3;
      } else if (source.startsWith("--", tag + 2)) {
        const dashes = source.indexOf("--", tag + 4);
        if (dashes < 0 || source.charCodeAt(dashes + 2) !== greater) {
          throw malformed("a comment is not closed");
        }
        simple = false;
        at = dashes + 3;
      } else {
        throw malformed("it holds a DOCTYPE or another declaration");
      }
    } else if (next === question) {
      const stop = source.indexOf("?>", tag + 2);
      if (tag !== start || stop < 0 || !/^<\?xml\s/.test(source.slice(tag, tag + 6))) {
        throw malformed("it holds a processing instruction");
      }
      const attributes = source.slice(tag + 5, stop);
      if (!/^(?:\s+[a-z]{1,16}\s*=\s*(?:"[\w .-]{0,32}"|'[\w .-]{0,32}'))*\s*$/.test(attributes)) {
        throw malformed("its XML declaration is unreadable");
      }
      simple = false;
      at = stop + 2;
    } else {
      if (open === undefined && (root !== undefined || stack.length > 0)) {
        throw malformed("it has two roots");
      }
      const nameEnd = endOfName(source, tag + 1);
      const name = nameAt(source, tag + 1, nameEnd);
      if (name === "" || reserved.has(name)) throw malformed("an element has no acceptable name");
      if (open === undefined && name !== "xml") {
        throw malformed(`its root is ${tagOf(name)}`, "its root is not <xml>");
      }
      elements += 1;
      if (elements > maxElements) throw malformed(`it has more than ${maxElements} elements`);
      if (stack.length >= maxDepth) throw malformed(`it is deeper than ${maxDepth} elements`);
      at = skipSpace(source, nameEnd);
      if (at > nameEnd && source.charCodeAt(at) !== greater && source.charCodeAt(at) !== slash) {
        simple = false;
        at = skipAttributes(source, at);
      }
      if (open !== undefined) {
        open.children ??= dictionary();
        const end = leafEnd(source, at, name);
        if (end > 0) {
          append(open.children, name, leafText(source, at + 1, end - name.length - 3));
          at = end;
          continue;
        }
      }
      open = { name, children: undefined, text: "" };
      stack.push(open);
      if (source.charCodeAt(at) === slash && source.charCodeAt(at + 1) === greater) {
        at += 2;
        root = close(open, stack);
        open = stack[stack.length - 1];
      } else if (source.charCodeAt(at) === greater) {
        at += 1;
      } else {
        throw malformed(`the tag ${tagOf(name)} is not closed`, "a tag is not closed");
      }
    }
  }
  if (open !== undefined)
    throw malformed(`it ends inside ${tagOf(open.name)}`, "it ends inside an element");
  if (root === undefined) throw malformed("it is empty");
  return simple ? root : undefined;
}

const tagOf = (name: string) => `<${name.slice(0, 32)}>`;

const less = 0x3c;
const slash = 0x2f;
const greater = 0x3e;
const exclamation = 0x21;
const question = 0x3f;

/**
 * Where an element ends that holds nothing but one CDATA section or one text, as nearly all do;
 * -1 for others. `at` is the end of its opening tag.
 */
function leafEnd(source: string, at: number, name: string): number {
  if (source.charCodeAt(at) !== greater) return -1;
  const stop = isCdata(source, at + 1) ? source.indexOf("]]>", at + 10) + 3 : at + 1;
  if (stop < at) return -1;
  const close = source.indexOf("<", stop);
  const end = close + 2 + name.length;
  const isLeaf =
    (stop === at + 1 || close === stop) &&
    source.charCodeAt(close + 1) === slash &&
    source.charCodeAt(end) === greater &&
    source.startsWith(name, close + 2);
  return isLeaf ? end + 1 : -1;
}

function leafText(source: string, from: number, to: number): string {
  if (isCdata(source, from)) return clean(source.slice(from + 9, to - 3));
  const text = source.slice(from, to);
  return clean((text.includes("&") ? decodeEntities(text) : text).trim());
}

function isCdata(source: string, at: number): boolean {
  return source.charCodeAt(at + 1) === exclamation && source.startsWith("<![CDATA[", at);
}

/** Takes the innermost element off the stack, into its parent; returns it if it was the root. */
function close(open: Open, stack: Open[]): XmlElement | undefined {
  stack.pop();
  const parent = stack[stack.length - 1];
  if (parent === undefined) return open.children ?? dictionary();
  append(parent.children as Growing, open.name, open.children ?? clean(open.text));
  return undefined;
}

function addText(open: Open, source: string, from: number, to: number): void {
  // Text beside child elements (a client's version, remarks of the docs) means nothing, but it must be well-formed.
  const text = source.slice(from, to).trim();
  if (text === "") return;
  const decoded = text.includes("&") ? decodeEntities(text).trim() : text;
  if (open.children === undefined) open.text += decoded;
}

/** Replaces the five entities and character references; anything else after `&` is a fault. */
function decodeEntities(text: string): string {
  let decoded = "";
  let at = 0;
  for (;;) {
    const and = text.indexOf("&", at);
    if (and < 0) return decoded + text.slice(at);
    const reference = /^&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|apos|quot));/.exec(
      text.slice(and, and + 12),
    );
    if (reference === null) throw malformed("it holds an entity that XML does not know");
    const [whole, decimal, hex, name] = reference;
    decoded += text.slice(at, and);
    if (name !== undefined) decoded += entities[name];
    else {
      const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
      if (!isCharacter(code)) throw malformed("it refers to a character that does not exist");
      decoded += String.fromCodePoint(code);
    }
    at = and + whole.length;
  }
}

/** Whether XML 1.0 has such a character. As they are, some others are dropped; nobody refers to them. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0x10ffff && code !== 0xfffe && code !== 0xffff)
  );
}

function skipAttributes(source: string, from: number): number {
  const seen = new Set<string>();
  let at = from;
  for (;;) {
    const nameEnd = endOfName(source, at);
    const name = source.slice(at, nameEnd);
    if (name === "" || seen.has(name) || seen.size >= maxAttributes) break;
    seen.add(name);
    at = skipSpace(source, nameEnd);
    if (source[at] !== "=") break;
    at = skipSpace(source, at + 1);
    const quote = source[at];
    if (quote !== '"' && quote !== "'") break;
    const stop = source.indexOf(quote, at + 1);
    if (stop < 0) break;
    const value = source.slice(at + 1, stop);
    if (value.includes("<")) break;
    decodeEntities(value);
    at = skipSpace(source, stop + 1);
    const next = source.charCodeAt(at);
    if (next === greater || next === slash) return at;
    if (at === stop + 1) break;
  }
  throw malformed("an attribute is unreadable");
}

function skipSpace(source: string, from: number): number {
  let at = from;
  for (;;) {
    const code = source.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/** The end of a name: letters, digits, `_`, `-`, `.`, not beginning with one of the last three kinds but `_`. */
function endOfName(source: string, from: number): number {
  let at = from;
  for (;;) {
    const code = source.charCodeAt(at);
    const letter =
      (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
    const inside = (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e;
    if (!letter && !(inside && at > from)) return at;
    at += 1;
  }
}
