/** `(?!`)`: from each shorter row of them, the rest would be searched once more. */
export const fenceLine = /^(`{3,})(?!`)(?!.*`)|^(~{3,})/;
export const itemLine = /^( {0,3})(?:([-*+])|(\d{1,9})([.)]))(?:( {1,4})(?! )|(?= {5})| ?$)/;
export const noteLine = /^ {0,3}\[\^([^\s[\]^]{1,100})\]:[ \t]*/;
export const ruleLine = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
/** A formula that goes on in the next line. */
export const formulaLine = /^ {0,3}(?:\$\$(?!.*\$\$)|\\\[(?!.*\\\]))/;
/** What makes a heading of the line above it. */
export const underline = /^ {0,3}(?:=+|-+) *$/;
export const headingLine = /^ {0,3}#{1,6}(?:\s|$)/;
/** What begins an element that is not shown. */
export const unseenLine = /^ {0,3}<(!--|(?:script|style)(?=[\s>]|$))/i;
/** The widest beginning of quotations and lists that is read; deeper ones are laid flat. */
const widest = 40;

/** Where a line goes on behind what ends an element that is not shown. */
export function unseenEnd(line: string, end: string): number | undefined {
  const at = line.toLowerCase().indexOf(end);
  if (at < 0) return undefined;
  return end === "-->" ? at + end.length : line.indexOf(">", at) + 1 || line.length;
}

/** A line without what is nested deeper than anybody reads. */
export function flat(line: string): string {
  const [marks = ""] = /^(?: |>|[-*+](?= )|\d{1,9}[.)](?= ))*/.exec(line) ?? [];
  if (marks.length <= widest) return line;
  const kept = /^(?: |>|[-*+] |\d{1,9}[.)] )*/.exec(marks.slice(0, widest))?.[0] ?? "";
  return kept + line.slice(marks.length);
}
