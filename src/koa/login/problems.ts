import type { Context as KoaContext, Next } from "koa";
import type { ErrorCode } from "../../errors.js";
import { place } from "../../places.js";
import { wantsPage } from "./browser/navigation.js";
import { stateLength } from "./session/state.js";

/**
 * What can come of a login besides a user:
 *
 * - `required` (401): a script or a form asked for something that needs a login.
 * - `outside` (403): the page is not open in WeChat.
 * - `denied` (403): the user refused.
 * - `snapshot` (403): the page is open in snapshot mode (快照页), with a virtual user.
 * - `state` (403): the `state` was not issued here, or not to this browser.
 * - `code` (400): WeChat does not take the code, twice in a row.
 * - `loop` (400): what was given to the browser, or what WeChat has said, does not come back, twice
 *   in a row.
 * - `failed` (502): WeChat could not be asked.
 */
export type LoginProblemKind =
  | "required"
  | "outside"
  | "denied"
  | "snapshot"
  | "state"
  | "code"
  | "loop"
  | "failed";

/** A login that did not come to its end. */
export interface LoginProblem {
  readonly kind: LoginProblemKind;
  readonly status: number;
  readonly code: ErrorCode;
  /** What happened and what to do, for developers; without any secret. */
  readonly message: string;
  /** Where the login begins anew. */
  readonly authorizeUrl: string;
}

/** What is done instead of showing a page: it answers, or calls `next()` to let the request pass. */
export type LoginHook = (ctx: KoaContext, problem: LoginProblem, next: Next) => unknown;

interface Words {
  readonly status: number;
  readonly code: ErrorCode;
  readonly title: string;
  readonly text: string;
  readonly again: string | undefined;
  readonly message: string;
}

/** What each problem is called, to users and to developers. */
export const problems: Readonly<Record<LoginProblemKind, Words>> = {
  required: {
    status: 401,
    code: "WX_OAUTH",
    title: "请先登录",
    text: "登录后才能继续。",
    again: "微信登录",
    message: "Nobody is logged in. Send the browser to authorizeUrl: location.href = authorizeUrl.",
  },
  outside: {
    status: 403,
    code: "WX_OAUTH",
    title: "请在微信中打开",
    text: "请复制本页链接，发送到微信中再打开。",
    again: undefined,
    message:
      "Web login works inside WeChat only, and this is another browser. on: { outside } of wx.oauth() can do something else.",
  },
  denied: {
    status: 403,
    code: "WX_OAUTH_DENIED",
    title: "没有获得授权",
    text: "你没有同意授权，所以无法打开这个页面。",
    again: "重新授权",
    message: "The user did not agree to be known: WeChat sent them back without a code.",
  },
  snapshot: {
    status: 403,
    code: "WX_OAUTH_SNAPSHOT",
    title: "请使用完整服务",
    text: "当前是快照页，无法登录。请点击页面右下角的「使用完整服务」。",
    again: undefined,
    message:
      "The page is open in snapshot mode (快照页), where WeChat gives a virtual user. Ask for snsapi_userinfo only after the user has tapped something.",
  },
  state: {
    status: 403,
    code: "WX_OAUTH_STATE",
    title: "登录链接无效",
    text: "这个登录链接已经用过，或者不是在这里打开的。",
    again: "重新登录",
    message: "The login's state was not issued here, or not to this browser.",
  },
  code: {
    status: 400,
    code: "WX_OAUTH",
    title: "登录没有成功",
    text: "微信没有认可这次登录，请再试一次。",
    again: "重新登录",
    message: `WeChat refused the code twice in a row: it is used, expired, or of another account. Check that appId and appSecret belong together (${place("credentials")}), and that nothing else exchanges the codes.`,
  },
  loop: {
    status: 400,
    code: "WX_OAUTH_LOOP",
    title: "登录信息没有保存下来",
    text: "浏览器没有带回登录用的 Cookie。请允许使用 Cookie，然后再试一次。",
    again: "重新登录",
    message: "A login ran in a circle, twice in a row.",
  },
  failed: {
    status: 502,
    code: "WX_OAUTH",
    title: "暂时无法登录",
    text: "现在联系不上微信，请稍后再试。",
    again: "再试一次",
    message: "WeChat could not be asked who the user is.",
  },
};

/** What exactly was lost on the way, for developers, and in other words than the problem's for users. */
export interface Lost {
  readonly detail: string;
  readonly title?: string;
  readonly text?: string;
}

const culprits = "a proxy, a CDN, a redirect to another scheme or host";

/** Users come back to `address` without the query that WeChat has given them. */
export function lostQuery(address: string): Lost {
  return {
    detail: `WeChat's "code" and "state" did not come back: users are sent to ${address}?code=…&state=…, and something in front of this app (${culprits}) drops or changes that query.`,
    title: "登录没有完成",
    text: "微信返回的登录信息在途中丢失了，请再试一次。",
  };
}

/** What is wrong with a state that is none. */
export function lostState(codes: readonly string[], states: readonly string[]): Lost {
  const cure = `Something in front of this app (${culprits}) may change the query.`;
  const twice = states.length > 1 ? "state" : codes.length > 1 ? "code" : undefined;
  if (twice !== undefined) return { detail: `"${twice}" came back more than once. ${cure}` };
  const [state] = states;
  if (state === undefined) return { detail: `"code" came back, and "state" did not. ${cure}` };
  const { length } = state;
  if (length === stateLength) return { detail: "" };
  return { detail: `"state" came back with ${length} characters, not ${stateLength}. ${cure}` };
}

/** Shows a problem: a page that fits a phone to who looks, JSON to who does not. */
export function showProblem(ctx: KoaContext, problem: LoginProblem, lost: Lost): void {
  const { code, message, authorizeUrl, status } = problem;
  ctx.status = status;
  ctx.set("Cache-Control", "no-store");
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.set("Referrer-Policy", "no-referrer");
  if (!wantsPage(ctx)) {
    ctx.body = { code, message, authorizeUrl };
    return;
  }
  const { title, text, again, detail } = { ...problems[problem.kind], ...lost };
  ctx.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  ctx.type = "html";
  ctx.body = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; font: 17px/1.6 system-ui, sans-serif; text-align: center; background: #fff; color: #191919 }
h1 { margin: 0 24px 8px; font-size: 22px; font-weight: 500 }
p { margin: 0 32px; max-width: 28em; color: #737373 }
a { margin-top: 32px; padding: 8px 48px; border-radius: 8px; background: #07c160; color: #fff; text-decoration: none }
small { margin: 48px 24px 0; max-width: 36em; color: #737373; font-size: 12px; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) { body { background: #191919; color: #d5d5d5 } p, small { color: #9a9a9a } }
</style>
<h1>${title}</h1>
<p>${text}</p>
${again === undefined ? "" : `<a href="${escapeHtml(authorizeUrl)}">${again}</a>\n`}<small>${code}${detail === "" ? "" : ` · ${escapeHtml(detail)}`}</small>
</html>
`;
}

/** A text for HTML, also between quotes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
