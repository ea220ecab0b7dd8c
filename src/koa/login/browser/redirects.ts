import type { Context as KoaContext } from "koa";

/** Says to the page after a login that it comes from one. Worth nothing to anybody else. */
const roundCookie = "koa-wx-round";
const roundLife = 60_000;

/** Sends a browser on, with an empty body: Koa's own redirect writes the address where users see it. */
export function redirect(ctx: KoaContext, url: string): void {
  ctx.status = 302;
  ctx.set("Location", url);
  ctx.set("Cache-Control", "no-store");
  ctx.body = "";
}

/** Leaves the callback. Without a fragment of its own the page would inherit `#wechat_redirect`. */
export function arrive(ctx: KoaContext, url: string): void {
  redirect(ctx, url.includes("#") ? url : `${url}#`);
}

/** The round of the login from which this request comes; 0 for none. */
export function readRound(ctx: KoaContext): number {
  const round = ctx.cookies.get(roundCookie, { signed: false });
  return round !== undefined && /^[1-9]$/.test(round) ? Number(round) : 0;
}

export function writeRound(ctx: KoaContext, round: number): void {
  const options = {
    signed: false,
    httpOnly: true,
    sameSite: "lax",
    maxAge: roundLife,
    overwrite: true,
  } as const;
  ctx.cookies.set(roundCookie, String(round), options);
}

export function clearRound(ctx: KoaContext): void {
  if (readRound(ctx) > 0) ctx.cookies.set(roundCookie, null, { signed: false });
}
