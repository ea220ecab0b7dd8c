import type { Context as KoaContext } from "koa";

/** Whether a request for `path` would come to the middleware that now serves `ctx`. */
export function wouldSee(ctx: KoaContext, path: string): boolean {
  const { mountPath, _matchedRoute, router } = ctx as KoaContext & {
    readonly router?: { match?(path: string, method: string): { readonly route: boolean } };
  };
  if (typeof mountPath === "string") return path.startsWith(`${mountPath.replace(/\/$/, "")}/`);
  if (_matchedRoute === undefined) return true;
  return router?.match?.(path, "GET").route === true;
}
