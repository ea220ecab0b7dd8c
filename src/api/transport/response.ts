import { Readable } from "node:stream";
import { ConfigError } from "../../errors.js";
import { kindOf } from "../../options.js";
import type { Fetch } from "./fetch.js";

type Response = Awaited<ReturnType<Fetch>>;

/** The body of what a `fetch` gave, as a stream. Throws a ConfigError for what is no response. */
export function bodyOf(response: Response): Readable {
  const { status, headers, body } = (response ?? {}) as Partial<Response>;
  const isResponse =
    Number.isInteger(status) &&
    typeof headers?.get === "function" &&
    (body === null || isIterable(body) || typeof response.arrayBuffer === "function");
  if (!isResponse) {
    throw new ConfigError(
      `"fetch" resolved to ${kindOf(response)} that is no Response: it needs status, headers.get(), and body or arrayBuffer(), as globalThis.fetch gives them.`,
    );
  }
  const stream = streamOf(response);
  // It may fail when nobody reads it (any more).
  stream.on("error", () => {});
  return stream;
}

function streamOf(response: Response): Readable {
  const { body } = response;
  const { bodyUsed } = response as { readonly bodyUsed?: unknown };
  const isLocked = body instanceof ReadableStream && body.locked;
  if (isLocked || (bodyUsed === true && body != null)) {
    throw new ConfigError(
      '"fetch" resolved to a Response whose body has been read already. Read a copy of it, as response.clone() makes it.',
    );
  }
  if (body instanceof Readable) return body;
  if (body === null && typeof response.arrayBuffer !== "function") return Readable.from([]);
  // Which can be given up while something is awaited of it, unlike what has an iterator alone.
  if (body instanceof ReadableStream) {
    return Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  }
  if (isIterable(body)) return Readable.from(body, { objectMode: false });
  async function* whole() {
    yield Buffer.from(await response.arrayBuffer());
  }
  return Readable.from(whole(), { objectMode: false });
}

const isIterable = (body: unknown): body is AsyncIterable<Uint8Array> =>
  Symbol.asyncIterator in Object(body);
