import type { FileInput } from "../../message/file.js";
import type { Done, Http } from "../transport/http.js";

/** An agent of the customer service. */
export interface KfAccount {
  /** `name@wechat-id-of-the-account`. */
  readonly kf_account: string;
  readonly kf_nick: string;
  readonly kf_id: string | number;
  readonly kf_headimgurl: string;
  /** The WeChat id bound to it, if there is one. */
  readonly kf_wx?: string;
  readonly invite_wx?: string;
  readonly invite_expire_time?: number;
  readonly invite_status?: "waiting" | "rejected" | "expired";
}

/** An agent who is online. */
export interface OnlineKfAccount {
  readonly kf_account: string;
  /** 1 is the web page; older accounts also show 2 (phone) and 3 (both). */
  readonly status: number;
  readonly kf_id: string | number;
  readonly accepted_case: number;
}

/** The agents of the customer service (客服账号). */
export class KfAccounts {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /**
   * Adds an agent, of at most 100. `kf_account` is at most 10 letters, digits and `_`, `@`, and the account's WeChat
   * id (30); the nickname has at most 16 characters. Source: 「添加客服账号」.
   */
  add(account: { readonly kf_account: string; readonly nickname: string }): Promise<Done> {
    return this.#http.post("/customservice/kfaccount/add", account);
  }

  /** Invites a WeChat user to become the agent. Source: 「邀请绑定客服账号」. */
  invite(invitation: { readonly kf_account: string; readonly invite_wx: string }): Promise<Done> {
    return this.#http.post("/customservice/kfaccount/inviteworker", invitation);
  }

  /** Changes an agent's name. Source: 「修改客服账号」. */
  update(account: { readonly kf_account: string; readonly nickname: string }): Promise<Done> {
    return this.#http.post("/customservice/kfaccount/update", account, { idempotent: true });
  }

  /** Deletes an agent. Source: 「删除客服账号」. */
  delete(kfAccount: string): Promise<Done> {
    return this.#http.post("/customservice/kfaccount/del", { kf_account: kfAccount });
  }

  /** Sets an agent's portrait: a JPG, best of 640 × 640 pixels. Source: 「上传客服头像」. */
  setAvatar(kfAccount: string, picture: FileInput): Promise<Done> {
    return this.#http.upload("/customservice/kfaccount/uploadheadimg", picture, {
      query: { kf_account: kfAccount },
      idempotent: true,
    });
  }

  /** All agents. Source: 「获取所有客服账号」. */
  async list(): Promise<readonly KfAccount[]> {
    const { kf_list } = await this.#http.get<{ kf_list?: KfAccount[] }>(
      "/cgi-bin/customservice/getkflist",
    );
    return kf_list ?? [];
  }

  /** The agents who are online, with the number of their sessions. Source: 「获取在线客服列表」. */
  async online(): Promise<readonly OnlineKfAccount[]> {
    const { kf_online_list } = await this.#http.get<{ kf_online_list?: OnlineKfAccount[] }>(
      "/cgi-bin/customservice/getonlinekflist",
    );
    return kf_online_list ?? [];
  }
}
