import { bulletOf, Inline } from "./inline.js";
import type { Token } from "./parsing/parser.js";
import { plain, unlinked } from "./plain.js";
import type { Style } from "./style.js";

/** Where blocks stand: how deep in lists, and whether in a quotation. */
interface Place {
  readonly depth: number;
  readonly isQuoted: boolean;
}

/** What becomes of the address of a link that is named elsewhere. */
type Definition = (token: Token) => string;

/** The tokens of a block, or of several, as text; `number` is that of the first item. */
export function render(
  tokens: readonly Token[],
  style: Style,
  number: number | undefined,
  definition: Definition,
): string {
  return new Blocks(tokens, style, number, definition).all();
}

class Blocks {
  readonly #tokens: readonly Token[];
  readonly #style: Style;
  /** Of the first list, whose items come one by one. */
  #number: number | undefined;
  readonly #definition: Definition;
  #at = 0;

  constructor(
    tokens: readonly Token[],
    style: Style,
    number: number | undefined,
    definition: Definition,
  ) {
    this.#tokens = tokens;
    this.#style = style;
    this.#number = number;
    this.#definition = definition;
  }

  all(): string {
    return this.#until(undefined, { depth: 0, isQuoted: false }, "\n\n");
  }

  /** The blocks up to the end of what they stand in. */
  #until(end: string | undefined, place: Place, between: string): string {
    let found = "";
    let gap = "";
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at++] as Token;
      if (token.type === end) break;
      const text = this.#block(token, place);
      if (text === "") continue;
      found += gap + text;
      // No empty line stands behind an address.
      gap = token.type === "reference_definition" ? "\n" : between;
    }
    return found;
  }

  #block(token: Token, place: Place): string {
    const style = this.#style;
    switch (token.type) {
      case "inline":
        return Inline.toText(token.children ?? [], style);
      case "heading_open": {
        const text = this.#until("heading_close", place, "\n");
        return text === "" ? "" : style.heading(text, Number(token.tag.slice(1)));
      }
      case "bullet_list_open":
      case "ordered_list_open":
        return this.#list(token, place);
      case "blockquote_open": {
        const text = this.#until("blockquote_close", { ...place, isQuoted: true }, "\n");
        // Once is enough: a chat is narrow.
        return text === "" || place.isQuoted ? text : style.quote(text);
      }
      case "fence":
      case "code_block":
        return this.#code(token);
      case "formula":
        return plain(style.formula(token.content, true), true) + token.info;
      case "table_open":
        return this.#table();
      case "hr":
        return style.rule;
      case "reference_definition":
        return this.#definition(token);
      default:
        return "";
    }
  }

  #code({ content, info }: Token): string {
    const code = unlinked(content).replace(/^\n+/, "").trimEnd();
    if (code === "") return "";
    return this.#style.codeBlock(code, /^\S*/.exec(info.trim())?.[0] ?? "");
  }

  #list(list: Token, place: Place): string {
    const items: string[] = [];
    const isOrdered = list.type === "ordered_list_open";
    const inner = { ...place, depth: place.depth + 1 };
    let number = (this.#number ?? 0) - 1;
    this.#number = undefined;
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at++] as Token;
      if (token.type !== "list_item_open") break;
      number = Math.max(number + 1, Number(token.info));
      const mark = isOrdered ? `${number}${token.markup} ` : bulletOf(this.#style, inner.depth);
      const next = this.#tokens[this.#at]?.type ?? "";
      const inside = this.#until("list_item_close", inner, "\n");
      // The first of a list within an item stands on the item's own line.
      const text = next.endsWith("_list_open") ? inside.trimStart() : inside;
      // A mark alone is a text, such as a year with a full stop.
      if (next === "list_item_close") items.push(indentOf(inner.depth) + token.info + token.markup);
      else if (text !== "") items.push(this.#item(mark, text, inner.depth));
    }
    return items.join("\n");
  }

  #item(mark: string, text: string, depth: number): string {
    const indent = indentOf(depth);
    const [, box, rest] = /^\[([ xX])\]\s+([\s\S]*)$/.exec(text) ?? [];
    if (box === undefined || rest === undefined) return indent + mark + text;
    return indent + this.#style.task(box !== " ") + rest;
  }

  #table(): string {
    const rows: string[][] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at++] as Token;
      if (token.type === "table_close") break;
      if (token.type === "tr_open") rows.push([]);
      if (token.type !== "inline") continue;
      const cell = Inline.toText(token.children ?? [], this.#style);
      rows.at(-1)?.push(cell.replaceAll("\n", " "));
    }
    // What rules a table off once more is no row.
    return this.#style.table(rows.filter((row) => row.some((cell) => !/^(?::?-+:?)?$/.test(cell))));
  }
}

const indentOf = (depth: number) => "  ".repeat(Math.min(depth, 5) - 1);
