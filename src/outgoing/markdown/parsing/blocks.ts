import {
  fenceLine,
  flat,
  formulaLine,
  headingLine,
  itemLine,
  noteLine,
  ruleLine,
  underline,
  unseenEnd,
  unseenLine,
} from "./lines.js";

/** A part of a text that can be converted by itself: a paragraph, an item of a list, a fence. */
export interface Block {
  readonly source: string;
  /** Whether an empty line stands before it. */
  readonly isApart: boolean;
  readonly kind: Kind;
  /** What a list's items have in common: their mark. */
  readonly mark?: string | undefined;
  /** The number of an item, as it is written. */
  readonly number?: number | undefined;
  /** Of which footnote it is the text. */
  readonly footnote?: string | undefined;
}

type Kind = "text" | "heading" | "item" | "note";

/** Longer than any block of an answer: what is longer is taken in pieces. */
const longest = 65_536;

/** A fence that is open. */
interface Fence {
  /** The line that opened it. */
  readonly line: string;
  readonly sign: string;
  readonly isQuoted: boolean;
}

/**
 * Takes a text line by line and gives its blocks as soon as each is complete. What it gives depends on
 * the lines alone: cut after any of them, the text has the same blocks.
 */
export class Splitter {
  readonly #done: Block[] = [];
  #lines: string[] = [];
  #size = 0;
  #kind: Kind = "text";
  #isApart = false;
  #begin: Pick<Block, "mark" | "number" | "footnote"> = {};
  /** How far in lines stand that belong to the item or the note. */
  #inner = 0;
  #fence: Fence | undefined;
  /** What ends the formula that is open. */
  #formula: string | undefined;
  /** What ends the element that is not shown, and its lines: without an end it was none. */
  #unseen: string | undefined;
  #hidden: string[] = [];
  #isShowing = false;
  #empty = false;

