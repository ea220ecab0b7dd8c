import { ConfigError } from "../errors.js";
import { type ArticlesInput, articlesOf } from "./articles.js";
import type {
  CustomerArticle,
  CustomerMessage,
  CustomerMessageMap,
  MessageMenu,
} from "./customer-message.js";
import type { Done, Http } from "./http.js";

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

  constructor(http: Http) {
    this.#http = http;
  }

  /** Sends a message of any type. Source: 「发送客服消息」. */
  send(message: CustomerMessage): Promise<Done> {
    return this.#http.post("/cgi-bin/message/custom/send", message);
  }

  /** Sends a text of at most 2,048 bytes, which may hold links. Source: 「发送客服消息」. */
  sendText(openid: string, content: string, options?: SendOptions): Promise<Done> {
    return this.#send(openid, "text", { content }, options);
  }

  /** Sends a picture, by the id of a temporary or permanent medium. Source: 「发送客服消息」. */
  sendImage(openid: string, mediaId: string, options?: SendOptions): Promise<Done> {
    return this.#send(openid, "image", { media_id: mediaId }, options);
  }

  /** Sends a voice message, by the id of a medium. Source: 「发送客服消息」. */
  sendVoice(openid: string, mediaId: string, options?: SendOptions): Promise<Done> {
    return this.#send(openid, "voice", { media_id: mediaId }, options);
  }

  /** Sends a video, by the id of a medium. Source: 「发送客服消息」. */
  sendVideo(
    openid: string,
    video: CustomerMessageMap["video"],
    options?: SendOptions,
  ): Promise<Done> {
    return this.#send(openid, "video", video, options);
  }

  /** Sends a piece of music; the cover is required. Source: 「发送客服消息」. */
  sendMusic(
    openid: string,
    music: CustomerMessageMap["music"],
    options?: SendOptions,
  ): Promise<Done> {
    return this.#send(openid, "music", music, options);
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
    const message = { touser, msgtype, [msgtype]: body };
    return this.#http.post(
      "/cgi-bin/message/custom/send",
      as === undefined ? message : { ...message, customservice: { kf_account: as } },
    );
  }
}
