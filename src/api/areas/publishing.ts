import type { Done, Http } from "../transport/http.js";
import type { ArticleSet, ListPage, PageQuery } from "./articles.js";
import { items } from "./paging.js";

/** How a publication went: 0 done, 1 in progress, 2 original refused, 3 failed, 4 refused, 5 and 6 deleted. */
export interface PublishState {
  readonly publish_id: string;
  readonly publish_status: number;
  /** When done: what `customerService.sendArticle()` and the menu take. */
  readonly article_id?: string;
  readonly article_detail?: {
    readonly count: number;
    readonly item: readonly { readonly idx: number; readonly article_url: string }[];
  };
  /** The articles that were refused, counted from 1. */
  readonly fail_idx?: readonly number[];
}

/** A publication in a list. */
export interface PublishedArticle {
  readonly article_id: string;
  readonly content: ArticleSet;
  readonly update_time: number;
}

/**
 * Publishing drafts (发布能力): readable by link, not pushed to followers. For verified accounts: in July 2025 WeChat
 * withdrew all five calls from the others, which get 48001; their drafts stay.
 */
export class Publishing {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Publishes a draft. WeChat only accepts the job: the outcome comes as the event PUBLISHJOBFINISH
   * or by `status()`. Source: 「发布接口」.
   */
  submit(
    mediaId: string,
  ): Promise<Done & { readonly publish_id: string; readonly msg_data_id?: string }> {
    return this.#http.post("/cgi-bin/freepublish/submit", { media_id: mediaId });
  }

  /** How a publication goes. Source: 「发布状态轮询接口」. */
  status(publishId: string): Promise<PublishState> {
    const body = { publish_id: publishId };
    return this.#http.post("/cgi-bin/freepublish/get", body, { idempotent: true });
  }

  /** Deletes a publication for good: one article of it, from 1, or all. Source: 「删除发布」. */
  delete(articleId: string, index = 0): Promise<Done> {
    return this.#http.post("/cgi-bin/freepublish/delete", { article_id: articleId, index });
  }

  /** The articles of a publication. Source: 「通过article_id获取已发布文章」. */
  get(articleId: string): Promise<ArticleSet> {
    const body = { article_id: articleId };
    return this.#http.post("/cgi-bin/freepublish/getarticle", body, { idempotent: true });
  }

  /** One page of publications; `no_content: 1` leaves out the text. Source: 「获取成功发布列表」. */
  list(
    query: PageQuery & { readonly no_content?: 0 | 1 } = {},
  ): Promise<ListPage<PublishedArticle>> {
    const { offset = 0, count = 20, no_content = 0 } = query;
    const body = { offset, count, no_content };
    return this.#http.post("/cgi-bin/freepublish/batchget", body, { idempotent: true });
  }

  /** All publications, one by one. Source: 「获取成功发布列表」. */
  all(
    query: { readonly no_content?: 0 | 1 } = {},
  ): AsyncGenerator<PublishedArticle, void, undefined> {
    return items((offset, count) => this.list({ ...query, offset, count }));
  }
}
