/** What bots are written with. */

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
export { RedisStore } from "./store/redis/redis.js";
export { Wechat } from "./wechat.js";

// A little more advanced

export { observe } from "./diagnostics.js";
export { explain } from "./errcodes/explain.js";
export { errorCodes, HandlerError, ReplyError, StoreError } from "./errors.js";
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
export type { ReceiveAnswer } from "./account/receive/receive.js";
export type { HostOptions, ReceiveRequest } from "./account/receive/request.js";
export type { ReceivedFile } from "./api/files/received-file.js";
export type { DiagnosticEvents } from "./diagnostics.js";
export type { ErrorCode } from "./errors.js";
export type { JssdkOptions } from "./koa/jssdk.js";
export type { BrokerOptions } from "./koa/login/broker/broker.js";
export type { LoginGuard } from "./koa/login/guard.js";
export type { OAuthOptions } from "./koa/login/options.js";
export type { WxProfiledUser, WxUser, WxUserState } from "./koa/login/user.js";
export type { EventEnvelope } from "./message/envelope.js";
export type { AnyEvent, EventMap, EventType } from "./message/events.js";
export type { FileInput } from "./message/file.js";
export type { AnyMessage, MessageMap, MessageType } from "./message/messages.js";
export type { Reply, Result } from "./message/reply.js";
export type { Outgoing, OutgoingHook } from "./outgoing/hooks.js";
export type { ExclusiveOptions } from "./plugins/exclusive.js";
export type { Flow, FlowOptions } from "./plugins/flow/script.js";
export type { LimitOptions } from "./plugins/limit.js";
export type { RecorderOptions } from "./plugins/recorder/recorder.js";
export type { SessionFlavor, SessionOptions } from "./plugins/session/session.js";
export type { Transcriber } from "./plugins/transcribe.js";
export type { Handler, Next } from "./router/compose.js";
export type { Context } from "./router/context.js";
export type { EventHandler, MessageHandler, Plugin } from "./router/handlers.js";
export type { Trigger } from "./router/matching/trigger.js";
export type { DeadlineOptions } from "./runs/deadline.js";
export type { MemoryStoreOptions } from "./store/memory.js";
export type { RedisStoreOptions } from "./store/redis/redis.js";
export type { Store } from "./store/store.js";

// A compiler that writes down what it has inferred finds the other types behind these doors, even
// if nothing imports them.

export type {} from "./api/index.js";
export type {} from "./further-types.js";
