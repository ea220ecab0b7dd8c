import type { Context as KoaContext } from "koa";

/**
 * Whether the browser is going to a page, so that it can be redirected to WeChat. What a script
 * fetches, a form that is sent and a page that is only prefetched cannot.
 */
export function isNavigation(ctx: KoaContext): boolean {
  if (ctx.method !== "GET") return false;
  // Android's WeChat sends its own name in this header with every page.
  if (ctx.get("X-Requested-With").toLowerCase() === "xmlhttprequest") return false;
  if (/prefetch|prerender/i.test(ctx.get("Sec-Purpose") || ctx.get("Purpose"))) return false;
  // Browsers say it on secure origins only; older ones not at all.
  const mode = ctx.get("Sec-Fetch-Mode");
  if (mode !== "") return mode === "navigate" || mode === "nested-navigate";
  return wantsPage(ctx);
}

/** Whether an answer is going to be looked at. */
export function wantsPage(ctx: KoaContext): boolean {
  const isScript = ctx.get("X-Requested-With").toLowerCase() === "xmlhttprequest";
  return !isScript && /\btext\/html\b/i.test(ctx.get("Accept"));
}

/** Whether this is WeChat's browser, on a phone or a PC, but not 企业微信. */
export function isWechat(ctx: KoaContext): boolean {
  const agent = ctx.get("User-Agent");
  return /MicroMessenger/i.test(agent) && !/wxwork/i.test(agent);
}
