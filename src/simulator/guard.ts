import { isIP } from "node:net";
import type { Context, Middleware } from "koa";

export interface GuardOptions {
  /** Names by which the simulator may be reached besides localhost and IP addresses. */
  readonly hosts?: readonly string[];
}

/**
 * Keeps pages of other sites away from the whole simulator: they must neither read it, by having
 * their own name point here (DNS rebinding), nor use it, by requests of the developer's browser
 * (CSRF). Programs, which say nothing of where they come from, pass.
 */
export function guard({ hosts = [] }: GuardOptions = {}): Middleware {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return function guard(ctx, next) {
    const refused = refusal(ctx, allowed);
    if (refused === undefined) return next();
    ctx.status = 403;
    ctx.body = { error: refused };
    return undefined;
  };
}

/** Whether the browser says that a page of another site has brought the request about. */
export function isFromElsewhere(ctx: Context): boolean {
  const site = ctx.request.get("Sec-Fetch-Site");
  return site === "cross-site" || site === "same-site";
}

function refusal(ctx: Context, allowed: ReadonlySet<string>): string | undefined {
  const host = ctx.request.get("Host");
  if (!isOwnHost(host, allowed)) {
    return "This host name is not the simulator's, so a page of another site might stand behind it. Use localhost or an IP address, or start the simulator with --allow-host and the name.";
  }
  const origin = ctx.request.get("Origin");
  if (origin !== "" && !isSame(origin, host)) {
    return "A page of another site must not use the simulator.";
  }
  if (!isFromElsewhere(ctx) || isOpen(ctx)) return undefined;
  return "A page of another site may lead here and show pictures of here, and nothing else.";
}

/** Whether a Host header names this machine: nobody else can have such a name point here. */
export function isOwnHost(host: string, allowed: ReadonlySet<string>): boolean {
  const name = nameIn(host);
  return name !== undefined && (isOwn(name) || allowed.has(name));
}

/** What WeChat has other sites link to and show: its pages, and pictures that tell nobody anything. */
function isOpen({ method, path, request }: Context): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const isPicture = path === "/cgi-bin/showqrcode" || path.startsWith("/mmbiz/");
  const isPage = path === "/" || path === "/connect/oauth2/authorize";
  return isPicture || (isPage && request.get("Sec-Fetch-Mode") === "navigate");
}

/** A name that nobody else can point here: an address needs no DNS, and localhost asks none. */
function isOwn(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || isIP(name) !== 0;
}

function nameIn(host: string): string | undefined {
  // A URL would find a name in more than a name.
  if (/[^\w.:[\]-]/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, "");
}

function isSame(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === new URL(`http://${host}`).host;
}
