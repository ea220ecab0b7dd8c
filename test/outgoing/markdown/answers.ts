/** What an answer must still say when its Markdown is gone. */
export interface Answer {
  readonly markdown: string;
  /** Every word, in the order in which it is read; footnotes too. */
  readonly words: readonly string[];
  /** The words in tables, which may be read row by row or each with its head. */
  readonly cells: readonly string[];
  readonly links: readonly { readonly text: string; readonly url: string }[];
  /** Code of a line or of a fence, which may hold anything. */
  readonly codes: readonly string[];
  /** The first word of each item of a list. */
  readonly items: readonly string[];
}

/** An answer as a language model writes it; the same for the same seed. */
export function answer(seed: number): Answer {
  return new Writer(seed).write();
}

class Writer {
  #state: number;
  #count = 0;
  readonly #words: string[] = [];
  readonly #cells: string[] = [];
  readonly #links: { text: string; url: string }[] = [];
  readonly #codes: string[] = [];
  readonly #items: string[] = [];
  readonly #notes: { label: string; word: string }[] = [];

  constructor(seed: number) {
    this.#state = seed;
  }

  write(): Answer {
    const blocks: string[] = [];
    const kinds = [
      () => this.#heading(),
      () => this.#paragraph(),
      () => this.#paragraph(),
      () => this.#list(0),
      () => this.#table(),
      () => this.#fence(),
      () => this.#quote(),
      () => this.#formula(),
      () => this.#html(),
      () => this.#pick(["---", "***", "___"]),
    ];
    const count = 1 + this.#below(7);
    for (let at = 0; at < count; at += 1) blocks.push(this.#pick(kinds)());
    for (const { label, word } of this.#notes) {
      this.#words.push(word);
      blocks.push(`[^${label}]: ${word} **${this.#word()}**`);
    }
    return {
      markdown: blocks.join("\n\n"),
      words: this.#words,
      cells: this.#cells,
      links: this.#links,
      codes: this.#codes,
      items: this.#items,
    };
  }

  // mulberry32
  #below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % end;
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #name(): string {
    this.#count += 1;
    return this.#pick([`词${this.#count}语`, `word${this.#count}x`, `第${this.#count}项`]);
  }

