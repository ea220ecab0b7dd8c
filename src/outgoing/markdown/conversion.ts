import { type Block, Splitter } from "./parsing/blocks.js";
import type { Token } from "./parsing/parser.js";
import { asItStands } from "./plain.js";
import { References } from "./references.js";
import { render } from "./render.js";
import type { Style } from "./style.js";

/** The longest line that is read as one. */
const longestLine = 65_536;
/** How much may wait for the address of a link that is named later. */
const mostHeld = 65_536;

/**
 * Converts a text that comes in parts. Each part gives what is complete by then, and all of it
 * together is the same however the text was cut.
 */
export class Conversion {
  readonly #style: Style;
  readonly #splitter = new Splitter();
  readonly #references = new References();
  /** The text so far, as long as nothing has become of it. */
  #given: string | undefined = "";
  /** Blocks with links or addresses that depend on what follows, and those behind them. */
  #held: Block[] = [];
  #heldSize = 0;
  /** The line that is not complete yet. */
  #rest = "";
  /** Whether the last sign was half of a line's end, as of Windows. */
  #isHalf = false;
  /** What was converted last. */
  #last: Block | undefined;
  #number = 0;

  constructor(style: Style) {
    this.#style = style;
  }

  /** What the text has become as far as it is complete. */
  push(part: string): string {
    if (part === "") return "";
    if (this.#given !== undefined) this.#given += part;
    return this.#noted(this.#push(part));
  }

  #push(part: string): string {
    const lines = (this.#isHalf && part.startsWith("\n") ? part.slice(1) : part).split(/\r\n?|\n/);
    this.#isHalf = part.endsWith("\r");
    const rest = lines.pop() ?? "";
    let text = "";
    for (const line of lines) {
      text += this.#more(line) + this.#complete(this.#rest);
      this.#rest = "";
    }
    return text + this.#more(rest);
  }

  /** The rest. */
  end(): string {
    let text = this.#complete(this.#rest);
    this.#rest = "";
    for (const block of this.#splitter.end()) text += this.#take(block);
    text = this.#noted(text + this.#release());
    // WeChat sends no empty text, and a person waits for an answer.
    return this.#given === undefined ? text : text + asItStands(this.#given.trim());
  }

  #noted(text: string): string {
    if (text.trim() !== "") this.#given = undefined;
    return text;
  }

  /** More of a line; what it has too much of is a line of its own. */
  #more(part: string): string {
    let text = "";
    this.#rest += part;
    while (this.#rest.length > longestLine) {
      const end = pieceEnd(this.#rest);
      text += this.#complete(this.#rest.slice(0, end));
      this.#rest = this.#rest.slice(end);
    }
    return text;
  }

  #complete(line: string): string {
    let text = "";
    for (const block of this.#splitter.line(line)) text += this.#take(block);
    return text;
  }

  #take(block: Block): string {
    this.#references.learn(block);
    this.#held.push(block);
    this.#heldSize += block.source.length;
    return this.#references.isPending && this.#heldSize <= mostHeld ? "" : this.#release();
  }

  #release(): string {
    const held = this.#held;
    this.#held = [];
    this.#heldSize = 0;
    this.#references.settle();
    // All of them first: an address may be used behind the place where it stands.
    const read = held.map((block) => [block, this.#references.parse(block.source)] as const);
    return read.map(([block, tokens]) => this.#convert(block, tokens)).join("");
  }

  #convert(block: Block, tokens: readonly Token[]): string {
    const { kind, footnote, mark, number } = block;
    const last = this.#last;
    const goesOn = kind === "item" && last?.kind === "item" && last.mark === mark;
    if (number !== undefined) this.#number = goesOn ? Math.max(this.#number + 1, number) : number;
    const first = number === undefined ? undefined : this.#number;
    const text = render(tokens, this.#style, first, (token) =>
      this.#references.textOf(token, this.#style),
    );
    this.#references.note(block);
    if (text === "" && footnote === undefined) return "";
    this.#last = block;
    const before = last === undefined ? "" : between(last, block);
    return (
      before + (footnote === undefined ? text : `${this.#style.footnote(footnote)} ${text}`.trim())
    );
  }
}

/** Where a line that is too long is cut: not within a character. */
function pieceEnd(line: string): number {
  return /[\ud800-\udbff]/.test(line.charAt(longestLine - 1)) ? longestLine - 1 : longestLine;
}

function between(last: Block, next: Block): string {
  if (last.kind === "heading") return "\n";
  if (last.kind === "item" && next.kind === "item") return "\n";
  if (last.kind === "note" && next.kind === "note") return "\n";
  return next.isApart || next.kind === "heading" ? "\n\n" : "\n";
}
