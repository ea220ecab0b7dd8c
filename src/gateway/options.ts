import type { Client } from "../api/client.js";
import { checkAddress } from "../api/transport/address.js";
import { ConfigError } from "../errors.js";
import type { RedisClient } from "../store/redis/client.js";
import type { Store } from "../store/store.js";
import type { AuditEvent } from "./admission/audit.js";

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

/** The names of the options that both servers take. */
export const gatewayNames: Readonly<Record<keyof GatewayOptions, true>> = {
  accounts: true,
  clients: true,
  prefix: true,
  store: true,
  redis: true,
  maxAge: true,
  audit: true,
  now: true,
};

export const defaultRate: GatewayRate = { points: 600, window: 60_000 };

const patternSyntax = /^(\/[\w-]+(\.[\w-]+)*)*(\/[\w-]+(\.[\w-]+)*|\/\*)$/;

/** Throws a ConfigError for what cannot be right; `what` is the function that was called. */
export function checkGateway(what: string, options: GatewayOptions): void {
  const fail = (text: string): never => {
    throw new ConfigError(`${what}(): ${text}`);
  };
  const { accounts, clients, prefix, maxAge = 300 } = options;
  if (!Array.isArray(accounts) || accounts.length === 0)
    fail('"accounts" is a list of at least one createClient({ appId, appSecret }).');
  if (new Set(options.accounts.map(({ appId }) => appId)).size !== options.accounts.length)
    fail('two of "accounts" have the same appId.');
  if (typeof clients !== "object" || clients === null || Object.keys(clients).length === 0)
    fail('"clients" names at least one client: { shop: { secret: "…", paths: ["/cgi-bin/…"] } }.');
  if (prefix !== undefined && !/^(\/[\w-]+)+$/.test(prefix))
    fail('"prefix" is a path like "/wechat/proxy", without a slash at its end.');
  if (!(maxAge > 0 && maxAge <= 3600)) fail('"maxAge" is a number of seconds up to 3600.');
  for (const [id, client] of Object.entries(clients)) {
    if (!/^[\w.-]{1,64}$/.test(id))
      fail(`a client's name has at most 64 letters, digits, ".", "_" and "-".`);
    const secrets = secretsOf(client);
    if (secrets.length === 0 || secrets.some((secret) => !(secret?.length >= 32)))
      fail(`the secret of ${id} needs at least 32 characters. Make one: openssl rand -hex 32.`);
    for (const path of client.paths ?? []) {
      if (!patternSyntax.test(path))
        fail(`${id} has a path that is none: they are like "/cgi-bin/user/info" or "/cgi-bin/*".`);
    }
    for (const appId of client.accounts ?? []) {
      if (!options.accounts.some((account) => account.appId === appId))
        fail(`${id} may use an account that is not among "accounts".`);
    }
    const { points, window } = client.rate ?? defaultRate;
    if (!isCount(points) || !isCount(window) || window % 1_000 !== 0)
      fail(
        `the rate of ${id} is { points, window }: requests in so many milliseconds, 60000 for a minute.`,
      );
    if (client.parallel !== undefined && !isCount(client.parallel))
      fail(`"parallel" of ${id} is a whole number above 0.`);
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

const isCount = (value: number) => Number.isSafeInteger(value) && value > 0;
