import type { EventEnvelope } from "../envelope.js";
import { type EventFields, fields, listIn, number, text } from "../read.js";

/**
 * 关注. `EventKey` is `qrscene_…` if a QR code with a scene brought the user (`ctx.scene` has it
 * without the prefix), `last_trade_no_…` after a payment, else absent or empty.
 */
export interface SubscribeEvent extends EventEnvelope<"subscribe"> {
  EventKey?: string;
  /** The QR code's ticket, only with `qrscene_…`. */
  Ticket?: string;
}

/** 取消关注. A reply cannot reach the user; WeChat requires that the user's data be deleted. */
export interface UnsubscribeEvent extends EventEnvelope<"unsubscribe"> {}

/** 扫描带参数二维码, by a follower. `EventKey` is the scene, without any prefix. */
export interface ScanEvent extends EventEnvelope<"SCAN"> {
  EventKey: string;
  Ticket: string;
}

/** 上报地理位置, on entering the conversation or every five seconds in it. */
export interface LocationEvent extends EventEnvelope<"LOCATION"> {
  Latitude: number;
  Longitude: number;
  /** Metres. */
  Precision: number;
}

/** Following, scanning, and where the user is. Source: 「接收事件推送」. */
export interface UserEvents {
  subscribe: SubscribeEvent;
  unsubscribe: UnsubscribeEvent;
  SCAN: ScanEvent;
  LOCATION: LocationEvent;
  /** Entering the conversation; left the documents long ago. */
  ENTER: EventEnvelope<"ENTER">;
  /** Sent by WeChat's debugging tool. */
  debug_demo: EventEnvelope<"debug_demo"> & { debug_str: string };
}

type Authorized = {
  /** The user; `FromUserName` is the platform. */
  OpenID: string;
  UnionID?: string;
  AppID: string;
};

/** What became of the user's own data. Source: 「授权用户信息变更事件推送」. */
export interface AuthorizationEvents {
  /** The platform replaced a nickname or a picture that broke its rules. */
  user_info_modified: EventEnvelope<"user_info_modified"> & Authorized;
  /** The user withdrew an authorisation: delete the data. */
  user_authorization_revoke: EventEnvelope<"user_authorization_revoke"> &
    Authorized & {
      /**
       * Codes of what was withdrawn: 201 address, 202 invoice, 203 card, 204 microphone, 205 nickname
       * and picture, 206 location, 207 chosen pictures or video, 301 everything of a website.
       */
      RevokeInfo: string;
    };
  /** The user closed the WeChat account: delete the data. */
  user_authorization_cancellation: EventEnvelope<"user_authorization_cancellation"> & Authorized;
}

export const userEvents: EventFields<UserEvents> = {
  subscribe: { EventKey: text, Ticket: text },
  unsubscribe: {},
  SCAN: { EventKey: text, Ticket: text },
  LOCATION: { Latitude: number, Longitude: number, Precision: number },
  ENTER: {},
  debug_demo: { debug_str: text },
};

const authorized = { OpenID: text, UnionID: text, AppID: text };

export const authorizationEvents: EventFields<AuthorizationEvents> = {
  user_info_modified: authorized,
  user_authorization_revoke: { ...authorized, RevokeInfo: text },
  user_authorization_cancellation: authorized,
};

/** What a QR code or bar code held. */
export interface ScanCodeInfo {
  /** Usually `qrcode`. */
  ScanType: string;
  ScanResult: string;
}

/** The pictures that the user sent; each arrives as an image message, too. */
export interface SendPicsInfo {
  Count: number;
  /** The pictures' MD5 sums. On the wire `PicList` holds `item`s or is itself repeated. */
  PicList: { PicMd5Sum: string }[];
}

/** The place that the user chose; it arrives as a location message, too. */
export interface SendLocationInfo {
  /** Latitude (纬度). */
  Location_X: number;
  /** Longitude (经度). */
  Location_Y: number;
  /** The map's zoom. */
  Scale: number;
  /** The address. */
  Label: string;
  /** The name of the place in 朋友圈; may be empty. */
  Poiname: string;
}

interface Keyed<E extends string> extends EventEnvelope<E> {
  /** The button's `key`. */
  EventKey: string;
}

interface Opened<E extends string> extends EventEnvelope<E> {
  /** The button's URL, or the mini program's page. */
  EventKey: string;
  /** Which conditional menu (个性化菜单): a 64-bit number, therefore a string. */
  MenuId?: string;
}

/** 点击菜单拉取消息. */
export interface ClickEvent extends Keyed<"CLICK"> {}

