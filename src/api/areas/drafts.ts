import { ConfigError } from "../../errors.js";
import type { Done, Http } from "../transport/http.js";
import {
  type ArticleSet,
  type ArticlesInput,
  articlesOf,
  type DraftArticle,
  type ListPage,
  type PageQuery,
} from "./articles.js";
import { items } from "./paging.js";

/** A draft in a list. */
export interface Draft {
  readonly media_id: string;
  readonly content: ArticleSet;
  readonly update_time: number;
}

/** What of a product stands in an article: only what the kind of card needs. */
export interface ProductCard {
  /** For `product_info.footer_product_info` of a `newspic`. */
  readonly product_key?: string;
  /** HTML for the `content` of an article. */
  readonly DOM?: string;
}

/** The drafts box (草稿箱). A draft leaves it when it is published or mass-sent. */
export class Drafts {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Adds a draft of one or more articles. Source: 「新建草稿」. */
  async add(articles: ArticlesInput<DraftArticle>): Promise<{ readonly media_id: string }> {
    const body = { articles: articlesOf(articles, "drafts.add()") };
    return this.#http.post("/cgi-bin/draft/add", body);
  }

  /** Replaces one article of a draft, the first by default (`index` 0). Source: 「修改草稿」. */
  async update(mediaId: string, article: ArticlesInput<DraftArticle>, index = 0): Promise<Done> {
    const [only, ...more] = articlesOf(article, "drafts.update()");
    if (more.length > 0) {
      throw new ConfigError(
        `drafts.update() replaces one article, got ${more.length + 1}. Call it for each, with its index, counted from 0.`,
      );
    }
    const body = { media_id: mediaId, index, articles: only };
    return this.#http.post("/cgi-bin/draft/update", body, { idempotent: true });
  }

  /** The articles of a draft. Source: 「获取草稿」. */
  get(mediaId: string): Promise<ArticleSet> {
    return this.#http.post("/cgi-bin/draft/get", { media_id: mediaId }, { idempotent: true });
  }

  /** Deletes a draft for good. Source: 「删除草稿」. */
  delete(mediaId: string): Promise<Done> {
    return this.#http.post("/cgi-bin/draft/delete", { media_id: mediaId });
  }

  /** How many drafts there are. Source: 「获取草稿总数」. */
  async count(): Promise<number> {
    const { total_count } = await this.#http.get<{ total_count: number }>("/cgi-bin/draft/count");
    return total_count;
  }

  /** One page of drafts; `no_content: 1` leaves out the text. Source: 「获取草稿列表」. */
  list(query: PageQuery & { readonly no_content?: 0 | 1 } = {}): Promise<ListPage<Draft>> {
    const { offset = 0, count = 20, no_content = 0 } = query;
    const body = { offset, count, no_content };
    return this.#http.post("/cgi-bin/draft/batchget", body, { idempotent: true });
  }

  /** All drafts, one by one; do not delete while reading. Source: 「获取草稿列表」. */
  all(query: { readonly no_content?: 0 | 1 } = {}): AsyncGenerator<Draft, void, undefined> {
    return items((offset, count) => this.list({ ...query, offset, count }));
  }

  /**
   * The card of a product of a shop (微信小店) for an article. Cards: 0 large (大卡, `news` only), 1 small (小卡), 2 a
   * link (文字链接), 3 a bar (条卡, `newspic` only). Source: 「获取商品卡片的DOM结构」.
   */
  productCard(
    product: { readonly product_id: string } & (
      | { readonly article_type: "news"; readonly card_type: 0 | 1 | 2 }
      | { readonly article_type: "newspic"; readonly card_type: 1 | 2 | 3 }
    ),
  ): Promise<ProductCard> {
    return this.#http.post("/channels/ec/service/product/getcardinfo", product, {
      idempotent: true,
    });
  }

  /** Whether the drafts box is on (`is_open`). Source: 「MP端开关」. */
  status(): Promise<Done & { readonly is_open?: 0 | 1 }> {
    return this.#http.post(
      "/cgi-bin/draft/switch",
      {},
      { query: { checkonly: 1 }, idempotent: true },
    );
  }

  /** Turns the drafts box on, for good; new accounts have it on. Source: 「MP端开关」. */
  turnOn(): Promise<Done & { readonly is_open?: 0 | 1 }> {
    return this.#http.post("/cgi-bin/draft/switch", {}, { idempotent: true });
  }
}
