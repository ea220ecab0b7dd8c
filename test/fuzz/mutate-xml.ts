import { elementNames } from "./corpus.js";
import { mutateText, nastyText } from "./mutate.js";
import type { Random } from "./random.js";

/** A document as its tags, CDATA sections and texts. */
export function tokensOf(source: string): string[] {
  return source.match(/<!\[CDATA\[[\s\S]*?\]\]>|<[^>]*>|[^<]+/g) ?? [];
}

const isTag = (token: string) => /^<\/?\w/.test(token);
const nameIn = (token: string) => /^<\/?([\w.-]+)/.exec(token)?.[1] ?? "";

/** The end of the element that begins at `at`, or `at + 1`. */
function endOf(tokens: readonly string[], at: number): number {
  const name = nameIn(tokens[at] ?? "");
  let depth = 0;
  for (let end = at; end < tokens.length; end++) {
    const token = tokens[end] as string;
    if (nameIn(token) !== name || !isTag(token)) continue;
    depth += token.startsWith("</") ? -1 : 1;
    if (depth === 0) return end + 1;
  }
  return at + 1;
}

function pickTag(tokens: readonly string[], random: Random, kind: "open" | "any" = "any"): number {
  const found = tokens.flatMap((token, at) =>
    isTag(token) && (kind === "any" || !token.startsWith("</")) && at > 0 ? [at] : [],
  );
  return found.length === 0 ? 0 : random.pick(found);
}

function pickValue(tokens: readonly string[], random: Random): number {
  const found = tokens.flatMap((token, at) => (isTag(token) || token.trim() === "" ? [] : [at]));
  return found.length === 0 ? -1 : random.pick(found);
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const cdata = (text: string) => `<![CDATA[${text.replaceAll("]]>", "")}]]>`;

function element(random: Random): string[] {
  const name = random.chance(0.7) ? random.pick(elementNames) : random.pick(names);
  const text = nastyText(random);
  return [`<${name}>`, random.chance(0.5) ? cdata(text) : escaped(text), `</${name}>`];
}

const names = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "then",
  "toJSON",
  "xml",
  "a:b",
  "MsgType",
  "Event",
  "Encrypt",
  "FromUserName",
  "MsgId",
  "-a",
  "1",
  "名",
  "a b",
  "",
];

type Change = (tokens: string[], random: Random) => void;

/** Changes that keep a document well-formed: these get furthest. */
const gentle: readonly Change[] = [
  function newValue(tokens, random) {
    const at = pickValue(tokens, random);
    const text = nastyText(random);
    if (at >= 0) tokens[at] = random.chance(0.5) ? cdata(text) : escaped(text);
  },
  function changedValue(tokens, random) {
    const at = pickValue(tokens, random);
    if (at < 0) return;
    const text = mutateText((tokens[at] as string).replace(/^<!\[CDATA\[|\]\]>$/g, ""), random);
    tokens[at] = random.chance(0.5) ? cdata(text) : escaped(text);
  },
  function otherNotation(tokens, random) {
    const at = pickValue(tokens, random);
    if (at < 0) return;
    const text = (tokens[at] as string).replace(/^<!\[CDATA\[|\]\]>$/g, "");
    const middle = random.below(text.length + 1);
    tokens[at] = random.pick([
      () => escaped(text),
      () => cdata(text),
      () => `\n\t${cdata(text)}  `,
      () => cdata(text.slice(0, middle)) + cdata(text.slice(middle)),
      () => cdata(text.slice(0, middle)) + escaped(text.slice(middle)),
      () => `${escaped(text.slice(0, middle))}<!-- x -->${escaped(text.slice(middle))}`,
      () => [...text].map((character) => `&#${character.codePointAt(0)};`).join(""),
    ])();
  },
  function newElement(tokens, random) {
    const at = pickTag(tokens, random, "open");
    tokens.splice(at === 0 ? 1 : at, 0, ...element(random));
  },
  function repeated(tokens, random) {
    const at = pickTag(tokens, random, "open");
    const part = tokens.slice(at, endOf(tokens, at));
    const times = random.chance(0.02) ? random.between(100, 1_100) : random.between(1, 3);
    for (let left = times; left > 0 && tokens.length < 8_000; left--) {
      tokens.splice(at, 0, ...part);
    }
  },
  function removed(tokens, random) {
    const at = pickTag(tokens, random, "open");
    if (at > 0) tokens.splice(at, endOf(tokens, at) - at);
  },
  function wrapped(tokens, random) {
    const at = pickTag(tokens, random, "open");
    if (at === 0) return;
    const name = random.pick(elementNames);
    const times = random.chance(0.1) ? random.between(10, 400) : random.between(1, 3);
    const end = endOf(tokens, at);
    tokens.splice(end, 0, `</${name}>`.repeat(times));
    tokens.splice(at, 0, `<${name}>`.repeat(times));
  },
  function renamed(tokens, random) {
    const at = pickTag(tokens, random, "open");
    if (at === 0) return;
    const name = random.chance(0.7) ? random.pick(elementNames) : random.pick(names);
    const end = endOf(tokens, at);
    tokens[at] = `<${name}>`;
    if (end > at + 1) tokens[end - 1] = `</${name}>`;
  },
  function commented(tokens, random) {
    const at = random.below(tokens.length + 1);
    const extra = ["<!-- x -->", "<!---->", "\n", "webwx_msg_cli_ver_0x1", "<E/>", "<E />"];
    tokens.splice(at, 0, random.pick(extra));
  },
  function attributed(tokens, random) {
    const at = pickTag(tokens, random, "open");
    const count = random.chance(0.1) ? random.between(20, 60) : random.between(1, 3);
    const list = Array.from({ length: count }, (_, n) => ` a${n}='${escaped(nastyText(random))}'`);
    const tag = tokens[at] ?? "";
    tokens[at] = tag.replace(/>$/, `${list.join("").replaceAll("\u0000", "")}>`);
  },
  function declared(tokens, random) {
    const extra = ['<?xml version="1.0" encoding="UTF-8"?>', "\ufeff", "<?xml version='1.0' ?>\n"];
    tokens.unshift(random.pick(extra));
  },
];

/** Changes after which a parser should refuse, if it does not know better. */
const rough: readonly Change[] = [
  function dropped(tokens, random) {
    tokens.splice(random.below(tokens.length), 1);
  },
  function doubled(tokens, random) {
    const at = random.below(tokens.length);
    tokens.splice(at, 0, tokens[at] as string);
  },
  function swapped(tokens, random) {
    const [a, b] = [random.below(tokens.length), random.below(tokens.length)];
    [tokens[a], tokens[b]] = [tokens[b] as string, tokens[a] as string];
  },
  function inserted(tokens, random) {
    tokens.splice(random.below(tokens.length + 1), 0, nastyText(random));
  },
  function changed(tokens, random) {
    const at = random.below(tokens.length);
    tokens[at] = mutateText(tokens[at] as string, random);
  },
  function cut(tokens, random) {
    tokens.length = random.below(tokens.length + 1);
  },
];

/** Changes a document in its structure, or in its text; `gently` keeps it well-formed, mostly. */
export function mutateXml(source: string, random: Random, gently = random.chance(0.5)): string {
  const tokens = tokensOf(source);
  for (let left = random.between(1, 4); left > 0; left--) {
    random.pick(gently || random.chance(0.6) ? gentle : rough)(tokens, random);
    if (tokens.length === 0) break;
  }
  // Twice what is read by default.
  const mutated = tokens.join("").slice(0, 131_072);
  return !gently && random.chance(0.15) ? mutateText(mutated, random) : mutated;
}
