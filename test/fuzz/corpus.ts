import { readdirSync, readFileSync } from "node:fs";

/** Every sample of WeChat's documents and the replies: what mutations start from. */
export const documents: readonly string[] = ["messages", "events", "replies"].flatMap((folder) =>
  readdirSync(`test/fixtures/${folder}`)
    .sort()
    .map((file) => readFileSync(`test/fixtures/${folder}/${file}`, "utf8")),
);

/** Those that WeChat pushes. */
export const pushes: readonly string[] = ["messages", "events"].flatMap((folder) =>
  readdirSync(`test/fixtures/${folder}`)
    .sort()
    .map((file) => readFileSync(`test/fixtures/${folder}/${file}`, "utf8").trim()),
);

/** Names of elements that WeChat uses. */
export const elementNames: readonly string[] = [
  ...new Set(
    documents.flatMap((source) => [...source.matchAll(/<(\w+)>/g)].map((match) => match[1] ?? "")),
  ),
].sort();

/** Values that programs have fallen over before. */
export const nasty: readonly string[] = [
  "",
  " ",
  "0",
  "-1",
  "NaN",
  "1e999",
  "-0",
  "0x10",
  "9007199254740993",
  "99999999999999999999999999",
  "1.7976931348623157e309",
  "null",
  "undefined",
  "true",
  "[object Object]",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "then",
  "event",
  "text",
  "subscribe",
  "CLICK",
  "qrscene_",
  "qrscene_%E4%BD%A0",
  "last_trade_no_1",
  "继续",
  "]]>",
  "]]",
  "<![CDATA[",
  "<xml>",
  "</xml>",
  "&lt;",
  "&amp;",
  "&#0;",
  "&#xD800;",
  "&#1114112;",
  "&nbsp;",
  "&x;",
  "<!--",
  "-->",
  "<!-- -- -->",
  "<?xml version='1.0'?>",
  "<?php ?>",
  '<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
  '<!DOCTYPE lolz [<!ENTITY l "l"><!ENTITY m "&l;&l;&l;&l;">]>',
  "\u0000",
  "\u0008",
  "\ufffe",
  "\uffff",
  "\ufeff",
  "\ud800",
  "\udfff",
  "\r\n",
  "\u2028",
  "\u202e",
  "\u00a0",
  "\u3000",
  "👩‍👩‍👧‍👧",
  "a\u0301\u0301\u0301\u0301\u0301\u0301",
  '<a href="https://example.com/?a=1&b=2">x</a>',
  "<a <a <a <a",
  "../../../../etc/passwd",
  "%00",
  "%0d%0aSet-Cookie: x=1",
  "'; DROP TABLE users; --",
  "{{7*7}}",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
];

/** What stands for an API's answer, by what calls it. */
export const answers: readonly object[] = [
  { errcode: 0, errmsg: "ok" },
  { errcode: 40001, errmsg: "invalid credential, access_token is invalid or not latest" },
  { errcode: 45009, errmsg: "reach max api daily quota limit rid: 5f-1" },
  { access_token: "ACCESS", expires_in: 7200 },
  { errcode: 0, errmsg: "ok", ticket: "TICKET", expires_in: 7200 },
  {
    subscribe: 1,
    openid: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
    language: "zh_CN",
    subscribe_time: 1382694957,
    unionid: "o6_bmasdasdsad6_2sgVt7hMZOPfL",
    remark: "",
    groupid: 0,
    tagid_list: [128, 2],
    subscribe_scene: "ADD_SCENE_QR_CODE",
    qr_scene: 98765,
    qr_scene_str: "",
  },
  { total: 2, count: 2, data: { openid: ["OPENID1", "OPENID2"] }, next_openid: "" },
  { tags: [{ id: 1, name: "每天一罐可乐星人", count: 0 }] },
  { user_info_list: [{ subscribe: 0, openid: "o1" }] },
  { errcode: 0, errmsg: "send success", msg_id: 34182, msg_data_id: 206227730 },
  { errcode: 0, errmsg: "ok", msgid: "200228332" },
  { type: "image", media_id: "MEDIA", created_at: 123456789 },
  { total_count: 1, item_count: 1, item: [{ media_id: "M", content: { news_item: [] } }] },
  { menu: { button: [{ type: "click", name: "今日歌曲", key: "V1001", sub_button: [] }] } },
  { is_menu_open: 1, selfmenu_info: { button: [{ type: "view", name: "搜索", url: "http://a" }] } },
  { ticket: "gQH47joAAAAAAAAAASxodHRw", expire_seconds: 60, url: "http://weixin.qq.com/q/kZg" },
  { list: [{ ref_date: "2014-12-07", user_source: 0, new_user: 0, cancel_user: 0 }] },
  { ip_list: ["127.0.0.1", "101.226.103.0/25"] },
  { kf_list: [{ kf_account: "test1@test", kf_nick: "ntest1", kf_id: "1001" }] },
  {
    access_token: "USER",
    expires_in: 7200,
    refresh_token: "REFRESH",
    openid: "oAlice",
    scope: "snsapi_userinfo",
    unionid: "uAlice",
  },
  {
    openid: "oAlice",
    nickname: "爱丽丝",
    sex: 2,
    province: "",
    city: "",
    country: "",
    headimgurl: "https://thirdwx.qlogo.cn/mmopen/x/46",
    privilege: ["chinaunicom"],
  },
];
