import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { FileInput } from "../../message/file.js";
import { unreadable } from "./read-input.js";

/** A file that is not taken into the memory: it can be read as often as it has to be sent. */
export interface LargeFile {
  /** Bytes. */
  readonly size: number;
  /** The beginning, which says what it is. */
  readonly head: Buffer;
  readonly filename?: string | undefined;
  readonly contentType?: string | undefined;
  /** Opens it; it is closed at its end, and when nobody reads on. */
  read(): AsyncIterable<Uint8Array>;
}

/** What is smaller is read at once. */
const large = 1024 * 1024;
const headSize = 64;

/** A large file by its path, or as a Blob; `undefined` for every other one. Throws for a path that leads nowhere. */
export async function largeFile(file: FileInput): Promise<LargeFile | undefined> {
  if (typeof file === "string") return ofPath(file);
  // What is no file at all is told of by whoever reads it.
  const named = typeof file === "object" && file !== null && "data" in file ? file : undefined;
  const blob = named === undefined ? file : named.data;
  if (!(blob instanceof Blob) || blob.size <= large) return undefined;
  const own = blob instanceof File ? blob.name : undefined;
  return {
    size: blob.size,
    head: Buffer.from(await blob.slice(0, headSize).arrayBuffer()),
    filename: named?.filename || own,
    contentType: named?.contentType ?? (blob.type === "" ? undefined : blob.type),
    read: () => Readable.fromWeb(blob.stream() as never),
  };
}

async function ofPath(path: string): Promise<LargeFile | undefined> {
  const handle = await open(path).catch((error: unknown): never => {
    throw unreadable(path, error);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size <= large) return undefined;
    const { buffer: head } = await handle.read(Buffer.alloc(headSize), 0, headSize, 0);
    // What is added to it meanwhile would not fit into the length that was announced.
    const read = () => createReadStream(path, { end: stat.size - 1 });
    return { size: stat.size, head, filename: basename(path), read };
  } finally {
    await handle.close();
  }
}