  /** A new word, which is noted in its place. */
  #word(): string {
    const word = this.#name();
    this.#words.push(word);
    return word;
  }

  /** Part of a sentence, in all the ways that models emphasise. */
  #inline(): string {
    switch (this.#below(16)) {
      case 0:
        return `**${this.#word()}**`;
      case 1:
        return `这是**“${this.#word()}”**后${this.#word()}`;
      case 2:
        return `**${this.#word()}：**${this.#word()}`;
      case 3:
        return `**（${this.#word()}）**的${this.#word()}`;
      case 4:
        return `，*${this.#word()}*，`;
      case 5:
        return `***${this.#word()}***`;
      case 6:
        return `~~${this.#word()}~~`;
      case 7:
        return this.#code();
      case 8:
        return this.#link();
      case 9:
        return `![${this.#word()}](https://img.example.com/${this.#count}.png)`;
      case 10:
        return this.#note();
      case 11:
        return `$x_{${this.#below(9)}} \\le \\frac{a}{b}$`;
      case 12:
        return `<b>${this.#word()}</b><br>${this.#word()}`;
      case 13:
        return ` __${this.#word()}__ 与__${this.#word()}__的`;
      default:
        return this.#word();
    }
  }

  #line(): string {
    const parts: string[] = [];
    for (let at = this.#below(4); at >= 0; at -= 1) parts.push(this.#inline());
    return (
      parts.join(this.#pick(["，", " ", "。", "、"])) + this.#pick(["。", ".", "", "：", "！"])
    );
  }

  #link(): string {
    const url = `https://example.com/a_b/${this.#below(1e6)}?x=1&y=${this.#below(9)}`;
    const word = this.#word();
    const shapes: readonly [string, string][] = [
      [`[${word}](${url})`, word],
      [`[${word} [1]](${url})`, word],
      [`[**${word}**](${url} "标题")`, word],
      [`<${url}>`, url],
      [url, url],
      [`详见${url}，`, url],
      [`（${url}）`, url],
    ];
    const [markdown, text] = this.#pick(shapes);
    this.#links.push({ text, url });
    if (!markdown.includes(word)) this.#words.pop();
    return markdown;
  }

  #code(): string {
    const code = this.#pick(["a**b**", "# x", "|---|", "<a>", "x_y_z"]) + this.#below(1e6);
    this.#codes.push(code);
    return `\`${code}\``;
  }

  #note(): string {
    const label = this.#pick([`${this.#notes.length + 1}`, `note${this.#notes.length}`]);
    this.#notes.push({ label, word: this.#name() });
    return `${this.#word()}[^${label}]`;
  }

  #heading(): string {
    const text = this.#line();
    return `${"#".repeat(1 + this.#below(6))} ${text}${this.#pick(["", " ##"])}`;
  }

  #paragraph(): string {
    const lines: string[] = [];
    for (let at = this.#below(3); at >= 0; at -= 1) lines.push(this.#word() + this.#line());
    return lines.join(this.#pick(["\n", "  \n", "\\\n"]));
  }

  #list(depth: number): string {
    const isOrdered = this.#below(2) === 0;
    const bullet = this.#pick(["-", "*", "+"]);
    const between = this.#pick(["\n", "\n\n"]);
    const items: string[] = [];
    const count = 1 + this.#below(4);
    for (let at = 1; at <= count; at += 1) {
      const mark = isOrdered ? `${at}. ` : `${bullet} ${this.#pick(["", "", "[ ] ", "[x] "])}`;
      const inner = " ".repeat(isOrdered ? 3 : 2);
      const first = this.#word();
      this.#items.push(first);
      let item = mark + first + this.#line();
      const more = this.#below(7);
      if (more === 0 && depth < 3) item += `\n${indented(this.#list(depth + 1), inner)}`;
      else if (more === 1) item += `\n\n${indented(this.#paragraph(), inner)}`;
      else if (more === 2) item += `\n\n${indented(this.#fence(), inner)}`;
      items.push(item);
    }
    return items.join(between);
  }

  #table(): string {
    const columns = 2 + this.#below(3);
    const row = () => {
      const cells = Array.from({ length: columns }, () => this.#name());
      this.#cells.push(...cells);
      return `| ${cells.join(" | ")} |`;
    };
    const head = row();
    const rule = `|${this.#pick([" --- ", ":---:", "---", "--:"])}`.repeat(columns);
    return `${head}\n${rule}|\n${row()}\n${row()}`;
  }

  #fence(): string {
    const sign = this.#pick(["```", "~~~", "````"]);
    const id = this.#below(1e6);
    const code = [`def f${id}(x):`, `    # **no**`, "", `    return x ** ${id}  # | --- |`].join(
      "\n",
    );
    this.#codes.push(code);
    return `${sign}${this.#pick(["python", "", "js title=x"])}\n${code}\n${sign}`;
  }

  #quote(): string {
    return `> ${this.#word()}${this.#line()}\n> ${this.#pick(["", "> ", "- "])}${this.#word()}`;
  }

  #formula(): string {
    return this.#pick([
      "$$\nE = mc^2 \\times **2**\n$$",
      "\\[\n- x + \\sqrt{y} # 1\n\\]",
      "$$\\sum_{i=1}^{n} x_i$$",
    ]);
  }

  #html(): string {
    return this.#pick([
      () => `<details>\n<summary>${this.#word()}</summary>\n\n${this.#paragraph()}\n\n</details>`,
      () => `<div align="center">\n  <b>${this.#word()}</b>\n</div>`,
      () => `<!-- 注释\n\n不可见 -->\n\n${this.#word()}`,
      () => `<ul>\n<li>${this.#word()}</li>\n<li>${this.#word()}</li>\n</ul>`,
    ])();
  }
}

const indented = (text: string, by: string) => text.replace(/^(?=.)/gm, by);
