import { place } from "../places.js";

/** Codes that say the app's token is not valid (any more): fetch a new one and repeat the call once. */
export const tokenErrors: ReadonlySet<number> = new Set([40001, 40014, 42001]);

/** Codes of the token endpoints that no repetition can mend. */
export const hopeless: ReadonlySet<number> = new Set([
  40001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 50004, 50007, 61004, 89501, 89503, 89506,
  89507,
]);

/**
 * What to do about an error code, in one sentence, if there is something to say beyond WeChat's own
 * text. `errmsg` is read for the address that a refused call came from.
 *
 * Source: 「全局返回码说明」 and the pages of the single calls.
 */
export function hintFor(errcode: number, errmsg: string, endpoint: string): string | undefined {
  if (errcode === 40164 || errcode === 61004) {
    const ip = /invalid ip ([0-9a-fA-F.:]+)/.exec(errmsg)?.[1];
    return `Add ${ip ?? "this server's address"} to ${place("whitelist")}.`;
  }
  if (errcode === 40001 && /cgi-bin\/(?:stable_)?token$/.test(endpoint)) {
    return `Compare "appSecret" with ${place("appSecret")}.`;
  }
  return hints[errcode];
}

const hints: Readonly<Record<number, string>> = {
  [-1]: "WeChat is busy; try again later.",
  40001:
    "The access token is not valid. Another service may be fetching tokens for this account: let all of them share one store or one token server.",
  40003:
    "The OpenID belongs to no follower of this account; OpenIDs of another account do not work.",
  40007: "The media_id is unknown: temporary media live three days, and belong to one account.",
  40013: `Compare "appId" with ${place("appId")}.`,
  40014: "The access token is not valid; it may be one of another account.",
  40029: "The code is used, expired, or of another account; send the user through the login again.",
  40033: "The body holds \\u escapes; send Chinese as UTF-8.",
  40037: "The template does not exist in this account; see its list of templates.",
  40066: "Check the URL.",
  40125: `Compare "appSecret" with ${place("appSecret")}; it may have been reset.`,
  40130: "Mass sending by OpenID takes at least two of them.",
  40163:
    "The code has been used; a page was reloaded or a request repeated. Send the user through the login again.",
  40243: `The AppSecret is frozen; unfreeze it in ${place("appSecret")}, which takes ten minutes.`,
  41001: "The call needs an access token.",
  42001: "The access token has expired.",
  42007: "The user changed the password; ask for authorisation again.",
  43004: "The receiver must be a follower.",
  43019: "The receiver is on the blacklist.",
  43101: "The user does not want these messages.",
  45001: "The file is too large for its kind.",
  45002: "The text is too long; a message takes 2,048 bytes.",
  45008: "Only one article is allowed.",
  45009:
    "The daily quota of this call is used up; wait until midnight in China, or call quota.clear().",
  45011: "Too many calls in this minute; wait for the next.",
  45015:
    "The user has not written for 48 hours (one minute after a tap, a follow or a scan), so no message can be sent.",
  45028: "No mass messages are left in this period.",
  45047: "Too many customer-service messages since the user last wrote.",
  45065: "A job with this clientmsgid exists; errmsg or msg_id says which.",
  45066: "Repeated too fast; wait a minute.",
  45080: "The typing indicator needs a message of the user within the last 30 seconds.",
  45081: "The typing indicator is already shown.",
  46003: "There is no menu yet.",
  47001: "WeChat could not read the body as JSON.",
  47003: "A field of the template data breaks its rule; errmsg names it.",
  48001: `The account may not use this API: most need 微信认证. See ${place("permissions")}.`,
  48002: "The user does not accept messages.",
  48004: "The API is banned for this account; see the notices in the console.",
  48005: "The material is used by an auto-reply or the menu; remove it there first.",
  48006: "clear_quota is limited to ten times a month.",
  50002: "The user is limited, or the account is frozen.",
  50004: "The account may not fetch tokens.",
  50005: "The user is no follower.",
  61450: "WeChat's customer service failed; try again later.",
  61452: "The customer-service account does not exist.",
  61453: "A customer-service account of this name exists.",
  65303: "Create the default menu before a conditional one.",
  65304: "The match rule is empty.",
  65400: "Enable the new customer service (新版客服功能) in the console first.",
  88000: "The account may not use comments.",
  89501: "A request to confirm this server's address is open; the administrator must answer it.",
  89503: "The administrator must confirm the call: a message was sent to his phone.",
  89506: "The administrator refused; try again after 24 hours.",
  89507: "The administrator refused; try again after an hour.",
};
