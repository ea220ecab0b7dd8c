import { createHash } from "node:crypto";
import { isVerified } from "../world/kinds.js";
import type { World } from "../world/world.js";
import { shares } from "./share-apis.js";

/** What a page gives to `wx.config`, with the address that it has. */
export interface JssdkRequest {
  readonly appId: string;
  readonly timestamp: string;
  readonly nonceStr: string;
  readonly signature: string;
  readonly url: string;
}

/** What WeChat makes of it. */
export interface JssdkVerdict {
  /** `ok`, or why not: `invalid signature`. */
  readonly outcome: string;
  /** What the account may not do, whatever the page asks for. */
  readonly denied: readonly string[];
  /** What was to be signed, without the ticket, when the signature is another. */
  readonly signed?: string;
}

/** Verifies the signature of a page. Source: 「JS-SDK使用权限签名算法」; who may share: what each kind of account may do. */
export function verifyPage({ account, tokens }: World, given: JssdkRequest): JssdkVerdict {
  const { appId, timestamp, nonceStr, signature } = given;
  const denied = isVerified(account.kind) ? [] : shares;
  if (appId !== account.appId) return { outcome: "invalid appid", denied };
  const url = given.url.replace(/#.*$/s, "");
  const rest = `noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`;
  const isSigned = tokens
    .validTickets("jsapi")
    .some((ticket) => sha1(`jsapi_ticket=${ticket}&${rest}`) === signature);
  return isSigned
    ? { outcome: "ok", denied }
    : { outcome: "invalid signature", denied, signed: rest };
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
