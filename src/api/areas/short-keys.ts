import type { Http } from "../transport/http.js";
import { secondsOf } from "./life.js";

/** A stored text, when it was stored and how long it stays, as WeChat counts: in seconds. */
export interface LongData {
  readonly long_data: string;
  readonly create_time: number;
  readonly expire_seconds: number;
}

/** Short keys (短key托管), which stand for longer texts, for example in a QR code. */
export class ShortKeys {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Stores at most 4 KB for `ttl` milliseconds, whole seconds, at most 30 days (the default), and resolves
   * to its key. Source: 「短key托管」.
   */
  async create(longData: string, ttl?: number): Promise<string> {
    const { short_key } = await this.#http.post<{ short_key: string }>(
      "/cgi-bin/shorten/gen",
      {
        long_data: longData,
        ...(ttl === undefined ? {} : { expire_seconds: secondsOf(ttl, "a short key") }),
      },
      // Asked twice, WeChat gives two keys for the same text: no harm done.
      { idempotent: true },
    );
    return short_key;
  }

  /** What a key stands for. Source: 「短key托管」. */
  get(shortKey: string): Promise<LongData> {
    return this.#http.post("/cgi-bin/shorten/fetch", { short_key: shortKey }, { idempotent: true });
  }
}
