import { inspect } from "node:util";
import { ConfigError } from "../errors.js";
import type { OutputLanguage } from "../language.js";
import type { FileInput } from "../message/file.js";
import {
  anything,
  appIdRule,
  checkedBy,
  checkOptions,
  flag,
  func,
  oneOf,
  type Rules,
  required,
  text,
  timer,
} from "../options.js";
import { place } from "../places.js";
import { MemoryStore } from "../store/memory.js";
import { type Store, scoped, storeRule } from "../store/store.js";
import { Abilities, type Ability } from "./abilities.js";
import { Areas } from "./areas.js";
import { type CloudHosting, cloudCalls, cloudHostingRule } from "./cloud-hosting.js";
import { Jssdk } from "./jssdk.js";
import { ownTokens } from "./token/own-tokens.js";
import {
  accountTickets,
  accountTokens,
  providerRule,
  type TicketType,
  type TokenProvider,
} from "./token/token.js";
import { addressesRule, wechatApi } from "./transport/address.js";
import { Caller } from "./transport/caller.js";
import type { Fetch } from "./transport/fetch.js";
import type {
  CallOptions,
  Download,
  DownloadOptions,
  Http,
  UploadOptions,
} from "./transport/http.js";

/** How WeChat's servers are called. */
export interface ApiOptions {
  /** Another address of `api.weixin.qq.com`, or several: the first, and those for when it fails. */
  readonly baseUrl?: string | readonly string[];
  /** How long a call may take, in milliseconds. Default: 10,000; for files 60,000. */
  readonly timeout?: number;
  /** Your own `fetch`, for a proxy for example. Default: that of node-fetch. */
  readonly fetch?: Fetch;
  /** `false` takes tokens from `cgi-bin/token`, where each new one ends the last. Default: true. */
  readonly stableToken?: boolean;
  /** The language of the hints in errors, `en` or `zh`. Default: `zh` if `LANG` says so, else `en`. */
  readonly language?: OutputLanguage;
}

/** The options of `createClient`. */
export interface ClientOptions extends ApiOptions {
  /** 开发者ID(AppID). */
  readonly appId: string;
  /** 开发者密钥(AppSecret). Can be left out with a `tokenProvider`. */
  readonly appSecret?: string;
  /** Where tokens are kept. Default: a new MemoryStore. Share one between processes. */
  readonly store?: Store;
  /** Where tokens come from instead, such as a token server (中控服务器). */
  readonly tokenProvider?: TokenProvider | (() => Promise<string>);
  /** Whether this runs in 微信云托管, where calls need no token. Default: false. */
  readonly cloudHosting?: boolean | CloudHosting;
  /** The clock, in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}

const apiRules: Rules<ApiOptions> = {
  baseUrl: addressesRule,
  timeout: timer,
  fetch: func("globalThis.fetch"),
  stableToken: flag,
  language: oneOf("en", "zh"),
};

const rules: Rules<ClientOptions & { token?: unknown; encodingAESKey?: unknown }> = {
  appId: required({
    fault: (value) =>
      value === undefined || value === "" ? `is needed: ${place("appId")}` : appIdRule.fault(value),
  }),
  appSecret: text,
  store: storeRule,
  tokenProvider: providerRule,
  cloudHosting: cloudHostingRule,
  now: func("Date.now"),
  ...apiRules,
  // Of no use here, but people keep all of an account in one object.
  token: anything,
  encodingAESKey: anything,
};

/** What other libraries call the options of an account, in small letters. */
export const foreign: Readonly<Record<string, string>> = {
  secret: "appSecret",
  aeskey: "encodingAESKey",
  aes_key: "encodingAESKey",
  encoding_aes_key: "encodingAESKey",
  app_id: "appId",
  cache: "store",
  file_cache: "store",
  redis: "store",
  gettoken: "store",
  savetoken: "store",
};

/** How WeChat is called, checked before the first call. */
export const apiRule = checkedBy((options) => checkOptions(options, '"api"', apiRules));

/**
 * WeChat's server APIs for one account, one property for each product area. Everything that is not
 * there can be called by `get`, `post`, `upload` and `download`.
 *
 * ```ts
 * const api = createClient({ appId: "wx…", appSecret: "…" });
 * await api.customerService.sendText(openid, "你好");
 * for await (const openid of api.users.all()) console.log(openid);
 * ```
 */
export class Client extends Areas implements Http {
  readonly appId: string;
  /** The account's access tokens. */
  readonly tokens: TokenProvider;

