import type { Readable } from "node:stream";
import { type Head, peek, rejoin } from "../../api/transport/body.js";
import { codeOf } from "../../api/transport/failure.js";
import { type Fetch, nodeFetch } from "../../api/transport/fetch.js";
import { bodyOf } from "../../api/transport/response.js";
import { ConfigError, WechatError } from "../../errors.js";
import { abortable } from "../../time/abortable.js";
import { Refusal } from "../refusal.js";

/** What is sent on to WeChat. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable | undefined;
}

/** WeChat's answer: its beginning, and what follows. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** WeChat's error code, where the answer is one. */
  readonly errcode: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets go of an answer that nobody reads. */
  discard(): void;
}

/** Errors are shorter than this; a longer answer is passed on as it comes. */
const longestError = 4 * 1024;
const passedOn = ["content-type", "content-disposition", "content-length"];
/** What every `fetch` unpacks. */
const unpacked = /^(x-gzip|gzip|x-deflate|deflate|br)$/i;

/** Calls WeChat and looks whether the answer begins as an error. Throws a Refusal if there is none. */
export async function callUpstream(
  base: URL,
  call: Call,
  token: string,
  signal: AbortSignal,
  fetch: Fetch | undefined,
): Promise<Answer> {
  const url = new URL(base.pathname.replace(/\/$/, "") + call.path, base);
  url.search = String(call.query);
  url.searchParams.set("access_token", token);
  const init = {
    method: call.method,
    headers: { ...call.headers, "Accept-Encoding": "identity", "User-Agent": "koa-wx" },
    redirect: "manual" as const,
    signal,
    ...(call.body === undefined ? {} : { body: call.body }),
  };
  let response: Awaited<ReturnType<Fetch>>;
  let stream: Readable;
  try {
    // One of the account's own is given no streams: it may want to know what it sends.
    const send = (fetch as typeof nodeFetch | undefined) ?? nodeFetch;
    response = await abortable(send(String(url), init), signal);
    stream = bodyOf(response);
  } catch (error) {
    if (error instanceof ConfigError) throw upstreamFailed(error.message);
    // Its message quotes the URL with the token.
    throw unreachable(call.path, error);
  }
  const { status } = response;
  const coding = response.headers.get("content-encoding") ?? "identity";
  const problem =
    status < 200 || status >= 300
      ? `was answered with status ${status}`
      : coding !== "identity" && !unpacked.test(coding)
        ? "was answered in a coding that nobody asked for"
        : undefined;
  if (problem !== undefined) {
    stream.destroy();
    throw upstreamFailed(`${call.path} ${problem}.`);
  }
  const head = await abortable(peek(stream, longestError), signal).catch((error: unknown) => {
    stream.destroy();
    throw unreachable(call.path, error);
  });
  return {
    status,
    headers: headersOf(response.headers, token, coding !== "identity"),
    errcode: head.isAll ? errcodeOf(head.bytes) : undefined,
    body: restOf(call.path, head, stream),
    discard: () => void stream.destroy(),
  };
}

/** What of the headers is passed on, without the token. */
function headersOf(
  given: { get(name: string): string | null },
  token: string,
  isUnpacked: boolean,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of passedOn) {
    const value = given.get(name);
    if (value === null) continue;
    const clean = value.replaceAll(token, "*".repeat(token.length));
    // However it is written otherwise, nobody misses such a header.
    if (!tells(clean, token)) headers[name] = clean;
  }
  if (isUnpacked) delete headers["content-length"];
  return headers;
}

/** Whether a header repeats the token, however it is written: with escapes of quotes or of URLs. */
function tells(value: string, token: string): boolean {
  const plain = value.replace(/\\/g, "");
  const decoded = plain.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return plain.includes(token) || decoded.includes(token);
}

async function* restOf(
  path: string,
  head: Head,
  stream: Readable,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* rejoin(head, stream);
  } catch (error) {
    throw unreachable(path, error);
  }
}

function errcodeOf(answer: Buffer): number | undefined {
  try {
    const { errcode } = JSON.parse(answer.toString("utf8")) as { errcode?: unknown };
    const code = Number(errcode);
    return errcode === undefined || code === 0 || Number.isNaN(code) ? undefined : code;
  } catch {
    return undefined;
  }
}

/** A failure without the error itself, whose message quotes the URL. */
function unreachable(path: string, error: unknown): Refusal {
  const code = codeOf(error);
  return upstreamFailed(`${path} could not be reached${code === undefined ? "" : ` (${code})`}.`);
}

function upstreamFailed(text: string): Refusal {
  return new Refusal(502, "upstream", "WeChat could not be reached.", {
    cause: new WechatError("WX_GATEWAY", `The proxy's call failed: ${text}`),
  });
}
