import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, type Server } from "node:net";

/** What came back over a socket. */
export interface Exchange {
  readonly status: number;
  /** In lower case. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  /** All that came, as latin1. */
  readonly raw: string;
}

export async function listenHere(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/**
 * Sends bytes over a connection of their own, and reads until the server closes it; `patience`
 * milliseconds after the last byte sent, this side closes.
 */
export function exchange(
  port: number,
  parts: readonly Buffer[],
  patience = 5_000,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      resolve(read(Buffer.concat(chunks)));
    };
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", done);
    socket.on("connect", async () => {
      for (const [index, part] of parts.entries()) {
        if (index > 0) await new Promise((next) => setImmediate(next));
        if (!socket.destroyed) socket.write(part);
      }
      timer = setTimeout(() => {
        socket.end();
        timer = setTimeout(() => socket.destroy(), 50);
      }, patience);
    });
  });
}

function read(received: Buffer): Exchange {
  let bytes = received;
  // What is said before the answer itself.
  while (/^HTTP\/1\.1 1\d\d /.test(bytes.toString("latin1", 0, 13))) {
    bytes = bytes.subarray(bytes.indexOf("\r\n\r\n") + 4);
  }
  const raw = bytes.toString("latin1");
  const end = raw.indexOf("\r\n\r\n");
  const [first = "", ...lines] = raw.slice(0, end < 0 ? 0 : end).split("\r\n");
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  let body = bytes.subarray(end < 0 ? bytes.length : end + 4);
  if (headers.get("transfer-encoding")?.includes("chunked")) body = unchunked(body);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  return { status, headers, body: body.toString("utf8"), raw };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const line = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    if (line < 0 || !(size > 0)) break;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

/** An address' text with nothing in it that would end it: spaces, line ends and what is no ASCII. */
export function asTarget(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\x21\x22\x24-\x7e]/gu, (character) => encodeURIComponent(character));
}
