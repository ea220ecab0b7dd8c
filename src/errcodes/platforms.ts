import type { CodeTable } from "./code-table.js";

/** Codes that only third-party platforms (第三方平台) get. Source: their pages, and lists of other libraries. */
export const platformCodes: CodeTable = {
  41018: ["缺少 component_appid", "Send the component_appid.", "调用时要带 component_appid。"],
  61003: [
    "账号未授权给第三方平台",
    "Let the account authorise the platform.",
    "请账号先授权给该平台。",
  ],
  61004: [
    "第三方平台的调用地址没有登记",
    "Add this server's address to the platform's own list of addresses; it is not the account's whitelist.",
    "把本机的出口地址加进第三方平台自己的白名单，不是账号的白名单。",
  ],
  61005: [
    "component_verify_ticket 已过期",
    "Use the newest ticket; one comes every ten minutes.",
    "用最新的 ticket，每十分钟推送一次。",
  ],
  61006: [
    "component_verify_ticket 无效",
    "Use the newest ticket; one comes every ten minutes.",
    "用最新的 ticket，每十分钟推送一次。",
  ],
  61007: [
    "接口未授权给第三方平台",
    "The account must grant the 权限集 that this call needs.",
    "账号要授权这个接口所在的权限集。",
  ],
  61009: ["授权码无效", "Let the account authorise the platform again.", "请账号重新授权。"],
  61010: ["授权码已过期", "Let the account authorise the platform again.", "请账号重新授权。"],
  61011: ["无效的第三方平台", "Check the component_appid.", "请检查 component_appid。"],
  61012: ["选项名称无效"],
  61013: ["选项值无效"],
  61014: [
    "应当使用第三方平台的 token",
    "Call it with the component_access_token.",
    "改用 component_access_token。",
  ],
  61015: [
    "应当使用账号的 token",
    "Call it with the authorizer_access_token.",
    "改用 authorizer_access_token。",
  ],
  61016: [
    "权限集需要第三方平台确认",
    "Confirm the 权限集 for this account.",
    "请确认该账号的权限集。",
  ],
  61017: [
    "权限集未授权",
    "The account must grant the 权限集 that this call needs.",
    "账号要授权这个接口所在的权限集。",
  ],
  61023: [
    "refresh_token 无效",
    "Let the account authorise the platform again.",
    "请账号重新授权。",
  ],
  61028: ["第三方平台未全网发布"],
  61029: ["第三方平台需要重新发布"],
  85088: ["该 APP 未开通云开发", "Enable 云开发 for the account first.", "先为该账号开通云开发。"],
};
