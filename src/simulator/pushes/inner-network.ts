import { stringify } from "lossless-json";
import type { SimulatedAccount } from "../world/account.js";
import type { PushFields, PushValue, SealedPush } from "./push.js";

/** What the console of 微信云托管 sends when the setting is saved: a push that says nothing. */
export const probe: PushFields = { action: "CheckContainerPath" };

/** The headers of what comes over the inner network of 微信云托管. Source: 「容器内变量信息」. */
function innerHeaders(
  { appId, cloudHosting }: SimulatedAccount,
  openid?: string,
): Readonly<Record<string, string>> {
  return {
    "Content-Type": cloudHosting === "xml" ? "text/xml" : "application/json",
    "X-WX-SOURCE": "wx_simulator",
    "X-WX-APPID": appId,
    "X-WX-ENV": "simulated",
    ...(openid === undefined ? {} : { "X-WX-OPENID": openid }),
  };
}

/** A push as it goes over the inner network: neither signed nor encrypted. */
export function innerPush(
  account: SimulatedAccount,
  push: { readonly fields: PushFields; readonly xml: string; readonly openid?: string },
): SealedPush {
  const body = account.cloudHosting === "xml" ? push.xml : pushJson(push.fields);
  const headers = innerHeaders(account, push.openid);
  return { query: new URLSearchParams(), headers, body };
}

/**
 * The JSON of a push: the names of XML, numbers as numbers with all their digits. Where XML has an
 * element around a list, the list stands alone, and one entry of it without a list.
 *
 * Source: 「消息推送」 (云托管), and what others have seen of it.
 */
function pushJson(fields: PushFields): string {
  const entries = Object.entries(fields).flatMap(([name, value]) =>
    /^SubscribeMsg\w+Event$/.test(name) ? Object.entries(value as PushFields) : [[name, value]],
  );
  return stringify(jsonOf(Object.fromEntries(entries))) ?? "";
}

function jsonOf(value: PushValue | undefined): unknown {
  if (Array.isArray(value)) return value.length === 1 ? jsonOf(value[0]) : value.map(jsonOf);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, jsonOf(one)]));
}
