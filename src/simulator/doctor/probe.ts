import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { LookupFunction } from "node:net";
import fetch, { FetchError } from "node-fetch";

/** Where and how the doctor asks. */
export interface Target {
  /** The server address (服务器地址). */
  readonly url: URL;
  /** How long WeChat waits for an answer, in milliseconds. */
  readonly patience: number;
  readonly lookup: LookupFunction;
}

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly contentType: string;
  /** Where it redirects to, as it was written. */
  readonly location: string | undefined;
  /** Whether it asks for a password. */
  readonly asksForLogin: boolean;
  /** The server's clock in milliseconds, as far as it tells. */
  readonly date: number | undefined;
  readonly bytes: Buffer;
  /** The bytes as text, with everything that belongs to it, also a byte order mark. */
  readonly body: string;
  /** Milliseconds. */
  readonly duration: number;
}

/** Why there was no answer: `"TIMEOUT"` or the code of the network error. */
interface Unanswered {
  readonly failure: string;
}

export type Probe = Answered | Unanswered;

export interface ProbeRequest {
  readonly query: URLSearchParams;
  /** With a body it is a POST. */
  readonly body?: string;
  readonly contentType?: string;
  /** Another path than the target's. */
  readonly path?: string;
}

const answerLimit = 1024 * 1024;

/** Sends one request as WeChat does, and follows no redirect. */
export async function probe(target: Target, request: ProbeRequest): Promise<Probe> {
  const url = new URL(target.url);
  if (request.path !== undefined) url.pathname = request.path;
  for (const [name, value] of request.query) url.searchParams.set(name, value);
  const { lookup } = target;
  const agent =
    url.protocol === "https:"
      ? new SecureAgent({ keepAlive: false, lookup })
      : new Agent({ keepAlive: false, lookup });
  const started = performance.now();
  try {
    const response = await fetch(url, {
      agent,
      redirect: "manual",
      size: answerLimit,
      signal: AbortSignal.timeout(target.patience),
      ...(request.body === undefined ? {} : { method: "POST", body: request.body }),
      headers: {
        "User-Agent": "Mozilla/4.0",
        Accept: "*/*",
        ...(request.body === undefined
          ? {}
          : { "Content-Type": request.contentType ?? "text/xml" }),
      },
    });
    // Not response.text(), which would hide a byte order mark.
    const bytes = Buffer.from(await response.arrayBuffer());
    const date = Date.parse(response.headers.get("Date") ?? "");
    return {
      status: response.status,
      contentType: response.headers.get("Content-Type") ?? "",
      location: response.headers.get("Location") ?? undefined,
      asksForLogin: response.headers.has("WWW-Authenticate"),
      date: Number.isNaN(date) ? undefined : date,
      bytes,
      body: bytes.toString("utf8"),
      duration: Math.round(performance.now() - started),
    };
  } catch (error) {
    return { failure: failureOf(error) };
  } finally {
    agent.destroy();
  }
}

/** Whether the server answered at all. */
export function isAnswered(probed: Probe): probed is Answered {
  return "status" in probed;
}

/** Whether the server took what it was sent. */
export function isAccepted(probed: Probe): probed is Answered {
  return isAnswered(probed) && probed.status === 200;
}

/** Whether two answers say the same, but for numbers and ids that change each time. */
export function alike(one: Answered, other: Answered): boolean {
  const words = ({ body }: Answered) => body.replace(/[0-9a-f]{8,}|\d+/gi, "#");
  return one.status === other.status && words(one) === words(other);
}

function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if (error.name === "AbortError" || error.name === "TimeoutError") return "TIMEOUT";
  // The message would repeat the address with its signature.
  if (error instanceof FetchError) return error.code ?? error.type.toUpperCase();
  return error.name;
}
