import type { Spelt } from "../../spelling.js";
import type { Done, Http } from "../transport/http.js";
import { type OpenidPage, openids } from "./paging.js";

/** The languages in which WeChat writes names of places. */
export type Language = Spelt<"zh_CN" | "zh_TW" | "en">["out"];

/** Somebody who follows the account. Nickname, portrait, sex and place are no longer given (2021). */
export interface Follower {
  readonly subscribe: 1;
  readonly openid: string;
  readonly unionid?: string;
  readonly language?: string;
  /** When the user last followed, in seconds. */
  readonly subscribe_time: number;
  readonly remark: string;
  readonly groupid: number;
  readonly tagid_list: readonly number[];
  /** Where the user came from, such as `ADD_SCENE_QR_CODE`; new ones appear. */
  readonly subscribe_scene: string;
  readonly qr_scene: number;
  readonly qr_scene_str: string;
  /** Empty since 2021. */
  readonly nickname?: string;
  /** Empty since 2021. */
  readonly headimgurl?: string;
}

/** Somebody who does not follow the account, or not any more. */
export interface Stranger {
  readonly subscribe: 0;
  readonly openid: string;
  readonly unionid?: string;
}

/** What the account may know about a user; `subscribe` says which. */
export type UserInfo = Follower | Stranger;

/** An openid of the old account, and the same user's at the new one. */
export interface ChangedOpenid {
  readonly ori_openid: string;
  readonly new_openid?: string;
  readonly err_msg: string;
}

/** The followers of the account (用户管理). */
export class Users {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** What the account may know about a user. Source: 「获取用户基本信息」. */
  get(openid: string, lang: Language = "zh_CN"): Promise<UserInfo> {
    return this.#http.get("/cgi-bin/user/info", { query: { openid, lang } });
  }

  /** The same for at most 100 users. Source: 「批量获取用户基本信息」. */
  async batch(openidList: readonly string[], lang: Language = "zh_CN"): Promise<UserInfo[]> {
    const { user_info_list } = await this.#http.post<{ user_info_list?: UserInfo[] }>(
      "/cgi-bin/user/info/batchget",
      { user_list: openidList.map((openid) => ({ openid, lang })) },
      { idempotent: true },
    );
    return user_info_list ?? [];
  }

  /** One page of followers' openids, at most 10,000, after `nextOpenid`. Source: 「获取用户列表」. */
  list(nextOpenid = ""): Promise<OpenidPage> {
    return this.#http.get("/cgi-bin/user/get", { query: { next_openid: nextOpenid } });
  }

  /** All followers' openids: `for await (const openid of users.all())`. Source: 「获取用户列表」. */
  all(): AsyncGenerator<string, void, undefined> {
    return openids((cursor) => this.list(cursor));
  }

  /** Gives a follower a name of your own, of less than 30 characters. Source: 「设置用户备注名」. */
  setRemark(openid: string, remark: string): Promise<Done> {
    const body = { openid, remark };
    return this.#http.post("/cgi-bin/user/info/updateremark", body, { idempotent: true });
  }

  /** The new openids of at most 100 users after an account moved. Source: 「openid转换」. */
  async changeOpenids(
    fromAppId: string,
    openidList: readonly string[],
  ): Promise<readonly ChangedOpenid[]> {
    const { result_list } = await this.#http.post<{ result_list?: ChangedOpenid[] }>(
      "/cgi-bin/changeopenid",
      { from_appid: fromAppId, openid_list: openidList },
      { idempotent: true },
    );
    return result_list ?? [];
  }
}
