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
}

export function ok(code: FindingCode, text: string): Finding {
  return { code, level: "ok", text };
}

export function note(code: FindingCode, text: string, fix: string): Finding {
  return { code, level: "note", text, fix };
}

export function problem(code: FindingCode, text: string, fix: string): Finding {
  return { code, level: "problem", text, fix };
}
