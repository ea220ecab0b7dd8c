import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Refusal } from "../refusal.js";

/** What is known of a body before it is read. */
export interface SignedBody {
  /** The SHA-256 that was signed. */
  readonly hash: string;
  /** Bytes, by Content-Length; 0 without a body. */
  readonly length: number;
}

/** The announced body of a request. Throws a Refusal if its length is unknown or above `limit`. */
export function announced(req: IncomingMessage, hash: string, limit: number): SignedBody {
  if (req.headers["transfer-encoding"] !== undefined) {
    throw new Refusal(411, "length", "A body is sent with its Content-Length, not in chunks.");
  }
  const length = Number(req.headers["content-length"] ?? 0);
  if (length > limit) {
    throw new Refusal(413, "large", `The body is longer than ${limit} bytes.`);
  }
  return { hash, length };
}

/**
 * The body as it comes in. Its last piece is held back until the whole body has proved to be the
 * one that was signed, so that nobody who reads a length ever sees a forged body complete.
 */
export async function* verified(
  req: IncomingMessage,
  body: SignedBody,
  onProgress: () => void = () => {},
): AsyncGenerator<Buffer, void> {
  const digest = createHash("sha256");
  let held: Buffer | undefined;
  if (body.length > 0) {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      onProgress();
      digest.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
  }
  if (digest.digest("hex") !== body.hash) {
    throw new Refusal(401, "body", "The SHA-256 of the body is not the one that was signed.");
  }
  if (held !== undefined) yield held;
}

/** All of a body, verified; within `timeout` milliseconds. */
export async function readVerified(
  req: IncomingMessage,
  body: SignedBody,
  timeout: number,
): Promise<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text = `The body did not arrive within ${timeout / 1000} seconds.`;
      reject(new Refusal(408, "timeout", text));
    }, timeout);
  });
  try {
    return await Promise.race([collect(verified(req, body)), late]);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(400, "body", "The connection closed before the body was complete.");
  } finally {
    clearTimeout(timer);
  }
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
