import { ConfigError } from "../../errors.js";
import { anything, checkedBy, checkOptions, type Rules, required } from "../../options.js";
import type { Http } from "../transport/http.js";
import { secondsOf } from "./life.js";

/** What `qrcode.create()` takes. */
export interface QrcodeOptions {
  /** A number (temporary: 1 to 4,294,967,295; permanent: 1 to 100,000) or a text of 1 to 64 characters. */
  readonly scene: number | string;
  /** How long the code works, in milliseconds: whole seconds, at most 2,592,000,000 (30 days). Left out: for good. */
  readonly ttl?: number;
}

/** A QR code as WeChat takes it: a temporary one says how long it works. Source: 「生成带参数的二维码」. */
export type QrcodeRequest = {
  readonly action_info: {
    readonly scene: { readonly scene_id: number } | { readonly scene_str: string };
  };
} & (
  | { readonly action_name: "QR_SCENE" | "QR_STR_SCENE"; readonly expire_seconds: number }
  | { readonly action_name: "QR_LIMIT_SCENE" | "QR_LIMIT_STR_SCENE" }
);

/** A QR code: `url` is what it says, for drawing it yourself. */
export interface Qrcode {
  readonly ticket: string;
  readonly expire_seconds?: number;
  readonly url: string;
}

const rules: Rules<QrcodeOptions> = {
  // Which numbers there are depends on ttl.
  scene: required(anything),
  ttl: checkedBy((ttl) => secondsOf(ttl, "a QR code")),
};
const renamed = {
  expireSeconds: 'How long the code works is "ttl", in milliseconds: 86400000 for a day.',
};

/** QR codes that say where a follower comes from (带参数的二维码): the scene arrives with the scan. */
export class Qrcodes {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Makes a QR code for a scene: for some time with `ttl`, else for good, of which an
   * account has 100,000. `imageUrl(ticket)` is the picture. Throws a ConfigError for a scene that
   * WeChat does not take. Source: 「生成带参数的二维码」.
   *
   * ```ts
   * const { ticket } = await api.qrcode.create({ scene: "shop-7", ttl: 86_400_000 });
   * ```
   */
  async create(options: QrcodeOptions): Promise<Qrcode> {
    return this.createRaw(toRequest(options));
  }

  /** Makes a QR code from WeChat's own fields. Source: 「生成带参数的二维码」. */
  createRaw(request: QrcodeRequest): Promise<Qrcode> {
    // Asked twice, WeChat gives two tickets for the same scene: no harm done.
    return this.#http.post("/cgi-bin/qrcode/create", request, { idempotent: true });
  }

  /** Where the picture of a code is; it needs no token, so it may stand in a page. */
  imageUrl(ticket: string): string {
    return `https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=${encodeURIComponent(ticket)}`;
  }
}

function toRequest(options: QrcodeOptions): QrcodeRequest {
  checkOptions(options, "qrcode.create()", rules, { renamed });
  const { scene, ttl } = options;
  const limited = ttl === undefined;
  const expire_seconds = limited ? 0 : secondsOf(ttl, "a QR code");
  if (typeof scene === "number") {
    const max = limited ? 100_000 : 0xffff_ffff;
    if (!Number.isInteger(scene) || !inRange(scene, max)) {
      throw new ConfigError(
        `"scene" of a ${limited ? "permanent" : "temporary"} QR code must be a whole number from 1 to ${max} or a text, got ${scene}.`,
      );
    }
    const action_info = { scene: { scene_id: scene } };
    if (limited) return { action_name: "QR_LIMIT_SCENE", action_info };
    return { action_name: "QR_SCENE", expire_seconds, action_info };
  }
  const length = typeof scene === "string" ? [...scene].length : 0;
  if (!inRange(length, 64)) {
    throw new ConfigError(
      `"scene" of a QR code must be a number or a text of 1 to 64 characters, got ${typeof scene === "string" ? `${length} characters` : typeof scene}.`,
    );
  }
  const action_info = { scene: { scene_str: scene } };
  if (limited) return { action_name: "QR_LIMIT_STR_SCENE", action_info };
  return { action_name: "QR_STR_SCENE", expire_seconds, action_info };
}

const inRange = (value: number, max: number) => value >= 1 && value <= max;
