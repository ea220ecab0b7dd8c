import { Readable } from "node:stream";
import type { FileInput } from "../../message/file.js";
import type { Http } from "../transport/http.js";

/** A picture of less than 2 MB: a file, or the address of one that WeChat fetches. */
export type PictureInput = FileInput | { readonly url: string };

/** A point of a picture, in pixels. */
type Point = {
  readonly x: number;
  readonly y: number;
};

/** The corners of something in a picture. */
export interface Corners {
  readonly left_top: Point;
  readonly right_top: Point;
  readonly right_bottom: Point;
  readonly left_bottom: Point;
}

/** The size of a picture, in pixels. */
export interface PictureSize {
  readonly w: number;
  readonly h: number;
}

/** Where a picture is best cut, in pixels. */
export interface Crop {
  readonly crop_left: number;
  readonly crop_top: number;
  readonly crop_right: number;
  readonly crop_bottom: number;
}

/** A code that was found in a picture. */
export interface FoundCode {
  /** Such as `QR_CODE`, `EAN_13`, `CODE_128`. */
  readonly type_name: string;
  readonly data: string;
  /** Of QR codes and DataMatrix only. */
  readonly pos?: Corners;
}

/** Looking at pictures (图像处理). For verified accounts. */
export class Pictures {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Where a picture is best cut, for up to five ratios of width to height. Source: 「图片智能裁剪」. */
  crop(
    picture: PictureInput,
    ratios: readonly number[] = [],
  ): Promise<{ readonly results: readonly Crop[]; readonly img_size: PictureSize }> {
    const fields = ratios.length === 0 ? {} : { ratios: ratios.join(",") };
    return sendPicture(this.#http, "/cv/img/aicrop", picture, fields);
  }

  /** The QR codes and bar codes in a picture. Source: 「二维码/条码识别」. */
  codes(
    picture: PictureInput,
  ): Promise<{ readonly code_results: readonly FoundCode[]; readonly img_size: PictureSize }> {
    return sendPicture(this.#http, "/cv/img/qrcode", picture);
  }
}

/**
 * Sends a picture in the field `img`, or its address as `img_url`. Not repeated when the outcome is unknown: the calls
 * of a day are few.
 */
export function sendPicture<T>(
  http: Http,
  path: string,
  picture: PictureInput,
  fields: Readonly<Record<string, string>> = {},
): Promise<T> {
  // A request that is passed on is a stream with an address of its own.
  if (typeof picture === "object" && "url" in picture && !(picture instanceof Readable)) {
    return http.post(path, {}, { query: { img_url: picture.url, ...fields } });
  }
  return http.upload(path, picture, { field: "img", fields });
}