/** 点击菜单跳转链接. */
export interface ViewEvent extends Opened<"VIEW"> {}

/** 点击菜单跳转小程序. */
export interface ViewMiniProgramEvent extends Opened<"view_miniprogram"> {}

/** 扫码推事件; `scancode_waitmsg` 且弹出“消息接收中”提示框. */
export interface ScanCodeEvent<E extends "scancode_push" | "scancode_waitmsg"> extends Keyed<E> {
  ScanCodeInfo: ScanCodeInfo;
}

/** 弹出系统拍照发图, 拍照或者相册发图, 微信相册发图器. */
export interface PicturesEvent<E extends "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin">
  extends Keyed<E> {
  SendPicsInfo: SendPicsInfo;
}

/** 弹出地理位置选择器. */
export interface LocationSelectEvent extends Keyed<"location_select"> {
  SendLocationInfo: SendLocationInfo;
}

/** Taps on the menu. Opening a sub-menu sends nothing. Source: 「自定义菜单 › 事件推送」. */
export interface MenuEvents {
  CLICK: ClickEvent;
  VIEW: ViewEvent;
  view_miniprogram: ViewMiniProgramEvent;
  scancode_push: ScanCodeEvent<"scancode_push">;
  scancode_waitmsg: ScanCodeEvent<"scancode_waitmsg">;
  pic_sysphoto: PicturesEvent<"pic_sysphoto">;
  pic_photo_or_album: PicturesEvent<"pic_photo_or_album">;
  pic_weixin: PicturesEvent<"pic_weixin">;
  location_select: LocationSelectEvent;
}

const key = { EventKey: text };
const page = { EventKey: text, MenuId: text };
const scan = { ...key, ScanCodeInfo: fields<ScanCodeInfo>({ ScanType: text, ScanResult: text }) };
const pictures = {
  ...key,
  SendPicsInfo: fields<SendPicsInfo>(
    { Count: number, PicList: listIn("item", fields<{ PicMd5Sum: string }>({ PicMd5Sum: text })) },
    "PicList",
  ),
};

export const menuEvents: EventFields<MenuEvents> = {
  CLICK: key,
  VIEW: page,
  view_miniprogram: page,
  scancode_push: scan,
  scancode_waitmsg: scan,
  pic_sysphoto: pictures,
  pic_photo_or_album: pictures,
  pic_weixin: pictures,
  location_select: {
    ...key,
    SendLocationInfo: fields<SendLocationInfo>({
      Location_X: number,
      Location_Y: number,
      Scale: number,
      Label: text,
      Poiname: text,
    }),
  },
};

/** Customer-service sessions; accounts are `name@account`. Source: 「客服消息 › 会话状态通知事件」. */
export interface SessionEvents {
  /** 接入会话. */
  kf_create_session: EventEnvelope<"kf_create_session"> & { KfAccount: string };
  /** 关闭会话. */
  kf_close_session: EventEnvelope<"kf_close_session"> & {
    KfAccount: string;
    /** In newer documents only. */
    CloseType?: string;
  };
  /** 转接会话. */
  kf_switch_session: EventEnvelope<"kf_switch_session"> & {
    FromKfAccount: string;
    ToKfAccount: string;
  };
}

/** What a scanned guide's QR code says. */
export interface GuideScanEvent {
  qrcode_guide_account: string;
  qrcode_guide_openid?: string;
  /** Who scanned. */
  openid: string;
  action: number;
  qrcode_info: string;
}

/** Shopping guides. Source: 「对话能力 › 事件推送」, which leaves two payloads open. */
export interface GuideEvents {
  guide_qrcode_scan_event: EventEnvelope<"guide_qrcode_scan_event"> & {
    GuideScanEvent: GuideScanEvent;
  };
  guide_invite_result_event: EventEnvelope<"guide_invite_result_event">;
  add_guide_buyer_relation_event: EventEnvelope<"add_guide_buyer_relation_event">;
}

export const sessionEvents: EventFields<SessionEvents> = {
  kf_create_session: { KfAccount: text },
  kf_close_session: { KfAccount: text, CloseType: text },
  kf_switch_session: { FromKfAccount: text, ToKfAccount: text },
};

export const guideEvents: EventFields<GuideEvents> = {
  guide_qrcode_scan_event: {
    GuideScanEvent: fields<GuideScanEvent>({
      qrcode_guide_account: text,
      qrcode_guide_openid: text,
      openid: text,
      action: number,
      qrcode_info: text,
    }),
  },
  guide_invite_result_event: {},
  add_guide_buyer_relation_event: {},
};
