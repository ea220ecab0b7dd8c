import { explain } from "../errcodes/explain.js";
import { WechatError } from "../errors.js";
import type { OutputLanguage } from "../language.js";
import { oneLine } from "./transport/hidden.js";

/** WeChat's refusal of a call. It never holds a token, a secret or a full URL. */
export class ApiError extends WechatError {
  /** WeChat's number for what is wrong. */
  readonly errcode: number;
  /** WeChat's text, without the request id. */
  readonly errmsg: string;
  /** The id by which the call can be looked up for seven days: `api.quota.rid(rid)`. */
  readonly rid: string | undefined;
  /** The path that was called, without its query. */
  readonly endpoint: string;
  /** What to do about it, in one sentence, if there is something to say. */
  readonly hint: string | undefined;
  /** What else the answer held, such as `msg_id` beside 45065; no tokens. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    endpoint: string,
    errcode: number,
    text: string,
    data: Readonly<Record<string, unknown>> = {},
    language?: OutputLanguage,
  ) {
    const found = /\brid:\s*([\w-]+)/.exec(text);
    const rid = found?.[1];
    const errmsg = oneLine(found === null ? text : without(text, found.index, found[0].length));
    const hint = explain(errcode, { language, errmsg, endpoint })?.hint;
    super(
      "WX_API",
      `WeChat refused ${endpoint}: ${errcode} ${errmsg}.${hint === undefined ? "" : ` ${hint}`}`,
    );
    this.errcode = errcode;
    this.errmsg = errmsg;
    this.rid = rid;
    this.endpoint = endpoint;
    this.hint = hint;
    this.data = data;
  }

  override get name() {
    return "ApiError";
  }
}

/** Cuts something out, and a comma before it. Not by a pattern that begins with `\s*`: that is slow on blanks. */
function without(text: string, at: number, length: number): string {
  const before = text.slice(0, at).trimEnd();
  const kept = before.endsWith(",") ? before.slice(0, -1) : before;
  return (kept + text.slice(at + length)).trim();
}
