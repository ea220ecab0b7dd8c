import type { Http } from "../transport/http.js";

/** Which days, and which page of the list. */
export interface PublisherQuery {
  /** `YYYY-MM-DD`. */
  readonly start_date: string;
  /** `YYYY-MM-DD`. */
  readonly end_date: string;
  /** From 1, the default. */
  readonly page?: number;
  /** Default: 10. */
  readonly page_size?: number;
}

interface Shown {
  readonly exposure_count: number;
  readonly click_count: number;
  readonly click_rate: number;
}

/** Requests for ads, and what they earned. */
export interface AdNumbers extends Shown {
  readonly req_succ_count: number;
  readonly exposure_rate: number;
  /** Money, in fen (分) as far as is known: WeChat's page could not be read. */
  readonly income: number;
  /** Money for a thousand exposures, in the same unit. */
  readonly ecpm: number;
}

/** The numbers of one place for ads on one day. */
export interface AdSlotDay extends AdNumbers {
  readonly slot_id: string;
  /** Such as `SLOT_ID_BIZ_BOTTOM`. */
  readonly ad_slot: string;
  readonly date: string;
}

/** Goods that were shown, and what they earned. */
export interface CpsNumbers extends Shown {
  readonly order_count: number;
  readonly order_rate: number;
  /** Money, in fen (分) as far as is known. */
  readonly total_fee: number;
  /** Money, in the same unit. */
  readonly total_commission: number;
}

/** The numbers of goods on one day. */
export interface CpsDay extends CpsNumbers {
  readonly date: string;
}

/** One half of a month, settled. */
export interface Settlement {
  readonly date: string;
  readonly zone: string;
  /** `YYYYMM`. */
  readonly month: string;
  /** 1 the first half, 2 the second. */
  readonly order: number;
  readonly sett_status: number;
  /** Money, in fen (分) as far as is known. */
  readonly settled_revenue: number;
  readonly sett_no: string;
  readonly mail_send_cnt: string;
  readonly slot_revenue: readonly {
    readonly slot_id: string;
    /** Money, in the same unit. */
    readonly slot_settled_revenue: number;
  }[];
}

/** A page of days, with the sums of all. */
export interface PublisherPage<T, S> {
  readonly list: readonly T[];
  readonly summary: S;
  readonly total_num: number;
}

/** A page of settlements; money in fen (分) as far as is known. */
export interface SettlementPage {
  /** Who is paid. */
  readonly body: string;
  readonly penalty_all: number;
  readonly revenue_all: number;
  readonly settled_revenue_all: number;
  readonly settlement_list: readonly Settlement[];
  readonly total_num: number;
}

/** What the account earns with ads (流量主). */
export class Publisher {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The places for ads, day by day; one of them with `ad_slot`. Source: 「广告数据分析接口说明」. */
  adSlots(
    query: PublisherQuery & { readonly ad_slot?: string },
  ): Promise<PublisherPage<AdSlotDay, AdNumbers>> {
    return this.#stat("publisher_adpos_general", query);
  }

  /** Goods (返佣商品), day by day. Source: 「广告数据分析接口说明」. */
  cps(query: PublisherQuery): Promise<PublisherPage<CpsDay, CpsNumbers>> {
    return this.#stat("publisher_cps_general", query);
  }

  /** What was paid out. Source: 「广告数据分析接口说明」. */
  settlements(query: PublisherQuery): Promise<SettlementPage> {
    return this.#stat("publisher_settlement", query);
  }

  async #stat<T>(action: string, query: PublisherQuery): Promise<T> {
    const { base_resp: _, ...answer } = await this.#http.get<{ base_resp?: unknown }>(
      "/publisher/stat",
      { query: { action, page: 1, page_size: 10, ...query } },
    );
    return answer as T;
  }
}
