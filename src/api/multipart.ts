import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { ConfigError, WechatError } from "../errors.js";
import { kindOf } from "../options.js";
import { codeOf } from "./failure.js";
import { type FileKind, kindOfFile } from "./file-kind.js";
import { oneLine } from "./hidden.js";
import type { FileInput } from "./http.js";

/** A body whose length is known, which WeChat demands of uploads, and which can be sent again. */
export interface Multipart {
  readonly contentType: string;
  readonly body: Buffer;
}

/** No kind of file may be larger; a stream that is must not fill the memory. */
const maxSize = 64 * 1024 * 1024;

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

async function read(file: FileInput): Promise<FileKind & { readonly data: Buffer }> {
  if (typeof file === "string") {
    const data = await readFile(file).catch((error: unknown): never => {
      throw unreadable(file, error);
    });
    return { data, ...kindOfFile(data, basename(file)) };
  }
  const given: Partial<NamedFile> | undefined =
    file instanceof Uint8Array || file instanceof Blob || file instanceof Readable
      ? { data: file }
      : file;
  const data = await bytesOf(given?.data, file);
  const { filename, contentType } = { ...ownName(file), ...given };
  return { data, ...kindOfFile(data, filename, contentType) };
}

type NamedFile = Extract<FileInput, { readonly filename: string }>;

/** What a file says of itself. */
function ownName(file: FileInput): { filename?: string; contentType?: string } {
  if (file instanceof Blob) {
    const name = file instanceof File ? { filename: file.name } : {};
    return file.type === "" ? name : { ...name, contentType: file.type };
  }
  return file instanceof Readable && "path" in file
    ? { filename: basename(String(file.path)) }
    : {};
}

async function bytesOf(data: unknown, file: unknown): Promise<Buffer> {
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof Blob) return Buffer.from(await data.arrayBuffer());
  if (!(data instanceof Readable)) {
    const ofForm = Object(file) as { filepath?: unknown; buffer?: unknown };
    const [part] = ["filepath", "buffer"].filter((name) => name in ofForm);
    throw new ConfigError(
      `A file to upload must be a path, a Buffer, a Blob, a stream, or { data, filename }, got ${kindOf(file)}.${part === undefined ? "" : ` Of this one, give its "${part}".`}`,
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

/** Why a path leads to no file. */
function unreadable(path: string, cause: unknown): WechatError {
  const todo = /^https?:/i.test(path)
    ? "Addresses are not fetched: download it first, or give the stream of what fetch() gave."
    : /^data:|\0/i.test(path) || path.length > 1_000
      ? "If this is the file itself, give it as a Buffer."
      : "A path that is not absolute begins at the folder in which the process was started.";
  return new WechatError(
    "WX_CONFIG",
    `The file to upload, "${oneLine(path, 100)}", cannot be read (${codeOf(cause) ?? "unknown error"}). ${todo}`,
    { cause },
  );
}

const quoted = (text: string) => text.replace(/["\r\n]/g, "_");
