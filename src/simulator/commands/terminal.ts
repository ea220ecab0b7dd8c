import type { Bilingual, OutputLanguage } from "../../language.js";

/** What a command talks to: a terminal, or a test. */
export interface Terminal {
  /** Prints a line of the result. */
  print(line: string): void;
  /** Prints a line about the result. */
  remark(line: string): void;
  /** Aborts when the user has had enough (Ctrl+C). */
  readonly signal: AbortSignal;
  /** The language of whoever reads it. Default: English. */
  readonly language?: OutputLanguage;
}

/** Says a text in the language of whoever reads the terminal. */
export type Tell = (en: string, zh: string) => string;

export function tellerOf({ language = "en" }: Pick<Terminal, "language">): Tell {
  return (en, zh) => (language === "zh" ? zh : en);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * A terminal that shows what would command it: control characters, such as those of escape sequences,
 * and what reorders text are written as `\u001b`. Whatever a bot or the network says may be printed on it.
 */
export function escaping({ print, remark, signal }: Terminal, language: OutputLanguage): Terminal {
  return {
    print: (line) => print(escaped(line)),
    remark: (line) => remark(escaped(line)),
    signal,
    language,
  };
}

/** The text as part of a line that nothing in it can end. */
export function inLine(text: string): string {
  return escaped(text).replaceAll("\n", "\\n");
}

function escaped(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(unprintable, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A usage that cannot be carried out; the command ends with 2. */
export class UsageError extends Error {
  /** What is wrong, in both languages. */
  readonly said: Bilingual;

  constructor(said: Bilingual) {
    super(said.en);
    this.said = said;
  }

  override get name() {
    return "UsageError";
  }
}

/** What a shell gets: 0 all is well, 1 something is wrong with the server, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;
