// Every day

// Types
export type { DeadlineOptions, WechatOptions } from "./delivery/options.js";
export type { Answer } from "./delivery/receive.js";
export {
  ConfigError,
  type ErrorCode,
  errorCodes,
  HandlerError,
  ReplyError,
  RequestError,
  WechatError,
} from "./errors.js";
export type { Envelope, EventEnvelope } from "./message/envelope.js";
export type {
  ArticleUrlResult,
  CopyrightCheckResult,
  PublishEventInfo,
} from "./message/events/job-events.js";
export type { Beacon } from "./message/events/legacy-events.js";
export type {
  ScanCodeInfo,
  SendLocationInfo,
  SendPicsInfo,
} from "./message/events/user-events.js";
export type { AnyEvent, EventMap, EventType, KeyedEvent } from "./message/events.js";
export type {
  AnyMessage,
  FileMessage,
  ImageMessage,
  LinkMessage,
  LocationMessage,
  MessageMap,
  MessageType,
  MiniProgramPageMessage,
  ShortVideoMessage,
  TextMessage,
  UserMessage,
  VideoMessage,
  VoiceMessage,
} from "./message/messages.js";
export type {
  Article,
  ImageReply,
  MusicReply,
  NewsReply,
  NoneReply,
  RawReply,
  Reply,
  ReplyMap,
  Result,
  TextReply,
  TransferReply,
  VideoReply,
  VoiceReply,
} from "./message/reply.js";
export { reply } from "./message/reply.js";
export type { Handler, MaybeArray, MaybePromise, Next } from "./router/compose.js";
export type { Context, Run, TextOf } from "./router/context.js";
export type { EventHandler, MessageHandler, Mountable, Plugin } from "./router/router.js";
export { definePlugin, Router } from "./router/router.js";
export type { Matched, MatchOf, Trigger } from "./router/trigger.js";
export type { MemoryStoreOptions } from "./store/memory.js";
// A little more advanced
export { MemoryStore } from "./store/memory.js";
export type { Store } from "./store/store.js";
export type { ReceiveRequest } from "./wechat.js";
export { Wechat } from "./wechat.js";
export type { Query } from "./wire/envelope.js";
export type { XmlElement, XmlValue } from "./wire/xml.js";
