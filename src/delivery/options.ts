import type { ApiOptions } from "../api/client.js";
import type { TokenProvider } from "../api/token.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import type { Context } from "../router/context.js";
import { nearest } from "../router/names.js";
import type { Store } from "../store/store.js";
import type { EnvelopeOptions } from "../wire/envelope.js";
import type { DeadlineOptions } from "./deadline.js";
import type { Overflow } from "./text.js";

/** The options of `new Wechat(…)`. `token` alone is enough for 明文模式. */
export interface WechatOptions extends EnvelopeOptions {
  /** 开发者密码(AppSecret), for calls of WeChat's APIs. */
  readonly appSecret?: string;
  /** How WeChat's APIs are called. */
  readonly api?: ApiOptions;
  /** Where access tokens come from, if not from WeChat itself. */
  readonly tokenProvider?: TokenProvider | (() => Promise<string>);
  /** The longest body that is read: bytes, or a text like `"64kb"`. Default: 64 KiB. */
  readonly bodyLimit?: number | string;
  /** Where things are kept that outlive a request. Default: a new MemoryStore; several processes share a RedisStore. */
  readonly store?: Store;
  /** What is done about WeChat's five seconds. */
  readonly deadline?: DeadlineOptions<Context>;
  /**
   * What is done with a text reply of more than 2,048 bytes: `"error"` (default), `"split"`, which sends
   * the rest as customer-service messages, or `"truncate"`.
   */
  readonly overflow?: Overflow;
  /** Tells deliveries of one push from those of another. Default: by user and MsgId, or the whole event. */
  readonly dedupeKey?: (message: AnyMessage, appId: string) => string;
}

const known: Readonly<Record<keyof WechatOptions, true>> = {
  token: true,
  appId: true,
  appSecret: true,
  api: true,
  tokenProvider: true,
  encodingAESKey: true,
  acceptPlain: true,
  maxAge: true,
  now: true,
  bodyLimit: true,
  store: true,
  deadline: true,
  overflow: true,
  dedupeKey: true,
};

/** What other libraries call these options. */
const foreign: Readonly<Record<string, string>> = {
  secret: "appSecret",
  appsecret: "appSecret",
  aeskey: "encodingAESKey",
  aes_key: "encodingAESKey",
  encoding_aes_key: "encodingAESKey",
  app_id: "appId",
};

/** Refuses options that koa-wx does not know, and says which one was meant. */
export function checkOptions(options: unknown): asserts options is WechatOptions {
  if (typeof options !== "object" || options === null) {
    throw new ConfigError(
      `new Wechat() takes an object with at least a "token", got ${options === null ? "null" : typeof options}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (name in known) continue;
    const meant = foreign[name.toLowerCase()] ?? nearest(name, Object.keys(known));
    throw new ConfigError(
      `"${name}" is not an option of Wechat.${meant === undefined ? ` It takes ${Object.keys(known).join(", ")}.` : ` Did you mean "${meant}"?`}`,
    );
  }
}

/** Bytes, from a number or a text like `"64kb"`. */
export function bytes(limit: unknown): number {
  const match =
    typeof limit === "number"
      ? [undefined, String(limit)]
      : /^(\d+)\s*(kb|mb|b)?$/i.exec(String(limit));
  const unit = { kb: 1024, mb: 1024 * 1024, b: 1 }[match?.[2]?.toLowerCase() ?? "b"] ?? 1;
  const size = Number(match?.[1]) * unit;
  if (Number.isSafeInteger(size) && size > 0) return size;
  throw new ConfigError(
    `"bodyLimit" must be a positive number of bytes or a text like "64kb", got ${JSON.stringify(limit)}. There is no way to switch the limit off.`,
  );
}
