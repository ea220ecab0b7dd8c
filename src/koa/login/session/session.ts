import type { Context as KoaContext } from "koa";
import { ConfigError } from "../../../errors.js";
import type { MaybePromise } from "../../../time/maybe-promise.js";

/**
 * What is remembered of one browser, by name. koa-wx keeps an id there and where to return to, never
 * a profile or a token. Your own can be given instead of koa-wx's signed cookies:
 *
 * ```ts
 * session: (ctx) => ({
 *   get: (key) => ctx.session[key],
 *   set: (key, value) => { ctx.session[key] = value; },
 *   destroy: (key) => { delete ctx.session[key]; },
 * })
 * ```
 */
export interface LoginSession {
  get(key: string): MaybePromise<string | undefined>;
  /** Keeps `value` for `ttl` milliseconds at least. */
  set(key: string, value: string, ttl: number): unknown;
  destroy(key: string): unknown;
}

/** How koa-wx's own cookies are set. */
export interface CookieOptions {
  /** What their names begin with. */
  readonly prefix: string;
  readonly secure: boolean;
}

/** Cookies signed with `app.keys`, as a session. Throws a ConfigError when there are no keys. */
export function cookieSession(ctx: KoaContext, { prefix, secure }: CookieOptions): LoginSession {
  if (!ctx.app.keys || (Array.isArray(ctx.app.keys) && ctx.app.keys.length === 0)) {
    throw new ConfigError(
      'wx.oauth() signs its cookies with Koa\'s keys, and there are none: set app.keys = ["a long random text"], the same in every process, or give wx.oauth() a "session".',
    );
  }
  const write = (key: string, value: string | null, ttl?: number) => {
    const { cookies } = ctx;
    // Behind a proxy that ends TLS, Koa takes the connection for a plain one and would refuse.
    const isSecure = cookies.secure;
    cookies.secure = secure || isSecure;
    try {
      cookies.set(prefix + key, value, {
        signed: true,
        httpOnly: true,
        sameSite: "lax",
        path: "/",
        secure,
        overwrite: true,
        ...(ttl === undefined ? {} : { maxAge: ttl }),
      });
    } finally {
      cookies.secure = isSecure;
    }
  };
  return {
    get: (key) => ctx.cookies.get(prefix + key, { signed: true }),
    set: (key, value, ttl) => write(key, value, ttl),
    destroy: (key) => write(key, null),
  };
}
