import { eventFields, eventTypes } from "../../message/events.js";
import { messageFields, messageTypes } from "../../message/messages.js";
import { number } from "../../message/read.js";
import { nearest } from "../../spelling.js";
import { linesOf } from "./field-lines.js";
import type { PushFields, PushValue } from "./push.js";

/** What stands in fields that hold others, and in those whose values are not any text or number. */
const samples: Readonly<Record<string, PushValue>> = {
  Content: "你好",
  EventKey: "KEY",
  Ticket: "TICKET",
  Latitude: 23.137466,
  Longitude: 113.352425,
  Precision: 119.38504,
  Location_X: 23.134521,
  Location_Y: 113.358803,
  Scale: 20,
  Label: "广州 T.I.T 创意园",
  Title: "标题",
  Description: "描述",
  Url: "https://example.com/",
  Format: "amr",
  Status: "success",
  ScanCodeInfo: { ScanType: "qrcode", ScanResult: "https://example.com/" },
  SendPicsInfo: { Count: 1, PicList: { item: { PicMd5Sum: "1b5f7c23b5bf75682a53e7b6d163e185" } } },
  SendLocationInfo: {
    Location_X: "23.134521",
    Location_Y: "113.358803",
    Scale: "16",
    Label: "广州 T.I.T 创意园",
    Poiname: "",
  },
  SubscribeMsgPopupEvent: {
    List: { TemplateId: "TEMPLATE", SubscribeStatusString: "accept", PopupScene: "2" },
  },
  SubscribeMsgChangeEvent: { List: { TemplateId: "TEMPLATE", SubscribeStatusString: "reject" } },
  SubscribeMsgSentEvent: {
    List: {
      TemplateId: "TEMPLATE",
      MsgID: "1700827132819554304",
      ErrorCode: "0",
      ErrorStatus: "success",
    },
  },
};

/** Everything that can be pushed, by its name, as lines to begin with: of messages and of events. */
export function composable(): Readonly<Record<string, string>> {
  const entries = [
    ...Object.entries(messageFields).map(
      ([name, fields]) => [name, { MsgType: name, ...begun(fields) }] as const,
    ),
    ...Object.entries(eventFields).map(
      ([name, fields]) => [name, { MsgType: "event", Event: name, ...begun(fields) }] as const,
    ),
  ];
  return Object.fromEntries(entries.map(([name, fields]) => [name, linesOf(fields)]));
}

function begun(fields: object): PushFields {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== "bizmsgmenuid")
      .map(([name, reader]) => [name, samples[name] ?? (reader === number ? 1 : "")]),
  );
}

/** What is odd about the name of a push, and what may be meant by it; undefined for one that is known. */
export function oddName({ MsgType, Event }: PushFields):
  | {
      readonly name: string;
      readonly kind: "event" | "message";
      readonly meant: string | undefined;
    }
  | undefined {
  const kind = MsgType === "event" ? "event" : "message";
  const [name, known]: readonly [unknown, readonly string[]] =
    kind === "event" ? [Event, eventTypes] : [MsgType, messageTypes];
  if (typeof name !== "string" || known.includes(name)) return undefined;
  return { name, kind, meant: nearest(name, known) };
}
