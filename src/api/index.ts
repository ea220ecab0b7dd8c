/** WeChat's server APIs, with a bot or without one: the client, and the type of all that is sent and answered. */

export type { Ability } from "./abilities.js";
export { ApiError } from "./api-error.js";
export type {
  ArticleSet,
  ArticlesInput,
  DraftArticle,
  ListPage,
  PageQuery,
  StoredArticle,
} from "./articles.js";
export type { AutoReply, AutoReplyContent, AutoReplyInfo } from "./auto-reply.js";
export type { Blacklist } from "./blacklist.js";
export type { ApiOptions, ClientOptions } from "./client.js";
export { Client, createClient } from "./client.js";
export type { CloudHosting } from "./cloud-hosting.js";
export type {
  Comment,
  CommentedArticle,
  CommentPage,
  Comments,
  CommentTarget,
} from "./comments.js";
export type {
  CustomerArticle,
  CustomerMessage,
  CustomerMessageMap,
  MessageMenu,
} from "./customer-message.js";
export type { CustomerService, SendOptions } from "./customer-service.js";
export type { Datacube, DatacubeMap, DateSpan } from "./datacube.js";
export type { Draft, Drafts, ProductCard } from "./drafts.js";
export type { FileOptions, ReceivedFile } from "./files/received-file.js";
export type { Jssdk, JssdkSignature } from "./jssdk.js";
export type { KfAccount, KfAccounts, OnlineKfAccount } from "./kf-accounts.js";
export type {
  KfRecord,
  KfRecordPage,
  KfRecordSpan,
  KfSession,
  KfSessions,
  WaitingUsers,
} from "./kf-sessions.js";
export type { Mass, MassArticle, MassUpload } from "./mass.js";
export type {
  MassContent,
  MassImages,
  MassJob,
  MassMessageMap,
  MassPreview,
} from "./mass-message.js";
export type {
  Material,
  MaterialCount,
  MaterialFile,
  MaterialMap,
  MaterialNews,
  UploadedMaterial,
  VideoMaterial,
} from "./material.js";
export type { Media, MediaType, UploadedMedia, VideoUrl } from "./media.js";
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
} from "./menu-definition.js";
export type { Menus } from "./menus.js";
export type { Network, NetworkCheck, NetworkCheckOptions } from "./network.js";
export type { OAuth, UserProfile, UserToken } from "./oauth.js";
export type {
  BusinessLicense,
  DrivingLicense,
  IdCard,
  MenuItem,
  Ocr,
  PrintedText,
  VehicleLicense,
} from "./ocr.js";
export type { OpenidPage } from "./paging.js";
export type { Corners, Crop, FoundCode, PictureInput, PictureSize, Pictures } from "./pictures.js";
export type {
  ArticleProgress,
  PublishedStatistics,
  PublishedStatisticsMap,
} from "./published-statistics.js";
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
} from "./publisher.js";
export type { PublishedArticle, Publishing, PublishState } from "./publishing.js";
export type { Qrcode, QrcodeOptions, QrcodeRequest, Qrcodes } from "./qrcode.js";
export type { Quota, Quotas, RecordedRequest } from "./quota.js";
export type { Semantic, SemanticAnswer, SemanticQuery, SpeechLanguage } from "./semantic.js";
export type { LongData, ShortKeys } from "./short-keys.js";
export type {
  PublicTemplateKeyword,
  PublicTemplateTitle,
  SubscriptionNotice,
  Subscriptions,
  SubscriptionTemplate,
} from "./subscriptions.js";
export type { Tag, Tags } from "./tags.js";
export type {
  BlockedMessage,
  Industry,
  MiniProgramPage,
  OneTimeMessage,
  Template,
  TemplateData,
  TemplateMessage,
  Templates,
} from "./templates.js";
export type { TicketType, TokenProvider } from "./token/token.js";
export type { Fetch } from "./transport/fetch.js";
export type {
  CallOptions,
  Done,
  Download,
  DownloadOptions,
  Http,
  Progress,
  UploadOptions,
} from "./transport/http.js";
export type { ChangedOpenid, Follower, Language, Stranger, UserInfo, Users } from "./users.js";
