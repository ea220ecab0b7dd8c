import { WechatError } from "../errors.js";
import { hintFor } from "./errcodes.js";

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

  constructor(endpoint: string, errcode: number, text: string) {
    const rid = /\brid:\s*([\w-]+)/.exec(text)?.[1];
    const errmsg = text.replace(/,?\s*\brid:\s*[\w-]+/, "").trim();
    const hint = hintFor(errcode, errmsg, endpoint);
    super(
      "WX_API",
      `WeChat refused ${endpoint}: ${errcode} ${errmsg}.${hint === undefined ? "" : ` ${hint}`}`,
    );
    this.errcode = errcode;
    this.errmsg = errmsg;
    this.rid = rid;
    this.endpoint = endpoint;
    this.hint = hint;
  }

  override get name() {
    return "ApiError";
  }
}
