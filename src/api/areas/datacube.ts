import type { Spelt } from "../../spelling.js";
import type { Http } from "../transport/http.js";
import {
  type PublishedStatistics,
  type PublishedStatisticsMap,
  withPositions,
} from "./published-statistics.js";

type Day = {
  /** `YYYY-MM-DD`. */
  readonly ref_date: string;
};

type Hour = Day & {
  /** 0 to 2300, in steps of 100. */
  readonly ref_hour: number;
};

type Reads = {
  readonly int_page_read_user: number;
  readonly int_page_read_count: number;
  readonly ori_page_read_user: number;
  readonly ori_page_read_count: number;
  readonly share_user: number;
  readonly share_count: number;
  readonly add_to_fav_user: number;
  readonly add_to_fav_count: number;
};

type Article = Day & {
  /** `msg_data_id` of the mass sending, `_`, and the article from 1. */
  readonly msgid: string;
  readonly title: string;
};

type Shares = {
  readonly share_scene: number;
  readonly share_count: number;
  readonly share_user: number;
};

type Upstream = {
  /** 1 text, 2 image, 3 voice, 4 video, 6 link. */
  readonly msg_type: number;
  readonly msg_user: number;
  readonly msg_count: number;
};

type Spread = {
  /** Messages of one user: 0 none, 1 to 5, 2 to 10, 3 more. */
  readonly count_interval: number;
  readonly msg_user: number;
};

type Calls = {
  readonly callback_count: number;
  readonly fail_count: number;
  /** Milliseconds. */
  readonly total_time_cost: number;
  /** Milliseconds. */
  readonly max_time_cost: number;
};

/** The statistics by WeChat's names, with the items of each; the comment is the longest span in days. */
export interface DatacubeMap {
  /** 7 */
  getusersummary: Day & {
    readonly user_source: number;
    readonly new_user: number;
    readonly cancel_user: number;
  };
  /** 7 */
  getusercumulate: Day & { readonly cumulate_user: number };
  /**
   * 1
   * @deprecated Discontinued; use `published("getarticleread", …)` and `published("getarticleshare", …)`.
   */
  getarticlesummary: Article & Reads;
  /**
   * 1
   * @deprecated Discontinued; use `published("getarticletotaldetail", …)`.
   */
  getarticletotal: Article & {
    readonly details: readonly (Reads & {
      readonly stat_date: string;
      readonly target_user: number;
    })[];
  };
  /**
   * 3
   * @deprecated Discontinued; use `published("getbizsummary", …)`.
   */
  getuserread: Day & Reads & { readonly user_source?: number };
  /**
   * 1
   * @deprecated Discontinued; `published("getarticleread", …)` has days, not hours.
   */
  getuserreadhour: Hour & Reads & { readonly user_source?: number };
  /**
   * 7
   * @deprecated Discontinued; use `published("getbizsummary", …)`.
   */
  getusershare: Day & Shares;
  /**
   * 1
   * @deprecated Discontinued; `published("getarticleshare", …)` has days, not hours.
   */
  getusersharehour: Hour & Shares;
  /** 7 */
  getupstreammsg: Day & Upstream;
  /** 1 */
  getupstreammsghour: Hour & Upstream;
  /** 30; 1 in newer documents. */
  getupstreammsgweek: Day & Upstream;
  /** 30; 1 in newer documents. */
  getupstreammsgmonth: Day & Upstream;
  /** 15 */
  getupstreammsgdist: Day & Spread;
  /** 30; 15 in newer documents. */
  getupstreammsgdistweek: Day & Spread;
  /** 30; 15 in newer documents. */
  getupstreammsgdistmonth: Day & Spread;
  /** 30 */
  getinterfacesummary: Day & Calls;
  /** 1 */
  getinterfacesummaryhour: Hour & Calls;
  /** Cards (legacy). */
  getcardbizuininfo: Readonly<Record<string, string | number>>;
  /** Cards (legacy). */
  getcardcardinfo: Readonly<Record<string, string | number>>;
  /** Cards (legacy). */
  getcardmembercardinfo: Readonly<Record<string, string | number>>;
  /** Cards (legacy). */
  getcardmembercarddetail: Readonly<Record<string, string | number>>;
}

/** What WeChat has discontinued, though it still answered in 2026. */
type Discontinued =
  | "getarticlesummary"
  | "getarticletotal"
  | "getuserread"
  | "getuserreadhour"
  | "getusershare"
  | "getusersharehour";

/** A span of whole days, `YYYY-MM-DD`; the last is yesterday at the latest. */
export interface DateSpan {
  readonly begin_date: string;
  readonly end_date: string;
}

/** Statistics (数据统计), ready at about eight the next morning in China. */
export class Datacube {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** @deprecated WeChat has discontinued it; DatacubeMap names what replaces it: see `published()`. */
  get<K extends Discontinued>(name: K, span: DateSpan): Promise<readonly DatacubeMap[K][]>;
  /**
   * The items of one statistic over some days, since 2014-12-01. WeChat refuses a span that is too long
   * with 61501, and a wrong date with 61500. Source: 「数据统计」, one page per name.
   *
   * ```ts
   * const days = { begin_date: "2014-12-02", end_date: "2014-12-07" };
   * for (const day of await api.datacube.get("getusersummary", days)) console.log(day.new_user);
   * ```
   */
  get<K extends keyof DatacubeMap>(
    name: K,
    span: DateSpan & Readonly<Record<string, unknown>>,
  ): Promise<readonly DatacubeMap[K][]>;
  async get<K extends keyof DatacubeMap>(
    name: K,
    span: DateSpan,
  ): Promise<readonly DatacubeMap[K][]> {
    const { list } = await this.#http.post<{ list?: DatacubeMap[K][] }>(`/datacube/${name}`, span, {
      idempotent: true,
    });
    return list ?? [];
  }

  /**
   * The items of one statistic of published content over some days since 2025-11-01, and whether they are final.
   * Source: 「获取发表内容每日阅读数据」, 「获取发表内容每日分享数据」, 「获取发表内容概况总数据」,
   * 「获取发表内容发表详细数据」.
   *
   * ```ts
   * const day = { begin_date: "2026-10-01", end_date: "2026-10-01" };
   * const { list, is_delay } = await api.datacube.published("getarticleread", day);
   * for (const { msgid, detail } of list) console.log(msgid, detail.read_user, is_delay);
   * ```
   */
  async published<K extends Spelt<keyof PublishedStatisticsMap>["out"]>(
    name: K,
    span: DateSpan,
  ): Promise<PublishedStatistics<K>> {
    const { list, is_delay } = await this.#http.post<Partial<PublishedStatistics<K>>>(
      `/datacube/${name}`,
      span,
      { idempotent: true },
    );
    return { list: withPositions(list ?? []), is_delay: is_delay ?? false };
  }
}
