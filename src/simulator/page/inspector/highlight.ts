/** A piece of code and what it is. */
export interface Token {
  readonly kind: "tag" | "text" | "mark" | "key" | "string" | "number" | "word";
  readonly text: string;
}

/** Deeper than this nothing is moved to the right any more: what is nested without end stays readable. */
const deepest = 24;

/** Pretty-prints and colours what went over the wire: XML, JSON, or any other text as it is. */
export function highlight(source: string): readonly Token[] {
  const text = source.trim();
  if (text.startsWith("<")) return xml(text);
  return isJson(text) ? json(text) : [{ kind: "text", text: source }];
}

function newLine(depth: number): Token {
  return { kind: "text", text: `\n${"  ".repeat(Math.min(depth, deepest))}` };
}

// What is not closed ends with the source: a pattern that gave up there would begin anew at each letter.
const xmlToken =
  /(<!\[CDATA\[)((?:(?!\]\]>)[\s\S])*)((?:\]\]>)?)|<(\/?)([^<>\s/]*)([^<>]*)>?|[^<]+/g;

function xml(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  // An element that only holds text stays on its line.
  let justOpened = false;
  const line = (level: number) => {
    if (tokens.length > 0) tokens.push(newLine(level));
  };
  for (const [token, opening, cdata, closing, slash, name, more] of source.matchAll(xmlToken)) {
    if (opening !== undefined) {
      tokens.push({ kind: "mark", text: opening });
      tokens.push({ kind: "string", text: cdata as string });
      tokens.push({ kind: "mark", text: closing as string });
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
      if (more?.endsWith("/") || /^[?!]/.test(name)) continue;
      depth += 1;
      justOpened = true;
    }
  }
  return tokens;
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const jsonToken = /("(?:[^"\\]|\\.)*"?)|(-?\d[\d.eE+-]*)|(true|false|null)|[{}[\],:]/g;

/** Lays JSON out as it is written, so that no digit of a long number is lost. */
function json(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let last = "";
  for (const [sign, string, number, word] of source.matchAll(jsonToken)) {
    const isEnd = sign === "}" || sign === "]";
    if (isEnd) depth -= 1;
    if (isEnd ? !/[[{]/.test(last) : /[[{,]/.test(last)) tokens.push(newLine(depth));
    if (sign === "{" || sign === "[") depth += 1;
    last = string === undefined ? sign : "";
    if (sign === ":") {
      const key = tokens.pop() as Token;
      tokens.push({ ...key, kind: "key" }, { kind: "text", text: ": " });
      continue;
    }
    const kind = string ? "string" : number ? "number" : word ? "word" : "text";
    tokens.push({ kind, text: sign });
  }
  return tokens;
}
