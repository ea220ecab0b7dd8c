import { checkOptions, func, or, type Rules, text } from "../../options.js";
import { formulaToText } from "./math/formula.js";
import { tableToText } from "./table.js";

/**
 * How each element of Markdown looks as text. Functions get the text that the element holds, already
 * converted, and return what leaves instead.
 */
export interface MarkdownOptions {
  /** `level` is 1 to 6. Default: `【text】`. */
  readonly heading?: (text: string, level: number) => string;
  /** `**text**`. Default: the text. */
  readonly strong?: (text: string) => string;
  /** `*text*`. Default: the text. */
  readonly emphasis?: (text: string) => string;
  /** `~~text~~`. Default: the text. */
  readonly strikethrough?: (text: string) => string;
  /** Code in a line. Default: the code. */
  readonly code?: (code: string) => string;
  /** Code on lines of its own, with the language that was named, or `""`. Default: the code. */
  readonly codeBlock?: (code: string, language: string) => string;
  /** A link that WeChat can open; the text of a bare one is its address. Default: `<a href="url">text</a>`. */
  readonly link?: (text: string, url: string) => string;
  /** A picture, which a text cannot show. Default: a link to it, `图片：alt`. */
  readonly image?: (alt: string, url: string) => string;
  /** The mark of an item, with the blank behind it; `depth` begins with 1. Default: `"• "`. */
  readonly bullet?: string | ((depth: number) => string);
  /** The mark of a task. Default: `"☑ "` and `"☐ "`. */
  readonly task?: (isDone: boolean) => string;
  /** Lines of a quotation. Default: `│ ` before each. */
  readonly quote?: (text: string) => string;
  /**
   * A table, its head first. Default: short rows as lines, `a | b`; long ones as a list of
   * `head：cell` for each row.
   */
  readonly table?: (rows: readonly (readonly string[])[]) => string;
  /** A formula in LaTeX, in a line or on lines of its own. Default: as text, `a/b × x²`. */
  readonly formula?: (latex: string, isBlock: boolean) => string;
  /** The mark of a footnote, where it is referred to and before its text. Default: `[1]`. */
  readonly footnote?: (label: string) => string;
  /** A thematic break. Default: `"──────"`. */
  readonly rule?: string;
}

/** The options with nothing left open. */
export type Style = Required<MarkdownOptions>;

const asItIs = (text: string) => text;

const defaults: Style = {
  heading: (text) => (/^【[^【】]*】$/.test(text) ? text : `【${text}】`),
  strong: asItIs,
  emphasis: asItIs,
  strikethrough: asItIs,
  code: asItIs,
  codeBlock: asItIs,
  link: (text, url) => `<a href="${url}">${text}</a>`,
  image: (alt, url) => {
    const text = alt === "" ? "图片" : `图片：${alt}`;
    return url === "" ? text : `<a href="${url}">${text}</a>`;
  },
  bullet: "• ",
  task: (isDone) => (isDone ? "☑ " : "☐ "),
  quote: (text) => text.replace(/^/gm, "│ "),
  table: tableToText,
  formula: formulaToText,
  footnote: (label) => `[${label}]`,
  rule: "──────",
};

const rules: Rules<MarkdownOptions> = {
  heading: func(),
  strong: func(),
  emphasis: func(),
  strikethrough: func(),
  code: func(),
  codeBlock: func(),
  link: func(),
  image: func(),
  bullet: or(text, func()),
  task: func(),
  quote: func(),
  table: func(),
  formula: func(),
  footnote: func(),
  rule: text,
};

/** Throws a ConfigError for what is no option, or of another type. */
export function styleOf(options: MarkdownOptions): Style {
  checkOptions(options, "markdown()", rules);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
