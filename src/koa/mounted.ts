import type { Context as KoaContext, Middleware } from "koa";

/**
 * Whether a router or koa-mount has compared the path for this middleware. What they have passed on
 * still says so when it comes to one that the app itself uses.
 */
export function isMounted(ctx: KoaContext, middleware: Middleware): boolean {
  if (ctx.mountPath === undefined && ctx._matchedRoute === undefined) return false;
  return !ctx.app.middleware.includes(middleware);
}

/** Whether a request for `path` would come to the middleware that now serves `ctx`. */
export function wouldSee(ctx: KoaContext, path: string): boolean {
  const { mountPath, _matchedRoute, router } = ctx as KoaContext & {
    readonly router?: { match?(path: string, method: string): { readonly route: boolean } };
  };
  if (typeof mountPath === "string") return path.startsWith(`${mountPath.replace(/\/$/, "")}/`);
  if (_matchedRoute === undefined) return true;
  return router?.match?.(path, "GET").route === true;
}
