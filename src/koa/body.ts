import type { IncomingMessage } from "node:http";
import type { Context as KoaContext } from "koa";
import getRawBody from "raw-body";
import { RequestError } from "../errors.js";
import { systemClock } from "../time/clock.js";
import { Expiry } from "../time/expiry.js";
import { readGiven, tooLarge } from "../wire/body.js";
import type { XmlElement } from "../wire/xml/xml.js";

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  /** Bytes. */
  readonly limit: number;
  /** Milliseconds from the first read to the last byte. */
  readonly timeout: number;
}

/**
 * The push's body: what another parser left, in whichever form, or else what the socket holds.
 * Throws a RequestError when it is too long (413), too slow (408), cut short (400) or gone (400).
 */
export function readBody(
  ctx: KoaContext,
  limits: BodyLimits,
): Promise<string> | string | XmlElement {
  const request = ctx.request as { rawBody?: unknown; body?: unknown };
  const req = ctx.req as IncomingMessage & { rawBody?: unknown; body?: unknown };
  const left = request.body ?? req.body;
  if (left !== undefined || request.rawBody !== undefined || req.rawBody !== undefined) {
    const given = readGiven(left, limits.limit, request.rawBody, req.rawBody);
    if (given !== undefined) return given;
  }
  if (req.readableEnded || !req.readable) throw consumed();
  return read(req, limits);
}

function read(req: IncomingMessage, limits: BodyLimits): Promise<string> {
  const { limit } = limits;
  const length = announced(req);
  if (length !== undefined && length > 0 && length <= limit) return readPlain(req, length, limits);
  const wanted = { length: req.headers["content-length"] ?? null, limit };
  return timed(limits, (done) => getRawBody(req, wanted, done));
}

/** One timer for all bodies that are on their way. */
const deadlines = new Expiry(systemClock);

/** Takes what has been read, or what went wrong. */
type Done = (error: unknown, body?: Buffer) => void;

function timed({ limit, timeout }: BodyLimits, work: (done: Done) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let late = false;
    const deadline = deadlines.after(timeout, () => {
      late = true;
      reject(
        new RequestError(
          408,
          "WX_BODY_TIMEOUT",
          `The body did not arrive within ${timeout / 1000} seconds.`,
        ),
      );
    });
    work((error, body) => {
      if (!late) deadlines.remove(deadline);
      if (body === undefined) reject(asRequestError(error, limit));
      // Here, so that it is decoded by Node and not by iconv-lite.
      else resolve(body.toString("utf8"));
    });
  });
}

/** How long a body is that comes as it is and is read by nobody else, if its head says so. */
function announced({ headers, readableEncoding }: IncomingMessage): number | undefined {
  const { "content-length": length, "transfer-encoding": coding } = headers;
  const isPlain = coding === undefined && readableEncoding === null;
  return isPlain && length !== undefined && /^\d{1,9}$/.test(length) ? Number(length) : undefined;
}

/**
 * Reads a body of a known length, as WeChat sends them. Most come with their head, and are there once
 * Node's parser is done with that: then nothing has to be listened to or timed. raw-body, which reads all
 * others, would take a tenth of the time that the whole push takes.
 */
async function readPlain(
  req: IncomingMessage,
  length: number,
  limits: BodyLimits,
): Promise<string> {
  let first: Buffer | null = null;
  // Unless it flows already, to somebody else.
  if (req.readableFlowing === null) {
    await undefined;
    first = req.read();
    if (first !== null && first.length >= length) {
      // Its end may come by itself.
      if (!req.complete) req.resume();
      return first.toString("utf8");
    }
  }
  return timed(limits, (done) => readOn(req, length, first, done));
}

function readOn(req: IncomingMessage, length: number, first: Buffer | null, done: Done): void {
  const chunks: Buffer[] = first === null ? [] : [first];
  let missing = length - (first?.length ?? 0);
  const add = (chunk: Buffer) => {
    chunks.push(chunk);
    missing -= chunk.length;
    if (missing <= 0) done(undefined, chunks.length === 1 ? chunk : Buffer.concat(chunks));
  };
  const fail = (error?: unknown) => {
    if (missing <= 0) return;
    req.off("data", add);
    done(error);
  };
  req.on("data", add);
  // To take them off again costs more than to leave them: they end with the request.
  req.on("error", fail);
  req.on("close", fail);
  // What has been told already is not told again.
  if (req.destroyed) fail(req.errored);
}

function asRequestError(error: unknown, limit: number): RequestError {
  switch ((error as { type?: unknown } | undefined)?.type) {
    case "entity.too.large":
      return tooLarge(limit);
    case "stream.not.readable":
    case "stream.encoding.set":
      return consumed();
    default:
      // The connection closed, the body was not as long as announced, or it was not even HTTP.
      return new RequestError(
        400,
        "WX_BODY_ABORTED",
        "The body did not arrive whole: the connection closed, or its Content-Length is wrong.",
        { cause: error },
      );
  }
}

function consumed(): RequestError {
  return new RequestError(
    400,
    "WX_BODY_CONSUMED",
    "The body was read before wx.middleware() and nothing of it was kept. Mount wx.middleware() above the body parser, or let the parser keep XML as text (koa-bodyparser: enableTypes: ['json', 'form', 'xml']).",
  );
}
