import { randomId } from "./account.js";

/** An article as the API has it: `title`, `content`, `thumb_media_id` … */
export type Article = Readonly<Record<string, unknown>>;

/** A draft (草稿). */
export interface SavedDraft {
  readonly mediaId: string;
  readonly articles: readonly Article[];
  /** Seconds. */
  readonly updateTime: number;
}

/** The drafts box (草稿箱), the newest last. */
export class DraftBox {
  readonly #seconds: () => number;
  readonly #drafts = new Map<string, SavedDraft>();

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  save(articles: readonly Article[], mediaId = randomId()): SavedDraft {
    const draft = { mediaId, articles, updateTime: this.#seconds() };
    this.#drafts.set(mediaId, draft);
    return draft;
  }

  get(mediaId: string): SavedDraft | undefined {
    return this.#drafts.get(mediaId);
  }

  delete(mediaId: string): boolean {
    return this.#drafts.delete(mediaId);
  }

  get size(): number {
    return this.#drafts.size;
  }

  [Symbol.iterator](): IterableIterator<SavedDraft> {
    return this.#drafts.values();
  }
}

/** A draft that was published (发布). */
export interface Publication {
  readonly publishId: string;
  readonly articleId: string;
  readonly articles: readonly Article[];
  /** Seconds. */
  readonly updateTime: number;
}

/** What is published. */
export class Publications {
  readonly #seconds: () => number;
  readonly #byArticle = new Map<string, Publication>();
  #last = 100_000_000;

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  publish(articles: readonly Article[]): Publication {
    this.#last += 1;
    const publication = {
      publishId: String(this.#last),
      articleId: randomId("", 43),
      articles,
      updateTime: this.#seconds(),
    };
    this.#byArticle.set(publication.articleId, publication);
    return publication;
  }

  /** By its article_id. */
  find(articleId: string): Publication | undefined {
    return this.#byArticle.get(articleId);
  }

  /** By its publish_id. */
  of(publishId: string): Publication | undefined {
    return [...this.#byArticle.values()].find((one) => one.publishId === publishId);
  }

  /** Marks one article as deleted, counted from 1, or with 0 all of them. */
  delete(publication: Publication, index: number): void {
    this.#byArticle.set(publication.articleId, {
      ...publication,
      articles: publication.articles.map((article, at) =>
        index === 0 || index === at + 1 ? { ...article, is_deleted: true } : article,
      ),
    });
  }

  [Symbol.iterator](): IterableIterator<Publication> {
    return this.#byArticle.values();
  }
}
