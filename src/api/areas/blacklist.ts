import type { Done, Http } from "../transport/http.js";
import { type OpenidPage, openids } from "./paging.js";

/** Followers from whom the account wants to hear nothing (黑名单). */
export class Blacklist {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** One page of blocked openids, at most 10,000, from `beginOpenid`. Source: 「获取公众号的黑名单列表」. */
  list(beginOpenid = ""): Promise<OpenidPage> {
    const body = { begin_openid: beginOpenid };
    return this.#http.post("/cgi-bin/tags/members/getblacklist", body, { idempotent: true });
  }

  /** All blocked openids. Source: 「获取公众号的黑名单列表」. */
  all(): AsyncGenerator<string, void, undefined> {
    return openids((cursor) => this.list(cursor));
  }

  /** Blocks at most 20 users. Source: 「拉黑用户」. */
  block(openidList: readonly string[]): Promise<Done> {
    const body = { openid_list: openidList };
    return this.#http.post("/cgi-bin/tags/members/batchblacklist", body, { idempotent: true });
  }

  /** Unblocks at most 20 users. Source: 「取消拉黑用户」. */
  unblock(openidList: readonly string[]): Promise<Done> {
    const body = { openid_list: openidList };
    return this.#http.post("/cgi-bin/tags/members/batchunblacklist", body, { idempotent: true });
  }
}
