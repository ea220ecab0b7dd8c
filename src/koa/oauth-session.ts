import type { Context as KoaContext } from "koa";
import { ConfigError } from "../errors.js";
import type { MaybePromise } from "../router/compose.js";
import { sameText, stateLife } from "./oauth-state.js";
import { isScope, type LoginScope } from "./oauth-user.js";

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
  /** Keeps `value` for `maxAge` milliseconds at least. */
  set(key: string, value: string, maxAge: number): unknown;
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
  const write = (key: string, value: string | null, maxAge?: number) => {
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
        ...(maxAge === undefined ? {} : { maxAge }),
      });
    } finally {
      cookies.secure = isSecure;
    }
  };
  return {
    get: (key) => ctx.cookies.get(prefix + key, { signed: true }),
    set: (key, value, maxAge) => write(key, value, maxAge),
    destroy: (key) => write(key, null),
  };
}

/** A login that has been begun and not yet come back. */
export interface Pending {
  readonly scope: LoginScope;
  /** An absolute address, checked. */
  readonly returnTo: string;
}

/** Tabs that may log in at the same time. */
const maxPending = 4;
const open = "logins";
const pendingKey = (id: string) => `login-${id.slice(0, 12)}`;

/** The logins that one browser has begun; each is bound to it. */
export class PendingLogins {
  readonly #session: LoginSession;

  constructor(session: LoginSession) {
    this.#session = session;
  }

  /** Keeps a login under the id of its state. Every one has a key of its own: tabs cannot meet. */
  async begin(id: string, { scope, returnTo }: Pending): Promise<void> {
    const ids = [...(await this.#ids()), id.slice(0, 12)];
    while (ids.length > maxPending) await this.#session.destroy(pendingKey(ids.shift() as string));
    const text = Buffer.from(JSON.stringify([id, scope, returnTo])).toString("base64url");
    await this.#session.set(pendingKey(id), text, stateLife);
    await this.#session.set(open, ids.join("."), stateLife);
  }

  /** The login that this browser began under a state. */
  async find(id: string): Promise<Pending | undefined> {
    const text = await this.#session.get(pendingKey(id));
    if (typeof text !== "string") return undefined;
    try {
      const [own, scope, returnTo] = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
      if (typeof own !== "string" || !sameText(own, id)) return undefined;
      return isScope(scope) && typeof returnTo === "string" ? { scope, returnTo } : undefined;
    } catch {
      return undefined;
    }
  }

  async end(id: string): Promise<void> {
    await this.#session.destroy(pendingKey(id));
    const ids = (await this.#ids()).filter((other) => other !== id.slice(0, 12));
    if (ids.length === 0) await this.#session.destroy(open);
    else await this.#session.set(open, ids.join("."), stateLife);
  }

  /** Whether this browser has brought back anything at all of what it was given. */
  async isKnown(): Promise<boolean> {
    return (await this.#ids()).length > 0;
  }

  async #ids(): Promise<string[]> {
    const text = await this.#session.get(open);
    return typeof text === "string"
      ? text.split(".").filter((id) => /^[0-9a-f]{12}$/.test(id))
      : [];
  }
}
