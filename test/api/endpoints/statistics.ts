import type { Endpoint } from "./endpoint.js";

const span = { begin_date: "2014-12-02", end_date: "2014-12-02" };
const day = { begin_date: "2026-09-10", end_date: "2026-09-10" };

const datacube = (
  [
    "getusersummary",
    "getusercumulate",
    "getarticlesummary",
    "getarticletotal",
    "getuserread",
    "getuserreadhour",
    "getusershare",
    "getusersharehour",
    "getupstreammsg",
    "getupstreammsghour",
    "getupstreammsgweek",
    "getupstreammsgmonth",
    "getupstreammsgdist",
    "getupstreammsgdistweek",
    "getupstreammsgdistmonth",
    "getinterfacesummary",
    "getinterfacesummaryhour",
    "getcardbizuininfo",
    "getcardcardinfo",
    "getcardmembercardinfo",
    "getcardmembercarddetail",
  ] as const
).map(
  (name): Endpoint => ({
    call: (api) => api.datacube.get(name, span),
    method: "POST",
    path: `/datacube/${name}`,
    body: span,
    answer: { list: [{ ref_date: "2014-12-02" }] },
    result: [{ ref_date: "2014-12-02" }],
  }),
);

/** What WeChat's page shows of an article, with the odd shape that some answers have. */
const progress = {
  stat_date: "2026-09-10",
  read_user: 120,
  read_user_source: [
    { user_count: 120, scene_desc: "全部" },
    { user_count: 80, scene_desc: "公众号消息" },
  ],
  share_user: 4,
  zaikan_user: 2,
  like_user: 9,
  comment_count: 1,
  collection_user: 3,
  praise_money: 600,
  read_subscribe_user: 2,
  read_delivery_rate: 0.4,
  read_finish_rate: 0.6,
  read_avg_activetime: 1.5,
};
const position = { position: 1, rate: 0.3 };
const article = {
  ref_date: "2026-09-10",
  msgid: "2247490098_1",
  publish_type: 0,
  title: "t",
  content_url: "https://mp.weixin.qq.com/s?__biz=B&mid=1&idx=1",
};
const totals = (read_jump_position: unknown) => ({
  list: [{ ...article, detail_list: [{ ...progress, read_jump_position }] }],
  is_delay: false,
});
const ads = {
  req_succ_count: 9,
  exposure_count: 8,
  exposure_rate: 0.9,
  click_count: 1,
  click_rate: 0.1,
  income: 120,
  ecpm: 15,
};
const settlement = {
  date: "2020-03-01",
  zone: "20200301-20200315",
  month: "202003",
  order: 1,
  sett_status: 2,
  settled_revenue: 99,
  sett_no: "N",
  mail_send_cnt: "1",
};
const days = { start_date: "2026-10-01", end_date: "2026-10-07" };
const stat = { method: "GET", path: "/publisher/stat" } as const;
const base_resp = { ret: 0, err_msg: "ok" };

/** Reference 8.15, and chapter 3 of the one of 2026. */
export const statistics: readonly Endpoint[] = [
  ...datacube,
  {
    call: (api) => api.datacube.published("getarticleread", day),
    method: "POST",
    path: "/datacube/getarticleread",
    body: day,
    answer: {
      list: [
        {
          ref_date: "2026-09-10",
          msgid: "2247490098_1",
          detail: { read_user: 1, read_user_source: [{ user_count: 1, scene_desc: "全部" }] },
        },
      ],
      is_delay: true,
    },
  },
  {
    call: (api) => api.datacube.published("getarticleshare", day),
    method: "POST",
    path: "/datacube/getarticleshare",
    body: day,
    answer: {
      list: [{ ref_date: "2026-09-10", msgid: "2247490098_1", detail: { share_user: 4 } }],
      is_delay: false,
    },
  },
  {
    call: (api) => api.datacube.published("getbizsummary", day),
    method: "POST",
    path: "/datacube/getbizsummary",
    body: day,
    answer: { list: [], is_delay: true },
  },
  {
    call: (api) => api.datacube.published("getarticletotaldetail", day),
    method: "POST",
    path: "/datacube/getarticletotaldetail",
    body: day,
    answer: totals([position]),
  },
  {
    call: (api) => api.datacube.published("getarticletotaldetail", day),
    method: "POST",
    path: "/datacube/getarticletotaldetail",
    body: day,
    answer: totals(position),
    result: totals([position]),
  },
  {
    call: (api) => api.publisher.adSlots({ ...days, ad_slot: "SLOT_ID_BIZ_BOTTOM" }),
    ...stat,
    query: {
      action: "publisher_adpos_general",
      page: "1",
      page_size: "10",
      ad_slot: "SLOT_ID_BIZ_BOTTOM",
      ...days,
    },
    answer: {
      base_resp,
      list: [
        { slot_id: 3030046789020061, ad_slot: "SLOT_ID_BIZ_BOTTOM", date: "2026-10-01", ...ads },
      ],
      summary: ads,
      total_num: 1,
    },
    result: {
      list: [
        { slot_id: "3030046789020061", ad_slot: "SLOT_ID_BIZ_BOTTOM", date: "2026-10-01", ...ads },
      ],
      summary: ads,
      total_num: 1,
    },
  },
  {
    call: (api) => api.publisher.cps({ ...days, page: 2, page_size: 90 }),
    ...stat,
    query: { action: "publisher_cps_general", page: "2", page_size: "90", ...days },
    answer: { base_resp, list: [], summary: { total_fee: 0 }, total_num: 0 },
    result: { list: [], summary: { total_fee: 0 }, total_num: 0 },
  },
  {
    call: (api) => api.publisher.settlements(days),
    ...stat,
    query: { action: "publisher_settlement", page: "1", page_size: "10", ...days },
    answer: {
      base_resp,
      body: "某公司",
      settlement_list: [
        {
          ...settlement,
          slot_revenue: [{ slot_id: "3030046789020061", slot_settled_revenue: 34 }],
        },
      ],
    },
    result: {
      body: "某公司",
      settlement_list: [
        {
          ...settlement,
          slot_revenue: [{ slot_id: "3030046789020061", slot_settled_revenue: 34 }],
        },
      ],
    },
  },
];
