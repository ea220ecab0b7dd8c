/** What a command talks to: a terminal, or a test. */
export interface Terminal {
  /** Prints a line of the result. */
  print(line: string): void;
  /** Prints a line about the result. */
  remark(line: string): void;
  /** Aborts when the user has had enough (Ctrl+C). */
  readonly signal: AbortSignal;
}

/** A usage that cannot be carried out; the command ends with 2. */
export class UsageError extends Error {
  override get name() {
    return "UsageError";
  }
}

/** What a shell gets: 0 all is well, 1 something is wrong with the server, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;
