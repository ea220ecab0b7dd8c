/** What the signatures of `koa-wx` are made of: names that compilers write more often than people do. */

// Messages and events

export type { Answerable, Said } from "./message/answerable.js";
export type { Envelope } from "./message/envelope.js";
export type {
  ArticleCheck,
  ArticleUrlResult,
  CopyrightCheckResult,
  PublishEventInfo,
} from "./message/events/job-events.js";
export type { Beacon } from "./message/events/legacy-events.js";
export type {
  ClickEvent,
  GuideScanEvent,
  LocationEvent,
  LocationSelectEvent,
  PicturesEvent,
  ScanCodeEvent,
  ScanCodeInfo,
  ScanEvent,
  SendLocationInfo,
  SendPicsInfo,
  SubscribeEvent,
  UnsubscribeEvent,
  ViewEvent,
  ViewMiniProgramEvent,
} from "./message/events/user-events.js";
export type { KeyedEvent } from "./message/events.js";
export type {
  DeviceEventMessage,
  DeviceStatusMessage,
  DeviceTextMessage,
  FileMessage,
  HardwareMessage,
  ImageMessage,
  LinkMessage,
  LocationMessage,
  MiniProgramPageMessage,
  ShortVideoMessage,
  TextMessage,
  UserMessage,
  VideoMessage,
  VoiceMessage,
} from "./message/messages.js";
export type { Query } from "./wire/query.js";
export type { XmlElement, XmlValue } from "./wire/xml/xml.js";

// Replies and what leaves

export type { SentFile } from "./message/file.js";
export type {
  Article,
  FileReply,
  ImageFileReply,
  ImageReply,
  Music,
  MusicFileReply,
  MusicReply,
  NewsReply,
  NextResult,
  NoneReply,
  Parts,
  RawReply,
  Replies,
  ReplyMap,
  ReplyType,
  StreamOptions,
  StreamReply,
  TextReply,
  TransferReply,
  VideoFileReply,
  VideoReply,
  VideoText,
  VoiceFileReply,
  VoiceReply,
} from "./message/reply.js";
export type { CollectOptions } from "./outgoing/collected.js";
export type { OutgoingWay } from "./outgoing/hooks.js";
export type { LatePolicy } from "./outgoing/late.js";
export type { Overflow } from "./outgoing/text.js";

// Handlers

export type { MaybeArray } from "./router/compose.js";
export type { MessageOptions, Run, Services, TextOf } from "./router/context.js";
export type { Mountable, ScanContext } from "./router/handlers.js";
export type { Matched, MatchOf } from "./router/matching/trigger.js";
export type { MaybePromise } from "./time/maybe-promise.js";

// Dialogues and plugins

export type { Photo, Place, UsualAnswers } from "./plugins/flow/answer.js";
export type { Answering, Asking, Finishing, Json, Move } from "./plugins/flow/dialogue.js";
export type { FlowSteps, Question, Steps } from "./plugins/flow/flow.js";
export type { Choices } from "./plugins/flow/steps.js";
export type { Mask } from "./plugins/recorder/redact.js";

// Web pages

export type { CardExtension, JssdkConfig, JssdkMiddleware } from "./koa/jssdk.js";
export type { BrokerAddress } from "./koa/login/broker/broker-identity.js";
export type { AuthorizeOptions, AuthorizeRequest } from "./koa/login/identity.js";
export type { LoginUrlOptions } from "./koa/login/options.js";
export type { LoginHook, LoginProblem, LoginProblemKind } from "./koa/login/problems.js";
export type { LoginSession } from "./koa/login/session/session.js";
export type { LoginScope, UserOf } from "./koa/login/user.js";
export type { VerifyFile } from "./koa/login/verification.js";

// Stores

export type { RedisClient } from "./store/redis/client.js";
export type { IoRedisClient } from "./store/redis/io.js";
export type { NodeRedisClient, NodeRedisCluster, NodeRedisSentinel } from "./store/redis/node.js";
export type { Entered, Exchanged, ExchangeOptions, Held, Listener } from "./store/store.js";

// Errors and what can be watched

export type {
  CallEvent,
  PushEvent,
  ReplyEvent,
  RunEvent,
  StoreEvent,
  TokenEvent,
} from "./diagnostics.js";
export type { ExplainOptions, Explanation } from "./errcodes/explain.js";
export type { OutputLanguage } from "./language.js";
