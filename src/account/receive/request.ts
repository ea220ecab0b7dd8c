import type { Context as KoaContext } from "koa";
import type { MaybePromise } from "../../time/maybe-promise.js";
import { readGiven } from "../../wire/body.js";
import { type Query, readQuery } from "../../wire/query.js";
import { malformed } from "../../wire/xml/tree.js";
import type { XmlElement } from "../../wire/xml/xml.js";

/** A request to the server address, whatever framework it came through. */
export interface PushRequest {
  /** In capitals; `""` if it has none. */
  readonly method: string;
  /** The query's parameters, decoded; one that was repeated is an array. */
  readonly query: Query;
  /** Reads the body. Called only after the query's signature has been checked. */
  body(): MaybePromise<string | XmlElement>;
  /** Whether the connection is closed already. Asked when there is an answer for it. */
  readonly closed?: { readonly aborted: boolean } | undefined;
  /** For the account resolver, where there is no Koa: path, router's parameters and headers. */
  readonly path?: string | undefined;
  readonly params?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /** Koa's context, where there is one. */
  readonly koa?: KoaContext | undefined;
  /** Takes what still runs when the answer is out, where the host has to know. */
  readonly waitUntil?: ((work: Promise<void>) => void) | undefined;
}

/** What a host may say besides the request, in `wx.fetch()` and `wx.receive()`. */
export interface HostOptions {
  /**
   * Takes what still runs when the answer is out: late replies, the rest of long ones. A host that stops
   * with the answer goes on until the promise settles; it never rejects.
   */
  waitUntil?(work: Promise<void>): unknown;
  /** For an account resolver: what a router found in the path. */
  readonly params?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Values by name as hosts have them: null is as good as nothing, and a list of one as its only item. */
type Values = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** A request for `wx.receive()`: what a serverless host or a test has in hand. */
export interface ReceiveRequest {
  readonly method: string;
  /** The query: decoded parameters, or the text after `?`. */
  readonly query?: Values | Iterable<readonly [string, string]> | string | null | undefined;
  /** The body: its text, its bytes (a Buffer, a typed array, an ArrayBuffer), or what an XML parser made of it. */
  readonly body?: string | object | null | undefined;
  /** The text or the bytes where `body` is already parsed: what some hosts keep beside it. */
  readonly rawBody?: string | object | null | undefined;
  /** Whether a `body` that is text is base64, as API gateways (API 网关) send it. */
  readonly isBase64Encoded?: boolean | null | undefined;
  /** For an account resolver: the path of the address, … */
  readonly path?: string | null | undefined;
  /** … what a router found in it, … */
  readonly params?: Readonly<Record<string, string | undefined>> | null | undefined;
  /** … and the headers, in any letter case. */
  readonly headers?: Values | Iterable<readonly [string, string]> | null | undefined;
  /** Aborts when the sender closes the connection. */
  readonly signal?: AbortSignal | null | undefined;
}

/** Makes a request of what `wx.receive()` was given. Never throws: what it cannot read is refused later. */
export function asRequest(
  given: ReceiveRequest,
  bodyLimit: number,
  waitUntil?: PushRequest["waitUntil"],
): PushRequest {
  try {
    const { method, query, body, rawBody, isBase64Encoded, path, params, headers } = given;
    return {
      method: typeof method === "string" ? method.toUpperCase() : "",
      query: readQuery(query),
      body: () => {
        const whole = isBase64Encoded === true ? decoded(body) : body;
        return readGiven(whole, bodyLimit, rawBody) ?? "";
      },
      path: typeof path === "string" ? path : undefined,
      params: typeof params === "object" && params !== null ? params : undefined,
      headers: lowerCased(readQuery(headers)),
      closed: signalOf(given),
      waitUntil,
    };
  } catch {
    return { method: "", query: {}, body: () => "" };
  }
}

/** The signal, if it is one. */
export function signalOf(given: ReceiveRequest): AbortSignal | undefined {
  const { signal } = given;
  return typeof signal?.addEventListener === "function" ? signal : undefined;
}

function lowerCased(values: Query): Query {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function decoded(body: unknown): unknown {
  if (typeof body !== "string") return body;
  const text = body.replace(/\s+/g, "");
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return Buffer.from(text, "base64");
  throw malformed('"isBase64Encoded" is true, but it is no base64');
}