  /** Signatures for pages that use the JS-SDK. */
  readonly jssdk: Jssdk;
  /** @internal How calls are made for it that are not its own: by the API proxy. */
  readonly connection: { readonly baseUrl: string; readonly fetch: Fetch | undefined };
  readonly #http: Caller;
  readonly #abilities: Abilities;

  constructor(options: ClientOptions) {
    checkOptions(options, "createClient()", rules, {
      wanted: 'createClient() takes an object with "appId" and "appSecret"',
      foreign,
    });
    const { appId, appSecret = "", store = new MemoryStore(), tokenProvider } = options;
    const cloud = cloudCalls(options.cloudHosting);
    if (appSecret === "" && tokenProvider === undefined && cloud === undefined) {
      throw new ConfigError(
        `A client needs "appSecret" (${place("appSecret")}) or a "tokenProvider".`,
      );
    }
    const account = { appId, appSecret };
    const own = scoped(store, appId);
    const usual = () =>
      tokenProvider === undefined
        ? accountTokens(new Caller(options), account, own, options.stableToken)
        : ownTokens(tokenProvider);
    const tokens = cloud === undefined ? usual() : (cloud.tokens ?? noTokens);
    const abilities = new Abilities(own, options.now ?? Date.now);
    const http = new Caller({ ...options, cloud }, tokens, abilities);
    super(http, account, options.fetch, { store: own, now: options.now ?? Date.now });
    const { baseUrl = wechatApi } = options;
    const [first = wechatApi] = typeof baseUrl === "string" ? [baseUrl] : baseUrl;
    this.connection = { baseUrl: first, fetch: options.fetch };
    this.#http = http;
    this.#abilities = abilities;
    this.appId = appId;
    this.tokens = tokens;
    const tickets = (type: TicketType) =>
      tokens.ticket === undefined
        ? accountTickets(http, own, type, appId)
        : { get: () => tokens.ticket?.(type) as Promise<string> };
    this.jssdk = new Jssdk(appId, tickets("jsapi"), tickets("wx_card"));
  }

  /** @internal From now on, calls say that the account shares the environment of another one. */
  share(): void {
    this.#http.share();
  }

  /** @internal Resolves when calls have the token that they carry, if any; what rejects here was never sent. */
  async prepare(): Promise<void> {
    await this.#http.prepare();
  }

  get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.#http.get(path, options);
  }

  post<T>(path: string, body?: unknown, options?: CallOptions): Promise<T> {
    return this.#http.post(path, body, options);
  }

  upload<T>(path: string, file: FileInput, options?: UploadOptions): Promise<T> {
    return this.#http.upload(path, file, options);
  }

  download<T = never>(path: string, options?: DownloadOptions): Promise<Download | T> {
    return this.#http.download(path, options);
  }

  /**
   * Whether the account may do something, as far as is known: true unless WeChat has answered such a call with 48001
   * within the hour. Until then no such call is made: it is refused here, with what WeChat said.
   */
  can(ability: Ability): Promise<boolean> {
    return this.#abilities.can(ability);
  }

  /** What a log may show of it. */
  toJSON(): { appId: string } {
    return { appId: this.appId };
  }

  [inspect.custom](): string {
    return `Client { appId: '${this.appId}' }`;
  }
}

/** Where the platform vouches for calls, there are none to be had. */
const noTokens: TokenProvider = {
  get: () =>
    Promise.reject(
      new ConfigError(
        'Within 微信云托管 calls carry no access token. For one of your own, set "cloudHosting" to { calls: "token" } and give "appSecret".',
      ),
    ),
};

/**
 * Makes a client for WeChat's server APIs, without a server of your own.
 *
 * ```ts
 * const api = createClient({ appId: "wx…", appSecret: "…" });
 * await api.customerService.sendText(openid, "你好");
 * ```
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}
