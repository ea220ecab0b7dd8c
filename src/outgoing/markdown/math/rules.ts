import type { StateBlock, StateInline } from "markdown-it";

/** No formula in a line is longer. */
const longest = 1_000;
/** Up to which line there is no end of a formula: looked for from every line that opens one, it would take quadratic time. */
const unclosed = new WeakMap<StateBlock, number>();

const fences: Readonly<Record<string, string>> = { $$: "$$", "\\[": "\\]", "\\(": "\\)", $: "$" };

/** `$…$`, `$$…$$`, `\(…\)` and `\[…\]` in a line. */
export function mathInline(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  const open = src[pos] === "$" ? (src[pos + 1] === "$" ? "$$" : "$") : src.slice(pos, pos + 2);
  const close = fences[open];
  if (close === undefined) return false;
  const begin = pos + open.length;
  const end = closing(src, begin, Math.min(state.posMax, begin + longest), open, close);
  if (end === undefined) return false;
  if (!silent) {
    const token = state.push("formula", "", 0);
    token.content = src.slice(begin, end);
    token.markup = open;
  }
  state.pos = end + close.length;
  return true;
}

function closing(
  src: string,
  begin: number,
  limit: number,
  open: string,
  close: string,
): number | undefined {
  if (open !== "$") {
    const end = src.slice(begin, limit).indexOf(close);
    return end > 0 ? begin + end : undefined;
  }
  // Sums of money are none: 5 to 10 dollars are written with a blank before, or a digit behind, the sign.
  // Nor are variables of a shell, where a name or a brace stands behind it, or `$(a):$(b)`.
  const [found, content = ""] =
    /^(?![\s$])((?:[^$\\\n]|\\.){1,300})\$(?![\w{])/.exec(
      src.slice(begin, Math.min(limit, begin + 310)),
    ) ?? [];
  if (found === undefined || /\s$/.test(content)) return undefined;
  if (content.startsWith("(") && src[begin + content.length + 1] === "(") return undefined;
  const isProse = !content.includes("\\") && /[\p{sc=Han}，。！？；：、]/u.test(content);
  return isProse ? undefined : begin + content.length;
}

/** `$$` or `\[` at the begin of a line: what follows is no Markdown, until it is closed. */
export function mathBlock(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  if ((state.sCount[startLine] ?? 0) - state.blkIndent >= 4) return false;
  const first = lineOf(state, startLine);
  const open = first.slice(0, 2);
  const close = open === "$$" || open === "\\[" ? fences[open] : undefined;
  if (close === undefined || startLine < (unclosed.get(state) ?? 0)) return false;
  const lines: string[] = [];
  let line = startLine;
  for (; line < endLine; line += 1) {
    const isOutside = line > startLine && (state.sCount[line] ?? 0) < state.blkIndent;
    if (state.isEmpty(line) || isOutside) break;
    const text = line === startLine ? first.slice(2) : lineOf(state, line);
    const end = text.indexOf(close);
    lines.push(end < 0 ? text : text.slice(0, end));
    if (end < 0) continue;
    const behind = text.slice(end + 2).trim();
    // With words behind it, it is one in a paragraph.
    if (!/^[.,;。，；]*$/.test(behind)) break;
    if (silent) return true;
    state.line = line + 1;
    const token = state.push("formula", "", 0);
    token.block = true;
    token.content = lines.join("\n");
    token.info = behind;
    return true;
  }
  unclosed.set(state, line);
  return false;
}

function lineOf(state: StateBlock, line: number): string {
  const begin = (state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0);
  return state.src.slice(begin, state.eMarks[line]);
}
