import { WechatError } from "../../errors.js";
import { exchange } from "../transport/exchange.js";
import type { Fetch } from "../transport/fetch.js";
import type { Download, Progress } from "../transport/http.js";
import { readFile } from "../transport/read-answer.js";
import { kindOfFile } from "./file-kind.js";

/** A file that a user has sent. */
export interface ReceivedFile {
  readonly data: Buffer;
  /** Such as `image/jpeg`, `audio/amr`, `video/mp4`. */
  readonly contentType: string;
  /** With an ending that fits. */
  readonly filename: string;
}

/** How a file is fetched. */
export interface FileOptions {
  /** The longest file that is read, in bytes. Default: 32 MiB. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of every part that has come. */
  readonly onProgress?: Progress | undefined;
}

const fileLimit = 32 * 1024 * 1024;
const timeout = 60_000;

/** Reads a file that is being downloaded; one that says it is too long is refused before. */
export async function received(download: Download, limit = fileLimit): Promise<ReceivedFile> {
  const { size, filename, contentType } = download;
  if (size !== undefined && size > limit) {
    download.stream.destroy();
    throw tooLong(size, limit);
  }
  const data = await download.buffer(limit).catch((error: unknown): never => {
    if (error instanceof WechatError && error.code === "WX_API_RESPONSE") {
      throw tooLong(undefined, limit);
    }
    throw error;
  });
  const kind = kindOfFile(data, filename, contentType?.split(";", 1)[0]);
  return { data, ...kind };
}

/** Fetches a file from the address that WeChat has named for it: no token goes there. */
export async function fetched(
  fetch: Fetch,
  url: string,
  { limit, signal, onProgress }: FileOptions,
): Promise<ReceivedFile> {
  const init = { method: "GET", headers: {} };
  const endpoint = "The address of the file";
  const reply = await exchange(fetch, { url, endpoint, init, timeout, signal, secrets: [url] });
  const download = await readFile<Download>(reply, [], undefined, onProgress);
  return received(download, limit);
}

function tooLong(size: number | undefined, limit: number): WechatError {
  return new WechatError(
    "WX_MEDIA",
    `The file that the user has sent is ${size === undefined ? "" : `${size} bytes, `}longer than the ${limit} bytes that are read. Give ctx.file({ limit }) a higher limit, or tell the user to send a shorter one.`,
  );
}
