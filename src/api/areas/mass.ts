import { ConfigError } from "../../errors.js";
import type { Done, Http } from "../transport/http.js";
import { type WireId, wireId } from "../transport/json.js";
import { type ArticlesInput, articlesOf } from "./articles.js";
import type { MassContent, MassJob, MassPreview } from "./mass-message.js";

/** An article of the old way to mass-send; drafts have replaced it. */
export interface MassArticle {
  readonly thumb_media_id: string;
  readonly title: string;
  readonly content: string;
  readonly author?: string;
  readonly content_source_url?: string;
  readonly digest?: string;
  readonly show_cover_pic?: 0 | 1;
  readonly need_open_comment?: 0 | 1;
  readonly only_fans_can_comment?: 0 | 1;
}

/** What an upload for mass-sending gives. */
export interface MassUpload {
  readonly type: string;
  readonly media_id: string;
  readonly created_at: number;
}

/**
 * Mass sending (群发), for verified accounts: once a day for subscription accounts, four times a
 * month for service accounts. No sending is repeated after a network failure; give it a
 * `clientmsgid` to repeat it safely yourself.
 */
export class Mass {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Sends to all followers. Source: 「根据标签进行群发」. */
  sendToAll(content: MassContent): Promise<Done & MassJob> {
    const body = { filter: { is_to_all: true }, ...content };
    return this.#http.post("/cgi-bin/message/mass/sendall", body);
  }

  /** Sends to the followers with a tag. Source: 「根据标签进行群发」. */
  sendToTag(tagId: number, content: MassContent): Promise<Done & MassJob> {
    const body = { filter: { is_to_all: false, tag_id: tagId }, ...content };
    return this.#http.post("/cgi-bin/message/mass/sendall", body);
  }

  /** Sends to 2 to 10,000 followers, for service accounts. Source: 「根据OpenID列表群发」. */
  sendTo(openidList: readonly string[], content: MassContent): Promise<Done & MassJob> {
    return this.#http.post("/cgi-bin/message/mass/send", { touser: openidList, ...content });
  }

  /**
   * Shows a message to one follower first, 100 times a day; `towxname` wins. Of pictures it takes one
   * alone, as `image`. Source: 「预览接口」.
   */
  async preview(
    to: { readonly touser: string } | { readonly towxname: string },
    content: MassPreview,
  ): Promise<Done & MassJob> {
    if ("images" in content) {
      throw new ConfigError(
        'mass.preview() shows one picture, { msgtype: "image", image: { media_id: "…" } }; "images" is for the mass message itself.',
      );
    }
    return this.#http.post("/cgi-bin/message/mass/preview", { ...to, ...content });
  }

  /**
   * Deletes a sent message of articles or video: one article, counted from 1, or all.
   * Source: 「删除群发」.
   */
  delete(target: {
    readonly msg_id: WireId;
    readonly article_idx?: number;
    readonly url?: string;
  }): Promise<Done> {
    const body = { ...target, msg_id: wireId(target.msg_id) };
    return this.#http.post("/cgi-bin/message/mass/delete", body);
  }

  /** How a sending goes: `SEND_SUCCESS`, `SENDING`, `SEND_FAIL` or `DELETE`. Source: 「查询群发消息发送状态」. */
  status(msgId: string): Promise<{ readonly msg_id: string; readonly msg_status: string }> {
    return this.#http.post("/cgi-bin/message/mass/get", { msg_id: msgId }, { idempotent: true });
  }

  /** How fast messages go out: a level from 0 to 4, and the real speed. Source: 「控制群发速度」. */
  speed(): Promise<{ readonly speed: number; readonly realspeed: number }> {
    return this.#http.post("/cgi-bin/message/mass/speed/get", {}, { idempotent: true });
  }

  /**
   * Sets how fast messages go out: 0 is 800,000 a minute, 1 600,000, 2 450,000, 3 300,000 and 4
   * 100,000. Source: 「控制群发速度」.
   */
  setSpeed(speed: 0 | 1 | 2 | 3 | 4): Promise<Done> {
    return this.#http.post("/cgi-bin/message/mass/speed/set", { speed }, { idempotent: true });
  }

  /** Makes of an uploaded video one that can be mass-sent. Source: 「根据标签进行群发」. */
  uploadVideo(video: {
    readonly media_id: string;
    readonly title: string;
    readonly description: string;
  }): Promise<MassUpload> {
    return this.#http.post("/cgi-bin/media/uploadvideo", video);
  }

  /** Uploads one to eight articles the old way; use `drafts.add()`. Source: 「上传图文消息素材」. */
  async uploadNews(articles: ArticlesInput<MassArticle>): Promise<MassUpload> {
    const body = { articles: articlesOf(articles, "mass.uploadNews()") };
    return this.#http.post("/cgi-bin/media/uploadnews", body);
  }
}
