import { randomBytes } from "node:crypto";
import { ConfigError } from "../errors.js";
import type { FileInput } from "../message/file.js";
import { kindOfFile } from "./file-kind.js";
import { readInput } from "./read-input.js";

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
  const { data, ...own } = await readInput(file, maxSize, tooLong);
  const { filename, contentType } = kindOfFile(data, own.filename, own.contentType);
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

const tooLong = () =>
  new ConfigError("The file to upload is longer than 64 MiB; WeChat takes 10 MB.");

const quoted = (text: string) => text.replace(/["\r\n]/g, "_");
