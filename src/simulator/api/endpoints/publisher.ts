import type { Call, Endpoints, Fields } from "../call.js";

const shown = { exposure_count: 0, click_count: 0, click_rate: 0 };
const ads = { ...shown, req_succ_count: 0, exposure_rate: 0, income: 0, ecpm: 0 };
const goods = { ...shown, order_count: 0, order_rate: 0, total_fee: 0, total_commission: 0 };
const settled = { penalty_all: 0, revenue_all: 0, settled_revenue_all: 0, settlement_list: [] };

const answers: Readonly<Record<string, (call: Call) => Fields>> = {
  publisher_adpos_general: () => ({ list: [], summary: ads, total_num: 0 }),
  publisher_cps_general: () => ({ list: [], summary: goods, total_num: 0 }),
  publisher_settlement: ({ world }) => ({ body: world.account.name, ...settled, total_num: 0 }),
};

/** What ads earn, which is nothing here. They answer `base_resp` instead of `errcode`. Source: 「广告数据分析接口说明」. */
export const publisherEndpoints: Endpoints = {
  "/publisher/stat": {
    method: "GET",
    run(call) {
      const { query } = call;
      const answer = answers[query.get("action") ?? ""];
      const dates = ["start_date", "end_date"].map((name) => query.get(name) ?? "");
      const isDated = dates.every((date) => /^\d{4}-\d\d-\d\d$/.test(date));
      // WeChat's own numbers are not known.
      if (answer === undefined) return { base_resp: { ret: 40035, err_msg: "invalid action" } };
      if (!isDated) return { base_resp: { ret: 40035, err_msg: "invalid date" } };
      return { base_resp: { ret: 0, err_msg: "ok" }, ...answer(call) };
    },
  },
};
