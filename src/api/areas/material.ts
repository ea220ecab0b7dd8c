import type { FileInput } from "../../message/file.js";
import type { Spelt } from "../../spelling.js";
import { type Keeping, keptHere, type Named, UploadedFiles } from "../files/uploaded-files.js";
import type { Done, Download, Http } from "../transport/http.js";
import type { ArticleSet, ListPage, PageQuery } from "./articles.js";
import { checkMediaType, type MediaType } from "./media.js";
import { items } from "./paging.js";

/** A permanent material; pictures have an address, which works on Tencent's domains only. */
export interface UploadedMaterial {
  readonly media_id: string;
  readonly url?: string;
}

/** A permanent video. */
export interface VideoMaterial {
  readonly title: string;
  readonly description: string;
  readonly down_url: string;
}

/** A file in a list. */
export interface MaterialFile {
  readonly media_id: string;
  readonly name: string;
  readonly update_time: number;
  readonly url?: string;
}

/** Articles in a list. */
export interface MaterialNews {
  readonly media_id: string;
  readonly content: ArticleSet;
  readonly update_time: number;
}

/** What the lists hold, by kind. */
export interface MaterialMap {
  image: MaterialFile;
  voice: MaterialFile;
  video: MaterialFile;
  news: MaterialNews;
}

/** How many there are of each kind. */
export interface MaterialCount {
  readonly voice_count: number;
  readonly video_count: number;
  readonly image_count: number;
  readonly news_count: number;
}

/** For as long as a bot runs. */
const years = 10 * 365 * 86_400_000;
/** What a video is called that nobody has named. */
const untitled = { title: "视频", introduction: "" };

/** Permanent material (永久素材): 100,000 pictures and articles, 1,000 of every other kind. */
export class Material {
  readonly #http: Http;
  /** @internal The ids of files that are uploaded once. */
  readonly files: UploadedFiles;

  constructor(http: Http, keeping: Keeping = keptHere()) {
    this.#http = http;
    const upload = async (type: MediaType, file: Named, about = untitled) => {
      const adding = type === "video" ? this.addVideo(file, about) : this.add(type, file);
      return (await adding).media_id;
    };
    this.files = new UploadedFiles({ isPermanent: true, life: years, upload }, keeping);
  }

  /**
   * The media id of a file, which is added once for each content and account; a video with its title.
   * An account has a limited number of them, and the store remembers: a RedisStore outlives the
   * process. Rejects with a WechatError `WX_MEDIA`, before a byte is sent, for one that WeChat does not take.
   */
  async idOf(
    type: MediaType,
    file: FileInput,
    description?: { readonly title: string; readonly introduction: string },
  ): Promise<string> {
    checkMediaType("material.idOf", type, file);
    return this.files.idOf(type, file, type === "video" ? (description ?? untitled) : undefined);
  }

  /**
   * Adds a file: an image of 10 MB, a voice of 2 MB and 60 seconds (MP3, WMA, WAV, AMR), or a thumb of
   * 64 KB (JPG). Source: 「新增永久素材」.
   */
  async add(type: Exclude<MediaType, "video">, file: FileInput): Promise<UploadedMaterial> {
    checkMediaType("material.add", type, file);
    return this.#http.upload("/cgi-bin/material/add_material", file, { query: { type } });
  }

  /** Adds a video of 10 MB (MP4) with its title. Source: 「新增永久素材」. */
  addVideo(
    file: FileInput,
    description: { readonly title: string; readonly introduction: string },
  ): Promise<UploadedMaterial> {
    return this.#http.upload("/cgi-bin/material/add_material", file, {
      query: { type: "video" },
      fields: { description: JSON.stringify(description) },
    });
  }

  /**
   * Uploads a picture of 1 MB (JPG, PNG) for use in articles and resolves to its address; it does not
   * count as material. Source: 「上传图文消息内的图片获取URL」.
   */
  async uploadArticleImage(file: FileInput): Promise<string> {
    const { url } = await this.#http.upload<{ url: string }>("/cgi-bin/media/uploadimg", file, {
      idempotent: true,
    });
    return url;
  }

  /**
   * A material: a stream, or what describes a video or articles. Source: 「获取永久素材」.
   *
   * ```ts
   * const material = await api.material.get(mediaId);
   * if ("news_item" in material) console.log(material.news_item.length);
   * else if ("down_url" in material) console.log(material.down_url);
   * else material.stream.pipe(response);
   * ```
   */
  get(mediaId: string): Promise<Download | VideoMaterial | ArticleSet> {
    return this.#http.download<VideoMaterial | ArticleSet>("/cgi-bin/material/get_material", {
      method: "POST",
      body: { media_id: mediaId },
      idempotent: true,
    });
  }

  /** Deletes a material for good. Source: 「删除永久素材」. */
  delete(mediaId: string): Promise<Done> {
    return this.#http.post("/cgi-bin/material/del_material", { media_id: mediaId });
  }

  /** How many there are of each kind, with those of the console. Source: 「获取素材总数」. */
  count(): Promise<MaterialCount> {
    return this.#http.get("/cgi-bin/material/get_materialcount");
  }

  /** One page of a kind. Source: 「获取素材列表」. */
  list<T extends Spelt<keyof MaterialMap>["out"]>(
    type: T,
    { offset = 0, count = 20 }: PageQuery = {},
  ): Promise<ListPage<MaterialMap[T]>> {
    const body = { type, offset, count };
    return this.#http.post("/cgi-bin/material/batchget_material", body, { idempotent: true });
  }

  /** All of a kind, one by one; do not delete while reading. Source: 「获取素材列表」. */
  all<T extends Spelt<keyof MaterialMap>["out"]>(
    type: T,
  ): AsyncGenerator<MaterialMap[T], void, undefined> {
    return items((offset, count) => this.list(type, { offset, count }));
  }
}
