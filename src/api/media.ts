import { ConfigError } from "../errors.js";
import { kindOf } from "../options.js";
import { oneLine } from "./hidden.js";
import type { Download, FileInput, Http } from "./http.js";

/** A kind of file. */
export type MediaType = "image" | "voice" | "video" | "thumb";

const mediaTypes = ["image", "voice", "video", "thumb"] as const satisfies readonly MediaType[];

/** Refuses what is no kind of file, which is most often the file itself. Throws a ConfigError. */
export function checkMediaType(whose: string, type: unknown, file: unknown): void {
  if (mediaTypes.includes(type as MediaType)) return;
  const got = typeof type === "string" ? `"${oneLine(type, 60)}"` : kindOf(type);
  const swapped = mediaTypes.includes(file as MediaType)
    ? ` The two are swapped: write ${whose}("${file as MediaType}", …).`
    : "";
  throw new ConfigError(
    `${whose}(type, file): the type is "image", "voice", "video" or "thumb", got ${got}.${swapped}`,
  );
}

/** A temporary medium. */
export interface UploadedMedia {
  readonly type: MediaType;
  readonly media_id: string;
  /** Seconds. */
  readonly created_at: number;
}

/** Where a video can be fetched, instead of the video. */
export interface VideoUrl {
  readonly video_url: string;
}

/** Temporary media (临时素材): they live three days and can be used more than once. */
export class Media {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Uploads a file: an image of 10 MB (PNG, JPG, GIF), a voice of 2 MB and 60 seconds (AMR, MP3), a
   * video of 10 MB (MP4) or a thumb of 64 KB (JPG). Source: 「新增临时素材」.
   *
   * ```ts
   * const { media_id } = await api.media.upload("image", "./hello.png");
   * ```
   */
  async upload(type: MediaType, file: FileInput): Promise<UploadedMedia> {
    checkMediaType("media.upload", type, file);
    const uploaded = await this.#http.upload<UploadedMedia & { thumb_media_id?: string }>(
      "/cgi-bin/media/upload",
      file,
      // Uploaded twice, a file is there twice for three days: no harm done.
      { query: { type }, idempotent: true },
    );
    // For a thumb WeChat calls the id differently.
    const { thumb_media_id } = uploaded;
    return thumb_media_id === undefined ? uploaded : { ...uploaded, media_id: thumb_media_id };
  }

  /**
   * A medium as a stream; of a video, WeChat only tells the address. Source: 「获取临时素材」.
   *
   * ```ts
   * const media = await api.media.get(mediaId);
   * if ("video_url" in media) console.log(media.video_url);
   * else await pipeline(media.stream, createWriteStream(media.filename ?? "media"));
   * ```
   */
  get(mediaId: string): Promise<Download | VideoUrl> {
    return this.#http.download<VideoUrl>("/cgi-bin/media/get", { query: { media_id: mediaId } });
  }

  /** A voice that a page recorded with the JS-SDK, in speex of 16 kHz. Source: 「高清语音素材获取接口」. */
  getVoice(mediaId: string): Promise<Download> {
    return this.#http.download("/cgi-bin/media/get/jssdk", { query: { media_id: mediaId } });
  }
}
