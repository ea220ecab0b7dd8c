import type { OutputLanguage } from "./language.js";

/** A place of WeChat's settings: the way to it today, and the way that tutorials and old screens show. */
interface Place {
  readonly now: string;
  readonly before?: string;
}

// In 2025 the settings for developers moved from mp.weixin.qq.com to a site of their own, which shows them to the
// account's administrator and developers. Source: 「开发接口管理」模块升级说明. No other file names a place.
const platform = "微信开发者平台 (developers.weixin.qq.com/platform)";
const account = `${platform} → 我的业务 → 公众号/服务号`;
const tools = `${platform} → 首页 → 开发工具 → 接口中心`;
const pushing = `${account} → 基础信息 → 域名与消息推送配置`;
const features = "微信公众平台 (mp.weixin.qq.com) → 设置与开发 → 账号设置 → 功能设置";
const cloud = "微信云托管控制台";
const sandbox = "测试号管理 (mp.weixin.qq.com/debug/cgi-bin/sandbox?t=sandbox/login)";

const interfaces = "设置与开发 → 开发接口管理";
const basics = `${interfaces} → 基础配置/基本配置`;
const server = `${basics} → 服务器配置`;
const oldFeatures = "设置与开发 → 公众号设置 → 功能设置";

/** Where things are set. */
export const places = {
  /** AppID and AppSecret. */
  credentials: { now: `${account} → 基础信息`, before: basics },
  appId: {
    now: `${account} → 基础信息 → 开发者ID(AppID)`,
    before: `${basics} → 开发者ID(AppID)`,
  },
  appSecret: {
    now: `${account} → 基础信息 → 开发密钥 → 开发者密钥(AppSecret)`,
    before: `${basics} → 开发者密码(AppSecret)`,
  },
  /** The page 「API IP 白名单」 alone has it under 开发信息. */
  whitelist: {
    now: `${account} → 基础信息 → 开发密钥 → API IP 白名单`,
    before: `${basics} → IP白名单`,
  },
  /** What pushes go to, and how they are signed and encrypted. */
  pushes: { now: `${pushing} → 消息推送配置`, before: server },
  url: { now: `${pushing} → 消息推送配置 → URL`, before: `${server} → 服务器地址(URL)` },
  token: { now: `${pushing} → 消息推送配置 → Token`, before: `${server} → 令牌(Token)` },
  encodingAESKey: {
    now: `${pushing} → 消息推送配置 → EncodingAESKey`,
    before: `${server} → 消息加解密密钥(EncodingAESKey)`,
  },
  mode: {
    now: `${pushing} → 消息推送配置 → 消息加解密方式`,
    before: `${server} → 消息加解密方式`,
  },
  /** The old place still exists. */
  jssdkDomain: { now: `${pushing} → JS接口安全域名`, before: `${oldFeatures} → JS接口安全域名` },
  /** Not moved. Shown to verified 服务号 only. */
  loginDomain: { now: `${features} → 网页授权域名`, before: `${oldFeatures} → 网页授权域名` },
  /** Not moved. */
  businessDomain: { now: `${features} → 业务域名`, before: `${oldFeatures} → 业务域名` },
  permissions: {
    now: `${account} → 接口管理 → 接口权限与额度`,
    before: `${interfaces} → 接口权限`,
  },
  voice: {
    now: `${account} → 开放能力 → 接收语音识别结果`,
    before: `${interfaces} → 接口权限 → 接收语音识别结果`,
  },
  oneTime: {
    now: `${account} → 开放能力 → 一次性订阅消息`,
    before: `${interfaces} → 接口权限 → 一次性订阅消息`,
  },
  members: {
    now: `${account} → 基础信息 → 成员管理`,
    before: `${interfaces} → 开发者工具 → Web开发者工具`,
  },
  openPlatform: { now: `${account} → 绑定关系 → 开放平台`, before: basics },
  authorizations: { now: `${account} → 授权关系`, before: "设置与开发 → 账号设置 → 授权管理" },
  monitoring: { now: `${account} → 接口管理 → 接口监控`, before: `${interfaces} → 运维中心` },
  alarms: { now: `${account} → 接口管理 → 接口告警`, before: `${interfaces} → 运维中心` },
  /** Looks a `rid` up. */
  requests: { now: `${tools} → API 诊断`, before: `${interfaces} → 运维中心 → 日志查询` },
  debugging: {
    now: `${tools} → 更多`,
    before: `${interfaces} → 开发者工具 → 在线接口调试工具`,
  },
  /** The account for trying things, which costs nothing. */
  sandbox: { now: sandbox, before: `${interfaces} → 开发者工具 → 公众平台测试帐号` },
  sandboxLogin: { now: `${sandbox} → 体验接口权限表 → 网页帐号 → 修改` },
  /** Where pushes go to a service of 微信云托管, in place of the account's own address. */
  cloudPushes: { now: `${cloud} → 设置 → 全局设置 → 消息推送` },
  /** The paths that a service may call without a token. */
  cloudCalls: { now: `${cloud} → 云调用 → 云调用权限配置` },
} as const satisfies Readonly<Record<string, Place>>;

/** A thing that is set somewhere. */
export type PlaceName = keyof typeof places;

/** The way to a place, for the middle of a sentence. */
export function place(name: PlaceName): string {
  return places[name].now;
}

/** The way to a place and how it was known before, for the end of one. */
export function placeWas(name: PlaceName, language: OutputLanguage): string {
  const { now, before }: Place = places[name];
  if (before === undefined) return now;
  return language === "zh" ? `${now}（原 ${before}）` : `${now} (formerly ${before})`;
}
