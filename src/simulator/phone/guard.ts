import { isIP } from "node:net";
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

/**
 * Why a request is refused, if it is: another site's page must neither read the phone, by having
 * its own name point here (DNS rebinding), nor use it, by posting to it (CSRF).
 */
export function refusal(ctx: Context, hosts: readonly string[]): string | undefined {
  const host = ctx.request.get("Host");
  const name = hostname(host);
  if (name === undefined || !(isOwn(name) || hosts.includes(name))) {
    return "This host name is not the simulator's: open it as localhost or by its IP address.";
  }
  if (ctx.method === "GET" || ctx.method === "HEAD") return undefined;
  const origin = ctx.request.get("Origin");
  const site = ctx.request.get("Sec-Fetch-Site");
  const fromElsewhere =
    origin === ""
      ? site !== "" && site !== "same-origin" && site !== "none"
      : !isSame(origin, host);
  return fromElsewhere ? "Only the phone's own page may use the phone." : undefined;
}

/** A name that nobody else can point here: an address needs no DNS, and localhost asks none. */
function isOwn(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}

function hostname(host: string): string | undefined {
  try {
    return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
  } catch {
    return undefined;
  }
}

function isSame(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === new URL(`http://${host}`).host;
  } catch {
    return false;
  }
}
