import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

/** A file to upload: the path of one, its bytes, a stream, or either with a name. */
export type FileInput =
  | string
  | Uint8Array
  | Blob
  | Readable
  | ReadableStream<Uint8Array>
  | {
      readonly data: Uint8Array | Blob | Readable | ReadableStream<Uint8Array>;
      /** WeChat tells kinds of files by the ending. */
      readonly filename: string;
      readonly contentType?: string;
    };

/** A file in the place of a media id: it is uploaded once for each content and account. */
export interface SentFile {
  readonly file: FileInput;
  /** Whether it is kept for good (永久素材), of which an account has a limited number. Default: three days. */
  readonly permanent?: boolean | undefined;
}
