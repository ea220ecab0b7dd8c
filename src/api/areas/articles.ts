import { ConfigError } from "../../errors.js";
import { kindOf } from "../../options.js";

/** One article of a draft (草稿). Source: 「新建草稿」. */
export interface DraftArticle {
  /** `news` (图文消息, the default) or `newspic` (图片消息). */
  readonly article_type?: "news" | "newspic";
  /** At most 32 characters. */
  readonly title: string;
  /** At most 16 characters. */
  readonly author?: string;
  /** At most 128 characters; by default the beginning of `content`. */
  readonly digest?: string;
  /** HTML of less than 20,000 characters, with pictures from `material.uploadArticleImage()` only; of `newspic`, text. */
  readonly content: string;
  readonly content_source_url?: string;
  /** A permanent picture; `news` needs it. */
  readonly thumb_media_id?: string;
  readonly need_open_comment?: 0 | 1;
  readonly only_fans_can_comment?: 0 | 1;
  /** `X1_Y1_X2_Y2`, parts of 1. */
  readonly pic_crop_235_1?: string;
  readonly pic_crop_1_1?: string;
  /** The pictures of a `newspic`, at most 20; the first is the cover. */
  readonly image_info?: { readonly image_list: readonly { readonly image_media_id: string }[] };
  readonly cover_info?: {
    readonly crop_percent_list: readonly {
      readonly ratio: "1_1" | "16_9" | "2.35_1";
      readonly x1: string;
      readonly y1: string;
      readonly x2: string;
      readonly y2: string;
    }[];
  };
  readonly product_info?: {
    /** By `drafts.productCard()`. */
    readonly footer_product_info: { readonly product_key: string };
  };
}

/** An article as WeChat stores it, with the address where it can be read. */
export interface StoredArticle extends DraftArticle {
  readonly url: string;
  readonly thumb_url?: string;
  /** Of published articles. */
  readonly is_deleted?: boolean;
  /** Of old permanent articles. */
  readonly show_cover_pic?: 0 | 1;
}

/** Articles as one gives them: a list, one alone, or as WeChat's documents write it. */
export type ArticlesInput<T> = T | readonly T[] | { readonly articles: T | readonly T[] };

/** The list of articles, however it was given. Throws a ConfigError. */
export function articlesOf<T extends object>(given: ArticlesInput<T>, whose: string): readonly T[] {
  const inner = isObject(given) && "articles" in given ? given.articles : given;
  const list = (Array.isArray(inner) ? inner : [inner]) as readonly T[];
  const wrong = list.findIndex((article) => !isObject(article));
  if (list.length > 0 && wrong < 0) return list;
  throw new ConfigError(
    `${whose} takes a list of articles, such as [{ title: "…", content: "…" }], got ${list.length === 0 ? "an empty one" : `one with ${kindOf(list[wrong])}`}.`,
  );
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The articles that are published or stored as one. */
export interface ArticleSet {
  readonly news_item: readonly StoredArticle[];
}

/** Which part of a list. */
export interface PageQuery {
  /** From 0. */
  readonly offset?: number;
  /** 1 to 20, the default. */
  readonly count?: number;
}

/** A part of a list. */
export interface ListPage<T> {
  readonly total_count: number;
  readonly item_count: number;
  readonly item: readonly T[];
}
