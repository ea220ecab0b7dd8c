import { type ApiOptions, checkApi } from "../api/client.js";
import { type CloudHosting, checkCloudHosting, cloudCalls } from "../api/cloud-hosting.js";
import { checkProvider, type TokenProvider } from "../api/token/token.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import { checkAppId, checkFunction, checkNames, kindOf } from "../options.js";
import type { Overflow } from "../outgoing/text.js";
import { place } from "../places.js";
import type { Context } from "../router/context.js";
import { checkDeadline, type DeadlineOptions } from "../runs/deadline.js";
import { checkStore, type Store } from "../store/store.js";
import type { EnvelopeOptions } from "../wire/envelope.js";

/** The options of `new Wechat(…)`. `token` alone is enough for 明文模式. */
export interface WechatOptions extends EnvelopeOptions {
  readonly token: string | readonly string[];
  /** 开发者密钥(AppSecret), for calls of WeChat's APIs. */
  readonly appSecret?: string;
  /**
   * Whether this runs in 微信云托管, whose pushes are not signed and whose calls carry no token. Only there:
   * on any other server, everybody could push. Default: false.
   */
  readonly cloudHosting?: boolean | CloudHosting;
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
  /**
   * Whether what is sent as customer-service messages, late replies and `ctx.send()`, is labelled as made by an
   * AI: WeChat shows 内容由第三方AI生成 below it. Default: false. Passive replies cannot be labelled.
   */
  readonly aiGenerated?: boolean;
  /**
   * Whether the terminal says what became of each push, and why one got no reply: see `docs/no-reply.md`. Default:
   * true where `NODE_ENV` is `development`.
   */
  readonly debug?: boolean;
  /** Tells deliveries of one push from those of another. Default: by user and MsgId, or the whole event. */
  readonly dedupeKey?: (message: AnyMessage, appId: string) => string;
}

/** The options of `new Wechat(…)` within 微信云托管, where nothing is signed. */
export interface CloudHostedOptions extends Omit<WechatOptions, "token" | "cloudHosting"> {
  readonly token?: string | readonly string[];
  readonly appId: string;
  readonly cloudHosting: true | CloudHosting;
}

/** What an account is made of, whichever way its options were given. */
export interface GivenOptions extends Omit<WechatOptions, "token"> {
  readonly token?: string | readonly string[];
}

/** One account of several, as an AccountResolver returns it. `token` is needed, but with `cloudHosting`. */
export interface AccountOptions
  extends Pick<EnvelopeOptions, "token" | "encodingAESKey" | "acceptPlain">,
    Pick<WechatOptions, "appSecret" | "tokenProvider" | "api"> {
  /** 开发者ID(AppID). Everything that is kept for the account is kept under it. */
  readonly appId: string;
}

/** What several accounts have in common: the second argument of `new Wechat(…)`. */
export interface SharedOptions extends Omit<WechatOptions, Exclude<keyof AccountOptions, "api">> {
  /**
   * How many accounts are kept ready. Default: 1,000. Those that were not written to for longest are
   * let go, and set up again when somebody writes.
   */
  readonly maxAccounts?: number;
}

const known: Readonly<Record<keyof WechatOptions, true>> = {
  token: true,
  appId: true,
  appSecret: true,
  api: true,
  tokenProvider: true,
  encodingAESKey: true,
  acceptPlain: true,
  cloudHosting: true,
  maxAge: true,
  now: true,
  bodyLimit: true,
  store: true,
  deadline: true,
  overflow: true,
  aiGenerated: true,
  debug: true,
  dedupeKey: true,
};

/** The options that each of several accounts has for itself. */
const own: Readonly<Record<keyof AccountOptions, true>> = {
  token: true,
  appId: true,
  appSecret: true,
  tokenProvider: true,
  encodingAESKey: true,
  acceptPlain: true,
  api: true,
};

const overflows: readonly unknown[] = ["error", "split", "truncate"] satisfies Overflow[];

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
export function checkOptions(options: unknown): asserts options is GivenOptions {
  checkNames(options, "Wechat", known, {
    wanted: 'new Wechat() takes an object with at least a "token"',
    foreign,
  });
  const given = options as GivenOptions;
  checkCalls(given);
  checkCommon(given);
  checkAppId(given.appId);
  const { appId, deadline } = given;
  const canCall = canCallWechat(given);
  const [needing] = (["cloudHosting", "appSecret", "tokenProvider"] as const).filter(
    (name) => given[name] !== undefined && given[name] !== false,
  );
  if (needing !== undefined && (typeof appId !== "string" || appId === "")) {
    throw new ConfigError(`With "${needing}", "appId" is needed too: ${place("appId")}.`);
  }
  if (!canCall && deadline?.late === "send") {
    throw new ConfigError(
      `"deadline.late" is "send", and a customer-service message (客服消息) needs "appId" and "appSecret": the 开发者ID(AppID) and 开发者密钥(AppSecret) in ${place("credentials")}. Add them, or choose "collect".`,
    );
  }
}

