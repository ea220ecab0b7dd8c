import type { RefusalReason } from "../refusal.js";

/** One request to the gateway, for a log. It holds no secret, token, query, body or foreign text. */
export interface AuditEvent {
  /** When it came, in milliseconds since 1970. */
  readonly time: number;
  /** What was asked for. */
  readonly action: "token" | "ticket" | "invalidate" | "call" | "unknown";
  /** What became of it. */
  readonly outcome: "ok" | "aborted" | RefusalReason;
  /** Who asked; `undefined` unless the signature proved it. */
  readonly client: string | undefined;
  readonly appId: string | undefined;
  readonly method: string;
  /** WeChat's path of a call that was forwarded. */
  readonly path: string | undefined;
  /** The status of the answer. */
  readonly status: number;
  /** WeChat's error code in the answer, if there was one. */
  readonly errcode: number | undefined;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** Where it came from, by `ctx.ip`. */
  readonly ip: string;
}

/** What is found out about a request while it is served. */
export interface Trail {
  action: AuditEvent["action"];
  client: string | undefined;
  appId: string | undefined;
  path: string | undefined;
  errcode: number | undefined;
}
