import { parser, type Token } from "./parser.js";

/** A tag of HTML. */
export interface Tag {
  readonly name: string;
  readonly isClosing: boolean;
  readonly attributes: ReadonlyMap<string, string>;
}

/** Elements that stand on lines of their own. */
const blocks = new Set(
  "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol option p pre section summary table tbody tfoot thead title tr ul".split(
    " ",
  ),
);
/** The others that people write. */
const inlines = new Set(
  "a abbr audio b bdi bdo big br button cite code col colgroup data del dfn em embed font i iframe img input ins kbd label link mark meta meter object optgroup output picture progress q rp rt ruby s samp script select small source span strike strong style sub sup svg td textarea th time track tt u var video wbr".split(
    " ",
  ),
);
/** Those that models write as mark-up; others are as often talked about, as the `<time>` of a form. */
const markup = new Set(
  "a b blockquote br caption center code col colgroup del details div em font h1 h2 h3 h4 h5 h6 hr i img kbd li mark ol p pre s span strong sub summary sup table tbody td tfoot th thead tr u ul".split(
    " ",
  ),
);
const attribute = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
/** Attributes that are written without a value. */
const bare =
  /^(?:allowfullscreen|async|autofocus|autoplay|checked|controls|defer|disabled|hidden|loop|multiple|muted|open|readonly|required|reversed|selected|\/)$/i;

/** A tag of HTML; `undefined` for what only looks like one, such as the `<T>` of `Vec<T>`. */
export function tagOf(source: string): Tag | undefined {
  const [, slash, written = "", rest = ""] =
    /^<(\/?)([A-Za-z][\w-]*)([\s\S]*)>$/.exec(source) ?? [];
  const name = written.toLowerCase();
  if (!blocks.has(name) && !inlines.has(name)) return undefined;
  const attributes = new Map<string, string>();
  for (const [, key = "", double, single, plain] of rest.matchAll(attribute)) {
    const value = double ?? single ?? plain;
    // `a<b and c>d` is no tag with the attributes "and" and "c".
    if (value === undefined && !bare.test(key)) return undefined;
    attributes.set(key.toLowerCase(), decoded(value ?? ""));
  }
  return { name, isClosing: slash === "/", attributes };
}

export function isBlockTag({ name }: Tag): boolean {
  return blocks.has(name);
}

export function isMarkup({ name }: Tag): boolean {
  return markup.has(name);
}

/** Which tags have their other half, by the number of their token. */
export function pairedTags(tokens: readonly Token[]): ReadonlySet<number> {
  const paired = new Set<number>();
  const open = new Map<string, number[]>();
  for (const [at, { type, content }] of tokens.entries()) {
    const tag = type === "html_inline" ? tagOf(content) : undefined;
    if (tag === undefined) continue;
    const begins = open.get(tag.name) ?? [];
    open.set(tag.name, begins);
    if (!tag.isClosing) begins.push(at);
    else {
      const begin = begins.pop();
      if (begin !== undefined) paired.add(begin).add(at);
    }
  }
  return paired;
}

/** With its `&amp;`; a backslash is none of Markdown's here. */
function decoded(value: string): string {
  return parser.utils.unescapeAll(value.replaceAll("\\", "\\\\"));
}
