import { RequestError } from "../errors.js";
import type { XmlElement } from "../wire/xml/xml.js";
import { eventFields } from "./events.js";
import { type AnyMessage, messageFields } from "./messages.js";
import { number, type Reader, readersOf, readInto, text } from "./read.js";

/** How the pushes of one type are read. Made once: a push only looks its own up. */
interface Plan {
  /** The type's name in WeChat's canonical spelling. */
  readonly name: string;
  readonly readers: ReadonlyMap<string, Reader<unknown>>;
  readonly aliases: ReadonlyMap<string, string> | undefined;
}

/**
 * Turns a parsed push into a message: `MsgType` and `Event` in WeChat's canonical spelling, documented
 * numbers as numbers, lists as arrays however many items they have, ids as strings. Fields and types
 * that koa-wx does not know are kept as they came; a malformed number is left out.
 *
 * Throws a RequestError (400, `WX_XML`) for what is no push: the sender, the receiver or the type is
 * missing, or a field that can be there once is there twice or holds elements.
 */
export function decode(root: XmlElement): AnyMessage {
  const type = required(root, "MsgType");
  required(root, "FromUserName");
  required(root, "ToUserName");
  const plan = find(messagePlans, type);
  const message: Record<string, unknown> = {};
  if (plan !== eventPlan) {
    const { readers, aliases } = plan ?? unknownMessage;
    readInto(message, root, readers, aliases);
    message.MsgType = plan?.name ?? type;
    // Everything that reads what users say relies on there being a text, if only an empty one.
    if (message.MsgType === "text") message.Content ??= "";
  } else {
    const event = required(root, "Event");
    const known = find(eventPlans, event);
    const { readers, aliases } = known ?? eventPlan;
    readInto(message, root, readers, aliases);
    message.MsgType = "event";
    message.Event = known?.name ?? event;
  }
  // The tables of readers are checked against the types field by field, where they are written.
  return message as unknown as AnyMessage;
}

const envelope = { ToUserName: text, FromUserName: text, CreateTime: number, MsgType: text };
const messageEnvelope = { ...envelope, MsgId: text, MsgDataId: text, Idx: number };
const eventEnvelope = { ...envelope, Event: text, EventKey: text };

/** The documents' table for voice messages writes MsgID; their samples and the servers write MsgId. */
const messageAliases = new Map([["MsgID", "MsgId"]]);

const authorized = { openid: "OpenID", unionid: "UnionID", appid: "AppID" };

/** Fields of which WeChat's documents and its servers use more than one spelling. */
const eventAliases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  poi_check_notify: { msg: "Msg" },
  user_info_modified: authorized,
  user_authorization_revoke: authorized,
  user_authorization_cancellation: authorized,
  user_authorize_invoice: { AuthorizeAppId: "AppId", source: "Source" },
  // In JSON the element around the list may be left out.
  subscribe_msg_popup_event: { List: "SubscribeMsgPopupEvent" },
  subscribe_msg_change_event: { List: "SubscribeMsgChangeEvent" },
  subscribe_msg_sent_event: { List: "SubscribeMsgSentEvent" },
};

const unknownMessage: Omit<Plan, "name"> = {
  readers: readersOf(messageEnvelope),
  aliases: messageAliases,
};
/** How an event is read that koa-wx does not know. */
const eventPlan: Plan = { name: "event", readers: readersOf(eventEnvelope), aliases: undefined };

const messagePlans = index([
  eventPlan,
  ...Object.entries(messageFields).map(
    ([name, fields]): Plan => ({
      name,
      readers: readersOf({ ...messageEnvelope, ...fields }),
      aliases: messageAliases,
    }),
  ),
]);

const eventPlans = index(
  Object.entries(eventFields).map(([name, fields]): Plan => {
    const aliases = eventAliases[name];
    return {
      name,
      readers: readersOf({ ...eventEnvelope, ...fields }),
      aliases: aliases && new Map(Object.entries(aliases)),
    };
  }),
);
// One collection of samples calls it so; WeChat's documents do not.
eventPlans.set("freepublishjobfinish", eventPlans.get("PUBLISHJOBFINISH") as Plan);

/** Plans by their name as WeChat spells it, and in lower case. */
function index(plans: readonly Plan[]): Map<string, Plan> {
  return new Map(
    plans.flatMap((plan): [string, Plan][] => [
      [plan.name, plan],
      [plan.name.toLowerCase(), plan],
    ]),
  );
}

/** WeChat is not consistent about case: its own samples write `scan`, `Click` and `UnSubscribe`. */
function find(plans: ReadonlyMap<string, Plan>, name: string): Plan | undefined {
  return plans.get(name) ?? plans.get(name.toLowerCase());
}

function required(root: XmlElement, name: string): string {
  const value = root[name];
  if (typeof value === "string") {
    const trimmed = value.trim();
    if (trimmed !== "") return trimmed;
  } else if (value !== undefined) {
    text(value, name);
  }
  throw new RequestError(
    400,
    "WX_XML",
    `The body is not a push of WeChat: it has no <${name}>. Every push names its sender, its receiver and its type, and an event its name; is this address called by something other than WeChat?`,
  );
}
