import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Context as KoaContext } from "koa";

/** More of a body that nobody wants is not taken, nor waited for longer, in bytes and milliseconds. */
const most = 64 * 1024 * 1024;
const longest = 10_000;

/**
 * Answers while the request's body is still coming in, then takes what is left of it, unread, and
 * hangs up; at once when `isSlow`. Most clients send all before they read anything: hung up
 * on at once, they would see a broken pipe in place of the answer (a lingering close, RFC 9112 9.6).
 */
export function answerEarly(ctx: KoaContext, answer: object, isSlow: boolean): void {
  const text = Buffer.from(JSON.stringify(answer));
  async function* pieces() {
    yield text;
    if (!isSlow) await drained(ctx.req);
  }
  ctx.body = Readable.from(pieces(), { objectMode: false });
  ctx.type = "json";
  ctx.length = text.length;
  ctx.set("Connection", "close");
}

/** Takes what is left of a body, until it is over, too long or too slow, or the client is gone. */
export function drained(req: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let taken = 0;
    const take = (chunk: Buffer) => {
      taken += chunk.length;
      if (taken > most) done();
    };
    const done = () => {
      clearTimeout(timer);
      req.off("data", take).off("end", done).off("close", done).off("error", done);
      resolve();
    };
    const timer = setTimeout(done, longest);
    req.on("end", done).on("close", done).on("error", done).on("data", take);
    if (req.readableEnded || req.destroyed) done();
  });
}
