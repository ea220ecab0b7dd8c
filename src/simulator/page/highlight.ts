/** A piece of code and what it is. */
export interface Token {
  readonly kind: "tag" | "text" | "mark" | "key" | "string" | "number" | "word";
  readonly text: string;
}

/** Pretty-prints and colours what went over the wire: XML, JSON, or any other text as it is. */
export function highlight(source: string): readonly Token[] {
  const text = source.trim();
  if (text.startsWith("<")) return xml(text);
  if (/^[[{]/.test(text)) {
    try {
      return json(indented(text));
    } catch {
      return [{ kind: "text", text: source }];
    }
  }
  return [{ kind: "text", text: source }];
}

/** Indents JSON; numbers too long for JavaScript pass as texts, so that no digit is lost. */
function indented(text: string): string {
  const safe = text.replace(
    /("(?:[^"\\]|\\.)*")|(-?\d{16,})(?=\s*[,}\]])/g,
    (_, quoted?: string, digits?: string) => quoted ?? `"${mark}${digits}"`,
  );
  return JSON.stringify(JSON.parse(safe), null, 2).replaceAll(marked, "$1");
}

const mark = "\ue000";
const marked = /"\ue000(-?\d+)"/g;

const xmlToken = /<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^<>\s/]+)[^<>]*?(\/?)>|[^<]+|</g;

function xml(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  // An element that only holds text stays on its line.
  let justOpened = false;
  const line = (level: number) => {
    if (tokens.length > 0) tokens.push({ kind: "text", text: `\n${"  ".repeat(level)}` });
  };
  for (const [token, cdata, slash, name, selfClosing] of source.matchAll(xmlToken)) {
    if (cdata !== undefined) {
      tokens.push({ kind: "mark", text: "<![CDATA[" });
      tokens.push({ kind: "string", text: cdata });
      tokens.push({ kind: "mark", text: "]]>" });
    } else if (name === undefined) {
      if (token.trim() !== "") tokens.push({ kind: "number", text: token });
    } else if (slash === "/") {
      depth = Math.max(0, depth - 1);
      if (!justOpened) line(depth);
      tokens.push({ kind: "tag", text: token });
      justOpened = false;
    } else {
      line(depth);
      tokens.push({ kind: "tag", text: token });
      if (selfClosing === "/" || /^[?!]/.test(name)) continue;
      depth += 1;
      justOpened = true;
    }
  }
  return tokens;
}

const jsonToken =
  /("(?:[^"\\]|\\.)*")(\s*:)|("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|(true|false|null)|[\s{}[\],:]+|./g;

function json(source: string): readonly Token[] {
  return [...source.matchAll(jsonToken)].flatMap(
    ([all, key, colon, string, number, word]): readonly Token[] => {
      if (key !== undefined) {
        return [
          { kind: "key", text: key } as const,
          { kind: "text", text: colon as string } as const,
        ];
      }
      const kind = string ? "string" : number ? "number" : word ? "word" : "text";
      return [{ kind, text: all }];
    },
  );
}
