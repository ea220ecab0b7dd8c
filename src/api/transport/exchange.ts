import { Readable } from "node:stream";
import { WechatError } from "../../errors.js";
import { abortable } from "../../time/abortable.js";
import { type Head, peek, readAll, rejoin } from "./body.js";
import { brokenOff, unanswered } from "./failure.js";
import type { Fetch } from "./fetch.js";
import { oneLine, withoutSecrets } from "./hidden.js";
import { bodyOf } from "./response.js";

/** One request, and what its errors may say of it. */
export interface Sending {
  readonly url: string;
  /** The path, without the query: it holds the token. */
  readonly endpoint: string;
  readonly init: Omit<Parameters<Fetch>[1], "redirect" | "signal" | "body"> & {
    /** A stream only for a `fetch` that takes one. */
    readonly body?: string | Buffer | Readable;
  };
  /** Milliseconds for all of it, the body included. */
  readonly timeout: number;
  /** The caller's own. */
  readonly signal: AbortSignal | undefined;
  /** What no error may repeat. */
  readonly secrets: readonly string[];
}

/** An error page is longer, but says nothing to a program. */
const longestReason = 4 * 1024;

/** Sends a request. Throws a WechatError, which quotes neither URL nor secret, or what `signal` says. */
export async function exchange(fetch: Fetch, sending: Sending): Promise<Reply> {
  const late = AbortSignal.timeout(sending.timeout);
  const signal = sending.signal === undefined ? late : AbortSignal.any([late, sending.signal]);
  const why = (error: unknown, describe: (endpoint: string, error: unknown) => WechatError) =>
    causeOf(error, sending, late) ?? describe(sending.endpoint, error);
  let response: Awaited<ReturnType<Fetch>>;
  try {
    const { url, init } = sending;
    const request = { ...init, redirect: "manual", signal } as Parameters<Fetch>[1];
    response = await abortable(fetch(url, request), signal);
  } catch (error) {
    throw why(error, unanswered);
  }
  const stream = bodyOf(response);
  const stop = () => void stream.destroy(signal.reason as Error);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  stream.once("close", () => signal.removeEventListener("abort", stop));
  const told = <T>(reading: Promise<T>) =>
    abortable(reading, signal).catch((error: unknown): never => {
      throw why(error, brokenOff);
    });
  const reply = new Reply(sending.endpoint, response, stream, told);
  if (response.status >= 200 && response.status < 300) return reply;
  const reason = await reply.reason(sending.secrets);
  stream.destroy();
  throw new WechatError(
    response.status >= 500 ? "WX_API_NETWORK" : "WX_API_RESPONSE",
    `${sending.endpoint} was answered with status ${response.status}${reason}.`,
  );
}

/** Reads while there is time; says what happened when it fails. */
type Told = <T>(reading: Promise<T>) => Promise<T>;

/** What came back: its beginning, and a body that is read once. */
export class Reply {
  readonly endpoint: string;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly #stream: Readable;
  readonly #told: Told;

  constructor(
    endpoint: string,
    { status, headers }: Pick<Reply, "status" | "headers">,
    stream: Readable,
    told: Told,
  ) {
    this.endpoint = endpoint;
    this.status = status;
    this.headers = headers;
    this.#stream = stream;
    this.#told = told;
  }

  /** All of it, what was peeked at included. Throws when it is longer than `limit` bytes. */
  async bytes(limit: number, head?: Head): Promise<Buffer> {
    const length = Number(this.headers.get("content-length") ?? 0);
    const all = length > limit ? undefined : await this.#told(readAll(this.#stream, limit, head));
    if (all !== undefined) return all;
    this.#stream.destroy();
    throw new WechatError(
      "WX_API_RESPONSE",
      `${this.endpoint} answered more than ${limit / 1024 / 1024} MiB, which WeChat never does. Check where "baseUrl" leads; files come by api.download().`,
    );
  }

  /** More than `size` bytes of its beginning, or all of it. */
  peek(size: number, head?: Head): Promise<Head> {
    return this.#told(peek(this.#stream, size, head));
  }

  /** What was peeked at and the rest, as a stream; `came` hears how many bytes have come. */
  stream(head: Head, came: (transferred: number) => void = () => {}): Readable {
    const source = this.#stream;
    const told = this.#told;
    async function* chunks() {
      const rest = rejoin(head, source);
      let transferred = 0;
      try {
        for (let next = await told(rest.next()); !next.done; next = await told(rest.next())) {
          transferred += next.value.length;
          came(transferred);
          yield next.value;
        }
      } finally {
        source.destroy();
      }
    }
    return Readable.from(chunks(), { objectMode: false });
  }

  /** Why whoever answered refused, in brackets, if it says so in a few words of JSON. */
  async reason(secrets: readonly string[]): Promise<string> {
    try {
      const { bytes, isAll } = await this.peek(longestReason);
      if (!isAll) return "";
      const said = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
      const { error, message, errcode, errmsg } = said;
      const words = [error, message, errcode, errmsg]
        .map((word) => (typeof word === "number" ? String(word) : word))
        .filter((word) => typeof word === "string" && word !== "");
      if (words.length === 0) return "";
      return ` (${oneLine(withoutSecrets(words.join(": "), secrets), 300)})`;
    } catch {
      return "";
    }
  }
}

/** Why it ended, if it was not the network. */
function causeOf(error: unknown, sending: Sending, late: AbortSignal): unknown {
  if (sending.signal?.aborted) return sending.signal.reason;
  if (late.aborted) {
    return new WechatError(
      "WX_API_TIMEOUT",
      `${sending.endpoint} took longer than ${sending.timeout} ms. Raise "timeout", or see whether the network or a proxy is slow.`,
    );
  }
  return error instanceof WechatError ? error : undefined;
}
