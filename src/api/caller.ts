import { Readable } from "node:stream";
import { calls } from "../diagnostics.js";
import { ConfigError, WechatError } from "../errors.js";
import { place } from "../places.js";
import { checkAddress, checkPath } from "./address.js";
import { ApiError } from "./api-error.js";
import { tokenErrors } from "./errcodes.js";
import { type Fetch, nodeFetch } from "./fetch.js";
import type { CallOptions, Download, FileInput, Http, UploadOptions } from "./http.js";
import { parseJson, writeJson } from "./json.js";
import { multipart } from "./multipart.js";
import type { TokenProvider } from "./token.js";
import { type Count, watchCall } from "./watched.js";

export interface CallerOptions {
  /** Whose calls these are, for those who watch. */
  readonly appId?: string | undefined;
  /** Where WeChat's servers are; further addresses are for when the first cannot be reached. */
  readonly baseUrl?: string | readonly string[] | undefined;
  /** Milliseconds. Default: 10,000. */
  readonly timeout?: number | undefined;
  readonly fetch?: Fetch | undefined;
}

interface Request extends CallOptions {
  readonly method: "GET" | "POST";
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Reply {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly stream: () => Readable;
  readonly bytes: () => Promise<Buffer>;
}

const tries = 3;
const maxJson = 32 * 1024 * 1024;
const fileTimeout = 60_000;

/** Calls WeChat over HTTP. Made for one account; its tokens come from a provider. */
export class Caller implements Http {
  readonly #appId: string | undefined;
  readonly #bases: readonly URL[];
  readonly #timeout: number;
  readonly #fetch: Fetch;
  readonly #tokens: TokenProvider | undefined;

  /** Without a provider, only calls with `token: false` can be made. */
  constructor(options: CallerOptions, tokens?: TokenProvider) {
    const { baseUrl = "https://api.weixin.qq.com", timeout = 10_000, fetch } = options;
    this.#bases = (typeof baseUrl === "string" ? [baseUrl] : baseUrl).map((base) =>
      checkAddress(base, "baseUrl"),
    );
    this.#appId = options.appId;
    this.#timeout = timeout;
    this.#fetch = fetch ?? nodeFetch;
    this.#tokens = tokens;
  }