  /** One line, without its end; the blocks that it completes. */
  line(written: string): readonly Block[] {
    if (this.#unseen !== undefined) return this.#hide(written);
    if (this.#fence !== undefined) this.#inFence(written);
    else if (written.trim() === "") this.#blank();
    else this.#outside(flat(written.replace(/\t/g, "    ")));
    if (this.#size > longest) this.#cut();
    return this.#done.splice(0);
  }

  /** What is left. */
  end(): readonly Block[] {
    if (this.#unseen !== undefined) return [...this.#show(), ...this.end()];
    this.#flush();
    return this.#done.splice(0);
  }

  #hide(line: string): readonly Block[] {
    this.#hidden.push(line);
    this.#size += line.length + 1;
    const end = unseenEnd(line, this.#unseen as string);
    if (end !== undefined) {
      this.#unseen = undefined;
      this.#hidden = [];
      this.#size = 0;
      const rest = line.slice(end);
      return rest.trim() === "" ? [] : this.line(rest);
    }
    return this.#size > longest ? this.#show() : [];
  }

  /** Takes the lines as text that were hidden in vain. */
  #show(): readonly Block[] {
    const lines = this.#hidden;
    this.#unseen = undefined;
    this.#hidden = [];
    this.#size = 0;
    this.#isShowing = true;
    const blocks = lines.flatMap((line) => this.line(line));
    this.#isShowing = false;
    return blocks;
  }

  #blank(): void {
    this.#empty = true;
    // There is none in a formula: it was no formula.
    this.#formula = undefined;
  }

  #outside(line: string): void {
    if (this.#formula !== undefined) {
      this.#add(line);
      if (line.includes(this.#formula)) this.#endFormula();
      return;
    }
    const indent = line.length - line.trimStart().length;
    const isInner = this.#inner > 0 && indent >= this.#inner;
    if (this.#empty) {
      this.#empty = false;
      if (isInner && this.#lines.length > 0) this.#add("");
      else {
        this.#flush();
        this.#isApart = true;
      }
    }
    if (this.#lines.length > 0 && (isInner || !this.#begins(line))) this.#more(line);
    else {
      this.#flush();
      this.#start(line);
    }
  }

  /** Whether a line begins a new block although there is no empty one before it. */
  #begins(line: string): boolean {
    const item = itemLine.exec(line);
    if (item !== null && !ruleLine.test(line)) {
      if (this.#kind === "item") return true;
      // As in CommonMark, a paragraph is broken by a first item only, and not by an empty one.
      return (item[3] === undefined || item[3] === "1") && item[0].length < line.trimEnd().length;
    }
    const text = line.trimStart();
    const isQuoted = text.startsWith(">");
    return (
      headingLine.test(line) ||
      noteLine.test(line) ||
      (isQuoted && !this.#isQuoted) ||
      fenceLine.test(text) ||
      formulaLine.test(line) ||
      (ruleLine.test(line) && !this.#isUnderlined(line))
    );
  }

  get #isQuoted(): boolean {
    return this.#lines[0]?.trimStart().startsWith(">") === true;
  }

  /** Hyphens below a short line make a heading of it; below others they are a rule. */
  #isUnderlined(line: string): boolean {
    const [only = "", ...others] = this.#lines;
    return (
      this.#kind === "text" &&
      !this.#isQuoted &&
      others.length === 0 &&
      only.length <= 60 &&
      underline.test(line)
    );
  }

  #start(line: string): void {
    const unseen = unseenLine.exec(line)?.[1]?.toLowerCase();
    const end = unseen === undefined ? undefined : unseen === "!--" ? "-->" : `</${unseen}`;
    if (end !== undefined && !this.#isShowing && !line.toLowerCase().includes(end)) {
      this.#unseen = end;
      this.#hidden = [line];
      this.#size = line.length;
      return;
    }
    const note = noteLine.exec(line);
    const item = note === null && !ruleLine.test(line) ? itemLine.exec(line) : null;
    if (note !== null) {
      this.#kind = "note";
      this.#inner = 2;
      this.#begin = { footnote: note[1] };
      this.#more(line.slice(note[0].length));
    } else if (item !== null) {
      const [all, , bullet, number, delimiter, blank] = item;
      this.#kind = "item";
      this.#inner = blank === undefined ? all.trimEnd().length + 1 : all.length;
      this.#begin = {
        mark: bullet ?? delimiter,
        number: number === undefined ? undefined : Number(number),
      };
      this.#more(line);
    } else {
      this.#kind = headingLine.test(line) ? "heading" : "text";
      this.#more(line);
      if (this.#kind === "heading" || ruleLine.test(line)) this.#flush();
    }
  }

  #more(written: string): void {
    const isNote = this.#kind === "note" && this.#lines.length > 0;
    const line = isNote ? written.replace(/^ {1,4}/, "") : written;
    this.#add(line);
    const text = line.replace(/^(?: |>|[-*+] |\d{1,9}[.)] )+/, "");
    const [sign] = /^(?:`+|~+)/.exec(fenceLine.exec(text)?.[0] ?? "") ?? [];
    if (sign !== undefined) {
      this.#fence = { line, sign, isQuoted: line.trimStart().startsWith(">") };
    } else if (formulaLine.test(text)) {
      this.#formula = text.startsWith("$$") ? "$$" : "\\]";
    } else if (this.#kind === "text" && this.#lines.length === 2 && underline.test(line)) {
      this.#kind = "heading";
      this.#flush();
    }
  }

  #endFormula(): void {
    this.#formula = undefined;
    if (this.#kind === "text" && !this.#isQuoted) this.#flush();
  }

  #inFence(line: string): void {
    const { sign, isQuoted } = this.#fence as Fence;
    if (isQuoted && !line.trimStart().startsWith(">")) {
      // The quotation has ended, and the code with it.
      this.#fence = undefined;
      this.#flush();
      if (line.trim() === "") this.#empty = true;
      else this.#outside(flat(line.replace(/\t/g, "    ")));
      return;
    }
    const text = line.replace(/^[ >]+/, "").trimEnd();
    const isEnd = text.startsWith(sign) && text === text.charAt(0).repeat(text.length);
    // Lines of code that stand too far to the left would end the item.
    const isLeft = this.#inner > 0 && line.length - line.trimStart().length < this.#inner;
    this.#add(
      isLeft && line.trim() !== "" ? " ".repeat(this.#inner) + (isEnd ? text : line) : line,
    );
    if (!isEnd) return;
    this.#fence = undefined;
    if (this.#kind === "text" && !isQuoted) this.#flush();
  }

  /** Gives what is there of a block that is too long; a fence goes on in the next one. */
  #cut(): void {
    const fence = this.#fence;
    this.#flush();
    if (fence === undefined) return;
    this.#fence = fence;
    this.#add(fence.line);
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#size += line.length + 1;
  }

  #flush(): void {
    const source = this.#lines.join("\n");
    const isApart = this.#isApart;
    if (source.trim() !== "") {
      this.#done.push({ source, isApart, kind: this.#kind, ...this.#begin });
      this.#isApart = this.#empty;
    }
    this.#lines = [];
    this.#size = 0;
    this.#kind = "text";
    this.#begin = {};
    this.#inner = 0;
    this.#fence = undefined;
    this.#formula = undefined;
    this.#empty = false;
  }
}
