import type { Command } from "commander";
import type { ExitCode, Tell, Terminal } from "./terminal.js";

/** What the help says of a command, in the language of whoever reads it. */
export interface CommandTexts {
  /** Beside its name in the list of commands. */
  readonly summary: string;
  readonly description: string;
  /** Lines that can be copied, and whatever else stands below them. */
  readonly examples: string;
}

/** Where a command is declared: what it is declared with. */
export interface CommandLine {
  readonly t: Tell;
  readonly terminal: Terminal;
  /** Adds a command, with what all of them have in common. */
  command(name: string, texts: CommandTexts): Command;
  /** Has `koa-wx` end with what a command comes to. */
  end(command: Promise<ExitCode>): Promise<void>;
}
