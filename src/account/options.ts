import { type ApiOptions, apiRule, foreign } from "../api/client.js";
import { type CloudHosting, cloudCalls, cloudHostingRule } from "../api/cloud-hosting.js";
import { providerRule, type TokenProvider } from "../api/token/token.js";
import { ConfigError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";
import {
  anything,
  appIdRule,
  bodyLimitRule,
  checkedBy,
  checkOptions,
  count,
  filled,
  flag,
  func,
  number,
  oneOf,
  type Rule,
  type Rules,
  required,
} from "../options.js";
import type { Overflow } from "../outgoing/text.js";
import { place } from "../places.js";
import type { Context } from "../router/context.js";
import { checkDeadline, type DeadlineOptions } from "../runs/deadline.js";
import { type Store, storeRule } from "../store/store.js";
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

const callRules = {
  appSecret: {
    fault(value) {
      const { fault } = filled(`the text of ${place("appSecret")}`);
      const wrong = fault(value);
      return wrong && `${wrong}. Leave it out if nothing calls WeChat`;
    },
  },
  tokenProvider: providerRule,
  api: apiRule,
} satisfies Readonly<Record<string, Rule>>;

const commonRules = {
  cloudHosting: cloudHostingRule,
  maxAge: number({ of: "seconds" }),
  now: func("Date.now"),
  bodyLimit: bodyLimitRule,
  store: storeRule,
  deadline: checkedBy((deadline) => checkDeadline(deadline as DeadlineOptions<never>)),
  overflow: oneOf("error", "split", "truncate"),
  aiGenerated: flag,
  debug: flag,
  dedupeKey: func("(message, appId) => message.MsgId"),
} satisfies Readonly<Record<string, Rule>>;

const rules: Rules<GivenOptions> = {
  // The envelope, which is made at once, judges tokens and keys.
  token: anything,
  appId: appIdRule,
  encodingAESKey: anything,
  acceptPlain: flag,
  ...callRules,
  ...commonRules,
};

/** The options that each of several accounts has for itself. */
const own: Rules<AccountOptions> = {
  token: required(anything),
  appId: required({
    fault: (value) =>
      (value === undefined ? undefined : appIdRule.fault(value)) ??
      (/^[\w-]{1,64}$/.test(String(value ?? ""))
        ? undefined
        : `is needed for each of several accounts, to keep its tokens, users and pushes apart from the others': ${place("appId")}`),
  }),
  encodingAESKey: anything,
  acceptPlain: flag,
  ...callRules,
};

const shared: Rules<SharedOptions> = { ...commonRules, api: apiRule, maxAccounts: count };

/** Refuses options that koa-wx does not know, and says which one was meant. */
export function checkWechat(options: unknown): asserts options is GivenOptions {
  checkOptions(options, "Wechat", rules, {
    wanted: 'new Wechat() takes an object with at least a "token"',
    foreign,
  });
  const given = options as GivenOptions;
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
  checkOptions(options, "an account", own, {
    wanted: 'An account is an object with "token" and "appId"',
    foreign,
    elsewhere: rules,
  });
}

/** The same for what several accounts have in common. */
export function checkShared(options: unknown): asserts options is SharedOptions {
  checkOptions(options, "all accounts", shared, {
    wanted: "new Wechat(resolver, options) takes an object",
    foreign,
    elsewhere: own,
  });
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
