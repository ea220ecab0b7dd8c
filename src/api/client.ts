import { inspect } from "node:util";
import { ConfigError } from "../errors.js";
import { MemoryStore } from "../store/memory.js";
import { type Store, scoped } from "../store/store.js";
import { AutoReply } from "./auto-reply.js";
import { Blacklist } from "./blacklist.js";
import { Caller, type Fetch } from "./caller.js";
import { Comments } from "./comments.js";
import { CustomerService } from "./customer-service.js";
import { Datacube } from "./datacube.js";
import { Drafts } from "./drafts.js";
import type { CallOptions, Download, FileInput, Http } from "./http.js";
import { Jssdk } from "./jssdk.js";
import { KfAccounts } from "./kf-accounts.js";
import { KfSessions } from "./kf-sessions.js";
import { Mass } from "./mass.js";
import { Material } from "./material.js";
import { Media } from "./media.js";
import { Menus } from "./menus.js";
import { Network } from "./network.js";
import { OAuth } from "./oauth.js";
import { Publishing } from "./publishing.js";
import { Qrcodes } from "./qrcode.js";
import { Quotas } from "./quota.js";
import { Semantic } from "./semantic.js";
import { ShortKeys } from "./short-keys.js";
import { Subscriptions } from "./subscriptions.js";
import { Tags } from "./tags.js";
import { Templates } from "./templates.js";
import { accountTickets, accountTokens, type TokenProvider } from "./token.js";
import { Users } from "./users.js";

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
}

export interface ClientOptions extends ApiOptions {
  /** 开发者ID(AppID). */
  readonly appId: string;
  /** 开发者密码(AppSecret). Can be left out with a `tokenProvider`. */
  readonly appSecret?: string;
  /** Where tokens are kept. Default: a new MemoryStore. Share one between processes. */
  readonly store?: Store;
  /** Where tokens come from instead, such as a token server (中控服务器). */
  readonly tokenProvider?: TokenProvider | (() => Promise<string>);
}

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
export class Client implements Http {
  readonly appId: string;
  /** The account's access tokens. */
  readonly tokens: TokenProvider;

  readonly autoReply: AutoReply;
  readonly blacklist: Blacklist;
  readonly comments: Comments;
  readonly customerService: CustomerService;
  readonly datacube: Datacube;
  readonly drafts: Drafts;
  readonly jssdk: Jssdk;
  readonly kfAccounts: KfAccounts;
  readonly kfSessions: KfSessions;
  readonly mass: Mass;
  readonly material: Material;
  readonly media: Media;
  readonly menu: Menus;
  readonly network: Network;
  readonly oauth: OAuth;
  readonly publishing: Publishing;
  readonly qrcode: Qrcodes;
  readonly quota: Quotas;
  readonly semantic: Semantic;
  readonly shortKeys: ShortKeys;
  readonly subscriptions: Subscriptions;
  readonly tags: Tags;
  readonly templates: Templates;
  readonly users: Users;

  readonly #http: Http;

  constructor(options: ClientOptions) {
    const { appId, appSecret = "", store = new MemoryStore(), tokenProvider } = options;
    if (typeof appId !== "string" || appId === "") {
      throw new ConfigError(
        'A client needs "appId": the 开发者ID(AppID) in 设置与开发 → 基本配置.',
      );
    }
    if (appSecret === "" && tokenProvider === undefined) {
      throw new ConfigError(
        'A client needs "appSecret", the 开发者密码(AppSecret) in 设置与开发 → 基本配置, or a "tokenProvider".',
      );
    }
    const account = { appId, appSecret };
    const own = scoped(store, appId);
    this.appId = appId;
    this.tokens =
      typeof tokenProvider === "function"
        ? { get: tokenProvider }
        : (tokenProvider ?? accountTokens(new Caller(options), account, own, options.stableToken));
    const http = new Caller(options, this.tokens);
    this.#http = http;

    this.autoReply = new AutoReply(http);
    this.blacklist = new Blacklist(http);
    this.comments = new Comments(http);
    this.customerService = new CustomerService(http);
    this.datacube = new Datacube(http);
    this.drafts = new Drafts(http);
    this.jssdk = new Jssdk(
      appId,
      accountTickets(http, own, "jsapi"),
      accountTickets(http, own, "wx_card"),
    );
    this.kfAccounts = new KfAccounts(http);
    this.kfSessions = new KfSessions(http);
    this.mass = new Mass(http);
    this.material = new Material(http);
    this.media = new Media(http);
    this.menu = new Menus(http);
    this.network = new Network(http);
    this.oauth = new OAuth(http, account);
    this.publishing = new Publishing(http);
    this.qrcode = new Qrcodes(http);
    this.quota = new Quotas(http, account);
    this.semantic = new Semantic(http);
    this.shortKeys = new ShortKeys(http);
    this.subscriptions = new Subscriptions(http);
    this.tags = new Tags(http);
    this.templates = new Templates(http);
    this.users = new Users(http);
  }

  get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.#http.get(path, options);
  }

  post<T>(path: string, body?: unknown, options?: CallOptions): Promise<T> {
    return this.#http.post(path, body, options);
  }

  upload<T>(
    path: string,
    file: FileInput,
    options?: CallOptions & { readonly fields?: Readonly<Record<string, string>> },
  ): Promise<T> {
    return this.#http.upload(path, file, options);
  }

  download<T = never>(
    path: string,
    options?: CallOptions & { readonly method?: "GET" | "POST"; readonly body?: unknown },
  ): Promise<Download | T> {
    return this.#http.download(path, options);
  }

  /** What a log may show of it. */
  toJSON(): { appId: string } {
    return { appId: this.appId };
  }

  [inspect.custom](): string {
    return `Client { appId: '${this.appId}' }`;
  }
}

/** Makes a client for WeChat's server APIs, without a server of your own. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}
