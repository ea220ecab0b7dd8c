import type { EventEnvelope } from "../envelope.js";

/** Following, scanning, and where the user is. Source: 「接收事件推送」. */
export interface UserEvents {
  /** 关注. `EventKey` is `qrscene_…` if a QR code with a scene brought the user; `ctx.scene` has it without. */
  subscribe: EventEnvelope<"subscribe"> & { EventKey?: string; Ticket?: string };
  /** 取消关注. A reply cannot reach the user; his data must be deleted. */
  unsubscribe: EventEnvelope<"unsubscribe"> & { EventKey?: string };
  /** 扫描带参数二维码, by a follower. `EventKey` is the scene. */
  SCAN: EventEnvelope<"SCAN"> & { EventKey: string; Ticket: string };
  /** 上报地理位置, on entering the conversation or every five seconds in it. */
  LOCATION: EventEnvelope<"LOCATION"> & {
    Latitude: number;
    Longitude: number;
    Precision: number;
  };
  /** Entering the conversation; left the documents long ago. */
  ENTER: EventEnvelope<"ENTER"> & { EventKey?: string };
  /** Sent by Tencent's debugging tool. */
  debug_demo: EventEnvelope<"debug_demo"> & { debug_str: string };
}

/** What a QR code or bar code held. */
export interface ScanCodeInfo {
  /** Usually `qrcode`. */
  ScanType: string;
  ScanResult: string;
}

/** The pictures that the user sent; each also arrives as an image message. */
export interface SendPicsInfo {
  Count: number;
  PicList: { PicMd5Sum: string }[];
}

/** The place that the user chose; it also arrives as a location message. */
export interface SendLocationInfo {
  /** Latitude. */
  Location_X: number;
  /** Longitude. */
  Location_Y: number;
  Scale: number;
  Label: string;
  Poiname: string;
}

interface Key {
  /** The button's `key`. */
  EventKey: string;
}

/** Taps on the menu. Source: 「自定义菜单 › 事件推送」. */
export interface MenuEvents {
  CLICK: EventEnvelope<"CLICK"> & Key;
  /** `EventKey` is the URL. */
  VIEW: EventEnvelope<"VIEW"> & { EventKey: string; MenuId?: string };
  /** `EventKey` is the mini program's page. */
  view_miniprogram: EventEnvelope<"view_miniprogram"> & { EventKey: string; MenuId?: string };
  scancode_push: EventEnvelope<"scancode_push"> & Key & { ScanCodeInfo: ScanCodeInfo };
  scancode_waitmsg: EventEnvelope<"scancode_waitmsg"> & Key & { ScanCodeInfo: ScanCodeInfo };
  pic_sysphoto: EventEnvelope<"pic_sysphoto"> & Key & { SendPicsInfo: SendPicsInfo };
  pic_photo_or_album: EventEnvelope<"pic_photo_or_album"> & Key & { SendPicsInfo: SendPicsInfo };
  pic_weixin: EventEnvelope<"pic_weixin"> & Key & { SendPicsInfo: SendPicsInfo };
  location_select: EventEnvelope<"location_select"> & Key & { SendLocationInfo: SendLocationInfo };
}

/** Customer-service sessions. Source: 「客服消息 › 会话状态通知事件」. */
export interface ServiceEvents {
  kf_create_session: EventEnvelope<"kf_create_session"> & { KfAccount: string };
  kf_close_session: EventEnvelope<"kf_close_session"> & { KfAccount: string; CloseType?: string };
  kf_switch_session: EventEnvelope<"kf_switch_session"> & {
    FromKfAccount: string;
    ToKfAccount: string;
  };
}

/** What became of the user's own data. Source: 「授权用户信息变更事件推送」. */
export interface AuthorizationEvents {
  /** The platform cleaned a nickname or a picture. */
  user_info_modified: EventEnvelope<"user_info_modified"> & Authorized;
  /** The user withdrew an authorisation: delete the data. `RevokeInfo` says which. */
  user_authorization_revoke: EventEnvelope<"user_authorization_revoke"> &
    Authorized & { RevokeInfo: string };
  /** The user closed the WeChat account. */
  user_authorization_cancellation: EventEnvelope<"user_authorization_cancellation"> & Authorized;
}

interface Authorized {
  /** The user; `FromUserName` is the platform. */
  OpenID: string;
  UnionID?: string;
  AppID: string;
}

/** Shopping guides (对话能力). */
export interface GuideEvents {
  guide_qrcode_scan_event: EventEnvelope<"guide_qrcode_scan_event"> & {
    GuideScanEvent: {
      qrcode_guide_account: string;
      qrcode_guide_openid?: string;
      /** Who scanned. */
      openid: string;
      action: number;
      qrcode_info: string;
    };
  };
  guide_invite_result_event: EventEnvelope<"guide_invite_result_event">;
  add_guide_buyer_relation_event: EventEnvelope<"add_guide_buyer_relation_event">;
}
