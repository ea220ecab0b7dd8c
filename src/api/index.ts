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
} from "./areas/articles.js";
export type { AutoReply, AutoReplyContent, AutoReplyInfo } from "./areas/auto-reply.js";
export type { Blacklist } from "./areas/blacklist.js";
export type {
  Comment,
  CommentedArticle,
  CommentPage,
  Comments,
  CommentTarget,
} from "./areas/comments.js";
export type {
  CustomerArticle,
  CustomerMessage,
  CustomerMessageMap,
  MessageMenu,
} from "./areas/customer-message.js";
export type { CustomerService, SendOptions } from "./areas/customer-service.js";
export type { Datacube, DatacubeMap, DateSpan } from "./areas/datacube.js";
export type { Draft, Drafts, ProductCard } from "./areas/drafts.js";
export type { KfAccount, KfAccounts, OnlineKfAccount } from "./areas/kf-accounts.js";
export type {
  KfRecord,
  KfRecordPage,
  KfRecordSpan,
  KfSession,
  KfSessions,
  WaitingUsers,
} from "./areas/kf-sessions.js";
export type { Mass, MassArticle, MassUpload } from "./areas/mass.js";
export type {
  MassContent,
  MassImages,
  MassJob,
  MassMessageMap,
  MassPreview,
} from "./areas/mass-message.js";
export type {
  Material,
  MaterialCount,
  MaterialFile,
  MaterialMap,
  MaterialNews,
  UploadedMaterial,
  VideoMaterial,
} from "./areas/material.js";
export type { Media, MediaType, UploadedMedia, VideoUrl } from "./areas/media.js";
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
} from "./areas/menu-definition.js";
export type { Menus } from "./areas/menus.js";
export type { Network, NetworkCheck, NetworkCheckOptions } from "./areas/network.js";
export type { OAuth, UserProfile, UserToken } from "./areas/oauth.js";
export type {
  BusinessLicense,
  DrivingLicense,
  IdCard,
  MenuItem,
  Ocr,
  PrintedText,
  VehicleLicense,
} from "./areas/ocr.js";
export type { OpenidPage } from "./areas/paging.js";
export type {
  Corners,
  Crop,
  FoundCode,
  PictureInput,
  PictureSize,
  Pictures,
} from "./areas/pictures.js";
export type {
  ArticleProgress,
  PublishedStatistics,
  PublishedStatisticsMap,
} from "./areas/published-statistics.js";
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
} from "./areas/publisher.js";
export type { PublishedArticle, Publishing, PublishState } from "./areas/publishing.js";
export type { Qrcode, QrcodeOptions, QrcodeRequest, Qrcodes } from "./areas/qrcode.js";
export type { Quota, Quotas, RecordedRequest } from "./areas/quota.js";
export type { Semantic, SemanticAnswer, SemanticQuery, SpeechLanguage } from "./areas/semantic.js";
export type { LongData, ShortKeys } from "./areas/short-keys.js";
export type {
  PublicTemplateKeyword,
  PublicTemplateTitle,
  SubscriptionNotice,
  Subscriptions,
  SubscriptionTemplate,
} from "./areas/subscriptions.js";
export type { Tag, Tags } from "./areas/tags.js";
export type {
  BlockedMessage,
  Industry,
  MiniProgramPage,
  OneTimeMessage,
  Template,
  TemplateData,
  TemplateMessage,
  Templates,
} from "./areas/templates.js";
export type {
  ChangedOpenid,
  Follower,
  Language,
  Stranger,
  UserInfo,
  Users,
} from "./areas/users.js";
export type { ApiOptions, ClientOptions } from "./client.js";
export { Client, createClient } from "./client.js";
export type { CloudHosting } from "./cloud-hosting.js";
export type { FileOptions, ReceivedFile } from "./files/received-file.js";
export type { Jssdk, JssdkSignature } from "./jssdk.js";
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
