import { types } from "node:util";
import { RequestError } from "../../errors.js";
import { systemClock, within } from "../../time/clock.js";
import { tell } from "../../time/told.js";
import { tooLarge } from "../../wire/body.js";
import { parseQuery } from "../../wire/query.js";
import type { ReceiveAnswer } from "./receive.js";
import type { HostOptions, PushRequest } from "./request.js";

/** The longest body that is read, in bytes, and how long it may take, in milliseconds. */
export interface BodyLimits {
  readonly limit: number;
  readonly timeout: number;
}

/**
 * Makes a request of what web hosts hand over: the `Request` of the Fetch standard. Never throws: what it
 * cannot read is refused later.
 */
export function fromWeb(request: Request, limits: BodyLimits, host: HostOptions): PushRequest {
  try {
    const { pathname, search, host: ownHost } = new URL(request.url);
    return {
      method: request.method.toUpperCase(),
      query: parseQuery(search.slice(1)),
      body: () => readBody(request, limits),
      path: pathname,
      params: host.params,
      headers: { host: ownHost, ...Object.fromEntries(request.headers) },
      closed: request.signal,
      waitUntil: waitUntilOf(host),
    };
  } catch {
    return { method: "", query: {}, body: () => "" };
  }
}

/** The answer as a `Response`. Connections are the host's business. */
export function toWeb({ status, headers, body }: ReceiveAnswer): Response {
  const { Connection, ...own } = headers;
  return new Response(body, { status, headers: own });
}

/** The host's own function, called as its method, on which some hosts insist. Its failure costs no reply. */
export function waitUntilOf(host: HostOptions): PushRequest["waitUntil"] {
  if (typeof host.waitUntil !== "function") return undefined;
  const failed = (error: unknown) => {
    const text = `The host's waitUntil() failed, so what still runs may be lost: ${String(error)}.`;
    process.emitWarning(text, { code: "WX_LATE" });
  };
  return (work) => tell(() => host.waitUntil?.(work), failed);
}

async function readBody(request: Request, { limit, timeout }: BodyLimits): Promise<string> {
  if (request.bodyUsed || request.body?.locked) throw consumed();
  if (Number(request.headers.get("content-length")) > limit) throw tooLarge(limit);
  const reader = request.body?.getReader();
  if (reader === undefined) return "";
  let failure: RequestError | undefined;
  const reading = readAll(reader, limit);
  const body = await within<string | undefined>(systemClock, reading, timeout, (error) => {
    failure = error === undefined ? tooSlow(timeout) : brokenOff(error);
    return undefined;
  });
  if (body !== undefined) return body;
  void reader.cancel().catch(() => {});
  throw failure;
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (!types.isUint8Array(next.value)) throw new TypeError("A body is read as bytes.");
    length += next.value.byteLength;
    chunks.push(next.value);
    // Pieces of nothing could come for ever, and so fast that no timer has its turn.
    if (length > limit || chunks.length > limit) throw tooLarge(limit);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooSlow(timeout: number): RequestError {
  const text = `The body did not arrive within ${timeout / 1000} seconds.`;
  return new RequestError(408, "WX_BODY_TIMEOUT", text);
}

function brokenOff(cause: unknown): RequestError {
  if (cause instanceof RequestError) return cause;
  return new RequestError(
    400,
    "WX_BODY_ABORTED",
    "The body did not arrive whole: the connection closed, or the stream failed.",
    { cause },
  );
}

function consumed(): RequestError {
  return new RequestError(
    400,
    "WX_BODY_CONSUMED",
    "The request's body was read before wx.fetch() got it. Give it the request first, or request.clone().",
  );
}
