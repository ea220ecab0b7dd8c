/** One article of a customer-service message. */
export interface CustomerArticle {
  readonly title: string;
  readonly description?: string;
  readonly url?: string;
  readonly picurl?: string;
}

/** The answers that a user can tap; a tap comes back as a text with `bizmsgmenuid`. */
export interface MessageMenu {
  readonly head_content?: string;
  readonly list: readonly { readonly id: string; readonly content: string }[];
  readonly tail_content?: string;
}

/** The bodies of customer-service messages, keyed by `msgtype`. */
export interface CustomerMessageMap {
  /** At most 2,048 bytes; may hold links. */
  text: { readonly content: string };
  image: { readonly media_id: string };
  voice: { readonly media_id: string };
  video: {
    readonly media_id: string;
    readonly thumb_media_id?: string;
    readonly title?: string;
    readonly description?: string;
  };
  music: {
    readonly title?: string;
    readonly description?: string;
    readonly musicurl?: string;
    readonly hqmusicurl?: string;
    readonly thumb_media_id: string;
  };
  /** One article that opens a page of yours. */
  news: { readonly articles: readonly [CustomerArticle] };
  /** Discontinued by WeChat; use `mpnewsarticle`. */
  mpnews: { readonly media_id: string };
  /** A published article. */
  mpnewsarticle: { readonly article_id: string };
  msgmenu: MessageMenu;
  wxcard: { readonly card_id: string };
  /** The mini program must be linked to the account. */
  miniprogrampage: {
    readonly title?: string;
    readonly appid: string;
    readonly pagepath: string;
    readonly thumb_media_id: string;
  };
}

type MessageOf<T extends keyof CustomerMessageMap> = T extends unknown
  ? { readonly touser: string; readonly msgtype: T } & { readonly [K in T]: CustomerMessageMap[T] }
  : never;

/** A customer-service message (客服消息) as WeChat takes it. Source: 「发送客服消息」. */
export type CustomerMessage = MessageOf<keyof CustomerMessageMap> & {
  /** Sends it in the name of an agent. */
  readonly customservice?: { readonly kf_account: string };
  /** 1 shows the line 「内容由第三方AI生成」 below it. */
  readonly aimsgcontext?: { readonly is_ai_msg?: 0 | 1 };
};
