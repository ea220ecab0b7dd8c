// Every day

export { ApiError } from "./api/api-error.js";
export { Client, createClient } from "./api/client.js";
export { ConfigError, RequestError, WechatError } from "./errors.js";
export { wxUser } from "./koa/login/user.js";
export { reply } from "./message/reply.js";
export { exclusive } from "./plugins/exclusive.js";
export { answer } from "./plugins/flow/answer.js";
export { flow } from "./plugins/flow/flow.js";
export { session } from "./plugins/session/session.js";
export { definePlugin } from "./router/handlers.js";
export { Router } from "./router/router.js";
export { MemoryStore } from "./store/memory.js";
export { RedisStore } from "./store/redis.js";
export { Wechat } from "./wechat.js";

// A little more advanced

export { observe } from "./diagnostics.js";
export { explain } from "./errcodes/explain.js";
export { errorCodes, HandlerError, ReplyError, StoreError } from "./errors.js";
export { apiProxy } from "./gateway/proxy/api-proxy.js";
export { remoteApi } from "./gateway/remote-api.js";
export { remoteToken } from "./gateway/remote-token.js";
export { signRequest } from "./gateway/signing.js";
export { tokenServer } from "./gateway/token-server.js";
export { limit } from "./plugins/limit.js";
export { recorder } from "./plugins/recorder/recorder.js";
export { transcribe } from "./plugins/transcribe.js";

// Types

