import type { Readable } from "node:stream";
import { calls } from "../../diagnostics.js";
import { ConfigError, WechatError } from "../../errors.js";
import type { OutputLanguage } from "../../language.js";
import type { FileInput } from "../../message/file.js";
import { place } from "../../places.js";
import { abortable } from "../../time/abortable.js";
import type { Abilities } from "../abilities.js";
import { ApiError } from "../api-error.js";
import type { CloudCalls } from "../cloud-hosting.js";
import { multipart } from "../files/multipart.js";
import type { TokenProvider } from "../token/token.js";
import { checkAddress, checkPath, wechatApi } from "./address.js";
import { tokenErrors } from "./errcodes.js";
import { exchange, type Reply } from "./exchange.js";
import { isUnsent } from "./failure.js";
import { type Fetch, nodeFetch } from "./fetch.js";
import type { CallOptions, Download, DownloadOptions, Http, UploadOptions } from "./http.js";
import { writeJson } from "./json.js";
import { readFile, readJson } from "./read-answer.js";
import { type Count, watchCall } from "./watched.js";

export interface CallerOptions {
  /** Whose calls these are, for those who watch. */
  readonly appId?: string | undefined;
  /** Where WeChat's servers are; further addresses are for when the first cannot be reached. */
  readonly baseUrl?: string | readonly string[] | undefined;
  /** Milliseconds. Default: 10,000. */
  readonly timeout?: number | undefined;
  readonly fetch?: Fetch | undefined;
  /** The language of hints. */
  readonly language?: OutputLanguage | undefined;
  /** How calls are made that 微信云托管 vouches for. */
  readonly cloud?: CloudCalls | undefined;
}

interface Request extends CallOptions {
  readonly method: "GET" | "POST";
  readonly headers?: Record<string, string>;
  /** A stream is made anew for each time that it is sent. */
  readonly body?: string | Buffer | (() => Readable);
}

type Read<T> = (reply: Reply, secrets: readonly string[]) => Promise<T>;

const tries = 3;
const fileTimeout = 60_000;
const secretNames = /^(secret|appsecret|code|\w*token)$/i;
const secretFields = /"(?:secret|appsecret|ticket|\w{0,20}token)":"([^"\\]+)"/g;

/**
 * Calls WeChat over HTTP. Made for one account; its tokens come from a provider. What may be asked twice is
 * repeated with backoff.
 */
export class Caller implements Http {
  readonly #appId: string | undefined;
  readonly #bases: readonly URL[];
  readonly #timeout: number;
  readonly #fetch: Fetch;
  /** Whether `fetch` takes a stream as a body: each one wants it in another way. */
  readonly #mayStream: boolean;
  readonly #language: OutputLanguage | undefined;
  readonly #tokens: TokenProvider | undefined;
  readonly #abilities: Abilities | undefined;
  readonly #cloud: CloudCalls | undefined;
  readonly #cloudBase: URL | undefined;
  /** Whether calls name their account, which shares the environment of another one. */
  #isSharing: boolean;

