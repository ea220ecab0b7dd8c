import { type Bilingual, both } from "../../language.js";

/** What can be said of a server address, and of the API side. Names do not change, so that scripts can rely on them. */
export type FindingCode =
  | "address"
  | "token-format"
  | "dns"
  | "private"
  | "connection"
  | "certificate"
  | "protocol"
  | "clock"
  | "verification"
  | "redirect"
  | "not-found"
  | "method"
  | "login"
  | "server-error"
  | "status"
  | "slow"
  | "token"
  | "empty"
  | "quoted"
  | "changed"
  | "white-space"
  | "wrapped"
  | "content-type"
  | "signature-unchecked"
  | "push"
  | "body"
  | "encoding"
  | "json"
  | "answer"
  | "unreadable"
  | "encryption-expected"
  | "decryption"
  | "unencrypted"
  | "plain-accepted"
  | "api"
  | "api-dns"
  | "api-connection"
  | "api-proxy"
  | "api-clock"
  | "app-id"
  | "app-secret"
  | "secret-frozen"
  | "whitelist"
  | "token-taken"
  | "ability"
  | "quota";

/** One line of the doctor's report. */
export interface Finding {
  readonly code: FindingCode;
  /** `"problem"`: WeChat will not accept this. `"note"`: it works, but look at it. */
  readonly level: "ok" | "note" | "problem";
  /** What was seen, in one sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Both in Chinese. */
  readonly textZh: string;
  readonly fixZh?: string;
}

export function ok(code: FindingCode, { en, zh }: Bilingual): Finding {
  return { code, level: "ok", text: en, textZh: zh };
}

export function note(code: FindingCode, text: Bilingual, fix: Bilingual): Finding {
  return { code, level: "note", ...said(text, fix) };
}

export function problem(code: FindingCode, text: Bilingual, fix: Bilingual): Finding {
  return { code, level: "problem", ...said(text, fix) };
}

/** A sentence with another one behind it. */
export function more(first: Bilingual, second: Bilingual): Bilingual {
  return both(`${first.en} ${second.en}`, first.zh + second.zh);
}

function said(text: Bilingual, fix: Bilingual) {
  return { text: text.en, fix: fix.en, textZh: text.zh, fixZh: fix.zh };
}
