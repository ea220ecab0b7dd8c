import type { StateCore, Token } from "markdown-it";

/** Bars that part cells; one with a backslash before it is text. */
const bar = /(?<!\\)\|/;

/** Gives rows the cells that they have beyond those of the head: the parser drops them. */
export function surplusCells(state: StateCore): void {
  if (!state.tokens.some(({ type }) => type === "tbody_open")) return;
  const lines = state.src.split("\n");
  const found: Token[] = [];
  let columns = 0;
  let isBody = false;
  /** Cells of the row at hand that are still to come. */
  let cells: string[] | undefined;
  for (const token of state.tokens) {
    if (token.type === "table_open") columns = 0;
    else if (token.type === "th_open") columns += 1;
    else if (token.type === "tbody_open" || token.type === "tbody_close") isBody = !isBody;
    else if (token.type === "tr_open" && isBody) {
      cells = surplusRow(lines[token.map?.[0] ?? -1] ?? "", columns);
    } else if (token.type === "inline" && cells !== undefined) {
      token.content = cells.shift() ?? "";
    } else if (token.type === "tr_close") {
      for (const content of cells ?? []) found.push(inlineToken(state, content));
      cells = undefined;
    }
    found.push(token);
  }
  state.tokens = found;
}

/** The cells of a row that has more than there are columns. */
function surplusRow(line: string, columns: number): string[] | undefined {
  // No row begins with the mark of a quotation.
  const parts = line
    .replace(/^[ >]*/, "")
    .trim()
    .split(bar);
  if (parts[0] === "") parts.shift();
  if (parts.at(-1) === "") parts.pop();
  if (parts.length <= columns) return undefined;
  const cells = rejoined(parts).map((cell) => cell.replaceAll("\\|", "|").trim());
  return cells.slice(0, Math.max(columns, cells.findLastIndex((cell) => cell !== "") + 1));
}

/** Cells as they were meant where one had code with a bar in it, which parted it. */
function rejoined(parts: readonly string[]): readonly string[] {
  const found: string[] = [];
  let isCode = false;
  for (const part of parts) {
    found.push(isCode ? `${found.pop()}|${part}` : part);
    if ((part.match(/`+/g)?.length ?? 0) % 2 === 1) isCode = !isCode;
  }
  return isCode ? parts : found;
}

function inlineToken(state: StateCore, content: string): Token {
  const token = new state.Token("inline", "", 0);
  token.content = content;
  token.children = [];
  return token;
}

/** Gives definitions their text, in the place of the rule that drops them. */
export function definitionTexts(state: StateCore): void {
  const definitions = state.tokens.filter(({ type }) => type === "reference_definition");
  if (definitions.length === 0) return;
  const lines = state.src.split("\n");
  for (const token of definitions) {
    const [first = "", ...more] = lines.slice(...(token.map ?? [0, 0]));
    const rest = more.map((line) => line.replace(/^[ >]*/, ""));
    token.content = [first.slice(first.indexOf("[")), ...rest].join("\n").trim();
  }
}
