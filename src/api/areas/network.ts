import type { Http } from "../transport/http.js";

/** What a check tries, and from which network; all, from the best one, by default. */
export interface NetworkCheckOptions {
  /** `telnet` stands in newer documents only, `all` in older ones. */
  readonly action?: "dns" | "ping" | "telnet" | "all";
  readonly check_operator?: "CHINANET" | "UNICOM" | "CAP" | "DEFAULT";
}

/** What WeChat saw of the server's address. */
export interface NetworkCheck {
  readonly dns?: readonly { readonly ip: string; readonly real_operator: string }[];
  readonly ping?: readonly {
    readonly ip: string;
    readonly from_operator: string;
    readonly package_loss: string;
    readonly time: string;
  }[];
}

/** WeChat's addresses, and the way from there to here. */
export class Network {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The addresses that pushes come from, single or as CIDR; ask once a day. Source: 「获取微信callback IP地址」. */
  async callbackIps(): Promise<readonly string[]> {
    return this.#ips("/cgi-bin/getcallbackip");
  }

  /** The addresses of the API servers, single or as CIDR; ask once a day. Source: 「获取微信API接口 IP地址」. */
  async apiIps(): Promise<readonly string[]> {
    return this.#ips("/cgi-bin/get_api_domain_ip");
  }

  /** Lets WeChat look up and ping the server's address. Source: 「网络检测」. */
  check(options: NetworkCheckOptions = {}): Promise<NetworkCheck> {
    const { action = "all", check_operator = "DEFAULT" } = options;
    const body = { action, check_operator };
    return this.#http.post("/cgi-bin/callback/check", body, { idempotent: true });
  }

  async #ips(path: string): Promise<readonly string[]> {
    const { ip_list } = await this.#http.get<{ ip_list?: string[] }>(path);
    return ip_list ?? [];
  }
}
