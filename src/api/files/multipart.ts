import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { ConfigError } from "../../errors.js";
import type { FileInput } from "../../message/file.js";
import type { Progress } from "../transport/http.js";
import { sparing } from "../transport/progress.js";
import { kindOfFile } from "./file-kind.js";
import { largeFile } from "./large-file.js";
import { type Patience, readInput } from "./read-input.js";

/** A body whose length is known, which WeChat demands of uploads, and which can be sent again. */
export interface Multipart {
  readonly contentType: string;
  /** Bytes. */
  readonly length: number;
  /** The body, or a new stream of it for each time that it is sent. */
  readonly body: Buffer | (() => Readable);
}

/** How a body is made. */
export interface MultipartOptions extends Patience {
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Default: `media`. */
  readonly field?: string | undefined;
  /** Whether whoever sends it takes a stream: then a large file is not taken into the memory. */
  readonly mayStream?: boolean | undefined;
  readonly onProgress?: Progress | undefined;
}

/** No kind of file may be larger; a stream that is must not fill the memory. */
const maxSize = 64 * 1024 * 1024;
/** How much is sent between two reports. */
const step = 64 * 1024;

/** Makes the body of an upload: the file as `field`, and the fields beside it. */
export async function multipart(
  file: FileInput,
  { fields = {}, field = "media", mayStream = false, onProgress, ...rest }: MultipartOptions = {},
): Promise<Multipart> {
  const source = (mayStream ? await largeFile(file) : undefined) ?? (await inMemory(file, rest));
  const { filename, contentType } = kindOfFile(source.head, source.filename, source.contentType);
  const boundary = `koa-wx-${randomBytes(12).toString("hex")}`;
  const parts = Object.entries(fields).map(
    ([name, text]) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"\r\n\r\n${text}\r\n`,
  );
  const before = Buffer.from(
    `${parts.join("")}--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field)}"; filename="${quoted(filename)}"\r\nContent-Type: ${contentType}\r\n\r\n`,
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  const length = before.length + source.size + after.length;
  const type = `multipart/form-data; boundary=${boundary}`;
  if ("data" in source && (onProgress === undefined || !mayStream)) {
    return { contentType: type, length, body: Buffer.concat([before, source.data, after]) };
  }
  const report = onProgress && sparing(onProgress);
  async function* body() {
    let transferred = 0;
    yield before;
    for await (const chunk of source.read()) {
      yield chunk;
      transferred += chunk.length;
      report?.({ transferred, total: source.size });
    }
    yield after;
  }
  return {
    contentType: type,
    length,
    body: () => Readable.from(body(), { objectMode: false }),
  };
}

async function inMemory(file: FileInput, patience: Patience) {
  const { data, ...own } = await readInput(file, maxSize, tooLong, patience);
  async function* read() {
    for (let at = 0; at < data.length; at += step) yield data.subarray(at, at + step);
  }
  return { ...own, data, size: data.length, head: data, read };
}

const tooLong = () =>
  new ConfigError(
    "The file to upload is longer than 64 MiB; WeChat takes 10 MB. Where more is taken, give its path or a Blob.",
  );

const quoted = (text: string) => text.replace(/["\r\n]/g, "_");
