import { type Endpoint, ok } from "./endpoint.js";

const openids = { count: 2, data: { openid: ["A", "B"] }, next_openid: "B" };
const follower = { subscribe: 1, openid: "A", subscribe_time: 1382694957, tagid_list: [128, 2] };
const ticket = { ticket: "gQH4", expire_seconds: 60, url: "http://weixin.qq.com/q/kZgf" };
const qrcode = "/cgi-bin/qrcode/create";

/** Reference 8.10 to 8.12. */
export const people: readonly Endpoint[] = [
  {
    call: (api) => api.users.get("A"),
    method: "GET",
    path: "/cgi-bin/user/info",
    query: { openid: "A", lang: "zh_CN" },
    answer: follower,
  },
  {
    call: (api) => api.users.batch(["A", "B"], "en"),
    method: "POST",
    path: "/cgi-bin/user/info/batchget",
    body: {
      user_list: [
        { openid: "A", lang: "en" },
        { openid: "B", lang: "en" },
      ],
    },
    answer: { user_info_list: [follower, { subscribe: 0, openid: "B" }] },
    result: [follower, { subscribe: 0, openid: "B" }],
  },
  {
    call: (api) => api.users.list("A"),
    method: "GET",
    path: "/cgi-bin/user/get",
    query: { next_openid: "A" },
    answer: { total: 2, ...openids },
  },
  {
    call: (api) => api.users.setRemark("A", "pangzi"),
    method: "POST",
    path: "/cgi-bin/user/info/updateremark",
    body: { openid: "A", remark: "pangzi" },
  },
  {
    call: (api) => api.users.changeOpenids("wxOLD", ["A"]),
    method: "POST",
    path: "/cgi-bin/changeopenid",
    body: { from_appid: "wxOLD", openid_list: ["A"] },
    answer: { ...ok, result_list: [{ ori_openid: "A", new_openid: "N", err_msg: "ok" }] },
    result: [{ ori_openid: "A", new_openid: "N", err_msg: "ok" }],
  },
  {
    call: (api) => api.tags.create("广东"),
    method: "POST",
    path: "/cgi-bin/tags/create",
    body: { tag: { name: "广东" } },
    answer: { tag: { id: 134, name: "广东" } },
    result: { id: 134, name: "广东" },
  },
  {
    call: (api) => api.tags.list(),
    method: "GET",
    path: "/cgi-bin/tags/get",
    answer: { tags: [{ id: 2, name: "星标组", count: 0 }] },
    result: [{ id: 2, name: "星标组", count: 0 }],
  },
  {
    call: (api) => api.tags.rename(134, "广东人"),
    method: "POST",
    path: "/cgi-bin/tags/update",
    body: { tag: { id: 134, name: "广东人" } },
  },
  {
    call: (api) => api.tags.delete(134),
    method: "POST",
    path: "/cgi-bin/tags/delete",
    body: { tag: { id: 134 } },
  },
  {
    call: (api) => api.tags.members(134),
    method: "POST",
    path: "/cgi-bin/user/tag/get",
    body: { tagid: 134, next_openid: "" },
    answer: openids,
  },
  {
    call: (api) => api.tags.tag(134, ["A", "B"]),
    method: "POST",
    path: "/cgi-bin/tags/members/batchtagging",
    body: { openid_list: ["A", "B"], tagid: 134 },
  },
  {
    call: (api) => api.tags.untag(134, ["A"]),
    method: "POST",
    path: "/cgi-bin/tags/members/batchuntagging",
    body: { openid_list: ["A"], tagid: 134 },
  },
  {
    call: (api) => api.tags.of("A"),
    method: "POST",
    path: "/cgi-bin/tags/getidlist",
    body: { openid: "A" },
    answer: { tagid_list: [134, 2] },
    result: [134, 2],
  },
  {
    call: (api) => api.blacklist.list("A"),
    method: "POST",
    path: "/cgi-bin/tags/members/getblacklist",
    body: { begin_openid: "A" },
    answer: { total: 2, ...openids },
  },
  {
    call: (api) => api.blacklist.block(["A"]),
    method: "POST",
    path: "/cgi-bin/tags/members/batchblacklist",
    body: { openid_list: ["A"] },
  },
  {
    call: (api) => api.blacklist.unblock(["A"]),
    method: "POST",
    path: "/cgi-bin/tags/members/batchunblacklist",
    body: { openid_list: ["A"] },
  },
  {
    call: (api) => api.qrcode.create({ scene: "test", ttl: 604_800_000 }),
    method: "POST",
    path: qrcode,
    body: {
      expire_seconds: 604800,
      action_name: "QR_STR_SCENE",
      action_info: { scene: { scene_str: "test" } },
    },
    answer: ticket,
  },
  {
    call: (api) => api.qrcode.create({ scene: 123, ttl: 60_000 }),
    method: "POST",
    path: qrcode,
    body: {
      expire_seconds: 60,
      action_name: "QR_SCENE",
      action_info: { scene: { scene_id: 123 } },
    },
    answer: ticket,
  },
  {
    call: (api) => api.qrcode.create({ scene: 100_000 }),
    method: "POST",
    path: qrcode,
    body: { action_name: "QR_LIMIT_SCENE", action_info: { scene: { scene_id: 100_000 } } },
    answer: ticket,
  },
  {
    call: (api) => api.qrcode.create({ scene: "店" }),
    method: "POST",
    path: qrcode,
    body: { action_name: "QR_LIMIT_STR_SCENE", action_info: { scene: { scene_str: "店" } } },
    answer: ticket,
  },
  {
    call: (api) =>
      api.qrcode.createRaw({
        action_name: "QR_SCENE",
        expire_seconds: 60,
        action_info: { scene: { scene_id: 1 } },
      }),
    method: "POST",
    path: qrcode,
    body: {
      action_name: "QR_SCENE",
      expire_seconds: 60,
      action_info: { scene: { scene_id: 1 } },
    },
    answer: ticket,
  },
  {
    call: (api) => api.shortKeys.create("loooooong data", 86_400_000),
    method: "POST",
    path: "/cgi-bin/shorten/gen",
    body: { long_data: "loooooong data", expire_seconds: 86400 },
    answer: { ...ok, short_key: "iTqRJFSEqk9RvPk" },
    result: "iTqRJFSEqk9RvPk",
  },
  {
    call: (api) => api.shortKeys.get("iTqRJFSEqk9RvPk"),
    method: "POST",
    path: "/cgi-bin/shorten/fetch",
    body: { short_key: "iTqRJFSEqk9RvPk" },
    answer: { long_data: "loooooong data", create_time: 1611047541, expire_seconds: 86300 },
  },
];
