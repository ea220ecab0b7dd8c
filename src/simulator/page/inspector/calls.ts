import type { CallRecord } from "../../world/journal.js";

/** What became of a call of the API: `"acknowledged"` is an answer that says "none", and no fault. */
export type CallState = "reply" | "acknowledged" | "fault";

/** Refusals that belong to how an account is, not to what went wrong: no menu yet, an agent that is there. */
const usual = [46003, 61453, 65406];

/** What became of a call. A redirect, as that of web login, is an answer like any other. */
export function callState({ status, answer }: CallRecord): CallState {
  const error = errorOf(answer);
  if (usual.includes(error)) return "acknowledged";
  return error === 0 && status >= 200 && status < 400 ? "reply" : "fault";
}

/** What WeChat answered, in a word: its error code, or the status; undefined without an answer. */
export function callOutcome({ status, answer }: CallRecord): string | undefined {
  const error = errorOf(answer);
  if (status === 0) return undefined;
  return error === 0 ? String(status) : `errcode ${error}`;
}

function errorOf(answer: string): number {
  return Number(/^\s*\{\s*"errcode"\s*:\s*(-?\d+)/.exec(answer)?.[1] ?? 0);
}
