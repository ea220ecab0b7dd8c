import { RequestError } from "../errors.js";
import type { XmlElement, XmlValue } from "../wire/xml.js";
import { eventTypes } from "./events.js";
import { type AnyMessage, messageTypes } from "./messages.js";

/** What a decoded field can be. */
type Field = string | number | Fields | Field[];
interface Fields {
  [name: string]: Field;
}

/**
 * Turns a parsed push into a message: `MsgType` and `Event` in WeChat's canonical spelling, documented
 * numbers as numbers, lists as arrays however many items they have, ids as strings. Fields and types
 * that koa-wx does not know are kept as they came.
 *
 * Throws a RequestError (400) for what is no push: an envelope field is missing, or a field that can
 * be there once is there twice or holds elements.
 */
export function decode(root: XmlElement): AnyMessage {
  const type = envelopeField(root, "MsgType");
  envelopeField(root, "FromUserName");
  envelopeField(root, "ToUserName");
  const MsgType = knownTypes.get(type.toLowerCase()) ?? type;
  const event = MsgType === "event" ? envelopeField(root, "Event") : undefined;
  const Event = event === undefined ? undefined : (knownEvents.get(event.toLowerCase()) ?? event);
  const aliases = Event === undefined ? messageAliases : eventAliases.get(Event);
  const texts = Event === undefined ? undefined : textEvents.get(Event);
  const message: Fields = {};
  for (const wireName in root) {
    const value = root[wireName] as XmlValue;
    const alias = aliases?.[wireName];
    const name = alias === undefined || alias in root ? wireName : alias;
    if (typeof value === "string") {
      if (!numeric.has(name) || texts?.has(name)) message[name] = value;
      else if (isNumber(value)) message[name] = Number(value);
    } else {
      if (single.has(name) || numeric.has(name)) throw repeated(name);
      const shape = shapes[name];
      const field = decodeField(value);
      message[name] = shape === undefined ? field : shape(field);
    }
  }
  message.MsgType = MsgType;
  if (Event !== undefined) message.Event = Event;
  return message as unknown as AnyMessage;
}

const knownTypes = new Map<string, string>(messageTypes.map((name) => [name.toLowerCase(), name]));
const knownEvents = new Map<string, string>([
  ...eventTypes.map((name): [string, string] => [name.toLowerCase(), name]),
  // One collection of samples calls it so; WeChat's documents do not.
  ["freepublishjobfinish", "PUBLISHJOBFINISH"],
]);

/** The fields that WeChat documents as numbers, wherever they stand. */
const numeric = new Set(
  `CreateTime Idx Location_X Location_Y Scale Latitude Longitude Precision Count
   TotalCount FilterCount SentCount ErrorCount ArticleIdx UserDeclareState AuditState
   OriginalArticleType CanReprint NeedReplaceContent NeedShowReprintSource CheckState
   publish_status count idx fail_idx PopupScene ErrorCode ExpiredTime FailTime RefillTime
   IsGiveByFriend OuterId IsRestoreMemberCard IsRecommendByFriend IsReturnBack IsChatRoom
   Fee OriginalFee ModifyBonus ModifyBalance CreateOrderTime PayFinishTime FreeCoinCount
   PayCoinCount RefundFreeCoinCount RefundPayCoinCount IsPass status latitude longitude
   is_upgrade ConnectTime ExpireTime Major Minor Distance action OrderStatus Sex OpType`.split(
    /\s+/,
  ),
);

/** Events in which a field of that name is text all the same: `true` or `false`. */
const textEvents = new Map<string, ReadonlySet<string>>([
  ["giftcard_send_to_friend", new Set(["IsChatRoom", "IsReturnBack"])],
  ["giftcard_user_accept", new Set(["IsChatRoom"])],
]);

/** Text fields that can be there only once: a second one would let a push say two things. */
const single = new Set(
  `ToUserName FromUserName MsgType MsgId MsgID Event EventKey Ticket Content MediaId MediaId16K
   PicUrl Format Recognition ThumbMediaId Label Title Description Url bizmsgmenuid MsgDataId
   MenuId Status KfAccount OpenID UnionID AppID CardId UserCardCode`.split(/\s+/),
);

type Aliases = Readonly<Record<string, string>>;

/** Spellings of which WeChat's documents and its servers use more than one. */
const messageAliases: Aliases = { MsgID: "MsgId" };
const authorized: Aliases = { openid: "OpenID", appid: "AppID", unionid: "UnionID" };
const eventAliases = new Map<string, Aliases>([
  ["poi_check_notify", { msg: "Msg" }],
  ["user_info_modified", authorized],
  ["user_authorization_revoke", authorized],
  ["user_authorization_cancellation", authorized],
  ["user_authorize_invoice", { AuthorizeAppId: "AppId", source: "Source" }],
]);

/** The elements that hold lists, and what they become. */
const shapes: Readonly<Record<string, (field: Field) => Field>> = {
  SendPicsInfo: (field) =>
    within(field, "PicList", (lists) => listOf(lists).flatMap(items("item"))),
  CopyrightCheckResult: (field) => within(field, "ResultList", items("item")),
  ArticleUrlResult: (field) => within(field, "ResultList", items("item")),
  AroundBeacons: items("AroundBeacon"),
  SubscribeMsgPopupEvent: (field) => within(field, "List", listOf),
  SubscribeMsgChangeEvent: (field) => within(field, "List", listOf),
  SubscribeMsgSentEvent: (field) => within(field, "List", listOf),
  PublishEventInfo: (field) =>
    within(
      within(field, "article_detail", (detail) => within(detail, "item", listOf)),
      "fail_idx",
      listOf,
    ),
};

function decodeField(value: XmlValue): Field {
  if (typeof value === "string") return value;
  if (isList(value)) return value.map(decodeField);
  const fields: Fields = {};
  for (const name in value) {
    const child = value[name] as XmlValue;
    if (!numeric.has(name)) fields[name] = decodeField(child);
    else if (typeof child === "string") {
      if (isNumber(child)) fields[name] = Number(child);
    } else if (isList(child)) {
      fields[name] = child.filter((one) => typeof one === "string" && isNumber(one)).map(Number);
    }
  }
  return fields;
}

/** Replaces one child of an element, if it is there. */
function within(field: Field, name: string, change: (child: Field) => Field): Field {
  if (typeof field !== "object" || Array.isArray(field)) return field;
  const child = field[name];
  return child === undefined ? field : { ...field, [name]: change(child) };
}

/** A list, whether the element was there once, several times, or empty. */
function listOf(field: Field): Field[] {
  return Array.isArray(field) ? field : field === "" ? [] : [field];
}

/** The list of an element's children of one name. */
function items(name: string): (field: Field) => Field[] {
  return (field) => {
    if (typeof field !== "object" || Array.isArray(field)) return listOf(field);
    const children = field[name];
    return children === undefined ? [] : listOf(children);
  };
}

function isList(value: XmlValue): value is readonly (string | XmlElement)[] {
  return Array.isArray(value);
}

function isNumber(text: string): boolean {
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text);
}

function envelopeField(root: XmlElement, name: string): string {
  const value = root[name];
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  if (value !== undefined && typeof value !== "string") throw repeated(name);
  throw new RequestError(
    400,
    "WX_XML",
    `The body is not a push of WeChat: it has no ${name}. Every push names sender, receiver and type.`,
  );
}

function repeated(name: string): RequestError {
  return new RequestError(
    400,
    "WX_XML",
    `The body is not a push of WeChat: ${name} is there more than once, or holds elements.`,
  );
}
