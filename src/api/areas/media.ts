import { ConfigError } from "../../errors.js";
import type { FileInput } from "../../message/file.js";
import { kindOf } from "../../options.js";
import type { MediaType } from "../files/media-type.js";
import { type FileOptions, fetched, type ReceivedFile, received } from "../files/received-file.js";
import { type Keeping, keptHere, type Named, UploadedFiles } from "../files/uploaded-files.js";
import { type Fetch, nodeFetch } from "../transport/fetch.js";
import { oneLine } from "../transport/hidden.js";
import type { Download, DownloadOptions, Http, UploadOptions } from "../transport/http.js";

export type { MediaType } from "../files/media-type.js";

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

/** Two hours before WeChat forgets them: an id is still on its way when it was given out. */
const life = 70 * 3_600_000;

/** Temporary media (临时素材): they live three days and can be used more than once. */
export class Media {
  readonly #http: Http;
  readonly #fetch: Fetch;
  /** @internal The ids of files that are uploaded once. */
  readonly files: UploadedFiles;

  constructor(http: Http, fetch: Fetch = nodeFetch, keeping: Keeping = keptHere()) {
    this.#http = http;
    this.#fetch = fetch;
    const upload = async (type: MediaType, file: Named) => (await this.upload(type, file)).media_id;
    this.files = new UploadedFiles({ isPermanent: false, life, upload }, keeping);
  }

  /**
   * The media id of a file, which is uploaded once for each content and account, and again before its
   * three days are over. Rejects with a WechatError `WX_MEDIA`, before a byte is sent, for one that
   * WeChat does not take.
   *
   * ```ts
   * await api.customerService.sendImage(openid, await api.media.idOf("image", "./hello.png"));
   * ```
   */
  async idOf(type: MediaType, file: FileInput): Promise<string> {
    checkMediaType("media.idOf", type, file);
    return this.files.idOf(type, file);
  }

  /**
   * All of a medium: its bytes, kind and name; also of a video, of which WeChat tells the address only.
   * One that is longer than the limit is refused, before it is read where WeChat says how long it is.
   */
  async read(mediaId: string, options: FileOptions = {}): Promise<ReceivedFile> {
    const { limit, signal, onProgress } = options;
    const media = await this.get(mediaId, {
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    return "video_url" in media
      ? fetched(this.#fetch, media.video_url, options)
      : received(media, limit);
  }

  /**
   * Uploads a file: an image of 10 MB (PNG, JPG, GIF), a voice of 2 MB and 60 seconds (AMR, MP3), a
   * video of 10 MB (MP4) or a thumb of 64 KB (JPG). Source: 「新增临时素材」.
   *
   * ```ts
   * const { media_id } = await api.media.upload("image", "./hello.png");
   * ```
   */
  async upload(
    type: MediaType,
    file: FileInput,
    options: Pick<UploadOptions, "signal" | "timeout" | "onProgress"> = {},
  ): Promise<UploadedMedia> {
    checkMediaType("media.upload", type, file);
    const uploaded = await this.#http.upload<UploadedMedia & { thumb_media_id?: string }>(
      "/cgi-bin/media/upload",
      file,
      // Uploaded twice, a file is there twice for three days: no harm done.
      { ...options, query: { type }, idempotent: true },
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
  get(
    mediaId: string,
    options: Pick<DownloadOptions, "signal" | "timeout" | "onProgress"> = {},
  ): Promise<Download | VideoUrl> {
    const query = { media_id: mediaId };
    return this.#http.download<VideoUrl>("/cgi-bin/media/get", { ...options, query });
  }

  /** A voice that a page recorded with the JS-SDK, in speex of 16 kHz. Source: 「高清语音素材获取接口」. */
  getVoice(mediaId: string): Promise<Download> {
    return this.#http.download("/cgi-bin/media/get/jssdk", { query: { media_id: mediaId } });
  }
}
