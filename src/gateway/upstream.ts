import { once } from "node:events";
import { Readable } from "node:stream";
import { WechatError } from "../errors.js";
import { Refusal } from "./refusal.js";

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

/** Calls WeChat and looks whether the answer begins as an error. Throws a Refusal if there is none. */
export async function callUpstream(
  base: URL,
  call: Call,
  token: string,
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(base.pathname.replace(/\/$/, "") + call.path, base);
  url.search = String(call.query);
  url.searchParams.set("access_token", token);
  // Loaded here, because only who runs a proxy needs it.
  const { default: fetch } = await import("node-fetch");
  let response: Awaited<ReturnType<typeof fetch>>;
  try {
    response = await fetch(String(url), {
      method: call.method,
      headers: { ...call.headers, "Accept-Encoding": "identity", "User-Agent": "koa-wx" },
      redirect: "manual",
      signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
  } catch (error) {
    // Its message quotes the URL with the token.
    throw unreachable(call.path, error);
  }
  const stream = (response.body ?? Readable.from([])) as Readable;
  // An abort may come when nobody reads it.
  stream.on("error", () => {});
  if (response.status >= 300) {
    stream.destroy();
    throw upstreamFailed(`${call.path} was answered with status ${response.status}.`);
  }
  const headers: Record<string, string> = {};
  for (const name of passedOn) {
    const value = response.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  // What was compressed has been unpacked.
  if (response.headers.get("content-encoding") !== null) delete headers["content-length"];
  const head = await peek(stream).catch((error: unknown) => {
    throw unreachable(call.path, error);
  });
  return {
    status: response.status,
    headers,
    errcode: head.isAll ? errcodeOf(Buffer.concat(head.chunks)) : undefined,
    body: bodyOf(call.path, head.chunks, stream),
    discard: () => void stream.destroy(),
  };
}

interface Head {
  readonly chunks: readonly Buffer[];
  /** Whether this is the whole answer. */
  readonly isAll: boolean;
}

/** Reads until there is more than an error would be, or no more. */
async function peek(stream: Readable): Promise<Head> {
  const chunks: Buffer[] = [];
  let size = 0;
  while (size <= longestError) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) {
      chunks.push(chunk);
      size += chunk.length;
    } else if (stream.readableEnded) {
      return { chunks, isAll: true };
    } else if (stream.destroyed) {
      throw stream.errored ?? new Error("aborted");
    } else {
      const settled = new AbortController();
      const { signal } = settled;
      await Promise.race([
        once(stream, "readable", { signal }),
        once(stream, "end", { signal }),
        once(stream, "close", { signal }),
      ]).finally(() => settled.abort());
    }
  }
  return { chunks, isAll: false };
}

async function* bodyOf(
  path: string,
  head: readonly Buffer[],
  stream: Readable,
): AsyncGenerator<Uint8Array, void> {
  yield* head;
  try {
    if (!stream.readableEnded) yield* stream;
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
  const { code } = error as { code?: unknown };
  const known = typeof code === "string" && /^\w+$/.test(code) ? ` (${code})` : "";
  return upstreamFailed(`${path} could not be reached${known}.`);
}

function upstreamFailed(text: string): Refusal {
  return new Refusal(502, "upstream", "WeChat could not be reached.", {
    cause: new WechatError("WX_GATEWAY", `The proxy's call failed: ${text}`),
  });
}
