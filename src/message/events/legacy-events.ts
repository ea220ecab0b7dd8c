import type { EventEnvelope } from "../envelope.js";

interface Card {
  CardId: string;
}

interface UserCard extends Card {
  UserCardCode: string;
}

/** 微信卡券, which Tencent is retiring. Money is in 分; flags are 0 or 1. */
export interface CardEvents {
  card_pass_check: EventEnvelope<"card_pass_check"> & Card;
  card_not_pass_check: EventEnvelope<"card_not_pass_check"> & Card & { RefuseReason: string };
  user_get_card: EventEnvelope<"user_get_card"> &
    UserCard & {
      IsGiveByFriend: number;
      /** Who gave it. */
      FriendUserName: string;
      OuterId: number;
      OldUserCardCode: string;
      OuterStr: string;
      IsRestoreMemberCard: number;
      IsRecommendByFriend: number;
      UnionId?: string;
    };
  user_gifting_card: EventEnvelope<"user_gifting_card"> &
    UserCard & { IsReturnBack: number; FriendUserName: string; IsChatRoom: number };
  user_del_card: EventEnvelope<"user_del_card"> & UserCard;
  user_consume_card: EventEnvelope<"user_consume_card"> &
    UserCard & {
      /** `FROM_API`, `FROM_MP` or `FROM_MOBILE_HELPER`. */
      ConsumeSource: string;
      LocationName: string;
      StaffOpenId: string;
      VerifyCode: string;
      RemarkAmount: string;
      OuterStr: string;
    };
  user_pay_from_pay_cell: EventEnvelope<"user_pay_from_pay_cell"> &
    UserCard & { TransId: string; LocationId: string; Fee: number; OriginalFee: number };
  user_view_card: EventEnvelope<"user_view_card"> & UserCard & { OuterStr: string };
  user_enter_session_from_card: EventEnvelope<"user_enter_session_from_card"> & UserCard;
  update_member_card: EventEnvelope<"update_member_card"> &
    UserCard & { ModifyBonus: number; ModifyBalance: number };
  card_sku_remind: EventEnvelope<"card_sku_remind"> & Card & { Detail: string };
  card_pay_order: EventEnvelope<"card_pay_order"> & {
    OrderId: string;
    Status: string;
    CreateOrderTime: number;
    PayFinishTime: number;
    Desc: string;
    FreeCoinCount: number;
    PayCoinCount: number;
    RefundFreeCoinCount: number;
    RefundPayCoinCount: number;
    OrderType: string;
    Memo: string;
    ReceiptInfo: string;
  };
  submit_membercard_user_info: EventEnvelope<"submit_membercard_user_info"> & UserCard;
  card_merchant_check_result: EventEnvelope<"card_merchant_check_result"> & {
    MerchantId: string;
    IsPass: number;
    Reason: string;
  };
  giftcard_pay_done: EventEnvelope<"giftcard_pay_done"> & { PageId: string; OrderId: string };
  giftcard_send_to_friend: EventEnvelope<"giftcard_send_to_friend"> & {
    PageId: string;
    OrderId: string;
    /** `true` or `false`, as text. */
    IsChatRoom: string;
    IsReturnBack: string;
  };
  giftcard_user_accept: EventEnvelope<"giftcard_user_accept"> & {
    PageId: string;
    OrderId: string;
    IsChatRoom: string;
  };
}

/** A beacon that the phone saw. */
export interface Beacon {
  Uuid: string;
  Major: number;
  Minor: number;
  /** Metres. */
  Distance: number;
}

/** Stores, Wi-Fi and beacons. */
export interface StoreEvents {
  poi_check_notify: EventEnvelope<"poi_check_notify"> & {
    UniqId: string;
    PoiId: string;
    Result: string;
    Msg: string;
  };
  apply_merchant_audit_info: EventEnvelope<"apply_merchant_audit_info"> & Audit;
  create_map_poi_audit_info: EventEnvelope<"create_map_poi_audit_info"> & {
    audit_id: string;
    status: number;
    map_poi_id: string;
    name: string;
    address: string;
    latitude: number;
    longitude: number;
    sh_remark: string;
  };
  add_store_audit_info: EventEnvelope<"add_store_audit_info"> &
    Audit & { is_upgrade: number; poiid: string };
  modify_store_audit_info: EventEnvelope<"modify_store_audit_info"> & Audit;
  WifiConnected: EventEnvelope<"WifiConnected"> & {
    ConnectTime: number;
    ExpireTime: number;
    VendorId: string;
    PlaceId: string;
    DeviceNo: string;
  };
  ShakearoundUserShake: EventEnvelope<"ShakearoundUserShake"> & {
    ChosenBeacon: Beacon;
    AroundBeacons: Beacon[];
  };
}

interface Audit {
  audit_id: string;
  status: number;
  reason: string;
}

/** Electronic invoices. */
export interface InvoiceEvents {
  user_authorize_invoice: EventEnvelope<"user_authorize_invoice"> & {
    /** Either this one or `FailOrderId` is filled. */
    SuccOrderId: string;
    FailOrderId: string;
    AppId: string;
    /** `web`, `app`, `wxa` or `wap`. */
    Source: string;
  };
  update_invoice_status: EventEnvelope<"update_invoice_status"> & {
    Status: string;
    CardId: string;
    Code: string;
  };
  submit_invoice_title: EventEnvelope<"submit_invoice_title"> & {
    title: string;
    phone: string;
    tax_no: string;
    addr: string;
    bank_type: string;
    bank_no: string;
    attach: string;
    title_type: string;
  };
  cloud_invoice_invoiceresult_event: EventEnvelope<"cloud_invoice_invoiceresult_event"> & {
    fpqqlsh: string;
    status: number;
    nsrsbh: string;
  };
}

interface ScannedProduct {
  KeyStandard: string;
  KeyStr: string;
  Country?: string;
  Province?: string;
  City?: string;
  Sex?: number;
  Scene?: string;
  ExtInfo?: string;
  RegionCode?: string;
}

/** The old shop, product scanning and the hardware platform. */
export interface RetiredEvents {
  merchant_order: EventEnvelope<"merchant_order"> & {
    OrderId: string;
    OrderStatus: number;
    ProductId: string;
    SkuInfo: string;
  };
  user_scan_product: EventEnvelope<"user_scan_product"> & ScannedProduct;
  user_scan_product_enter_session: EventEnvelope<"user_scan_product_enter_session"> &
    ScannedProduct;
  user_scan_product_async: EventEnvelope<"user_scan_product_async"> & ScannedProduct;
  user_scan_product_verify_action: EventEnvelope<"user_scan_product_verify_action"> & {
    KeyStandard: string;
    KeyStr: string;
    Result: string;
    ReasonMsg: string;
  };
  /** `EventKey` is `scene|standard|key`. */
  subscribe_scan_product: EventEnvelope<"subscribe_scan_product"> & { EventKey: string };
  device_text: EventEnvelope<"device_text"> & Device & { Content: string };
  device_bind: EventEnvelope<"device_bind"> & Device;
  device_unbind: EventEnvelope<"device_unbind"> & Device;
  device_subscribe_status: EventEnvelope<"device_subscribe_status"> & Device & { OpType: number };
  device_unsubscribe_status: EventEnvelope<"device_unsubscribe_status"> &
    Device & { OpType: number };
}

interface Device {
  DeviceType: string;
  DeviceID: string;
  SessionID?: string;
  OpenID: string;
}
