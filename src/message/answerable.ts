import type { EventMap, EventType } from "./events.js";
import type { AnyMessage, MessageMap, MessageType } from "./messages.js";

/** What the hardware platform says of a device, which is no person. */
type DeviceType = "device_text" | "device_event" | "device_status" | "hardware";

/** What a person said: any message, but no event. */
export type Said = MessageMap[Exclude<MessageType, "event" | DeviceType>];

/** What a person did and waits to see the effect of: followed, scanned, tapped the menu. */
type Act = EventMap[
  | "subscribe"
  | "SCAN"
  | "CLICK"
  | "scancode_push"
  | "scancode_waitmsg"
  | "pic_sysphoto"
  | "pic_photo_or_album"
  | "pic_weixin"
  | "location_select"];

/** What a person said or did and waits for an answer to. Other events only report something. */
export type Answerable = Said | Act;

const unsaid: ReadonlySet<string> = new Set<DeviceType | "event">([
  "event",
  "device_text",
  "device_event",
  "device_status",
  "hardware",
]);

const acts: ReadonlySet<string> = new Set<EventType>([
  "subscribe",
  "SCAN",
  "CLICK",
  "scancode_push",
  "scancode_waitmsg",
  "pic_sysphoto",
  "pic_photo_or_album",
  "pic_weixin",
  "location_select",
] satisfies Act["Event"][]);

/** Whether a message is what a person said. */
export function isSaid(message: AnyMessage): message is Said {
  return !unsaid.has(message.MsgType);
}

/** Whether somebody waits for an answer to a message. */
export function isAnswerable(message: AnyMessage): message is Answerable {
  return message.MsgType === "event" ? acts.has(message.Event) : isSaid(message);
}
