import { listOf } from "../transport/json.js";

/** Readers, and where they came from. */
type Readers = {
  /** People who read it: the entry 全部 of `read_user_source`. */
  readonly read_user: number;
  readonly read_user_source: readonly {
    readonly user_count: number;
    /** Such as 全部, 公众号消息, 聊天会话, 朋友圈, 公众号主页, 推荐, 搜一搜, 其他; new ones appear. */
    readonly scene_desc: string;
  }[];
};

type Responses = {
  /** People who shared it. */
  readonly share_user: number;
  /** People who gave 爱心赞 (在看). */
  readonly zaikan_user: number;
  /** People who gave 拇指赞. */
  readonly like_user: number;
  /** Comments. */
  readonly comment_count: number;
  /** People who saved it to 微信收藏. */
  readonly collection_user: number;
};

type Day = {
  /** `YYYY-MM-DD`. */
  readonly ref_date: string;
};

type OfArticle = Day & {
  /** `msg_data_id`, `_`, and the article from 1, such as `2247490098_1`. */
  readonly msgid: string;
};

/** An article's numbers from its publication up to a day, for 30 days at most. Never add them up. */
export interface ArticleProgress extends Readers, Responses {
  /** The last day that is counted, `YYYY-MM-DD`. */
  readonly stat_date: string;
  /** Tips (赞赏), in fen (分). */
  readonly praise_money: number;
  /** People who followed after reading. */
  readonly read_subscribe_user: number;
  /** 送达率. WeChat does not say whether 1 or 100 stands for all. */
  readonly read_delivery_rate: number;
  /** 完成率, in the same unknown unit. */
  readonly read_finish_rate: number;
  /** How long people read, in minutes on average. */
  readonly read_avg_activetime: number;
  /** Where they stopped: `position` 1 is the first fifth of the text, 5 the last; `rate` in the same unknown unit. */
  readonly read_jump_position: readonly { readonly position: number; readonly rate: number }[];
}

/**
 * The statistics of published content (发表内容) by WeChat's names, with the items of each; the comment is the longest
 * span in days. They reach back to 2025-11-01.
 */
export interface PublishedStatisticsMap {
  /** 1 */
  getarticleread: OfArticle & { readonly detail: Readers };
  /** 1 */
  getarticleshare: OfArticle & { readonly detail: Pick<Responses, "share_user"> };
  /** 30. The whole account, one item for each day. */
  getbizsummary: Day & {
    readonly detail: Readers &
      Responses & {
        /** People who opened 阅读原文. */
        readonly redirect_ori_page_user: number;
        /** Articles published. */
        readonly send_page_count: number;
      };
  };
  /** 1, the day of publication, which is `ref_date`. */
  getarticletotaldetail: OfArticle & {
    /** 0 followers were notified (已通知), 1 they were not (未开启通知). */
    readonly publish_type: number;
    readonly title?: string;
    readonly content_url?: string;
    readonly detail_list: readonly ArticleProgress[];
  };
}

/** What `datacube.published()` answers. */
export interface PublishedStatistics<K extends keyof PublishedStatisticsMap> {
  /** Empty when nothing changed that day. */
  readonly list: readonly PublishedStatisticsMap[K][];
  /** Whether the numbers are not final yet: then ask again later. */
  readonly is_delay: boolean;
}

/** The same items, each `read_jump_position` a list: the documents say so, some answers are objects. */
export function withPositions<K extends keyof PublishedStatisticsMap>(
  items: readonly PublishedStatisticsMap[K][],
): readonly PublishedStatisticsMap[K][] {
  return items.map((item) =>
    "detail_list" in item
      ? {
          ...item,
          detail_list: item.detail_list.map((day) => ({
            ...day,
            read_jump_position: listOf(day.read_jump_position),
          })),
        }
      : item,
  );
}
