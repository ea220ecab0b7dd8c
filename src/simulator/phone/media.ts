import type { Context } from "koa";
import { both } from "../../language.js";
import type { MediaFile, MediaLibrary } from "../world/media.js";
import { readBytes, Unreadable } from "./reading.js";

/** What each kind of file may be. A drawing in SVG could carry a script, so it is not among them. */
const kinds: Readonly<Record<string, RegExp>> = {
  image: /^image\/(jpeg|png|gif|webp|bmp|avif)$/,
  thumb: /^image\/jpeg$/,
  voice: /^(audio\/[\w.+-]{1,40}|video\/webm)$/,
  video: /^video\/[\w.+-]{1,40}$/,
};

/** The most that is taken, in bytes: as much as WeChat takes of a video. */
const limit = 10 * 1024 * 1024;

/** Keeps a file that a person has picked or recorded. */
export async function takeMedia(ctx: Context, media: MediaLibrary): Promise<MediaFile> {
  const type = String(ctx.query.type);
  const allowed = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  const contentType = bare(ctx.request.type);
  if (allowed === undefined || !allowed.test(contentType)) {
    throw new Unreadable(
      both(
        `A file of the type "${contentType}" cannot be sent as ${type}.`,
        `“${contentType}”类型的文件不能作为 ${type} 发送。`,
      ),
      415,
    );
  }
  const data = await readBytes(ctx, limit);
  if (data.length === 0) throw new Unreadable(both("The file is empty.", "文件是空的。"));
  const name = typeof ctx.query.name === "string" ? ctx.query.name : "";
  const filename = name.replace(/[^\p{L}\p{N}._ -]/gu, "_").slice(-80) || type;
  return media.add({ type: type as MediaFile["type"], contentType, filename, data });
}

/** Shows a file; whatever it holds, it is no page of this origin. */
export function showMedia(ctx: Context, file: MediaFile): void {
  const type = bare(file.contentType);
  const harmless = Object.values(kinds).some((kind) => kind.test(type));
  ctx.set({
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": harmless ? "inline" : "attachment",
    "Cache-Control": "private, max-age=3600",
    "Accept-Ranges": "bytes",
  });
  ctx.type = harmless ? type : "application/octet-stream";
  const range = rangeOf(ctx.request.get("Range"), file.data.length);
  if (range === undefined) {
    ctx.body = file.data;
    return;
  }
  const [start, end] = range;
  ctx.status = 206;
  ctx.set("Content-Range", `bytes ${start}-${end}/${file.data.length}`);
  ctx.body = file.data.subarray(start, end + 1);
}

/** Some browsers play a film only in parts. */
function rangeOf(header: string, length: number): readonly [number, number] | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header);
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = match[2] === "" ? length - 1 : Math.min(Number(match[2]), length - 1);
  return start <= end ? [start, end] : undefined;
}

function bare(contentType: string): string {
  return (contentType.split(";")[0] as string).trim().toLowerCase();
}
