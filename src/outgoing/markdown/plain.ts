/** Links of HTML, by which WeChat turns a text into something to tap. */
const anchorTag = /<(?=a\s)/gi;
/** What stands below the head of a table, where no table was made of it. */
const tableRule = /(?:\|[ \t]*:?-{2,}:?[ \t]*)+\|?/g;
const fence = /`{3,}|~{3,}/g;
const stars = /\*{2,}/g;
const wordBefore = /[\p{L}\p{N})\]]$/u;
const operandBefore = /[A-Za-z0-9)\]] ?$/;
const operandAfter = /^ ?[A-Za-z0-9([-]/;

/**
 * A text with nothing in it that readers or WeChat would take for markup. What was meant as markup and
 * came to nothing is dropped, such as the two stars of an emphasis that nobody closed; what stands for
 * itself is written in full width: `2**10`, a hash tag, a tag that is talked about.
 */
export function plain(text: string, isAtLineStart: boolean): string {
  let clean = unlinked(text);
  if (clean.includes("**")) clean = clean.replace(stars, starsAsText);
  if (clean.includes("|")) clean = clean.replace(tableRule, " ");
  clean = clean.replace(fence, "");
  return isAtLineStart ? clean.replace(/^[ \t]*#.*/gm, wideHashes) : clean;
}

/** The same without links that nobody wrote as one: WeChat would show no more than their words. */
export function unlinked(text: string): string {
  return text.includes("<") ? text.replace(anchorTag, "＜") : text;
}

/** A text as somebody wrote it, without what readers or WeChat would take for markup. */
export function asItStands(text: string): string {
  return unlinked(text).replace(stars, (run) => "＊".repeat(run.length));
}

function starsAsText(run: string, at: number, text: string): string {
  const before = text.slice(Math.max(0, at - 2), at);
  const after = text.slice(at + run.length, at + run.length + 2);
  const isOperator = operandBefore.test(before) && operandAfter.test(after);
  return isOperator || wordBefore.test(before) || run.length > 3 ? "＊".repeat(run.length) : "";
}

/** Hash tags of a line that begins with one. */
function wideHashes(line: string): string {
  return line.replace(/(^|\s)#+/g, (found) => found.replaceAll("#", "＃"));
}
