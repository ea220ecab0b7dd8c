import { ConfigError } from "../../errors.js";
import type { SentFile } from "../../message/file.js";
import { ApiError } from "../api-error.js";
import type { MediaType } from "../files/media-type.js";
import type { Done, Http } from "../transport/http.js";
import { type ArticlesInput, articlesOf } from "./articles.js";
import type {
  CustomerArticle,
  CustomerMessage,
  CustomerMessageMap,
  MessageMenu,
} from "./customer-message.js";
import type { Material } from "./material.js";
import type { Media } from "./media.js";

/** The same with a file where a media id goes. */
type WithFiles<T> = {
  readonly [K in keyof T]: K extends "media_id" | "thumb_media_id" ? T[K] | SentFile : T[K];
};

/** How a short form is sent. */
export interface SendOptions {
  /** The `kf_account` of the agent in whose name it is sent. */
  readonly as?: string;
}

/**
 * Customer-service messages (客服消息): what the account says to one user outside of a reply.
 *
 * WeChat counts: 5 messages in the 48 hours after a message of the user, 3 in the minute after a menu
 * tap, a follow or a scan. Beyond that it answers 45047, and outside the time 45015. None of these
 * calls is repeated after a network failure, because a message could arrive twice.
 */
export class CustomerService {
  readonly #http: Http;
  readonly #media: Media;
  readonly #material: Material;

  constructor(http: Http, media: Media, material: Material) {
    this.#http = http;
    this.#media = media;
    this.#material = material;
  }

  /**
   * Sends a message of any type. A file of `media.idOf()` that WeChat has forgotten (40007) is uploaded
   * again. Source: 「发送客服消息」.
   */
  async send(message: CustomerMessage): Promise<Done> {
    const post = (message: CustomerMessage) =>
      this.#http.post<Done>("/cgi-bin/message/custom/send", message);
    try {
      return await post(message);
    } catch (error) {
      const isForgotten = error instanceof ApiError && error.errcode === 40007;
      const again = isForgotten ? await this.#withNewIds(message) : undefined;
      if (again === undefined) throw error;
      return post(again);
    }
  }

  /** A message with other ids for its files; `undefined` where none of them is known here. */
  async #withNewIds(message: CustomerMessage): Promise<CustomerMessage | undefined> {
    const body = (message as unknown as Record<string, Record<string, unknown>>)[message.msgtype];
    const fresh: Record<string, string> = {};
    for (const name of ["media_id", "thumb_media_id"]) {
      const id = body?.[name];
      if (typeof id !== "string") continue;
      const { files } = this.#media;
      const renewed = (await files.renew(id)) ?? (await this.#material.files.renew(id));
      if (renewed !== undefined) fresh[name] = renewed;
    }
    if (Object.keys(fresh).length === 0) return undefined;
    return { ...message, [message.msgtype]: { ...body, ...fresh } };
  }

  /** The id of a file, or the one that was given. */
  async #idOf(type: MediaType, medium: string | SentFile): Promise<string> {
    if (typeof medium === "string") return medium;
    const { file, permanent = false } = medium;
    return permanent ? this.#material.idOf(type, file) : this.#media.idOf(type, file);
  }

  /** Sends a text of at most 2,048 bytes, which may hold links. Source: 「发送客服消息」. */
  sendText(openid: string, content: string, options?: SendOptions): Promise<Done> {
    return this.#send(openid, "text", { content }, options);
  }

  /** Sends a picture, by the id of a temporary or permanent medium, or a file. Source: 「发送客服消息」. */
  async sendImage(openid: string, medium: string | SentFile, options?: SendOptions): Promise<Done> {
    const media_id = await this.#idOf("image", medium);
    return this.#send(openid, "image", { media_id }, options);
  }

  /** Sends a voice message, by the id of a medium, or a file. Source: 「发送客服消息」. */
  async sendVoice(openid: string, medium: string | SentFile, options?: SendOptions): Promise<Done> {
    const media_id = await this.#idOf("voice", medium);
    return this.#send(openid, "voice", { media_id }, options);
  }

  /** Sends a video; it and its cover by the id of a medium, or a file. Source: 「发送客服消息」. */
  async sendVideo(
    openid: string,
    video: WithFiles<CustomerMessageMap["video"]>,
    options?: SendOptions,
  ): Promise<Done> {
    const { media_id, thumb_media_id, ...more } = video;
    const id = await this.#idOf("video", media_id);
    const cover =
      thumb_media_id === undefined
        ? {}
        : { thumb_media_id: await this.#idOf("thumb", thumb_media_id) };
    return this.#send(openid, "video", { ...more, media_id: id, ...cover }, options);
  }

  /** Sends a piece of music; the cover, an id or a file, is required. Source: 「发送客服消息」. */
  async sendMusic(
    openid: string,
    music: WithFiles<CustomerMessageMap["music"]>,
    options?: SendOptions,
  ): Promise<Done> {
    const thumb_media_id = await this.#idOf("thumb", music.thumb_media_id);
    return this.#send(openid, "music", { ...music, thumb_media_id }, options);
  }

  /** Sends one article that opens a page of yours; more are refused with 45008. Source: 「发送客服消息」. */
  async sendNews(
    openid: string,
    article: ArticlesInput<CustomerArticle>,
    options?: SendOptions,
  ): Promise<Done> {
    const articles = articlesOf(article, "customerService.sendNews()");
    if (articles.length > 1) {
      throw new ConfigError(
        `customerService.sendNews() sends one article, got ${articles.length}: WeChat refuses more with 45008.`,
      );
    }
    return this.#send(
      openid,
      "news",
      { articles: articles as readonly [CustomerArticle] },
      options,
    );
  }

  /** Sends a published article, by its `article_id`. Source: 「发送客服消息」. */
  sendArticle(openid: string, articleId: string, options?: SendOptions): Promise<Done> {
    return this.#send(openid, "mpnewsarticle", { article_id: articleId }, options);
  }

  /** Sends answers to tap; a tap comes back as a text with `bizmsgmenuid`. Source: 「发送客服消息」. */
  sendMenu(openid: string, menu: MessageMenu, options?: SendOptions): Promise<Done> {
    return this.#send(openid, "msgmenu", menu, options);
  }

  /** Sends a card of a mini program that is linked to the account. Source: 「发送客服消息」. */
  sendMiniProgram(
    openid: string,
    page: CustomerMessageMap["miniprogrampage"],
    options?: SendOptions,
  ): Promise<Done> {
    return this.#send(openid, "miniprogrampage", page, options);
  }

  /**
   * Shows 对方正在输入 on the user's phone, or ends it; it ends by itself after a while and with the
   * next message. Needs a message of the user within 30 seconds (45080). Source: 「客服输入状态」.
   */
  typing(openid: string, on = true): Promise<Done> {
    const command = on ? "Typing" : "CancelTyping";
    return this.#http.post(
      "/cgi-bin/message/custom/typing",
      { touser: openid, command },
      { idempotent: true },
    );
  }

  #send<T extends keyof CustomerMessageMap>(
    touser: string,
    msgtype: T,
    body: CustomerMessageMap[T],
    { as }: SendOptions = {},
  ): Promise<Done> {
    const message = { touser, msgtype, [msgtype]: body } as unknown as CustomerMessage;
    return this.send(
      as === undefined ? message : { ...message, customservice: { kf_account: as } },
    );
  }
}
