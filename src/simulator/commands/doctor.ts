import { examine } from "../doctor/examine.js";
import type { Finding } from "../doctor/finding.js";
import { type AccountFlags, accountOf } from "./options.js";
import { type ExitCode, inLine, type Terminal } from "./terminal.js";

/** The options of `koa-wx doctor`. */
export interface DoctorFlags extends AccountFlags {
  readonly text: string;
  /** Milliseconds. */
  readonly patience: number;
}

const marks: Readonly<Record<Finding["level"], string>> = { ok: "✓", note: "!", problem: "✗" };

/** `koa-wx doctor <url>`: says why WeChat does not accept a server address. */
export async function doctor(
  url: string,
  { text, patience, ...flags }: DoctorFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  const account = accountOf(flags);
  const counts = { ok: 0, note: 0, problem: 0 };
  for await (const finding of examine({ url, account, text, patience })) {
    counts[finding.level] += 1;
    terminal.print(`${marks[finding.level]} ${capital(inLine(hide(finding.text, flags)))}`);
    if (finding.fix !== undefined) terminal.print(`    ${inLine(finding.fix)}`);
  }
  terminal.print("");
  terminal.print(summary(counts, account.mode === "plain"));
  return counts.problem > 0 ? 1 : 0;
}

function summary({ note, problem }: { note: number; problem: number }, isPlain: boolean): string {
  const notes = note === 0 ? "" : note === 1 ? ", one note" : `, ${note} notes`;
  if (problem > 0) return `${problem === 1 ? "One problem" : `${problem} problems`}${notes}.`;
  const untried = isPlain ? " Encryption was not tried; that takes --aes-key and --app-id." : "";
  return `No problem${notes}. WeChat accepts such answers.${untried}`;
}

/**
 * A server that is badly broken may answer with its own configuration. A token is hidden where it stands
 * by itself: one such as "local" is also part of other words.
 */
function hide(text: string, { token, aesKey }: AccountFlags): string {
  const secrets = new Set([token, aesKey]);
  return text.replace(/[A-Za-z0-9]+/g, (word) => (secrets.has(word) ? "●●●" : word));
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
