import type { Context } from "koa";

/**
 * What the page may load and who may show it. Pictures and films may come from anywhere, for a bot
 * sends links to them; the page itself asks before it loads one from another host. Frames are the
 * pages that a person opens; they are other origins or sandboxed.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data: http: https:",
  "media-src 'self' blob: http: https:",
  "frame-src http: https:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Sets the headers that keep what comes from the bot from becoming code. */
export function harden(ctx: Context): void {
  ctx.set({
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
  });
}