/** Whether WeChat's APIs can be called: with a token, or within 微信云托管 without one. */
export function canCallWechat({
  appSecret,
  tokenProvider,
  cloudHosting,
}: Pick<GivenOptions, "appSecret" | "tokenProvider" | "cloudHosting">): boolean {
  return (
    appSecret !== undefined || tokenProvider !== undefined || cloudCalls(cloudHosting) !== undefined
  );
}

/** The same for what an AccountResolver returned. Throws a ConfigError without a usable AppID too. */
export function checkAccount(options: unknown): asserts options is AccountOptions {
  checkNames(options, "an account", own, {
    wanted: 'An account is an object with "token" and "appId"',
    foreign,
    elsewhere: known,
  });
  checkCalls(options as AccountOptions);
  const { appId } = options as { appId?: unknown };
  checkAppId(appId);
  if (typeof appId === "string" && /^[\w-]{1,64}$/.test(appId)) return;
  throw new ConfigError(
    `Each of several accounts needs its "appId", which keeps its tokens, users and pushes apart from the others': ${place("appId")}.`,
  );
}

/** The same for what several accounts have in common. */
export function checkShared(options: unknown): asserts options is SharedOptions {
  const takes = Object.fromEntries(
    Object.entries(known).filter(([name]) => name === "api" || !Object.hasOwn(own, name)),
  );
  checkNames(
    options,
    "all accounts",
    { ...takes, maxAccounts: true },
    {
      wanted: "new Wechat(resolver, options) takes an object",
      foreign,
      elsewhere: own,
    },
  );
  const { maxAccounts, ...rest } = options as SharedOptions;
  checkCommon(rest);
  if (rest.api !== undefined) checkApi(rest.api);
  if (maxAccounts === undefined || (Number.isSafeInteger(maxAccounts) && maxAccounts > 0)) return;
  throw new ConfigError(
    `"maxAccounts" must be a whole number above 0, got ${String(maxAccounts)}.`,
  );
}

const accountNames = Object.keys(own) as readonly (keyof AccountOptions)[];
const clientNames = ["appSecret", "tokenProvider", "api", "cloudHosting"] as const;

/** Whether two configurations of an account are the same. */
export function isSame(one: AccountOptions, other: AccountOptions): boolean {
  return accountNames.every((name) => equal(one[name], other[name]));
}

/** Whether two configurations of an account call WeChat in the same way. */
export function callsSame(one: GivenOptions, other: GivenOptions): boolean {
  return clientNames.every((name) => equal(one[name], other[name]));
}

/** Compares lists and what they hold, and plain objects; functions and instances by identity. */
function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isPlain(one) || !isPlain(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && equal(one[name], other[name]))
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** Checks how an account calls WeChat. */
function checkCalls({ appSecret, tokenProvider, api }: Partial<WechatOptions>): void {
  if (appSecret !== undefined && (typeof appSecret !== "string" || appSecret === "")) {
    throw new ConfigError(
      `"appSecret" must be the text of ${place("appSecret")}, got ${kindOf(appSecret)}. Leave it out if nothing calls WeChat.`,
    );
  }
  if (tokenProvider !== undefined) checkProvider(tokenProvider);
  if (api !== undefined) checkApi(api);
}

/** Checks what accounts have in common. */
function checkCommon(options: Partial<WechatOptions>): void {
  const { now, dedupeKey, store, deadline, overflow, cloudHosting } = options;
  checkCloudHosting(cloudHosting);
  checkDeadline(deadline);
  for (const name of ["aiGenerated", "debug"] as const) {
    const given: unknown = options[name];
    if (given === undefined || typeof given === "boolean") continue;
    throw new ConfigError(`"${name}" must be true or false, got ${kindOf(given)}.`);
  }
  checkFunction(now, "now", "Date.now");
  checkFunction(dedupeKey, "dedupeKey", "(message, appId) => message.MsgId");
  if (store !== undefined) checkStore(store);
  if (overflow === undefined || overflows.includes(overflow)) return;
  const given = typeof overflow === "string" ? JSON.stringify(overflow) : kindOf(overflow);
  throw new ConfigError(
    `"overflow" must be one of ${overflows.map((name) => `"${name}"`).join(", ")}, got ${given}.`,
  );
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
