import { extname } from "node:path";
import type { MediaFile } from "../world/media.js";
import type { Call } from "./call.js";
import { refuse } from "./refusal.js";

const kB = 1024;

/** A kind of file that can be uploaded. */
export type UploadType = Exclude<MediaFile["type"], "news">;

/** A file as it was uploaded. */
export interface Upload {
  readonly filename: string;
  readonly contentType: string;
  readonly data: Buffer;
  /** The text fields beside it. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Rule {
  readonly size: number;
  readonly tooLarge: number;
  /** The endings of temporary and of permanent files. */
  readonly temporary: readonly string[];
  readonly permanent: readonly string[];
}

const rules: Readonly<Record<UploadType, Rule>> = {
  image: {
    size: 10 * kB * kB,
    tooLarge: 40009,
    temporary: ["png", "jpeg", "jpg", "gif"],
    permanent: ["bmp", "png", "jpeg", "jpg", "gif"],
  },
  voice: {
    size: 2 * kB * kB,
    tooLarge: 40010,
    temporary: ["amr", "mp3"],
    permanent: ["mp3", "wma", "wav", "amr"],
  },
  video: { size: 10 * kB * kB, tooLarge: 40011, temporary: ["mp4"], permanent: ["mp4"] },
  thumb: { size: 64 * kB, tooLarge: 40012, temporary: ["jpg", "jpeg"], permanent: ["jpg", "jpeg"] },
};

const contentTypes: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  bmp: "image/bmp",
  mp3: "audio/mpeg",
  amr: "audio/amr",
  wav: "audio/wav",
  wma: "audio/x-ms-wma",
  mp4: "video/mp4",
};

/** Reads the kind that an upload names. */
export function uploadType(call: Call): UploadType {
  const type = call.query.get("type") ?? "";
  if (!Object.hasOwn(rules, type)) refuse(40004);
  return type as UploadType;
}

/**
 * Reads and checks an uploaded file: 41005 when there is no part `media` with a filename, 44001 when
 * it is empty, and an error of its own for each kind that is too large.
 * Source: 「新增临时素材」, 「新增永久素材」.
 */
export async function readUpload(call: Call, type: UploadType, permanent = false): Promise<Upload> {
  const upload = await readFile(call);
  const ending = extname(upload.filename).slice(1).toLowerCase();
  const rule = rules[type];
  if (!(permanent ? rule.permanent : rule.temporary).includes(ending)) refuse(40005);
  if (upload.data.length > rule.size) refuse(rule.tooLarge);
  const start = upload.data.toString("latin1", 0, 64).trimStart();
  // An error page or JSON that was saved as a file.
  if ((type === "image" || type === "thumb") && /^[<{[]/.test(start)) refuse(40137);
  return { ...upload, contentType: contentTypes[ending] ?? "application/octet-stream" };
}

/** A picture to be looked at, of less than 2 MB in the field `img`: 101002 for what is none. Source: 「身份证识别」. */
export async function readPicture(call: Call): Promise<Upload> {
  const upload = await readFile(call, "img");
  if (upload.data.length >= 2 * kB * kB || !isPicture(upload.data)) refuse(101002);
  return upload;
}

/** By its first bytes: JPG, PNG, GIF or BMP. */
function isPicture(data: Buffer): boolean {
  return /^(\xff\xd8\xff|\x89PNG|GIF8|BM)/.test(data.toString("latin1", 0, 4));
}

/** A picture for use in articles: at most 1 MB, JPG or PNG. */
export async function readArticlePicture(call: Call): Promise<Upload> {
  const upload = await readFile(call);
  const ending = extname(upload.filename).slice(1).toLowerCase();
  if (!["jpg", "jpeg", "png"].includes(ending)) refuse(40005);
  if (upload.data.length > kB * kB) refuse(40009);
  return { ...upload, contentType: contentTypes[ending] ?? "image/jpeg" };
}

async function readFile(call: Call, field = "media"): Promise<Upload> {
  if (!/^multipart\/form-data/i.test(call.contentType)) refuse(41005);
  const headers = { "content-type": call.contentType };
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(call.raw), { headers }).formData();
  } catch {
    return refuse(41005);
  }
  const media = form.get(field);
  // A part without a filename arrives as text.
  if (!(media instanceof File) || media.name === "") refuse(41005);
  if (media.size === 0) refuse(44001);
  const fields: Record<string, string> = {};
  for (const [name, value] of form) if (typeof value === "string") fields[name] = value;
  const data = Buffer.from(await media.arrayBuffer());
  return { filename: media.name, contentType: media.type, data, fields };
}
