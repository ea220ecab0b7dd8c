import type { Envelope } from "./envelope.js";
import type { AnyEvent } from "./events.js";
import { type Fields, number, text } from "./read.js";

/**
 * What every message of a user carries. Source: 「接收普通消息」.
 *
 * The fields are typed as WeChat documents them; old clients have been seen to leave some out.
 */
export interface UserMessage<T extends string> extends Envelope {
  MsgType: T;
  /** The message's id, the same in every delivery: a 64-bit number, therefore a string. */
  MsgId: string;
  /** The article that the message was sent from, if it came from one. */
  MsgDataId?: string;
  /** Which article of several, from 1; only with `MsgDataId`. */
  Idx?: number;
}

/** Source: 「接收普通消息 › 文本消息」. */
export interface TextMessage extends UserMessage<"text"> {
  /** The text, with line breaks; QQ faces come as codes such as `/::D`. */
  Content: string;
  /** The item that was tapped in a customer-service menu (菜单消息); `Content` is its text. */
  bizmsgmenuid?: string;
}

/** Source: 「接收普通消息 › 图片消息」. */
export interface ImageMessage extends UserMessage<"image"> {
  /** Where the picture can be seen; made by WeChat. */
  PicUrl: string;
  /** Temporary media, kept for three days. */
  MediaId: string;
}

/** Source: 「接收普通消息 › 语音消息」. */
export interface VoiceMessage extends UserMessage<"voice"> {
  /** Temporary media, kept for three days; `amr` has 8 kHz. */
  MediaId: string;
  /** `amr`, `speex`, … */
  Format: string;
  /** The same voice at 16 kHz. */
  MediaId16K?: string;
  /** What was said (语音识别结果), if the account has 语音识别, which newer accounts lack. May be empty. */
  Recognition?: string;
}

/** Source: 「接收普通消息 › 视频消息」. */
export interface VideoMessage extends UserMessage<"video"> {
  /** Temporary media, kept for three days. */
  MediaId: string;
  /** The picture that stands for the video. */
  ThumbMediaId: string;
}

/** Source: 「接收普通消息 › 小视频消息」. */
export interface ShortVideoMessage extends UserMessage<"shortvideo"> {
  /** Temporary media, kept for three days. */
  MediaId: string;
  /** The picture that stands for the video. */
  ThumbMediaId: string;
}

/** Source: 「接收普通消息 › 地理位置消息」. */
export interface LocationMessage extends UserMessage<"location"> {
  /** Latitude (纬度). */
  Location_X: number;
  /** Longitude (经度). */
  Location_Y: number;
  /** The map's zoom. */
  Scale: number;
  /** The address; may be empty. */
  Label: string;
}

/** Source: 「接收普通消息 › 链接消息」. */
export interface LinkMessage extends UserMessage<"link"> {
  Title: string;
  Description: string;
  Url: string;
}

/** A file. Not in the documents for Official Accounts, but seen. */
export interface FileMessage extends UserMessage<"file"> {
  Title: string;
  Description: string;
  FileKey: string;
  FileMd5: string;
  /** Bytes: a 64-bit number, therefore a string. */
  FileTotalLen: string;
}

/** 小程序卡片, in the customer service of mini programs. */
export interface MiniProgramPageMessage extends UserMessage<"miniprogrampage"> {
  Title: string;
  AppId: string;
  PagePath: string;
  ThumbUrl: string;
  ThumbMediaId: string;
}

/** What the hardware platform (硬件平台, legacy) says about a device. */
interface DeviceMessage<T extends string> extends UserMessage<T> {
  DeviceType: string;
  DeviceID: string;
  SessionID: string;
  /** The user that the device belongs to. */
  OpenID: string;
}

/** A text of a device. */
export interface DeviceTextMessage extends DeviceMessage<"device_text"> {
  /** Base64. */
  Content: string;
}

/** An event of a device; here `Event` is its kind: `bind`, `unbind`, … */
export interface DeviceEventMessage extends DeviceMessage<"device_event"> {
  Event?: string;
  /** Base64. */
  Content?: string;
}

/** The state of a device that a user watches. */
export interface DeviceStatusMessage extends DeviceMessage<"device_status"> {
  OpType: number;
  DeviceStatus: number;
}

/** Anything else of a device. */
export interface HardwareMessage extends DeviceMessage<"hardware"> {
  /** Base64. */
  Content?: string;
}

/** The messages that koa-wx knows by itself. */
interface KnownMessages {
  text: TextMessage;
  image: ImageMessage;
  voice: VoiceMessage;
  video: VideoMessage;
  shortvideo: ShortVideoMessage;
  location: LocationMessage;
  link: LinkMessage;
  file: FileMessage;
  miniprogrampage: MiniProgramPageMessage;
  device_text: DeviceTextMessage;
  device_event: DeviceEventMessage;
  device_status: DeviceStatusMessage;
  hardware: HardwareMessage;
}

/**
 * Every message type and its message; `event` is every event. Extend it by declaration merging when
 * WeChat adds a type. Its fields are then there as they were sent: as strings.
 *
 * ```ts
 * declare module "koa-wx" {
 *   interface MessageMap {
 *     sticker: UserMessage<"sticker"> & { MediaId: string };
 *   }
 * }
 * ```
 */
export interface MessageMap extends KnownMessages {
  event: AnyEvent;
}

/** What the compiler shows where a name is wrong: each of those of every day, and the others as one. */
type MessageNames = {
  readonly everyday: "text" | "image" | "voice" | "video" | "location" | "link" | "event";
  readonly every: MessageNames["everyday"] | OtherMessageType;
};
/** The message types that are rare, or new. */
type OtherMessageType = Exclude<keyof MessageMap, MessageNames["everyday"]>;
/** The name of a message type, as it stands in `MsgType`. */
export type MessageType = MessageNames["every"];
/** Any push that is known, to be narrowed by its `MsgType`. */
export type AnyMessage = MessageMap[MessageType];

const media = { MediaId: text };
const video = { MediaId: text, ThumbMediaId: text };
const device = { DeviceType: text, DeviceID: text, SessionID: text, OpenID: text };

/** How the fields of each message are read, beside those that all messages share. */
export const messageFields: {
  readonly [T in keyof KnownMessages]: Fields<Omit<KnownMessages[T], keyof UserMessage<string>>>;
} = {
  text: { Content: text, bizmsgmenuid: text },
  image: { ...media, PicUrl: text },
  voice: { ...media, Format: text, MediaId16K: text, Recognition: text },
  video,
  shortvideo: video,
  location: { Location_X: number, Location_Y: number, Scale: number, Label: text },
  link: { Title: text, Description: text, Url: text },
  file: { Title: text, Description: text, FileKey: text, FileMd5: text, FileTotalLen: text },
  miniprogrampage: {
    Title: text,
    AppId: text,
    PagePath: text,
    ThumbUrl: text,
    ThumbMediaId: text,
  },
  device_text: { ...device, Content: text },
  device_event: { ...device, Event: text, Content: text },
  device_status: { ...device, OpType: number, DeviceStatus: number },
  hardware: { ...device, Content: text },
};

/** The message types that koa-wx knows, in WeChat's spelling. */
export const messageTypes = [...Object.keys(messageFields), "event"] as readonly MessageType[];
