/** A bit of `wholesIn()`: a run of visible ASCII or Latin, be it a word, an address, a number or a code; marks. */
const word = 1;
/** Another one: what else readers take for one thing. */
export const thing = 2;
export const everything = word | thing;

const words: readonly RegExp[] = [
  /[!-~¡-ɏ]{2,}/g,
  // No line begins with a mark that closes, or ends with one that opens.
  /\S?[，。！？、；：…”’」』）》】!?.,:;)\]}%]+/g,
  /[“‘「『（《【]+\S|[([{]{1,3}[^\s!-~]/g,
];
/** What is looked for where its sign is found. */
const things: readonly (readonly [sign: string, pattern: RegExp])[] = [
  // Links of HTML and of Markdown.
  ["</", /<a[\s>](?:(?!<a[\s>]|<\/a\s*>)[\s\S])*<\/a\s*>/gi],
  ["](", /!?\[[^[\]\n]*\]\((?:[^()\n]|\([^()\n]*\))*\)/g],
  // Addresses of pages, in any script, and of mail.
  [
    "://",
    /[a-z][a-z\d+.-]{0,20}:\/\/(?:(?!https?:\/\/)[^\s<>"“”‘’「」『』，。；：！？、（）《》【】…])+/gi,
  ],
  ["@", /(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*/g],
  // Numbers, dates and times; those of full width; telephone numbers and others in groups.
  ["", /[+-]?\d(?:[\d.,:'/-]*\d)?%?/g],
  ["", /[０-９]+(?:[．，：.,:][０-９]+)*|\d{1,3}(?:，\d{3})+(?!\d)|\d{1,2}(?:：\d{2}){1,2}(?!\d)/g],
  ["", /\+?\(?\d{1,5}\)?(?:[ -]\(?\d{2,8}\)?){1,5}/g],
  // Code in a line; the rows of a table; the mark of a list.
  ["`", /`[^`\n]+`/g],
  ["|", /(?:^[ \t]*\|.*(?:\n|$)){2,}/gm],
  ["", /^[ \t]*(?:\d{1,3}[.)、．]|[-*+•])[ \t]*\S/gm],
];

/**
 * Tells for each place in a text whether it is inside something that is to stay whole: words of ASCII,
 * numbers and telephone numbers, addresses of pages and of mail, links of HTML and of Markdown, code,
 * tables, the mark of a list. What is longer than `limit` bytes cannot stay whole; of a word that is
 * too long, the addresses and numbers in it still do. Takes linear time.
 */
export function wholesIn(text: string, limit: number): Uint8Array {
  const wholes = new Uint8Array(text.length + 1);
  const keep = (start: number, end: number, kind: number) => {
    // No unit of UTF-16 takes more than three bytes.
    if ((end - start) * 3 > limit && Buffer.byteLength(text.slice(start, end)) > limit) return;
    for (let at = start + 1; at < end; at += 1) wholes[at] = (wholes[at] ?? 0) | kind;
  };
  const keepAll = (pattern: RegExp, kind: number) => {
    for (const { index, 0: found } of text.matchAll(pattern)) {
      keep(index, index + found.length, kind);
    }
  };
  for (const pattern of words) keepAll(pattern, word);
  for (const [sign, pattern] of things) if (text.includes(sign)) keepAll(pattern, thing);
  let open: { readonly fence: string; readonly index: number } | undefined;
  for (const { index, 0: line, 1: fence = "" } of text.matchAll(/^ {0,3}(`{3,}|~{3,}).*$/gm)) {
    if (open === undefined) open = { fence, index };
    else if (line.trim().startsWith(open.fence) && line.trim() === fence) {
      keep(open.index, index + line.length, thing);
      open = undefined;
    }
  }
  return wholes;
}
