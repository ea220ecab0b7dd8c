import { open } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { ConfigError, WechatError } from "../../errors.js";
import type { FileInput } from "../../message/file.js";
import { kindOf } from "../../options.js";
import { abortable } from "../../time/abortable.js";
import { codeOf } from "../transport/failure.js";
import { oneLine } from "../transport/hidden.js";

/** A file that was read, and what it says of itself. */
export interface ReadInput {
  readonly data: Buffer;
  readonly filename?: string | undefined;
  readonly contentType?: string | undefined;
}

type NamedFile = Extract<FileInput, { readonly filename: string }>;

/** How long a stream is waited for. */
export interface Patience {
  /** Milliseconds until it has to be over. Default: 60,000. */
  readonly timeout?: number | undefined;
  /** The caller's own: gives it up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a file of any form, unless it is longer than `limit` bytes: then it throws what `tooLong`
 * makes of that. No file and no stream stays open, however it ends.
 */
export async function readInput(
  file: FileInput,
  limit: number,
  tooLong: () => Error,
  patience: Patience = {},
): Promise<ReadInput> {
  if (typeof file === "string") {
    return { data: await readPath(file, limit, tooLong), filename: basename(file) };
  }
  const given: Partial<NamedFile> | undefined = isData(file) ? { data: file } : file;
  const data = isStream(given?.data)
    ? await readStream(given.data, limit, tooLong, patience)
    : await bytesOf(given?.data, file, limit, tooLong);
  const own = ownName(given?.data);
  return {
    data,
    // One that is empty is none.
    filename: given?.filename || own.filename,
    contentType: given?.contentType ?? own.contentType,
  };
}

async function readPath(path: string, limit: number, tooLong: () => Error): Promise<Buffer> {
  const handle = await open(path).catch((error: unknown): never => {
    throw unreadable(path, error);
  });
  try {
    const stat = await handle.stat();
    if (stat.size > limit && stat.isFile()) throw tooLong();
    return await handle.readFile().catch((error: unknown): never => {
      throw unreadable(path, error);
    });
  } finally {
    await handle.close();
  }
}

function isData(file: unknown): file is Exclude<NamedFile["data"], string> {
  return (
    file instanceof Uint8Array ||
    file instanceof Blob ||
    file instanceof Readable ||
    file instanceof ReadableStream
  );
}

/** What the data of a file say of themselves. */
function ownName(file: unknown): { filename?: string; contentType?: string } {
  if (file instanceof Blob) {
    const name = file instanceof File ? { filename: file.name } : {};
    return file.type === "" ? name : { ...name, contentType: file.type };
  }
  return file instanceof Readable && "path" in file
    ? { filename: basename(String(file.path)) }
    : {};
}

function isStream(data: unknown): data is Readable | ReadableStream {
  return data instanceof Readable || data instanceof ReadableStream;
}

async function bytesOf(
  data: unknown,
  file: unknown,
  limit: number,
  tooLong: () => Error,
): Promise<Buffer> {
  if (data instanceof Uint8Array) {
    if (data.length > limit) throw tooLong();
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof Blob) {
    if (data.size > limit) throw tooLong();
    return Buffer.from(await data.arrayBuffer());
  }
  const ofForm = Object(file) as { filepath?: unknown; buffer?: unknown };
  const [part] = ["filepath", "buffer"].filter((name) => name in ofForm);
  throw new ConfigError(
    `A file to upload must be a path, a Buffer, a Blob, a stream, or { data, filename }, got ${kindOf(file)}.${part === undefined ? "" : ` Of this one, give its "${part}".`}`,
  );
}

async function readStream(
  source: Readable | ReadableStream,
  limit: number,
  tooLong: () => Error,
  { timeout = 60_000, signal }: Patience,
): Promise<Buffer> {
  // The types know nothing of web streams here, of which Node tells it as well.
  const wasRead = Readable.isDisturbed(source as Readable);
  if (source instanceof ReadableStream && source.locked) throw broken("is read by something else");
  const stream = source instanceof Readable ? source : Readable.fromWeb(source);
  // It may fail when nobody reads it (any more).
  stream.on("error", () => {});
  const late = AbortSignal.timeout(timeout);
  const end = signal === undefined ? late : AbortSignal.any([late, signal]);
  let data: Buffer | undefined;
  try {
    data = await abortable(collect(stream, limit), end);
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (late.aborted) throw broken(`did not come to its end within ${timeout} ms`);
    throw broken(`broke off (${codeOf(cause) ?? "see the cause"})`, cause);
  } finally {
    stream.destroy();
  }
  if (data === undefined) throw tooLong();
  if (data.length === 0 && wasRead) throw broken("was read to its end before");
  return data;
}

/** All of a stream; `undefined` when it is longer. */
async function collect(stream: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > limit) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function broken(what: string, cause?: unknown): WechatError {
  return new WechatError(
    "WX_MEDIA",
    `The stream of a file to upload ${what}, so nothing was sent. A stream can be read once only: give the path or the bytes of what is sent again.`,
    { cause },
  );
}

/** Why a path leads to no file. */
export function unreadable(path: string, cause: unknown): WechatError {
  const code = codeOf(cause) ?? "unknown error";
  const todo = /^https?:/i.test(path)
    ? "Addresses are not fetched: download it first, or give the stream of what fetch() gave."
    : /^data:|\0/i.test(path) || path.length > 1_000
      ? "If this is the file itself, give it as a Buffer."
      : code === "EISDIR"
        ? "It is a folder: give the path of a file in it."
        : "A path that is not absolute begins at the folder in which the process was started.";
  return new WechatError(
    "WX_CONFIG",
    `The file to upload, "${oneLine(path, 100)}", cannot be read (${code}). ${todo}`,
    { cause },
  );
}
