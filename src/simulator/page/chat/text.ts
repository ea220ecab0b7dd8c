import { withFaces } from "./faces.js";

/** A piece of a text that the account sent. */
export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly url: string }
  /** A tap sends `content` as the user's message. */
  | {
      readonly kind: "menu";
      readonly text: string;
      readonly content: string;
      readonly id: string;
    };

/**
 * Reads a text as WeChat does: `<a>` elements and bare addresses become links, everything else
 * stays the text that it is. Only http and https are links; nothing is ever HTML.
 */
export function segmentsOf(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(/<a\s([^<>]*)>([^<]*)<\/a\s*>/gi)) {
    segments.push(...bareLinks(text.slice(end, match.index)));
    segments.push(anchor(match[1] as string, match[2] as string));
    end = match.index + match[0].length;
  }
  segments.push(...bareLinks(text.slice(end)));
  return segments;
}

/** The address if it is one that a browser may open, otherwise undefined. */
export function webAddress(address: string): string | undefined {
  try {
    const { protocol, href } = new URL(address.trim());
    return protocol === "http:" || protocol === "https:" ? href : undefined;
  } catch {
    return undefined;
  }
}

function anchor(attributes: string, inside: string): Segment {
  const href = unescapeHtml(
    /\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)/i.exec(attributes)?.[1] ?? "",
  );
  const text = unescapeHtml(inside);
  const url = webAddress(href);
  if (url !== undefined) return { kind: "link", text, url };
  if (href.startsWith("weixin://bizmsgmenu?")) {
    const query = new URLSearchParams(href.slice(href.indexOf("?")));
    const content = query.get("msgmenucontent") ?? text;
    return { kind: "menu", text, content, id: query.get("msgmenuid") ?? "" };
  }
  return plain(text);
}

function bareLinks(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[\w\-./?%&=+#:@~!$,;*()[\]]*[\w\-/?%&=+#@~$]/gi)) {
    const url = webAddress(match[0]);
    if (url === undefined) continue;
    if (match.index > end) segments.push(plain(text.slice(end, match.index)));
    segments.push({ kind: "link", text: match[0], url });
    end = match.index + match[0].length;
  }
  if (end < text.length) segments.push(plain(text.slice(end)));
  return segments;
}

function plain(text: string): Segment {
  return { kind: "text", text: withFaces(text) };
}

function unescapeHtml(text: string): string {
  return text
    .replace(/^(["'])(.*)\1$/s, "$2")
    .replace(/&(amp|lt|gt|quot|apos|#39|nbsp);/g, (_, name: string) => entities[name] as string);
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#39": "'",
  nbsp: " ",
};
