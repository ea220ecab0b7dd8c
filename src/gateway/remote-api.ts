import type { WechatOptions } from "../account/options.js";
import { type Fetch, nodeFetch } from "../api/transport/fetch.js";
import { checkOptions, type Rules } from "../options.js";
import { checkServer, remoteRules } from "./options.js";
import { type SigningClient, signRequest } from "./signing.js";

/** The options of `remoteApi`. */
export interface RemoteApiOptions extends SigningClient {
  /** The proxy with its prefix: `"https://gateway.example.com/proxy"`. */
  readonly url: string;
  /** 开发者ID(AppID) of the account. */
  readonly appId: string;
  /** How long a call may take, in milliseconds. Default: 10,000. */
  readonly timeout?: number;
  /** Your own `fetch`. Default: that of node-fetch. */
  readonly fetch?: Fetch;
}

const rules: Rules<RemoteApiOptions> = remoteRules;

/**
 * The options that send all calls of `wx.api` through an `apiProxy`, so that this process needs
 * neither AppSecret nor token.
 *
 * ```ts
 * const wx = new Wechat({ token, appId, ...remoteApi({ url, appId, client: "crm", secret }) });
 * ```
 *
 * For `createClient`, spread the parts: `{ appId, ...remote.api, tokenProvider: remote.tokenProvider }`.
 */
export function remoteApi(
  options: RemoteApiOptions,
): Required<Pick<WechatOptions, "api" | "tokenProvider">> {
  checkOptions(options, "remoteApi()", rules);
  const { url, appId, client, secret, timeout, fetch } = options;
  const base = checkServer("url", url);
  base.pathname += `/${encodeURIComponent(appId)}`;
  const send = fetch ?? nodeFetch;
  const signed: Fetch = (address, init) => {
    const target = new URL(address);
    // A file is fetched from wherever WeChat has put it, which is told nothing.
    if (target.origin !== base.origin || !target.pathname.startsWith(`${base.pathname}/`)) {
      return send(address, init);
    }
    // The proxy fills in the real one, and takes none from a client.
    target.searchParams.delete("access_token");
    const { method, body, headers } = init;
    const path = target.pathname + target.search;
    const signature = signRequest({ client, secret }, method, path, body);
    return send(String(target), { ...init, headers: { ...headers, ...signature } });
  };
  return {
    api: { baseUrl: String(base), fetch: signed, ...(timeout === undefined ? {} : { timeout }) },
    tokenProvider: { get: async () => "of-the-proxy" },
  };
}
