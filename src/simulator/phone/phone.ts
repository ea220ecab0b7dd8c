import type { Context, Middleware } from "koa";
import { WechatError } from "../../errors.js";
import { type Bilingual, both } from "../../language.js";
import { showMedia } from "./media.js";
import type { PhoneCloud } from "./phone-cloud.js";
import { harden } from "./policy.js";
import { Unreadable } from "./reading.js";
import { routes } from "./routes.js";

const mediaPath = "/phone/media/";
const noFile = both(
  "There is no such file, or its three days are over.",
  "没有这个文件，或三天的有效期已过。",
);

/**
 * Serves the phone: the page at `/`, and what it needs under `/phone/`. Everything else is passed on.
 *
 * It trusts whoever asks: who may ask is decided by `guard()` before it.
 */
export function phonePage(cloud: PhoneCloud): Middleware {
  return async function phonePage(ctx, next) {
    const isMedia = ctx.path.startsWith(mediaPath);
    const isOurs = ctx.path === "/" || ctx.path.startsWith("/phone/");
    if (!isOurs) return next();
    harden(ctx);
    const method = ctx.method === "HEAD" ? "GET" : ctx.method;
    try {
      if (isMedia && method === "GET") return showFile(ctx, cloud);
      const key = `${method} ${ctx.path}`;
      const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
      if (route === undefined)
        return answer(ctx, 404, both("There is nothing here.", "这里什么也没有。"));
      await route(ctx, cloud);
    } catch (error) {
      if (error instanceof Unreadable) return answer(ctx, error.status, error.said);
      if (error instanceof WechatError) {
        return answer(ctx, 400, both(error.message, error.message));
      }
      if (error instanceof URIError)
        return answer(ctx, 400, both("The address is malformed.", "网址格式不对。"));
      throw error;
    }
  };
}

/** Shows a file of the simulated WeChat, by its media id. */
function showFile(ctx: Context, { world }: PhoneCloud): void {
  const file = world.media.get(decodeURIComponent(ctx.path.slice(mediaPath.length)));
  if (file !== undefined) showMedia(ctx, file);
  else answer(ctx, 404, noFile);
}

function answer(ctx: Context, status: number, { en, zh }: Bilingual): void {
  ctx.status = status;
  ctx.body = { error: en, errorZh: zh };
}