  /**
   * Without a provider, only calls with `token: false` can be made; with abilities, what the account may not do is not
   * tried again and again.
   */
  constructor(options: CallerOptions, tokens?: TokenProvider, abilities?: Abilities) {
    const { baseUrl = wechatApi, timeout = 10_000, fetch, cloud } = options;
    this.#bases = (typeof baseUrl === "string" ? [baseUrl] : baseUrl).map((base) =>
      checkAddress(base, "baseUrl"),
    );
    this.#cloud = cloud;
    this.#cloudBase = options.baseUrl === undefined && cloud ? new URL(cloud.baseUrl) : undefined;
    this.#isSharing = cloud?.owner !== undefined && cloud.owner !== options.appId;
    this.#appId = options.appId;
    this.#timeout = timeout;
    this.#fetch = fetch ?? nodeFetch;
    this.#mayStream = fetch === undefined;
    this.#language = options.language;
    this.#tokens = tokens;
    this.#abilities = abilities;
  }

  /** From now on, calls say that the account shares the environment of another one. */
  share(): void {
    this.#isSharing = true;
  }

  /** Gets the token that a call carries, if it does. */
  async prepare(): Promise<void> {
    if (this.#needsToken({})) await this.#token(undefined);
  }

  get<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.#json(path, { idempotent: true, ...options, method: "GET" });
  }

  post<T>(path: string, body: unknown = {}, options: CallOptions = {}): Promise<T> {
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    return this.#json(path, { ...options, method: "POST", headers, body: writeJson(body) });
  }

  async upload<T>(path: string, file: FileInput, options: UploadOptions = {}): Promise<T> {
    const { field, fields, onProgress, timeout = fileTimeout, ...rest } = options;
    const mayStream = this.#mayStream;
    const how = { field, fields, onProgress, mayStream, timeout, signal: rest.signal };
    const { contentType, length, body } = await multipart(file, how);
    // Of a stream, nobody else knows the length.
    const known = typeof body === "function" ? { "Content-Length": String(length) } : {};
    const headers = { "Content-Type": contentType, ...known };
    return this.#json(path, { ...rest, timeout, method: "POST", headers, body });
  }

  async download<T = never>(path: string, options: DownloadOptions = {}): Promise<Download | T> {
    const { body, method = body === undefined ? "GET" : "POST", onProgress, ...rest } = options;
    const request: Request = {
      timeout: fileTimeout,
      idempotent: true,
      ...rest,
      method,
      ...(body === undefined ? {} : { body: writeJson(body) }),
    };
    return this.#call(path, request, (reply, secrets) =>
      readFile<T>(reply, secrets, this.#language, onProgress),
    );
  }

  #json<T>(path: string, request: Request): Promise<T> {
    return this.#call(path, request, (reply, secrets) =>
      readJson<T>(reply, secrets, this.#language),
    );
  }

  async #call<T>(path: string, request: Request, read: Read<T>): Promise<T> {
    const endpoint = checkPath(path);
    if (!calls.watched) return this.#repeat(endpoint, request, read);
    const about = { appId: this.#appId, method: request.method, endpoint };
    return watchCall(about, request.signal, (count) =>
      this.#repeat(endpoint, request, read, count),
    );
  }

  /** Calls until it succeeds or must not be repeated. */
  async #repeat<T>(endpoint: string, request: Request, read: Read<T>, count?: Count): Promise<T> {
    if (request.token !== false) await this.#mustBeAble(endpoint);
    let renewed = false;
    let attempt = 1;
    for (;;) {
      const token = this.#needsToken(request) ? await this.#token(request.signal) : undefined;
      if (count !== undefined) count.tries += 1;
      try {
        const secrets = secretsIn(request, token);
        return await read(await this.#send(endpoint, request, token, attempt, secrets), secrets);
      } catch (error) {
        if (request.signal?.aborted) throw error;
        const invalid = error instanceof ApiError && tokenErrors.has(error.errcode);
        if (invalid && token !== undefined && !renewed) {
          // WeChat has done nothing yet, so this repetition is safe for every call.
          renewed = true;
          await this.#tokens?.invalidate?.(token);
          continue;
        }
        if (request.token !== false) await this.#abilities?.note(error);
        // What was never sent may be sent elsewhere, whatever it is.
        const mayRepeat = request.idempotent || (this.#bases.length > 1 && isUnsent(error));
        if (!mayRepeat || attempt >= tries || !isPassing(error)) throw error;
        attempt += 1;
        await pause(100 * 2 ** attempt * (0.5 + Math.random() / 2), request.signal);
      }
    }
  }

  /** Rejects with what WeChat has said before, if it was that the account may not make such a call. */
  async #mustBeAble(endpoint: string): Promise<void> {
    const said = await this.#abilities?.refusalOf(endpoint);
    if (said !== undefined) throw new ApiError(endpoint, 48001, said, {}, this.#language);
  }

  /** Within 微信云托管, the platform may vouch for a call without one. */
  #needsToken({ token }: CallOptions): boolean {
    return token !== false && (this.#cloud === undefined || this.#cloud.tokens !== undefined);
  }

  #token(signal: AbortSignal | undefined): Promise<string> {
    if (this.#tokens !== undefined) {
      const token = this.#tokens.get();
      return signal === undefined ? token : abortable(token, signal);
    }
    throw new ConfigError(
      `This call needs an access token: set "appId" and "appSecret" (${place("credentials")}), or "tokenProvider".`,
    );
  }

  #send(
    endpoint: string,
    request: Request,
    token: string | undefined,
    attempt: number,
    secrets: readonly string[],
  ): Promise<Reply> {
    const { method, headers = {}, body, query = {}, timeout = this.#timeout, signal } = request;
    const cloud = request.token === false ? undefined : this.#cloud;
    const cloudBase = cloud === undefined ? undefined : this.#cloudBase;
    const base = cloudBase ?? (this.#bases[(attempt - 1) % this.#bases.length] as URL);
    const url = new URL(base.pathname.replace(/\/$/, "") + endpoint, base);
    if (token !== undefined) url.searchParams.set(cloud?.parameter ?? "access_token", token);
    if (cloud !== undefined && this.#isSharing && this.#appId !== undefined) {
      url.searchParams.set("from_appid", this.#appId);
    }
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const sent = typeof body === "function" ? body() : body;
    const init = { method, headers, ...(sent === undefined ? {} : { body: sent }) };
    return exchange(this.#fetch, {
      url: String(url),
      endpoint,
      init,
      timeout,
      signal,
      secrets,
    });
  }
}

/** What this call says that no error may repeat. */
function secretsIn({ query = {}, body }: Request, token: string | undefined): readonly string[] {
  const named = Object.entries(query).flatMap(([name, value]) =>
    secretNames.test(name) && value !== undefined ? [String(value)] : [],
  );
  const written =
    typeof body === "string" ? [...body.matchAll(secretFields)].map(([, value = ""]) => value) : [];
  return [...(token === undefined ? [] : [token]), ...named, ...written];
}

/** Whether the same call may well succeed a moment later. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.errcode === -1;
  return (
    error instanceof WechatError &&
    (error.code === "WX_API_NETWORK" || error.code === "WX_API_TIMEOUT")
  );
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
