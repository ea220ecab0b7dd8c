import { placeWas } from "../places.js";
import type { CodeTable } from "./code-table.js";

const both = (name: Parameters<typeof placeWas>[0]) =>
  [placeWas(name, "en"), placeWas(name, "zh")] as const;
const [appId, appIdZh] = both("appId");
const [secret, secretZh] = both("appSecret");
const [whitelist, whitelistZh] = both("whitelist");
const [requests, requestsZh] = both("requests");
const [pushes, pushesZh] = both("pushes");

/** Secrets, tokens, addresses and limits. Source: 「全局返回码」 and the pages of the single calls. */
export const credentialCodes: CodeTable = {
  [-1]: ["系统繁忙", "WeChat is busy; try again later, a few times.", "微信繁忙，稍后再试几次。"],
  0: ["请求成功"],
  40001: [
    "AppSecret 错误，或者 access_token 无效、不是最新的",
    "The access token is not valid. Another service may be fetching tokens for this account: let all of them share one store or one token server.",
    "access_token 无效。可能有别的服务也在为这个账号获取 token：让它们共用一个存储或一个中控服务器。",
  ],
  40002: [
    "不合法的凭证类型",
    "The grant_type must be client_credential.",
    "grant_type 必须是 client_credential。",
  ],
  40013: [
    "不合法的 AppID",
    `Compare "appId", its letter case and spaces too, with ${appId}.`,
    `把 appId 与 ${appIdZh} 逐字比较，注意大小写和空格。`,
  ],
  40014: [
    "不合法的 access_token",
    "The access token is not valid; it may be one of another account.",
    "access_token 不合法，也可能是另一个账号的。",
  ],
  40125: [
    "无效的 appsecret",
    `Compare "appSecret" with ${secret}; it may have been reset, which ends the old one at once.`,
    `把 appSecret 与 ${secretZh} 比较；它可能被重置过，重置后旧的立即失效。`,
  ],
  40164: [
    "调用接口的 IP 地址不在白名单中",
    `Add the address that errmsg names to ${whitelist}. It holds for every call, and a change takes some minutes.`,
    `把 errmsg 里的地址加进 ${whitelistZh}。它管住每一个接口，修改几分钟后生效。`,
  ],
  40201: [
    "网络检测：未设置回调 URL",
    `Set the address of the bot in ${pushes} first.`,
    `先在 ${pushesZh} 填好机器人的地址。`,
  ],
  40202: ["网络检测：action 不正确", "See the values that the call takes.", "请核对参数的取值。"],
  40203: [
    "网络检测：运营商参数不正确",
    "The operator must be CHINANET, UNICOM, CAP or DEFAULT.",
    "运营商只能是 CHINANET、UNICOM、CAP 或 DEFAULT。",
  ],
  40243: [
    "AppSecret 已被冻结",
    `Unfreeze the AppSecret (解冻) in ${secret}. It takes ten minutes to work; the secret stays the same.`,
    `在 ${secretZh} 解冻 AppSecret。十分钟后生效，密钥不变。`,
  ],
  41001: [
    "缺少 access_token 参数",
    "The call needs an access token. Within 微信云托管 it needs none once 开放接口服务 is on, for versions that are built after that.",
    "调用时要带 access_token。在微信云托管里，打开“开放接口服务”之后构建的版本不需要带。",
  ],
  41002: ["缺少 appid 参数", "Send the appid.", "调用时要带 appid。"],
  41003: ["缺少 refresh_token 参数", "Send the refresh_token.", "调用时要带 refresh_token。"],
  41004: ["缺少 secret 参数", "Send the secret.", "调用时要带 secret。"],
  42001: [
    "access_token 超时",
    "The access token has expired.",
    "access_token 过期了，换一个新的。",
  ],
  42002: [
    "refresh_token 超时",
    "Send the user through the login again.",
    "让用户重新走一遍网页授权。",
  ],
  42003: [
    "oauth_code 超时",
    "Send the user through the login again.",
    "让用户重新走一遍网页授权。",
  ],
  42007: [
    "用户修改微信密码，accesstoken 和 refreshtoken 失效，需要重新授权",
    "The user changed the password; send the user through the login again.",
    "用户改了微信密码，请让用户重新授权。",
  ],
  40029: [
    "无效的 oauth_code",
    "The code is used, expired, or of another account; send the user through the login again.",
    "code 已用过、已过期或属于别的账号；让用户重新走一遍网页授权。",
  ],
  40030: [
    "不合法的 refresh_token",
    "Send the user through the login again.",
    "让用户重新走一遍网页授权。",
  ],
  40163: [
    "oauth_code 已使用",
    "The code has been used: a page was reloaded or a request repeated. Send the user through the login again.",
    "code 只能用一次：页面被刷新，或请求被重复了。让用户重新走一遍网页授权。",
  ],
  43001: ["需要 GET 请求", "Call it by GET.", "改用 GET。"],
  43002: ["需要 POST 请求", "Call it by POST.", "改用 POST。"],
  43003: ["需要 HTTPS 请求", "Call it by HTTPS.", "改用 HTTPS。"],
  45009: [
    "接口调用超过限制",
    "The day's quota of this call is used up; wait until midnight in China, or call quota.clear(), ten times a month.",
    "这个接口当天的次数用完了；等到北京时间零点，或调用 quota.clear()（每月十次）。",
  ],
  45011: [
    "API 调用太频繁，请稍候再试",
    "Too many calls in this minute; wait for the next.",
    "这一分钟调用太多，等下一分钟。",
  ],
  48006: [
    "api 禁止清零调用次数，因为清零次数达到上限",
    "The ten times of this month are used up; both calls count together.",
    "本月的十次清零已用完；两个清零接口合并计算。",
  ],
  50004: [
    "禁止使用 token 接口",
    "See the notices on mp.weixin.qq.com for why.",
    "原因见 mp.weixin.qq.com 的通知。",
  ],
  50007: [
    "账号已冻结",
    "See the notices on mp.weixin.qq.com for why.",
    "原因见 mp.weixin.qq.com 的通知。",
  ],
  61024: [
    "第三方平台 API 需要使用第三方平台专用 token",
    "Call it with the component_access_token.",
    "改用 component_access_token。",
  ],
  76001: ["rid 不存在", `Look the rid up in ${requests}.`, `也可以在 ${requestsZh} 查询 rid。`],
  76002: [
    "rid 为空或者格式错误",
    "A rid looks like 61725984-6126f6f9-040f19c4.",
    "rid 形如 61725984-6126f6f9-040f19c4。",
  ],
  76003: [
    "当前账号无权查询该 rid",
    "The rid is of another account's call.",
    "这个 rid 属于别的账号的调用。",
  ],
  76004: [
    "rid 过期，仅支持持续 7 天内的 rid",
    "Only rids of the last seven days are kept.",
    "只能查最近七天的 rid。",
  ],
  76021: [
    "cgi_path 填错了",
    "The path begins with / and has no query, such as /cgi-bin/user/info.",
    "路径以 / 开头，不带参数，例如 /cgi-bin/user/info。",
  ],
  76022: [
    "当前调用接口使用的 token 与 api 所属账号不符",
    "The call belongs to another kind of account; those of /sns/ have no quota either.",
    "这个接口属于别的账号类型；/sns/ 的接口也查不到额度。",
  ],
  89501: [
    "此 IP 正在等待管理员确认，请联系管理员",
    "A request to confirm this server's address is open; the administrator must answer it in WeChat.",
    "这个地址的确认请求还在等待，请管理员在微信里确认。",
  ],
  89502: [
    "请耐心等待管理员确认",
    "A request to confirm this server's address is open; the administrator must answer it in WeChat.",
    "这个地址的确认请求还在等待，请管理员在微信里确认。",
  ],
  89503: [
    "此 IP 调用需要管理员确认，请联系管理员",
    "The administrator got a message in WeChat: let him confirm, then call again.",
    "管理员的微信收到了一条消息：请他确认，然后再调用。",
  ],
  89504: [
    "正在等待管理员确认",
    "Wait for the administrator, and do not send it again.",
    "等管理员确认，不要重复发送。",
  ],
  89505: [
    "正在等待管理员确认",
    "The administrator must confirm within 30 minutes, or the sending fails.",
    "管理员要在 30 分钟内确认，否则发送失败。",
  ],
  89506: [
    "24 小时内该 IP 被管理员拒绝调用两次，24 小时内不可再使用该 IP 调用",
    "The administrator refused twice: this address may try again after 24 hours. Talk to him.",
    "管理员拒绝了两次，24 小时后才能再试。请先和管理员沟通。",
  ],
  89507: [
    "1 小时内该 IP 被管理员拒绝调用一次，1 小时内不可再使用该 IP 调用",
    "The administrator refused: this address may try again after an hour. Talk to him.",
    "管理员拒绝了，一小时后才能再试。请先和管理员沟通。",
  ],
};
