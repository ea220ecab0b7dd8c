import type { Done, Http } from "../transport/http.js";
import { type WireId, wireId } from "../transport/json.js";

/** An article of a mass message. */
export interface CommentedArticle {
  /** What the mass sending gave. */
  readonly msg_data_id: string;
  /** The article, from 0, the default. */
  readonly index?: number;
}

/** A comment of an article. */
export interface CommentTarget extends CommentedArticle {
  readonly user_comment_id: WireId;
}

/** What a reader wrote, and the account's answer. */
export interface Comment {
  readonly user_comment_id: string;
  readonly openid: string;
  readonly create_time: number;
  readonly content: string;
  /** 1 when it was picked (精选). */
  readonly comment_type: number;
  readonly reply?: { readonly content: string; readonly create_time: number };
}

/** A page of comments. */
export interface CommentPage {
  readonly total: number;
  readonly comment: readonly Comment[];
}

/** Comments on mass-sent articles (图文消息留言管理). 88000: the account has no comments. */
export class Comments {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Opens an article to comments. Source: 「打开已群发文章评论」. */
  open(article: CommentedArticle): Promise<Done> {
    return this.#post("open", article);
  }

  /** Closes an article to comments. Source: 「关闭已群发文章评论」. */
  close(article: CommentedArticle): Promise<Done> {
    return this.#post("close", article);
  }

  /**
   * A page of comments, less than 50, from `begin`; `type` 0 is all, 1 the ordinary, 2 the picked
   * ones. Source: 「查看指定文章的评论数据」.
   */
  list(
    query: CommentedArticle & {
      readonly begin?: number;
      readonly count?: number;
      readonly type?: 0 | 1 | 2;
    },
  ): Promise<CommentPage> {
    const { begin = 0, count = 49, type = 0 } = query;
    return this.#post("list", { ...query, begin, count, type });
  }

  /** All comments of an article, one by one. Source: 「查看指定文章的评论数据」. */
  async *all(
    query: CommentedArticle & { readonly type?: 0 | 1 | 2 },
  ): AsyncGenerator<Comment, void, undefined> {
    let begin = 0;
    for (;;) {
      const { total, comment = [] } = await this.list({ ...query, begin });
      yield* comment;
      begin += comment.length;
      if (comment.length === 0 || begin >= total) return;
    }
  }

  /** Picks a comment (精选). Source: 「将评论标记精选」. */
  pick(comment: CommentTarget): Promise<Done> {
    return this.#post("markelect", comment);
  }

  /** Picks a comment no longer. Source: 「将评论取消精选」. */
  unpick(comment: CommentTarget): Promise<Done> {
    return this.#post("unmarkelect", comment);
  }

  /** Deletes a comment. Source: 「删除评论」. */
  delete(comment: CommentTarget): Promise<Done> {
    return this.#post("delete", comment, false);
  }

  /** Answers a comment. Source: 「回复评论」. */
  reply(comment: CommentTarget, content: string): Promise<Done> {
    return this.#post("reply/add", { ...comment, content }, false);
  }

  /** Deletes the answer to a comment. Source: 「删除回复」. */
  deleteReply(comment: CommentTarget): Promise<Done> {
    return this.#post("reply/delete", comment, false);
  }

  #post<T>(
    action: string,
    { msg_data_id, index = 0, user_comment_id, ...rest }: CommentBody,
    idempotent = true,
  ): Promise<T> {
    const target =
      user_comment_id === undefined ? {} : { user_comment_id: wireId(user_comment_id) };
    const body = { msg_data_id: wireId(msg_data_id), index, ...target, ...rest };
    return this.#http.post(`/cgi-bin/comment/${action}`, body, { idempotent });
  }
}

interface CommentBody extends CommentedArticle {
  readonly user_comment_id?: WireId;
  readonly content?: string;
  readonly begin?: number;
  readonly count?: number;
  readonly type?: number;
}
