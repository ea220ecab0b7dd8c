import type { Client } from "../api/client.js";
import { addressRule, checkAddress } from "../api/transport/address.js";
import type { Fetch } from "../api/transport/fetch.js";
import { ConfigError } from "../errors.js";
import {
  anything,
  checkOptions,
  count,
  filled,
  flag,
  func,
  kind,
  like,
  listOf,
  number,
  type Rules,
  required,
  text,
  timer,
} from "../options.js";
import type { RedisClient } from "../store/redis/client.js";
import { type Store, storeRule } from "../store/store.js";
import type { AuditEvent } from "./admission/audit.js";
import type { SigningClient } from "./signing.js";

/** How often a client may call. */
export interface GatewayRate {
  /** Requests. */
  readonly points: number;
  /** Within so many milliseconds, whole seconds. */
  readonly window: number;
}

/** What a client of the gateway is and may do. */
export interface GatewayClient {
  /** At least 32 characters (`openssl rand -hex 32`); while it is changed, `[current, previous]`. */
  readonly secret: string | readonly [current: string, previous: string];
  /** The app ids of the accounts it may use. Default: all of the gateway. */
  readonly accounts?: readonly string[];
  /** Whether the token server gives it tokens and tickets. Default: false. */
  readonly tokens?: boolean;
  /** What it may call through the proxy: paths, or their beginnings like `"/cgi-bin/menu/*"`. Default: none. */
  readonly paths?: readonly string[];
  /** Default: 600 requests a minute, for each of token server and proxy. */
  readonly rate?: GatewayRate;
  /** How many of its calls the proxy has under way at once. Default: 50. */
  readonly parallel?: number;
}

/** What `tokenServer` and `apiProxy` have in common. */
export interface GatewayOptions {
  /** The accounts: clients of `createClient({ appId, appSecret, store })`, or `wx.api`. */
  readonly accounts: readonly Client[];
  /** Who may call, by name: letters, digits, `.`, `_` and `-`. */
  readonly clients: Readonly<Record<string, GatewayClient>>;
  /** Where the path of every request begins, as the client sends it. */
  readonly prefix?: string;
  /** Where used nonces are kept; best the store of the accounts. Default: a MemoryStore of its own. */
  readonly store?: Store;
  /** A client of `ioredis` or `redis` that counts requests for all processes. Default: each counts its own. */
  readonly redis?: RedisClient;
  /** How many seconds, as it is signed, a request's timestamp may be from this clock. Default: 300. */
  readonly maxAge?: number;
  /** Is told of every request once it is over. */
  readonly audit?: (event: AuditEvent) => void;
  /** The wall clock, in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}

/** The options that both servers take. */
export const gatewayRules: Rules<GatewayOptions> = {
  accounts: required(
    kind(
      "a list of at least one createClient({ appId, appSecret })",
      (list) => Array.isArray(list) && list.length > 0 && list.every((one) => isText(one?.appId)),
    ),
  ),
  clients: required(
    kind(
      'an object that names at least one client, { shop: { secret: "…", paths: ["/cgi-bin/…"] } }',
      (table) => typeof table === "object" && table !== null && Object.keys(table).length > 0,
    ),
  ),
  prefix: like(/^(\/[\w-]+)+$/, 'a path like "/wechat/proxy", without a slash at its end'),
  store: storeRule,
  // Whatever asks it judges it, at once.
  redis: anything,
  maxAge: number({ of: "seconds", most: 3_600 }),
  audit: func("(event) => console.log(event)"),
  now: func("Date.now"),
};

/** What services say to reach a gateway. */
interface RemoteOptions extends SigningClient {
  readonly url: string;
  readonly appId: string;
  readonly timeout?: number;
  readonly fetch?: Fetch;
}

export const remoteRules: Rules<RemoteOptions> = {
  url: required(addressRule),
  appId: required(filled("the 开发者ID(AppID) of the account")),
  client: required(filled()),
  secret: required(filled()),
  timeout: timer,
  fetch: func("globalThis.fetch"),
};

export const defaultRate: GatewayRate = { points: 600, window: 60_000 };

const patternSyntax = /^(\/[\w-]+(\.[\w-]+)*)*(\/[\w-]+(\.[\w-]+)*|\/\*)$/;
const path = like(patternSyntax, 'like "/cgi-bin/user/info" or "/cgi-bin/*"');
const isText = (value: unknown) => typeof value === "string";
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;

const clientRules: Rules<GatewayClient> = {
  secret: required({
    fault: (given) => {
      const secrets = [given].flat();
      return secrets.length > 0 &&
        secrets.every((one) => typeof one === "string" && one.length >= 32)
        ? undefined
        : "needs at least 32 characters. Make one: openssl rand -hex 32";
    },
  }),
  accounts: listOf(text, '["wx…"]'),
  tokens: flag,
  paths: listOf(path, '["/cgi-bin/menu/*"]'),
  rate: kind("{ points, window }: requests in so many milliseconds, 60000 for a minute", (rate) => {
    const { points, window } = (rate ?? {}) as Partial<GatewayRate>;
    return isCount(points) && isCount(window) && (window as number) % 1_000 === 0;
  }),
  parallel: count,
};

/** Throws a ConfigError for clients that cannot be right; `what` is the function that was called. */
export function checkGateway(what: string, { accounts, clients }: GatewayOptions): void {
  const fail = (text: string): never => {
    throw new ConfigError(`${what}(): ${text}`);
  };
  const appIds = new Set(accounts.map(({ appId }) => appId));
  if (appIds.size !== accounts.length) fail('two of "accounts" have the same appId.');
  for (const [id, client] of Object.entries(clients)) {
    if (!/^[\w.-]{1,64}$/.test(id))
      fail(`a client's name has at most 64 letters, digits, ".", "_" and "-".`);
    checkOptions(client, `"clients.${id}"`, clientRules);
    if (client.accounts?.some((appId) => !appIds.has(appId)))
      fail(`${id} may use an account that is not among "accounts".`);
  }
}

export function secretsOf({ secret }: GatewayClient): readonly string[] {
  return typeof secret === "string" ? [secret] : (secret ?? []);
}

/** An address of a gateway or of WeChat, without a slash at its end. Throws a ConfigError. */
export function checkServer(option: string, address: string): URL {
  const url = checkAddress(address, option);
  // By hand: a pattern would look from every slash to the end.
  let end = url.pathname.length;
  while (url.pathname[end - 1] === "/") end -= 1;
  url.pathname = url.pathname.slice(0, end);
  return url;
}
