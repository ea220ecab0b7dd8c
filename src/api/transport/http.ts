import type { Readable } from "node:stream";
import type { FileInput } from "../../message/file.js";

/** WeChat's answer to a call that only does something. */
export interface Done {
  readonly errcode: 0;
  readonly errmsg: string;
}

/** Who calls. */
export interface AppCredentials {
  readonly appId: string;
  readonly appSecret: string;
}

/** Hears how much of a file has gone over the wire, in bytes; of a download, `total` may not be known. */
export type Progress = (progress: {
  readonly transferred: number;
  readonly total: number | undefined;
}) => void;

/** What may be said about one call. */
export interface CallOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Aborts the call. */
  readonly signal?: AbortSignal;
  /** Milliseconds for each try. Default: those of the client; for files 60,000. */
  readonly timeout?: number;
  /** Whether the call may be repeated when its outcome is unknown. Default: for `get` only. */
  readonly idempotent?: boolean;
  /** Whether the app's access token is added. Default: true. */
  readonly token?: boolean;
}

/** What may be said about an upload. */
export interface UploadOptions extends CallOptions {
  /** The form field of the file. Default: `media`. */
  readonly field?: string;
  /** The text fields beside it. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Told of every part that has left, again from the beginning where the call is repeated. */
  readonly onProgress?: Progress;
}

/** What may be said about a download. */
export interface DownloadOptions extends CallOptions {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  /** Told of every part that has come. */
  readonly onProgress?: Progress;
}

/** A file that is being downloaded. */
export interface Download {
  readonly stream: Readable;
  /** The name that WeChat gives it, without any folder. */
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  /** Bytes, where WeChat says so. */
  readonly size: number | undefined;
  /** Reads all of it. Rejects when it is longer than `limit` bytes, by default 64 MiB. */
  buffer(limit?: number): Promise<Buffer>;
}

/**
 * Calls of WeChat's servers, with the access token filled in and errors told apart. Paths are like
 * `/cgi-bin/user/info`. Every call rejects with an ApiError when WeChat refuses it, and with a
 * WechatError `WX_API_NETWORK`, `WX_API_TIMEOUT` or `WX_API_RESPONSE` when it does not get through.
 */
export interface Http {
  get<T>(path: string, options?: CallOptions): Promise<T>;
  post<T>(path: string, body?: unknown, options?: CallOptions): Promise<T>;
  /**
   * Sends a file, in the field `media` unless `field` names another, and `fields` beside it. One of more
   * than 1 MiB, by its path or as a Blob, is read while it is sent, unless `fetch` is one of your own.
   */
  upload<T>(path: string, file: FileInput, options?: UploadOptions): Promise<T>;
  /** Gets a file; an answer in JSON that is no error is given as it is. */
  download<T = never>(path: string, options?: DownloadOptions): Promise<Download | T>;
}
