import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { Readable } from "node:stream";
import { ConfigError } from "../errors.js";
import type { FileInput } from "./http.js";

/** A body whose length is known, which WeChat demands of uploads, and which can be sent again. */
export interface Multipart {
  readonly contentType: string;
  readonly body: Buffer;
}

/** No kind of file may be larger; a stream that is must not fill the memory. */
const maxSize = 64 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".gif": "image/gif",
  ".bmp": "image/bmp",
  ".mp3": "audio/mpeg",
  ".amr": "audio/amr",
  ".wav": "audio/wav",
  ".wma": "audio/x-ms-wma",
  ".mp4": "video/mp4",
};

/** Makes the body of an upload: the file as `field`, and the fields beside it. */
export async function multipart(
  file: FileInput,
  fields: Readonly<Record<string, string>> = {},
  field = "media",
): Promise<Multipart> {
  const { data, filename, contentType } = await read(file);
  const boundary = `koa-wx-${randomBytes(12).toString("hex")}`;
  const parts = Object.entries(fields).map(([name, text]) =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${text}\r\n`,
    ),
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field)}"; filename="${quoted(filename)}"\r\nContent-Type: ${contentType}\r\n\r\n`;
  const body = Buffer.concat([
    ...parts,
    Buffer.from(head),
    data,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

async function read(file: FileInput) {
  if (typeof file === "string") return named(await readFile(file), basename(file));
  const wrapped =
    file instanceof Uint8Array || file instanceof Blob || file instanceof Readable
      ? { data: file }
      : file;
  const name =
    "filename" in wrapped
      ? wrapped.filename
      : file instanceof File
        ? file.name
        : file instanceof Readable && "path" in file
          ? basename(String(file.path))
          : undefined;
  const data = await bytesOf(wrapped.data);
  const contentType = "contentType" in wrapped ? wrapped.contentType : undefined;
  return named(data, name ?? guessName(data), contentType);
}

async function bytesOf(data: Uint8Array | Blob | Readable): Promise<Buffer> {
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof Blob) return Buffer.from(await data.arrayBuffer());
  if (!(data instanceof Readable)) {
    throw new ConfigError(
      "A file to upload must be a path, a Buffer, a Blob, a stream, or { data, filename }.",
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of data) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > maxSize) {
      data.destroy();
      throw new ConfigError("The stream to upload is longer than 64 MiB; WeChat takes 10 MB.");
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function named(data: Buffer, filename: string, contentType?: string) {
  const type = contentType ?? types[extname(filename).toLowerCase()] ?? "application/octet-stream";
  return { data, filename, contentType: type.replace(/[\r\n]/g, "") };
}

/** WeChat refuses a file without a name, and looks at its ending. */
function guessName(data: Buffer): string {
  const start = data.toString("latin1", 0, 12);
  if (start.startsWith("\xff\xd8")) return "media.jpg";
  if (start.startsWith("\x89PNG")) return "media.png";
  if (start.startsWith("GIF8")) return "media.gif";
  if (start.startsWith("#!AMR")) return "media.amr";
  if (start.startsWith("ID3") || start.startsWith("\xff\xfb")) return "media.mp3";
  if (start.slice(4, 8) === "ftyp") return "media.mp4";
  return "media.bin";
}

const quoted = (text: string) => text.replace(/["\r\n]/g, "_");
