import type { AccreditationEvents, JobEvents, NoticeEvents } from "./events/job-events.js";
import type {
  CardEvents,
  InvoiceEvents,
  RetiredEvents,
  StoreEvents,
} from "./events/legacy-events.js";
import type {
  AuthorizationEvents,
  GuideEvents,
  MenuEvents,
  ServiceEvents,
  UserEvents,
} from "./events/user-events.js";

/**
 * Every event and its payload, in WeChat's spelling. Extend it by declaration merging when WeChat
 * adds one:
 *
 * ```ts
 * declare module "koa-wx" {
 *   interface EventMap {
 *     acme_card_paid: EventEnvelope<"acme_card_paid"> & { CardId: string };
 *   }
 * }
 * ```
 */
export interface EventMap
  extends UserEvents,
    MenuEvents,
    JobEvents,
    NoticeEvents,
    ServiceEvents,
    AccreditationEvents,
    AuthorizationEvents,
    GuideEvents,
    CardEvents,
    StoreEvents,
    InvoiceEvents,
    RetiredEvents {}

export type EventType = keyof EventMap;
export type AnyEvent = EventMap[EventType];

/** Events that carry an `EventKey`, so that it can be compared with a trigger. */
export type KeyedEvent = {
  [E in EventType]: "EventKey" extends keyof EventMap[E] ? E : never;
}[EventType];

/** The events that koa-wx knows, in WeChat's spelling. */
export const eventTypes: readonly EventType[] = [
  "subscribe",
  "unsubscribe",
  "SCAN",
  "LOCATION",
  "ENTER",
  "debug_demo",
  "CLICK",
  "VIEW",
  "view_miniprogram",
  "scancode_push",
  "scancode_waitmsg",
  "pic_sysphoto",
  "pic_photo_or_album",
  "pic_weixin",
  "location_select",
  "kf_create_session",
  "kf_close_session",
  "kf_switch_session",
  "user_info_modified",
  "user_authorization_revoke",
  "user_authorization_cancellation",
  "guide_qrcode_scan_event",
  "guide_invite_result_event",
  "add_guide_buyer_relation_event",
  "MASSSENDJOBFINISH",
  "TEMPLATESENDJOBFINISH",
  "PUBLISHJOBFINISH",
  "subscribe_msg_popup_event",
  "subscribe_msg_change_event",
  "subscribe_msg_sent_event",
  "qualification_verify_success",
  "qualification_verify_fail",
  "naming_verify_success",
  "naming_verify_fail",
  "annual_renew",
  "verify_expired",
  "wx_verify_pay_succ",
  "wx_verify_dispatch",
  "wx_verify_refill",
  "wx_verify_fail",
  "card_pass_check",
  "card_not_pass_check",
  "user_get_card",
  "user_gifting_card",
  "user_del_card",
  "user_consume_card",
  "user_pay_from_pay_cell",
  "user_view_card",
  "user_enter_session_from_card",
  "update_member_card",
  "card_sku_remind",
  "card_pay_order",
  "submit_membercard_user_info",
  "card_merchant_check_result",
  "giftcard_pay_done",
  "giftcard_send_to_friend",
  "giftcard_user_accept",
  "poi_check_notify",
  "apply_merchant_audit_info",
  "create_map_poi_audit_info",
  "add_store_audit_info",
  "modify_store_audit_info",
  "WifiConnected",
  "ShakearoundUserShake",
  "user_authorize_invoice",
  "update_invoice_status",
  "submit_invoice_title",
  "cloud_invoice_invoiceresult_event",
  "merchant_order",
  "user_scan_product",
  "user_scan_product_enter_session",
  "user_scan_product_async",
  "user_scan_product_verify_action",
  "subscribe_scan_product",
  "device_text",
  "device_bind",
  "device_unbind",
  "device_subscribe_status",
  "device_unsubscribe_status",
];
