import type { EventEnvelope } from "../envelope.js";
import { type EventFields, fields, listIn, number, text } from "../read.js";

/** A beacon that the phone saw. */
export interface Beacon {
  Uuid: string;
  Major: number;
  Minor: number;
  /** Metres. */
  Distance: number;
}

type Audit = {
  audit_id: string;
  status: number;
  reason: string;
};

/** Stores (门店), Wi-Fi and beacons: legacy products. */
export interface StoreEvents {
  /** 门店审核结果. */
  poi_check_notify: EventEnvelope<"poi_check_notify"> & {
    /** The merchant's own id (`sid`). */
    UniqId: string;
    PoiId: string;
    /** `succ` or `fail`. */
    Result: string;
    Msg: string;
  };
  /** 门店小程序, as the next three. */
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
  /** Wi-Fi连网成功. Times are seconds. */
  WifiConnected: EventEnvelope<"WifiConnected"> & {
    ConnectTime: number;
    ExpireTime: number;
    VendorId: string;
    /** The shop's id. */
    PlaceId: string;
    /** BSSID. */
    DeviceNo: string;
  };
  /** 摇一摇周边. */
  ShakearoundUserShake: EventEnvelope<"ShakearoundUserShake"> & {
    ChosenBeacon: Beacon;
    AroundBeacons: Beacon[];
  };
}

/** Electronic invoices (电子发票). */
export interface InvoiceEvents {
  /** 用户授权开票. */
  user_authorize_invoice: EventEnvelope<"user_authorize_invoice"> & {
    /** Either this one or `FailOrderId` is filled, the other is empty. */
    SuccOrderId: string;
    FailOrderId: string;
    AppId: string;
    /** `web` (Official Account), `app`, `wxa` or `wap`. */
    Source: string;
  };
  /** 发票状态更新. `Status` is `INVOICE_REIMBURSE_INIT`, … */
  update_invoice_status: EventEnvelope<"update_invoice_status"> & {
    Status: string;
    CardId: string;
    Code: string;
  };
  /** 用户提交发票抬头. */
  submit_invoice_title: EventEnvelope<"submit_invoice_title"> & {
    title: string;
    phone: string;
    tax_no: string;
    addr: string;
    bank_type: string;
    bank_no: string;
    attach: string;
    /** `InvoiceUserTitlePersonType` or `InvoiceUserTitleBusinessType`. */
    title_type: string;
  };
  /** 统一开票接口 › 开票结果. */
  cloud_invoice_invoiceresult_event: EventEnvelope<"cloud_invoice_invoiceresult_event"> & {
    /** The invoice request's serial number (发票请求流水号). */
    fpqqlsh: string;
    status: string;
    /** The tax payer's number (纳税人识别号). */
    nsrsbh: string;
  };
}

const audit = { audit_id: text, status: number, reason: text };
const beacon = fields<Beacon>({ Uuid: text, Major: number, Minor: number, Distance: number });

export const storeEvents: EventFields<StoreEvents> = {
  poi_check_notify: { UniqId: text, PoiId: text, Result: text, Msg: text },
  apply_merchant_audit_info: audit,
  create_map_poi_audit_info: {
    audit_id: text,
    status: number,
    map_poi_id: text,
    name: text,
    address: text,
    latitude: number,
    longitude: number,
    sh_remark: text,
  },
  add_store_audit_info: { ...audit, is_upgrade: number, poiid: text },
  modify_store_audit_info: audit,
  WifiConnected: {
    ConnectTime: number,
    ExpireTime: number,
    VendorId: text,
    PlaceId: text,
    DeviceNo: text,
  },
  ShakearoundUserShake: { ChosenBeacon: beacon, AroundBeacons: listIn("AroundBeacon", beacon) },
};

export const invoiceEvents: EventFields<InvoiceEvents> = {
  user_authorize_invoice: { SuccOrderId: text, FailOrderId: text, AppId: text, Source: text },
  update_invoice_status: { Status: text, CardId: text, Code: text },
  submit_invoice_title: {
    title: text,
    phone: text,
    tax_no: text,
    addr: text,
    bank_type: text,
    bank_no: text,
    attach: text,
    title_type: text,
  },
  cloud_invoice_invoiceresult_event: { fpqqlsh: text, status: text, nsrsbh: text },
};

type ScannedProduct = {
  KeyStandard: string;
  KeyStr: string;
  Country?: string;
  Province?: string;
  City?: string;
  Sex?: number;
  Scene?: string;
  ExtInfo?: string;
  RegionCode?: string;
};

type Device = {
  DeviceType: string;
  DeviceID: string;
  SessionID?: string;
  OpenID: string;
};

/** The old shop (微信小店), product scanning (扫一扫) and the hardware platform (硬件平台): legacy. */
export interface RetiredEvents {
  /** 订单付款通知. */
  merchant_order: EventEnvelope<"merchant_order"> & {
    OrderId: string;
    OrderStatus: number;
    ProductId: string;
    SkuInfo: string;
  };
  /** 打开商品主页. */
  user_scan_product: EventEnvelope<"user_scan_product"> & ScannedProduct;
  /** 进入公众号. */
  user_scan_product_enter_session: EventEnvelope<"user_scan_product_enter_session"> &
    ScannedProduct;
  /** 地理位置信息异步推送. */
  user_scan_product_async: EventEnvelope<"user_scan_product_async"> & ScannedProduct;
  /** 商品审核结果. */
  user_scan_product_verify_action: EventEnvelope<"user_scan_product_verify_action"> & {
    KeyStandard: string;
    KeyStr: string;
    Result: string;
    ReasonMsg: string;
  };
  /** 关注公众号 from a product. `EventKey` is `scene|standard|key`. */
  subscribe_scan_product: EventEnvelope<"subscribe_scan_product"> & { EventKey: string };
  /** `Content` is base64. */
  device_text: EventEnvelope<"device_text"> & Device & { Content: string };
  device_bind: EventEnvelope<"device_bind"> & Device;
  device_unbind: EventEnvelope<"device_unbind"> & Device;
  device_subscribe_status: EventEnvelope<"device_subscribe_status"> & Device & { OpType: number };
  device_unsubscribe_status: EventEnvelope<"device_unsubscribe_status"> &
    Device & { OpType: number };
}

const scanned = {
  KeyStandard: text,
  KeyStr: text,
  Country: text,
  Province: text,
  City: text,
  Sex: number,
  Scene: text,
  ExtInfo: text,
  RegionCode: text,
};
const device = { DeviceType: text, DeviceID: text, SessionID: text, OpenID: text };

export const retiredEvents: EventFields<RetiredEvents> = {
  merchant_order: { OrderId: text, OrderStatus: number, ProductId: text, SkuInfo: text },
  user_scan_product: scanned,
  user_scan_product_enter_session: scanned,
  user_scan_product_async: scanned,
  user_scan_product_verify_action: {
    KeyStandard: text,
    KeyStr: text,
    Result: text,
    ReasonMsg: text,
  },
  subscribe_scan_product: { EventKey: text },
  device_text: { ...device, Content: text },
  device_bind: device,
  device_unbind: device,
  device_subscribe_status: { ...device, OpType: number },
  device_unsubscribe_status: { ...device, OpType: number },
};
