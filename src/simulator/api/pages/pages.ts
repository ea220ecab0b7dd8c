import type { Context } from "koa";
import type { World } from "../../world/world.js";
import { authorize } from "./authorize.js";
import { escapeHtml, sendPage } from "./html.js";
import { sceneSvg } from "./scene-svg.js";

/** Serves a page of WeChat's and says what it did, for the inspector. */
export type Page = (ctx: Context, world: World) => string;

/** The page at a path: what WeChat serves to phones and not to servers. */
export function pageOf(path: string): Page | undefined {
  if (path === "/connect/oauth2/authorize") return authorize;
  if (path === "/cgi-bin/showqrcode") return showQrcode;
  if (path.startsWith("/mmbiz/article/")) return showArticle;
  if (path.startsWith("/mmbiz/")) return showFile;
  return undefined;
}

/** The picture of a QR code. Source: 「生成带参数的二维码」, 通过ticket换取二维码. */
function showQrcode(ctx: Context, world: World): string {
  const ticket = new URLSearchParams(ctx.querystring).get("ticket") ?? "";
  const code = world.qrcodes.find(ticket);
  if (code === undefined) return notFound(ctx);
  setSafe(ctx);
  ctx.set("Content-Type", "image/svg+xml");
  ctx.body = sceneSvg(code.scene);
  return `a QR code with the scene ${code.scene}`;
}

/** A file by its address, as mmbiz.qpic.cn serves pictures. */
function showFile(ctx: Context, world: World): string {
  const [mediaId = ""] = ctx.path.slice("/mmbiz/".length).split("/");
  const file = world.media.get(mediaId);
  if (file === undefined) return notFound(ctx);
  setSafe(ctx);
  // What was uploaded as a picture is never shown as a page.
  const shown = /^(image\/(png|jpeg|gif|bmp|webp)|audio\/[\w.-]+|video\/[\w.-]+)$/;
  const type = shown.test(file.contentType) ? file.contentType : "application/octet-stream";
  ctx.set("Content-Type", type);
  ctx.body = file.data;
  return `${type}, ${file.data.length} bytes`;
}

/** An article of a draft or of what is published, as a page. */
function showArticle(ctx: Context, world: World): string {
  const all = [...world.drafts, ...world.publications].flatMap(({ articles }) => articles);
  const article = all.find(
    ({ url, is_deleted }) =>
      typeof url === "string" && url.endsWith(ctx.path) && is_deleted !== true,
  );
  if (article === undefined) return notFound(ctx);
  const title = escapeHtml(String(article.title));
  // The content is HTML by contract; the page's policy leaves it nothing to run or to load.
  sendPage(ctx, String(article.title), `<h1>${title}</h1>${String(article.content)}`);
  return "an article";
}

function notFound(ctx: Context): string {
  ctx.status = 404;
  ctx.type = "text";
  ctx.body = "Not Found";
  return "Not Found";
}

function setSafe(ctx: Context): void {
  ctx.status = 200;
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.set("Content-Security-Policy", "default-src 'none'; sandbox");
  ctx.set("Cache-Control", "no-store");
}
