import { subscripts, superscripts, symbols } from "./symbols.js";

/** Groups that are nested deeper are read as they stand. */
const maxDepth = 20;

/**
 * A formula of LaTeX as text: `\frac{a}{b} \times x^2` becomes `a/b × x²`. What it does not know keeps
 * its name, so that no word is lost. Takes linear time.
 */
export function formulaToText(latex: string): string {
  const text = new Reader(latex).all();
  return text
    .replace(/[ \t]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();
}

/** A command, a sign that may have been written with a backslash, or a single character. */
const tokens = /\\(?:[A-Za-z]+\*?|[\s\S])|[\s\S]/gu;

/** Commands that say how something looks. */
const looks =
  /^(?:left|right|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr|displaystyle|textstyle|limits|nolimits|boxed|mathstrut|nonumber)$/;
/** Commands whose group is taken as it is. */
const words = /^(?:text\w*|mathrm|mathbf|mathit|mathsf|mathtt|operatorname\*?|mbox|label|tag)$/;
/** Marks above a letter. */
const accents: Readonly<Record<string, string>> = {
  hat: "\u0302",
  bar: "\u0304",
  overline: "\u0304",
  vec: "\u20d7",
  dot: "\u0307",
  ddot: "\u0308",
  tilde: "\u0303",
};

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(latex: string) {
    this.#tokens = latex.match(tokens) ?? [];
  }

  all(): string {
    return this.#until(undefined);
  }

  #until(end: string | undefined): string {
    let text = "";
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at] as string;
      if (token === end) break;
      text += this.#next(text);
    }
    return text;
  }

  /** The next thing; `before` is what stands before it. */
  #next(before: string): string {
    const token = this.#tokens[this.#at++] as string;
    if (token === "{") return this.#group();
    if (token === "}") return "";
    if (token === "^") return script(this.#argument(), superscripts, "^");
    if (token === "_") return script(this.#argument(), subscripts, "_");
    if (token === "&" || token === "~" || token === "\n") return " ";
    if (token.length === 1 || !token.startsWith("\\")) return token;
    return this.#command(token.slice(1), before);
  }

  #command(name: string, before: string): string {
    if (name === "\\" || name === "newline") return "\n";
    if (/^[\s,;:>]$|^q?quad$/.test(name)) return " ";
    if (name === "!") return "";
    if (!/^[A-Za-z]/.test(name)) return name;
    if (/^[dtc]?frac$/.test(name)) return `${tight(this.#argument())}/${tight(this.#argument())}`;
    if (name === "sqrt") return this.#root();
    if (/^[dt]?binom$/.test(name)) return `C(${this.#argument()}, ${this.#argument()})`;
    if (name === "begin" || name === "end") {
      const environment = this.#argument();
      if (/^(?:array|tabular)/.test(environment) && name === "begin") this.#argument();
      return before === "" || before.endsWith("\n") ? "" : "\n";
    }
    if (looks.test(name)) return this.#tokens[this.#at] === "." ? this.#skip() : "";
    if (words.test(name)) return this.#argument();
    const accent = accents[name];
    if (accent !== undefined) {
      const below = this.#argument();
      return [...below].length === 1 ? below + accent : below;
    }
    const sign = symbols.get(name);
    // A word, such as `\sin x`; what a font is called says nothing.
    if (sign === undefined) return /^math\w+$/.test(name) ? "" : spaced(name, before);
    return sign;
  }

  #skip(): string {
    this.#at += 1;
    return "";
  }

  #root(): string {
    let degree = "";
    if (this.#tokens[this.#at] === "[" && this.#depth < maxDepth) {
      this.#at += 1;
      this.#depth += 1;
      degree = script(this.#until("]"), superscripts, "").trim();
      this.#depth -= 1;
      this.#at += 1;
    }
    const inside = this.#argument();
    return `${degree === "²" ? "" : degree}√${/^[\p{L}\p{N}]+$/u.test(inside) ? inside : `(${inside})`}`;
  }

  /** A group, or the one thing that follows. */
  #argument(): string {
    while (/^\s$/.test(this.#tokens[this.#at] ?? "")) this.#at += 1;
    if (this.#at >= this.#tokens.length) return "";
    this.#depth += 1;
    const text = this.#depth > maxDepth ? (this.#tokens[this.#at++] as string) : this.#next("");
    this.#depth -= 1;
    return text.trim();
  }

  #group(): string {
    this.#depth += 1;
    const text = this.#depth > maxDepth ? "" : this.#until("}");
    this.#depth -= 1;
    if (this.#tokens[this.#at] === "}") this.#at += 1;
    return text;
  }
}

const spaced = (name: string, before: string) =>
  /[\p{L}\p{N})]/u.test(before.at(-1) ?? "") ? ` ${name}` : name;

/** In brackets unless it is one thing. */
function tight(text: string): string {
  return /^[\p{L}\p{N}.√]*$/u.test(text) || /^\([^()]*\)$/.test(text) ? text : `(${text})`;
}

/** Small letters where there are such for all of it, else a mark before it. */
function script(text: string, small: ReadonlyMap<string, string>, mark: string): string {
  const signs = [...text].map((sign) => small.get(sign));
  if (signs.every((sign) => sign !== undefined)) return signs.join("");
  return `${mark}${[...text].length === 1 ? text : `(${text})`}`;
}
