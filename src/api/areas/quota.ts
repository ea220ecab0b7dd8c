import { secretOf } from "../token/secret.js";
import type { AppCredentials, Done, Http } from "../transport/http.js";

/** How often a call may be made, and was. */
export interface Quota {
  readonly quota: { readonly daily_limit: number; readonly used: number; readonly remain: number };
  readonly rate_limit?: { readonly call_count: number; readonly refresh_second: number };
  readonly component_rate_limit?: {
    readonly call_count: number;
    readonly refresh_second: number;
  };
}

/** A call that WeChat remembers. */
export interface RecordedRequest {
  /** Seconds. */
  readonly invoke_time: number;
  readonly cost_in_ms: number;
  readonly request_url: string;
  readonly request_body: string;
  readonly response_body: string;
  readonly client_ip: string;
}

/** How often WeChat may be called (接口调用额度), and what happened in a call. */
export class Quotas {
  readonly #http: Http;
  readonly #account: AppCredentials;

  constructor(http: Http, account: AppCredentials) {
    this.#http = http;
    this.#account = account;
  }

  /** The quota of one call, by its path such as `/cgi-bin/message/custom/send`. Source: 「查询API调用额度」. */
  get(cgiPath: string): Promise<Quota> {
    const body = { cgi_path: cgiPath };
    return this.#http.post("/cgi-bin/openapi/quota/get", body, { idempotent: true });
  }

  /** Sets all counters of the day to zero, ten times a month (48006). Source: 「重置API调用次数」. */
  clear(): Promise<Done> {
    return this.#http.post("/cgi-bin/clear_quota", { appid: this.#account.appId });
  }

  /**
   * The same without an access token, for when the quota of tokens is used up; counts with `clear()`.
   * Source: 「使用AppSecret重置API调用次数」.
   */
  async clearBySecret(): Promise<Done> {
    // The document's table has the two in the body, its sample in the query.
    const credentials = { appid: this.#account.appId, appsecret: secretOf(this.#account) };
    return this.#http.post("/cgi-bin/clear_quota/v2", credentials, {
      query: credentials,
      token: false,
    });
  }

  /** Sets the counter of one call to zero, fifty times a month. Source: 「重置指定API调用次数」. */
  clearOne(cgiPath: string): Promise<Done> {
    return this.#http.post("/cgi-bin/openapi/quota/clear", { cgi_path: cgiPath });
  }

  /** What happened in a call of the last seven days, by `error.rid`. Source: 「查询rid信息」. */
  async rid(rid: string): Promise<RecordedRequest> {
    const { request } = await this.#http.post<{ request: RecordedRequest }>(
      "/cgi-bin/openapi/rid/get",
      { rid },
      { idempotent: true },
    );
    return request;
  }
}
