import type { Envelope } from "./envelope.js";
import type { AnyEvent } from "./events.js";

/** What every message of a user carries. Source: 「接收普通消息」. */
export interface UserMessage<T extends string> extends Envelope {
  MsgType: T;
  /** A 64-bit number, therefore a string. */
  MsgId: string;
  /** The article that the message came from, if it came from one. */
  MsgDataId?: string;
  /** Which article of several, from 1. */
  Idx?: number;
}

/** 文本消息. */
export interface TextMessage extends UserMessage<"text"> {
  Content: string;
  /** The item that was tapped in a customer-service menu; `Content` is its text. */
  bizmsgmenuid?: string;
}

/** 图片消息. */
export interface ImageMessage extends UserMessage<"image"> {
  PicUrl: string;
  /** Temporary media, kept for three days. */
  MediaId: string;
}

/** 语音消息. */
export interface VoiceMessage extends UserMessage<"voice"> {
  MediaId: string;
  /** `amr`, `speex`, … */
  Format: string;
  /** The same voice at 16 kHz. */
  MediaId16K?: string;
  /** What was said (语音识别结果); only where the account has speech recognition, which Tencent is retiring. */
  Recognition?: string;
}

/** 视频消息. */
export interface VideoMessage extends UserMessage<"video"> {
  MediaId: string;
  ThumbMediaId: string;
}

/** 小视频消息. */
export interface ShortVideoMessage extends UserMessage<"shortvideo"> {
  MediaId: string;
  ThumbMediaId: string;
}

/** 地理位置消息. */
export interface LocationMessage extends UserMessage<"location"> {
  /** Latitude. */
  Location_X: number;
  /** Longitude. */
  Location_Y: number;
  /** The map's zoom. */
  Scale: number;
  Label: string;
}

/** 链接消息. */
export interface LinkMessage extends UserMessage<"link"> {
  Title: string;
  Description: string;
  Url: string;
}

/** A file; not in the documents for Official Accounts, but seen. */
export interface FileMessage extends UserMessage<"file"> {
  Title: string;
  Description: string;
  FileKey: string;
  FileMd5: string;
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

/** A text of the hardware platform (legacy); `Content` is base64. */
export interface DeviceTextMessage extends UserMessage<"device_text"> {
  DeviceType: string;
  DeviceID: string;
  SessionID: string;
  Content: string;
  OpenID: string;
}

/** Every message type and its message. Extend it by declaration merging when WeChat adds one. */
export interface MessageMap {
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
  event: AnyEvent;
}

export type MessageType = keyof MessageMap;
export type AnyMessage = MessageMap[MessageType];

/** The message types that koa-wx knows, in WeChat's spelling. */
export const messageTypes: readonly MessageType[] = [
  "text",
  "image",
  "voice",
  "video",
  "shortvideo",
  "location",
  "link",
  "file",
  "miniprogrampage",
  "device_text",
  "event",
];
