import { XMLParser } from "fast-xml-parser";
import { RequestError } from "../../../src/errors.js";
import { decode } from "../../../src/message/decode.js";
import { runKey } from "../../../src/message/push-key.js";
import { parseXml, type XmlElement, type XmlValue } from "../../../src/wire/xml/xml.js";
import { documents } from "../corpus.js";
import type { Target } from "../fuzz.js";
import { mutateXml } from "../mutate-xml.js";
import { promised } from "../oracle.js";

type Node = Readonly<Record<string, unknown>>;

const other = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  cdataPropName: "#cdata",
  parseTagValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: 1_000,
  onDangerousProperty: (name) => name,
});

/** The parser's reading of a document, and of the message in it; only a refusal may come instead. */
export const xmlTarget: Target = {
  name: "xml",
  share: 25,
  open: () => ({
    run(random, trace) {
      const source = mutateXml(random.pick(documents), random);
      trace.input = source;
      const root = trace.time(() => parsed(source));
      if (root === undefined) return;
      promised(Object.getPrototypeOf(Object.getPrototypeOf(root) ?? null) === null, "a prototype");
      const ours = JSON.stringify(root);
      // The second parser inside koa-wx takes over for comments.
      const second = trace.time(() => parsed(`${source}<!-- -->`));
      promised(ours === JSON.stringify(second), "koa-wx's two parsers disagree");
      if (random.chance(0.25)) {
        const theirs = JSON.stringify(fold(documentOf(source)));
        promised(flat(ours) === flat(theirs), `fast-xml-parser reads something else: ${theirs}`);
      }
      trace.time(() => decoded(root));
    },
  }),
};

function parsed(source: string): XmlElement | undefined {
  try {
    return parseXml(source);
  } catch (error) {
    if (error instanceof RequestError && error.status === 400) return undefined;
    throw error;
  }
}

function decoded(root: XmlElement): void {
  try {
    const message = decode(root);
    for (const name of ["ToUserName", "FromUserName", "MsgType"] as const) {
      promised(typeof message[name] === "string" && message[name] !== "", `${name} is missing`);
    }
    promised(runKey(message, "wx").startsWith("wx:"), "the push has no key");
  } catch (error) {
    if (!(error instanceof RequestError && error.status === 400)) throw error;
  }
}

function documentOf(source: string): readonly Node[] {
  const roots = other.parse(source.replace(/^\ufeff/, "")) as readonly Node[];
  const root = roots.find((node) => "xml" in node);
  return (root?.xml ?? []) as readonly Node[];
}

/** The other parser's nodes in the form that koa-wx gives them. */
function fold(nodes: readonly Node[]): XmlValue {
  const elements = nodes.flatMap((node) =>
    Object.entries(node).filter(([name]) => !/^(#text|#cdata|:@|\?)/.test(name)),
  );
  if (elements.length === 0) {
    return nodes
      .map((node) =>
        "#cdata" in node
          ? ((node["#cdata"] as Node[])[0]?.["#text"] as string)
          : unescaped(String(node["#text"])),
      )
      .join("");
  }
  const folded: Record<string, XmlValue> = Object.create(null);
  for (const [name, children] of elements) {
    const child = fold(children as readonly Node[]) as string | XmlElement;
    const before = folded[name];
    if (before === undefined) folded[name] = child;
    else folded[name] = Array.isArray(before) ? [...before, child] : [before as string, child];
  }
  return folded;
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  apos: "'",
  quot: '"',
};

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal, hex, name) =>
    name === undefined
      ? String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16))
      : (entities[name] ?? ""),
  );
}

/** Without what parsers may trim and XML forbids: white space and control characters. */
function flat(json: string): string {
  return json
    .replace(/\\u(?:00[01][0-9a-f]|fffe|ffff)|\\[bfnrt]/gi, "")
    .replace(/\s|\ufffe|\uffff/g, "")
    .replaceAll('""', "{}");
}
