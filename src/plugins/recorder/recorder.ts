import { randomBytes } from "node:crypto";
import { appendFile, stat } from "node:fs/promises";
import { checkOptions, filled, number, oneOf, type Rules, required } from "../../options.js";
import type { Handler } from "../../router/compose.js";
import type { Context } from "../../router/context.js";
import { type Mask, Redactor } from "./redact.js";

/** The options of `recorder(…)`. */
export interface RecorderOptions {
  /** The file to which pushes are added, one line of JSON each. Only its owner can read it. */
  readonly file: string;
  /**
   * What is taken out of what users write. `"numbers"` (default): telephone numbers and other long
   * ones, however they are written, e-mail addresses, queries of links, exact places. `"text"`: every letter and digit. `"none"`: nothing.
   * OpenIDs, media and tickets are replaced in any case.
   */
  readonly mask?: Mask;
  /** Keeps the pseudonyms of users the same from one start to the next. Default: a random one. */
  readonly salt?: string;
  /** Bytes after which nothing more is recorded. Default: 64 MiB. */
  readonly maxBytes?: number;
}

/**
 * Records pushes without the persons in them, for `koa-wx replay`: what was pushed, decrypted, once
 * for all deliveries; no OpenID, signature or token. Register it before the handlers. A recording that
 * fails is warned of once and holds up no reply.
 *
 * ```ts
 * wx.use(recorder({ file: "pushes.ndjson" }));
 * ```
 */
export function recorder(options: RecorderOptions): Handler<Context> {
  checkOptions(options, "recorder()", rules, { wanted: 'recorder() takes an object with "file"' });
  const { file, mask = "numbers", salt = randomBytes(16).toString("hex") } = options;
  const redactor = new Redactor(mask, salt);
  const recording = new Recording(file, options.maxBytes ?? 64 * 1024 * 1024);
  return function record(ctx, next) {
    recording.add(JSON.stringify({ at: Date.now(), push: redactor.redact(ctx.raw) }));
    return next();
  };
}

/** Lines on their way to a file, in order. */
class Recording {
  readonly #file: string;
  readonly #maxBytes: number;
  #written: Promise<number>;
  #ended = false;

  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#written = stat(file).then(
      ({ size }) => size,
      () => 0,
    );
  }

  add(line: string): void {
    if (this.#ended) return;
    this.#written = this.#written.then((bytes) => this.#append(bytes, `${line}\n`));
  }

  async #append(bytes: number, line: string): Promise<number> {
    if (this.#ended) return bytes;
    const size = bytes + Buffer.byteLength(line);
    if (size > this.#maxBytes) {
      this.#end(`${this.#file} has reached ${this.#maxBytes} bytes ("maxBytes")`);
      return bytes;
    }
    try {
      await appendFile(this.#file, line, { mode: 0o600 });
    } catch (error) {
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      this.#end(`${this.#file} cannot be written (${code})`);
    }
    return size;
  }

  #end(why: string): void {
    this.#ended = true;
    process.emitWarning(`Pushes are no longer recorded: ${why}.`, { code: "WX_RECORDER" });
  }
}

const rules: Rules<RecorderOptions> = {
  file: required(filled("the path to which pushes are written")),
  mask: oneOf("numbers", "text", "none"),
  salt: filled(),
  maxBytes: number({ of: "bytes" }),
};
