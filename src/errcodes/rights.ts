import { placeWas } from "../places.js";
import type { CodeTable } from "./code-table.js";

const permissions = placeWas("permissions", "en");
const permissionsZh = placeWas("permissions", "zh");

/** What the account or the user may do, or has switched off. Source: 「全局返回码」 and the pages of the single calls. */
export const rightsCodes: CodeTable = {
  40200: [
    "账号类型不符合要求",
    "The call is for another kind of account.",
    "这个接口要求别的账号类型。",
  ],
  43004: ["需要接收者关注", "The receiver must be a follower.", "接收者必须先关注。"],
  43005: ["需要好友关系", "The receiver must be a follower.", "接收者必须先关注。"],
  43019: [
    "需要将接收者从黑名单中移除",
    "The receiver is on the blacklist.",
    "接收者在黑名单里，先移出来。",
  ],
  43100: [
    "行业每月只能改一次",
    "The lines of business can be changed once a month.",
    "行业每月只能改一次。",
  ],
  43101: [
    "用户拒绝接受消息",
    "The user does not want these messages; do not send them again.",
    "用户不想收这类消息，不要再发。",
  ],
  43116: [
    "模板被限制下发",
    "WeChat has limited the template; use another one.",
    "模板被微信限制了，换一个模板。",
  ],
  45062: [
    "已接广告，不支持 api 群发",
    "Send articles with ads by hand on mp.weixin.qq.com.",
    "带广告的内容请在 mp.weixin.qq.com 手动群发。",
  ],
  45113: ["已不支持商品消息与卡券的发表", "Take the product or card out.", "去掉商品或卡券。"],
  48001: [
    "api 功能未授权",
    `This kind of account lacks the call: most need 微信认证, some a 服务号. See ${permissions}.`,
    `这类账号没有这个接口：大多数要微信认证，有些只给服务号。见 ${permissionsZh}。`,
  ],
  48002: [
    "粉丝拒收消息",
    "The user has switched messages off; do not send again.",
    "用户关闭了消息，不要再发。",
  ],
  48003: [
    "用户未同意群发协议",
    "Accept the agreement on mass sending on mp.weixin.qq.com.",
    "请在 mp.weixin.qq.com 同意群发协议。",
  ],
  48004: [
    "api 接口被封禁",
    "The call is banned for this account; see the notices on mp.weixin.qq.com.",
    "这个接口对该账号封禁了，见 mp.weixin.qq.com 的通知。",
  ],
  48005: [
    "api 禁止删除被自动回复和自定义菜单引用的素材",
    "Take the material out of the automatic replies and the menu first.",
    "先从自动回复和自定义菜单里去掉这个素材。",
  ],
  48008: ["没有该类型消息的发送权限", "Send a message of another type.", "换一种消息类型。"],
  48009: ["api 已过期"],
  48010: ["素材不允许修改"],
  48011: ["模板已停用"],
  48012: ["无效的 token"],
  48013: ["该视频非新接口上传，不能用于视频消息群发"],
  48014: ["该视频审核状态异常"],
  48015: ["该账号无留言功能权限"],
  48016: ['该账号不满足智能配置"观看更多"视频条件'],
  48021: [
    "系统自动保存的草稿不允许群发",
    "Save the draft by hand on mp.weixin.qq.com once.",
    "先在 mp.weixin.qq.com 手动保存一次草稿。",
  ],
  48022: [
    "api 上传的视频不允许用 api 发表",
    "Publish the video by hand on mp.weixin.qq.com.",
    "请在 mp.weixin.qq.com 手动发表这个视频。",
  ],
  49003: [
    "传入的 openid 不属于此 AppID",
    "The OpenID is of another account.",
    "这个 openid 属于别的账号。",
  ],
  50001: ["用户未授权该 api", "Ask the user for authorisation again.", "请用户重新授权。"],
  50002: [
    "用户受限，可能被封禁，或者账号冻结、注销",
    "The user is limited, or the account is frozen or closed; do not repeat.",
    "用户受限，或者账号被冻结、注销；不要重试。",
  ],
  50005: ["用户未关注公众号", "The user is no follower.", "用户没有关注。"],
  70000: [
    "为保护未成年人权益，该条消息发送失败",
    "WeChat protects minors from this message; do not repeat.",
    "微信为保护未成年人没有发出，不要重试。",
  ],
  88000: [
    "没有留言权限",
    "The account has no comments (留言); not every verified account has.",
    "该账号没有留言功能；不是每个认证账号都有。",
  ],
};
