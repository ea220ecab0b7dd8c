import type { Context as KoaContext } from "koa";

/** Nobody comes back to a longer address. */
const maxLength = 2_000;

/**
 * Where a user may be sent after the login: an address on this site, or on one of `allowed`, as an
 * absolute URL; `undefined` for everything else.
 *
 * Browsers and servers read `//evil`, `/\evil`, `https:evil`, tabs and escaped slashes in ways of
 * their own, so all that is refused before a URL parser sees it.
 */
export function safeReturnTo(
  value: unknown,
  base: URL,
  allowed: ReadonlySet<string>,
): string | undefined {
  if (typeof value !== "string" || value.length > maxLength) return undefined;
  // No white space, no control character, no backslash; in the path not even escaped.
  if (/[\s\\\p{Cc}\p{Cs}]/u.test(value)) return undefined;
  if (/%(?:[01][0-9a-f]|5c|7f)/i.test(value.replace(/[?#].*$/s, ""))) return undefined;
  const isPath = /^\/(?!\/|%2f)/i.test(value);
  if (!isPath && !/^https?:\/\/[^/]/i.test(value)) return undefined;
  if (!URL.canParse(value, base.href)) return undefined;
  const url = new URL(value, base);
  if (url.username !== "" || url.password !== "" || url.href.length > maxLength) return undefined;
  if (url.origin !== base.origin && (isPath || !allowed.has(url.origin))) return undefined;
  // Always absolute: a path that turned into "//evil" on the way still leads to this site.
  return url.href;
}

/**
 * The page that a script or a form belongs to, if it is one to which users may return: what the
 * header `X-Return-To` or the parameter `returnTo` says, or else `Referer`, which many sites do not
 * send.
 */
export function askedFrom(
  ctx: KoaContext,
  base: URL,
  allowed: ReadonlySet<string>,
): string | undefined {
  const [named] = new URLSearchParams(ctx.querystring).getAll("returnTo");
  return [ctx.get("X-Return-To"), named, ctx.get("Referer")]
    .map((address) => safeReturnTo(address, base, allowed))
    .find((address) => address !== undefined);
}
