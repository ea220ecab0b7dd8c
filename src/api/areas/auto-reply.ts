import type { Http } from "../transport/http.js";

/** An automatic reply that was set in the console. */
export interface AutoReplyContent {
  /** `text`, `img`, `voice`, `video` or `news`. */
  readonly type: string;
  readonly content: string;
  readonly news_info?: { readonly list: readonly Readonly<Record<string, string | number>>[] };
}

/** The automatic replies of the console. */
export interface AutoReplyInfo {
  readonly is_add_friend_reply_open: 0 | 1;
  readonly is_autoreply_open: 0 | 1;
  readonly add_friend_autoreply_info?: AutoReplyContent;
  readonly message_default_autoreply_info?: AutoReplyContent;
  readonly keyword_autoreply_info?: {
    readonly list: readonly {
      readonly rule_name: string;
      readonly create_time: number;
      readonly reply_mode: "reply_all" | "random_one";
      readonly keyword_list_info: readonly {
        readonly type: string;
        readonly match_mode: "contain" | "equal";
        readonly content: string;
      }[];
      readonly reply_list_info: readonly AutoReplyContent[];
    }[];
  };
}

/** The automatic replies that were set in the console (自动回复); a server's replies turn them off. */
export class AutoReply {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** What is set in the console. Source: 「获取公众号的自动回复规则」. */
  get(): Promise<AutoReplyInfo> {
    return this.#http.get("/cgi-bin/get_current_autoreply_info");
  }
}