export type { AccountRequest, AccountResolver } from "./account/accounts.js";
export type {
  AccountOptions,
  CloudHostedOptions,
  SharedOptions,
  WechatOptions,
} from "./account/options.js";
export type { Answer } from "./account/receive.js";
export type { HostOptions, ReceiveRequest } from "./account/request.js";
export type { Ability } from "./api/abilities.js";
export type {
  ArticleSet,
  ArticlesInput,
  DraftArticle,
  ListPage,
  PageQuery,
  StoredArticle,
} from "./api/articles.js";
export type { AutoReply, AutoReplyContent, AutoReplyInfo } from "./api/auto-reply.js";
export type { Blacklist } from "./api/blacklist.js";
export type { ApiOptions, ClientOptions } from "./api/client.js";
export type { CloudHosting } from "./api/cloud-hosting.js";
export type {
  Comment,
  CommentedArticle,
  CommentPage,
  Comments,
  CommentTarget,
} from "./api/comments.js";
export type {
  CustomerArticle,
  CustomerMessage,
  CustomerMessageMap,
  MessageMenu,
} from "./api/customer-message.js";
export type { CustomerService, SendOptions } from "./api/customer-service.js";
export type { Datacube, DatacubeMap, DateSpan } from "./api/datacube.js";
export type { Draft, Drafts, ProductCard } from "./api/drafts.js";
export type { FileOptions, ReceivedFile } from "./api/files/received-file.js";
export type { Jssdk, JssdkSignature } from "./api/jssdk.js";
export type { KfAccount, KfAccounts, OnlineKfAccount } from "./api/kf-accounts.js";
export type {
  KfRecord,
  KfRecordPage,
  KfRecordSpan,
  KfSession,
  KfSessions,
  WaitingUsers,
} from "./api/kf-sessions.js";
export type { Mass, MassArticle, MassUpload } from "./api/mass.js";
export type {
  MassContent,
  MassImages,
  MassJob,
  MassMessageMap,
  MassPreview,
} from "./api/mass-message.js";
export type {
  Material,
  MaterialCount,
  MaterialFile,
  MaterialMap,
  MaterialNews,
  UploadedMaterial,
  VideoMaterial,
} from "./api/material.js";
export type { Media, MediaType, UploadedMedia, VideoUrl } from "./api/media.js";
export type {
  ActionButton,
  ArticleButton,
  ConditionalMenu,
  KeyButton,
  MatchRule,
  MediaButton,
  MenuButton,
  MenuDefinition,
  MenuSet,
  MiniProgramButton,
  ParentButton,
  SelfMenu,
  SelfMenuButton,
  StoredButton,
  StoredMenus,
  ViewButton,
} from "./api/menu-definition.js";
export type { Menus } from "./api/menus.js";
export type { Network, NetworkCheck, NetworkCheckOptions } from "./api/network.js";
export type { OAuth, UserProfile, UserToken } from "./api/oauth.js";
export type {
  BusinessLicense,
  DrivingLicense,
  IdCard,
  MenuItem,
  Ocr,
  PrintedText,
  VehicleLicense,
} from "./api/ocr.js";
export type { OpenidPage } from "./api/paging.js";
export type {
  Corners,
  Crop,
  FoundCode,
  PictureInput,
  PictureSize,
  Pictures,
} from "./api/pictures.js";
export type {
  ArticleProgress,
  PublishedStatistics,
  PublishedStatisticsMap,
} from "./api/published-statistics.js";
export type {
  AdNumbers,
  AdSlotDay,
  CpsDay,
  CpsNumbers,
  Publisher,
  PublisherPage,
  PublisherQuery,
  Settlement,
  SettlementPage,
} from "./api/publisher.js";
export type { PublishedArticle, Publishing, PublishState } from "./api/publishing.js";
export type { Qrcode, QrcodeOptions, QrcodeRequest, Qrcodes } from "./api/qrcode.js";
export type { Quota, Quotas, RecordedRequest } from "./api/quota.js";
export type { Semantic, SemanticAnswer, SemanticQuery, SpeechLanguage } from "./api/semantic.js";
export type { LongData, ShortKeys } from "./api/short-keys.js";
export type {
  PublicTemplateKeyword,
  PublicTemplateTitle,
  SubscriptionNotice,
  Subscriptions,
  SubscriptionTemplate,
} from "./api/subscriptions.js";
export type { Tag, Tags } from "./api/tags.js";
export type {
  BlockedMessage,
  Industry,
  MiniProgramPage,
  OneTimeMessage,
  Template,
  TemplateData,
  TemplateMessage,
  Templates,
} from "./api/templates.js";
export type { TicketType, TokenProvider } from "./api/token/token.js";
export type { Fetch } from "./api/transport/fetch.js";
export type {
  CallOptions,
  Done,
  Download,
  DownloadOptions,
  Http,
  Progress,
  UploadOptions,
} from "./api/transport/http.js";
export type { ChangedOpenid, Follower, Language, Stranger, UserInfo, Users } from "./api/users.js";
export type {
  CallEvent,
  DiagnosticEvents,
  PushEvent,
  ReplyEvent,
  RunEvent,
  TokenEvent,
} from "./diagnostics.js";
export type { ExplainOptions, Explanation } from "./errcodes/explain.js";
export type { ErrorCode } from "./errors.js";
export type { AuditEvent } from "./gateway/admission/audit.js";
export type { GatewayClient, GatewayOptions, GatewayRate } from "./gateway/options.js";
export type { ApiProxyOptions } from "./gateway/proxy/api-proxy.js";
export type { RefusalReason } from "./gateway/refusal.js";
export type { RemoteApiOptions } from "./gateway/remote-api.js";
export type { RemoteToken, RemoteTokenOptions } from "./gateway/remote-token.js";
export type { SigningClient } from "./gateway/signing.js";
export type { TokenServerOptions } from "./gateway/token-server.js";
export type { CardExtension, JssdkConfig, JssdkMiddleware, JssdkOptions } from "./koa/jssdk.js";
export type { BrokerOptions } from "./koa/login/broker.js";
export type { BrokerAddress } from "./koa/login/broker-identity.js";
export type { LoginGuard, OAuthOptions } from "./koa/login/guard.js";
export type { AuthorizeRequest } from "./koa/login/identity.js";
export type { LoginHook, LoginProblem, LoginProblemKind } from "./koa/login/problems.js";
export type { LoginSession } from "./koa/login/session.js";
export type { LoginScope, UserOf, WxProfiledUser, WxUser, WxUserState } from "./koa/login/user.js";
export type { VerifyFile } from "./koa/login/verification.js";
export type { OutputLanguage } from "./language.js";
export type { Answerable, Said } from "./message/answerable.js";
export type { Envelope, EventEnvelope } from "./message/envelope.js";
export type {
  ArticleCheck,
  ArticleUrlResult,
  CopyrightCheckResult,
  PublishEventInfo,
} from "./message/events/job-events.js";
export type { Beacon } from "./message/events/legacy-events.js";
export type {
  GuideScanEvent,
  ScanCodeInfo,
  SendLocationInfo,
  SendPicsInfo,
} from "./message/events/user-events.js";
export type { AnyEvent, EventMap, EventType, KeyedEvent } from "./message/events.js";
export type { FileInput, SentFile } from "./message/file.js";
export type {
  AnyMessage,
  DeviceEventMessage,
  DeviceStatusMessage,
  DeviceTextMessage,
  FileMessage,
  HardwareMessage,
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
  FileReply,
  ImageFileReply,
  ImageReply,
  Music,
  MusicFileReply,
  MusicReply,
  NewsReply,
  NoneReply,
  RawReply,
  Replies,
  Reply,
  ReplyMap,
  ReplyType,
  Result,
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
export type { Outgoing, OutgoingHook, OutgoingWay } from "./outgoing/hooks.js";
export type { LatePolicy } from "./outgoing/late.js";
export type { Overflow } from "./outgoing/text.js";
export type { ExclusiveOptions } from "./plugins/exclusive.js";
export type { Photo, Place, UsualAnswers } from "./plugins/flow/answer.js";
export type { Answering, Asking, Finishing, Json, Move } from "./plugins/flow/dialogue.js";
export type { FlowSteps, Question, Steps } from "./plugins/flow/flow.js";
export type { Flow, FlowOptions } from "./plugins/flow/script.js";
export type { Choices } from "./plugins/flow/steps.js";
export type { LimitOptions } from "./plugins/limit.js";
export type { RecorderOptions } from "./plugins/recorder/recorder.js";
export type { Mask } from "./plugins/recorder/redact.js";
export type { SessionFlavor, SessionOptions } from "./plugins/session/session.js";
export type { Transcriber } from "./plugins/transcribe.js";
export type { Handler, MaybeArray, MaybePromise, Next } from "./router/compose.js";
export type { Context, MessageOptions, Run, Services, TextOf } from "./router/context.js";
export type {
  EventHandler,
  MessageHandler,
  Mountable,
  Plugin,
  ScanContext,
} from "./router/handlers.js";
export type { Matched, MatchOf, Trigger } from "./router/matching/trigger.js";
export type { DeadlineOptions } from "./runs/deadline.js";
export type { MemoryStoreOptions } from "./store/memory.js";
export type { RedisStoreOptions } from "./store/redis.js";
export type { RedisClient } from "./store/redis-client.js";
export type { IoRedisClient } from "./store/redis-io.js";
export type { NodeRedisClient, NodeRedisCluster, NodeRedisSentinel } from "./store/redis-node.js";
export type { Store } from "./store/store.js";
export type { Query } from "./wire/query.js";
export type { XmlElement, XmlValue } from "./wire/xml/xml.js";
