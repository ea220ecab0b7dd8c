import { once } from "node:events";
import type { Readable } from "node:stream";

/** The beginning of a stream, taken out of it. */
export interface Head {
  readonly bytes: Buffer;
  /** Whether this is all of it. */
  readonly isAll: boolean;
}

const nothing: Head = { bytes: Buffer.alloc(0), isAll: false };

/** Reads more than `size` bytes, those of `head` included, or all there is. */
export async function peek(stream: Readable, size: number, head = nothing): Promise<Head> {
  if (head.isAll) return head;
  const chunks = [head.bytes];
  let { length } = head.bytes;
  while (length <= size) {
    const chunk = stream.read() as Uint8Array | string | null;
    if (chunk !== null) {
      chunks.push(Buffer.from(chunk as Uint8Array));
      length += chunk.length;
    } else if (stream.readableEnded) {
      return { bytes: Buffer.concat(chunks), isAll: true };
    } else if (stream.destroyed) {
      throw stream.errored ?? new Error("aborted");
    } else {
      await readable(stream);
    }
  }
  return { bytes: Buffer.concat(chunks), isAll: false };
}

/** What was peeked at, and the rest. */
export async function* rejoin(head: Head, stream: Readable): AsyncGenerator<Uint8Array, void> {
  if (head.bytes.length > 0) yield head.bytes;
  if (!head.isAll) yield* stream as AsyncIterable<Uint8Array>;
}

/** All of a body; `undefined`, and nothing more is read, when it is longer than `limit` bytes. */
export async function readAll(
  stream: Readable,
  limit: number,
  head?: Head,
): Promise<Buffer | undefined> {
  const { bytes, isAll } = await peek(stream, limit, head);
  if (isAll && bytes.length <= limit) return bytes;
  stream.destroy();
  return undefined;
}

async function readable(stream: Readable): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  const events = ["readable", "end", "close"].map((name) => once(stream, name, { signal }));
  // Those that lose are aborted, which nobody is told.
  for (const event of events) event.catch(() => {});
  await Promise.race(events).finally(() => settled.abort());
}
