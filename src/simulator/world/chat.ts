/** What stands in a bubble. What a reply can be has the shape of koa-wx's replies. */
export type Content =
  | { readonly type: "text"; readonly content: string }
  | { readonly type: "image"; readonly mediaId: string }
  | { readonly type: "voice"; readonly mediaId: string; readonly recognition?: string }
  | {
      readonly type: "video";
      readonly mediaId: string;
      readonly title?: string;
      readonly description?: string;
    }
  | {
      readonly type: "music";
      readonly title?: string;
      readonly description?: string;
      readonly url?: string;
      readonly hqUrl?: string;
      readonly thumbMediaId: string;
    }
  | { readonly type: "news"; readonly articles: readonly NewsArticle[] }
  | {
      readonly type: "location";
      readonly latitude: number;
      readonly longitude: number;
      readonly scale: number;
      readonly label: string;
    }
  | {
      readonly type: "link";
      readonly title: string;
      readonly description: string;
      readonly url: string;
    }
  | {
      readonly type: "menu";
      readonly head: string;
      readonly items: readonly { readonly id: string; readonly content: string }[];
      readonly tail: string;
    }
  | {
      readonly type: "template";
      readonly title: string;
      readonly lines: readonly string[];
      readonly url?: string;
    }
  | {
      readonly type: "miniprogram";
      readonly title: string;
      readonly appId: string;
      readonly path: string;
    }
  | { readonly type: "card"; readonly cardId: string }
  | { readonly type: "event"; readonly event: string; readonly key?: string }
  | { readonly type: "transfer_customer_service"; readonly account?: string }
  | { readonly type: "banner"; readonly text: string };

/** A card in a chat. */
export interface NewsArticle {
  readonly title: string;
  readonly description?: string;
  readonly picUrl?: string;
  readonly url?: string;
}

/** One line of a chat. */
export interface ChatEntry {
  /** Counts up over all chats. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `"account"` for what the bot said, `"phone"` for what WeChat itself shows between the bubbles. */
  readonly from: "user" | "account" | "phone";
  /** How the account said it: in the answer to a push, or by an API call. */
  readonly by?: "reply" | "customer-service" | "template" | "mass";
  /** Whether 「内容由第三方AI生成」 stands below it. */
  readonly aiGenerated?: true;
  readonly content: Content;
}

/** What stands below a message that an AI has made. */
export const aiLabel = "内容由第三方AI生成";

/** What the user sees when the account's server fails. */
export const bannerText = "该公众号提供的服务出现故障，请稍后再试";
