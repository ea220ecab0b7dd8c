import { type Element, xml2js } from "xml-js";
import { dictionary } from "../dictionary.js";
import { scan } from "./scan.js";
import { append, clean, type Growing, malformed, type XmlElement } from "./tree.js";

export type { XmlElement, XmlValue } from "./tree.js";

/**
 * Parses a push and returns the content of its root `<xml>`.
 *
 * One linear scanner checks that the document is well-formed and builds the result itself, if the
 * document holds no more than WeChat really sends: elements, CDATA and text. A well-formed document
 * with attributes, comments or a declaration goes on to xml-js, which costs ten times as much and is
 * safe only on input that was checked before.
 *
 * Text outside CDATA is trimmed, text between elements is ignored, and characters that XML 1.0
 * forbids are dropped. Throws a RequestError (400) for anything that is no well-formed push.
 */
export function parseXml(source: string): XmlElement {
  return scan(source) ?? parseByRecord(source);
}

/** Whether a text is meant to be XML. */
export function isXml(text: string): boolean {
  return text.trimStart().startsWith("<");
}

function parseByRecord(source: string): XmlElement {
  const [root] = read(source).elements ?? [];
  if (root === undefined) throw malformed("it is empty");
  const content = fold(root);
  return typeof content === "string" ? dictionary() : content;
}

function read(source: string): Element {
  try {
    return xml2js(source.replace(/^\uFEFF/, ""), {
      compact: false,
      ignoreAttributes: true,
      ignoreComment: true,
      ignoreDeclaration: true,
    }) as Element;
  } catch {
    throw malformed("it is unreadable");
  }
}

function fold(element: Element): string | XmlElement {
  const nodes = element.elements ?? [];
  const content: Growing = dictionary();
  let text = "";
  let isLeaf = true;
  for (const node of nodes) {
    if (node.type === "element") {
      isLeaf = false;
      append(content, node.name as string, fold(node));
    } else {
      text += node.type === "cdata" ? node.cdata : String(node.text).trim();
    }
  }
  return isLeaf ? clean(text) : content;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids, and halves of characters
const doubtful = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;

/** A text without what XML 1.0 cannot hold: control characters and lone surrogates. */
export function sendable(text: string): string {
  if (!doubtful.test(text)) return text;
  return clean(text.replace(/\p{Surrogate}/gu, ""));
}

/**
 * A CDATA section that holds `text`, whatever it is: `]]>` cannot end it, and what XML 1.0 cannot
 * hold (control characters, lone surrogates) is dropped.
 */
export function cdata(text: string): string {
  const whole = sendable(text);
  return `<![CDATA[${whole.includes("]]>") ? whole.replaceAll("]]>", "]]]]><![CDATA[>") : whole}]]>`;
}
