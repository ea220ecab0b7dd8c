import { ConfigError } from "../../errors.js";
import { kindOf } from "../../options.js";
import type { Done, Http } from "../transport/http.js";
import { type OpenidPage, openids } from "./paging.js";

/** A tag; 0, 1 and 2 are WeChat's own (2 is 星标组). */
export interface Tag {
  readonly id: number;
  readonly name: string;
  /** How many followers have it. */
  readonly count?: number;
}

/** Tags of followers (用户标签): at most 100, and 20 on one user. */
export class Tags {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Makes a tag of at most 30 characters. Source: 「创建标签」. */
  async create(name: string): Promise<Tag> {
    const { tag } = await this.#http.post<{ tag: Tag }>("/cgi-bin/tags/create", { tag: { name } });
    return tag;
  }

  /** All tags. Source: 「获取公众号已创建的标签」. */
  async list(): Promise<readonly Tag[]> {
    const { tags } = await this.#http.get<{ tags?: Tag[] }>("/cgi-bin/tags/get");
    return tags ?? [];
  }

  /** Renames a tag. Source: 「编辑标签」. */
  rename(id: number, name: string): Promise<Done> {
    return this.#http.post("/cgi-bin/tags/update", { tag: { id, name } }, { idempotent: true });
  }

  /** Deletes a tag; one with more than 100,000 followers must be emptied first (45057). Source: 「删除标签」. */
  delete(id: number): Promise<Done> {
    return this.#http.post("/cgi-bin/tags/delete", { tag: { id } });
  }

  /** One page of the openids that have a tag, at most 10,000. Source: 「获取标签下粉丝列表」. */
  members(tagid: number, nextOpenid = ""): Promise<OpenidPage> {
    const body = { tagid, next_openid: nextOpenid };
    return this.#http.post("/cgi-bin/user/tag/get", body, { idempotent: true });
  }

  /** All openids that have a tag. Source: 「获取标签下粉丝列表」. */
  allMembers(tagid: number): AsyncGenerator<string, void, undefined> {
    return openids((cursor) => this.members(tagid, cursor));
  }

  /** Gives a tag to at most 50 followers. Source: 「批量为用户打标签」. */
  async tag(tagid: number, openidList: readonly string[]): Promise<Done> {
    const body = memberships("tags.tag", tagid, openidList);
    return this.#http.post("/cgi-bin/tags/members/batchtagging", body, { idempotent: true });
  }

  /** Takes a tag from at most 50 followers. Source: 「批量为用户取消标签」. */
  async untag(tagid: number, openidList: readonly string[]): Promise<Done> {
    const body = memberships("tags.untag", tagid, openidList);
    return this.#http.post("/cgi-bin/tags/members/batchuntagging", body, { idempotent: true });
  }

  /** The ids of a follower's tags. Source: 「获取用户身上的标签列表」. */
  async of(openid: string): Promise<readonly number[]> {
    const { tagid_list } = await this.#http.post<{ tagid_list?: number[] }>(
      "/cgi-bin/tags/getidlist",
      { openid },
      { idempotent: true },
    );
    return tagid_list ?? [];
  }
}

/** Refuses openids that stand first, as co-wechat-api has them. Throws a ConfigError. */
function memberships(whose: string, tagid: number, openidList: readonly string[]): object {
  if (Array.isArray(openidList)) return { openid_list: openidList, tagid };
  const swapped = Array.isArray(tagid) ? " The two are swapped." : "";
  throw new ConfigError(
    `${whose}(tagid, openids): the openids are an array, got ${kindOf(openidList)}.${swapped}`,
  );
}
