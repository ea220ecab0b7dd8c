import { RequestError } from "../../errors.js";

/** What an element holds: text, child elements, or several of either when its name is repeated. */
export type XmlValue = string | XmlElement | readonly (string | XmlElement)[];

/** An element's children by name, without a prototype. A leaf is a string, `""` when it is empty. */
export interface XmlElement {
  readonly [name: string]: XmlValue | undefined;
}

/** An element while it is being built. */
export type Growing = Record<string, string | XmlElement | (string | XmlElement)[]>;

/** Bounds that nothing comes near that WeChat sends. */
export const maxDepth = 16;
export const maxElements = 1_000;

/** Names that mean something else on ordinary objects. WeChat has no such element. */
export const reserved: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** The refusal of a document as a push. `what` is wrong with it, whatever it was meant to be. */
export class MalformedXml extends RequestError {
  readonly what: string;

  /** Where `what` names an element, `kind` says the same without: the owner's logs hold no word of a push. */
  constructor(what: string, kind: string) {
    const begin = "The body is not a push of WeChat:";
    const end = "A push is one XML document with the root element <xml>, or one JSON object.";
    super(400, "WX_XML", `${begin} ${what}. ${end}`, { reason: `${begin} ${kind}. ${end}` });
    this.what = what;
  }
}

/** The refusal of a document, with what is wrong with it. */
export function malformed(what: string, kind: string = what): RequestError {
  return new MalformedXml(what, kind);
}

/** Adds a child; the second one of a name makes it a list. */
export function append(parent: Growing, name: string, child: string | XmlElement): void {
  const before = parent[name];
  if (before === undefined) parent[name] = child;
  else if (Array.isArray(before)) before.push(child);
  else parent[name] = [before, child];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters XML 1.0 forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Drops the characters that XML 1.0 forbids, which users do send now and then. */
export function clean(text: string): string {
  return forbidden.test(text) ? text.replace(new RegExp(forbidden, "g"), "") : text;
}