  get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.#json(path, { idempotent: true, ...options, method: "GET" });
  }

  post<T>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<T> {
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    return this.#json(path, { ...options, method: "POST", headers, body: writeJson(body) });
  }

  async upload<T>(path: string, file: FileInput, options: UploadOptions = {}): Promise<T> {
    const { field, fields, ...rest } = options;
    const { contentType, body } = await multipart(file, fields, field);
    const headers = { "Content-Type": contentType };
    return this.#json(path, { timeout: fileTimeout, ...rest, method: "POST", headers, body });
  }

  async download<T = never>(
    path: string,
    options: CallOptions & { readonly method?: "GET" | "POST"; readonly body?: unknown } = {},
  ): Promise<Download | T> {
    const { body, method = body === undefined ? "GET" : "POST", ...rest } = options;
    const request: Request = {
      timeout: fileTimeout,
      idempotent: true,
      ...rest,
      method,
      ...(body === undefined ? {} : { body: writeJson(body) }),
    };
    return this.#call(path, request, async (reply, endpoint) => {
      const contentType = reply.headers.get("content-type") ?? undefined;
      // WeChat sends errors and videos' addresses as JSON, often as text/plain.
      if (contentType === undefined || /json|text/.test(contentType)) {
        return this.#read<T>(reply, endpoint);
      }
      const name = /filename="?([^";]+)"?/i.exec(reply.headers.get("content-disposition") ?? "");
      const size = Number(reply.headers.get("content-length") ?? Number.NaN);
      const stream = reply.stream();
      return {
        stream,
        contentType,
        filename: name?.[1],
        size: Number.isNaN(size) ? undefined : size,
        async buffer() {
          const chunks: Buffer[] = [];
          for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
          return Buffer.concat(chunks);
        },
      };
    });
  }

  #json<T>(path: string, request: Request): Promise<T> {
    return this.#call(path, request, (reply, endpoint) => this.#read<T>(reply, endpoint));
  }

  /** Reads an answer in JSON; throws an ApiError if it holds an error code. */
  async #read<T>(reply: Reply, endpoint: string): Promise<T> {
    const text = (await reply.bytes()).toString("utf8");
    let answer: unknown;
    try {
      answer = parseJson(text);
    } catch {
      answer = undefined;
    }
    if (typeof answer !== "object" || answer === null) {
      throw new WechatError(
        "WX_API_RESPONSE",
        `${endpoint} was answered with status ${reply.status} and something that is no JSON. Check whether "baseUrl" or a proxy leads elsewhere.`,
      );
    }
    const { errcode = 0, errmsg } = answer as { errcode?: unknown; errmsg?: unknown };
    // A number, but for the odd proxy that quotes it; of an object JavaScript may not even make one.
    const code = typeof errcode === "string" ? Number(errcode) : errcode;
    if (typeof code !== "number" || Number.isNaN(code)) {
      throw new WechatError(
        "WX_API_RESPONSE",
        `${endpoint} was answered with an "errcode" that is no number. Check whether "baseUrl" or a proxy leads elsewhere.`,
      );
    }
    if (code !== 0) throw new ApiError(endpoint, code, typeof errmsg === "string" ? errmsg : "");
    return answer as T;
  }

  async #call<T>(
    path: string,
    request: Request,
    read: (reply: Reply, endpoint: string) => Promise<T>,
  ): Promise<T> {
    const endpoint = checkPath(path);
    if (!calls.watched) return this.#repeat(endpoint, request, read);
    const about = { appId: this.#appId, method: request.method, endpoint };
    return watchCall(about, request.signal, (count) =>
      this.#repeat(endpoint, request, read, count),
    );
  }

  /** Calls until it succeeds or must not be repeated. */
  async #repeat<T>(
    endpoint: string,
    request: Request,
    read: (reply: Reply, endpoint: string) => Promise<T>,
    count?: Count,
  ): Promise<T> {
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const token = request.token === false ? undefined : await this.#token();
      if (count !== undefined) count.tries += 1;
      try {
        return await read(await this.#send(endpoint, request, token, attempt), endpoint);
      } catch (error) {
        if (request.signal?.aborted) throw error;
        const invalid = error instanceof ApiError && tokenErrors.has(error.errcode);
        if (invalid && token !== undefined && !renewed) {
          // WeChat has done nothing yet, so this repetition is safe for every call.
          renewed = true;
          await this.#tokens?.invalidate?.(token);
          continue;
        }
        if (!request.idempotent || attempt >= tries || !isPassing(error)) throw error;
        await pause(200 * 2 ** attempt * (0.5 + Math.random() / 2), request.signal);
      }
    }
  }

  #token(): Promise<string> {
    if (this.#tokens !== undefined) return this.#tokens.get();
    throw new ConfigError(
      `This call needs an access token: set "appId" and "appSecret" (${place("credentials")}), or "tokenProvider".`,
    );
  }

  async #send(
    endpoint: string,
    request: Request,
    token: string | undefined,
    attempt: number,
  ): Promise<Reply> {
    const { method, headers = {}, body, query = {}, timeout = this.#timeout } = request;
    const base = this.#bases[(attempt - 1) % this.#bases.length] as URL;
    const url = new URL(base.pathname.replace(/\/$/, "") + endpoint, base);
    if (token !== undefined) url.searchParams.set("access_token", token);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const late = AbortSignal.timeout(timeout);
    const signal = request.signal === undefined ? late : AbortSignal.any([late, request.signal]);
    const failed = (error: unknown): never => {
      if (request.signal?.aborted) throw request.signal.reason;
      if (late.aborted) {
        throw new WechatError(
          "WX_API_TIMEOUT",
          `${endpoint} took longer than ${timeout} ms. Raise "timeout", or see whether the network or a proxy is slow.`,
        );
      }
      // The error itself quotes the URL, which holds the token or the secret.
      const code = errorCode(error);
      throw new WechatError(
        "WX_API_NETWORK",
        `${endpoint} could not be reached${code}. Check this server's DNS, firewall and proxy, and "baseUrl" if it is set.`,
      );
    };
    const response = await this.#fetch(String(url), {
      method,
      headers,
      redirect: "manual",
      signal,
      ...(body === undefined ? {} : { body }),
    }).catch(failed);
    if (response.status >= 300) {
      throw new WechatError(
        response.status >= 500 ? "WX_API_NETWORK" : "WX_API_RESPONSE",
        `${endpoint} was answered with status ${response.status}.`,
      );
    }
    const length = Number(response.headers.get("content-length") ?? 0);
    return {
      status: response.status,
      headers: response.headers,
      stream: () => asStream(response.body),
      bytes: async () => {
        if (length > maxJson)
          throw new WechatError(
            "WX_API_RESPONSE",
            `${endpoint} answered more than ${maxJson / 1024 / 1024} MiB, which WeChat never does. Check where "baseUrl" leads; files come by api.download().`,
          );
        return Buffer.from(await response.arrayBuffer().catch(failed));
      },
    };
  }
}

/** Whether the same call may well succeed a moment later. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.errcode === -1;
  return (
    error instanceof WechatError &&
    (error.code === "WX_API_NETWORK" || error.code === "WX_API_TIMEOUT")
  );
}

function errorCode(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const found = code ?? cause?.code;
  return typeof found === "string" && /^\w+$/.test(found) ? ` (${found})` : "";
}

function asStream(body: unknown): Readable {
  if (body instanceof Readable) return body;
  return body === null
    ? Readable.from([])
    : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
