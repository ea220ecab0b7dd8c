import { ReplyError } from "../errors.js";
import { cdata } from "../wire/xml.js";

/** 回复文本消息. `content` may hold line breaks and `<a href>` links. */
export interface TextReply {
  readonly type: "text";
  readonly content: string;
}

/** 回复图片消息. */
export interface ImageReply {
  readonly type: "image";
  readonly mediaId: string;
}

/** 回复语音消息. */
export interface VoiceReply {
  readonly type: "voice";
  readonly mediaId: string;
}

/** 回复视频消息. */
export interface VideoReply {
  readonly type: "video";
  readonly mediaId: string;
  readonly title?: string;
  readonly description?: string;
}

/** 回复音乐消息. */
export interface MusicReply {
  readonly type: "music";
  readonly thumbMediaId: string;
  readonly title?: string;
  readonly description?: string;
  readonly url?: string;
  /** Preferred on Wi-Fi. */
  readonly hqUrl?: string;
}

/** One card of a news reply. */
export interface Article {
  readonly title: string;
  readonly description?: string;
  readonly picUrl?: string;
  readonly url?: string;
}

/** 回复图文消息. One article; up to eight in answer to an event. */
export interface NewsReply {
  readonly type: "news";
  readonly articles: readonly Article[];
}

/** 转发到客服: hands the message to a human agent, or to one of them. */
export interface TransferReply {
  readonly type: "transfer_customer_service";
  readonly account?: string;
}

/** No message, even if a handler further down had one. */
export interface NoneReply {
  readonly type: "none";
}

/** XML that is sent as it is. */
export interface RawReply {
  readonly type: "raw";
  readonly xml: string;
}

export interface ReplyMap {
  text: TextReply;
  image: ImageReply;
  voice: VoiceReply;
  video: VideoReply;
  music: MusicReply;
  news: NewsReply;
  transfer_customer_service: TransferReply;
  none: NoneReply;
  raw: RawReply;
}

export type ReplyType = keyof ReplyMap;

/** A reply, as `reply.…()` makes it. */
export type Reply = ReplyMap[ReplyType];

/** What a handler may return: a string is a text reply, nothing acknowledges without a message. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement returns void
export type Result = Reply | string | void;

/** How many bytes of UTF-8 a text reply may have. */
export const textLimit = 2_048;

/**
 * Builds replies. Each is a plain frozen object, so it can be compared, stored and sent as JSON.
 *
 * ```ts
 * wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
 * wx.onClick("news", () => reply.news({ title: "公告", url: "https://example.com" }));
 * ```
 *
 * Source: 「被动回复用户消息」.
 */
export const reply = Object.freeze({
  /** A text. An empty one sends no message. */
  text(content: string): TextReply {
    if (typeof content !== "string") throw wrong("reply.text()", "a string", content);
    return Object.freeze({ type: "text", content });
  },

  /** A picture, by the id of temporary or permanent media. */
  image(mediaId: string): ImageReply {
    return Object.freeze({ type: "image", mediaId: id(mediaId, "reply.image()", "mediaId") });
  },

  /** A voice message. */
  voice(mediaId: string): VoiceReply {
    return Object.freeze({ type: "voice", mediaId: id(mediaId, "reply.voice()", "mediaId") });
  },

  /** A video. */
  video(mediaId: string, more: { title?: string; description?: string } = {}): VideoReply {
    return Object.freeze({
      type: "video",
      mediaId: id(mediaId, "reply.video()", "mediaId"),
      ...texts(more, ["title", "description"], "reply.video()"),
    });
  },

  /** Music. `thumbMediaId` is the picture; WeChat requires it. */
  music(music: Omit<MusicReply, "type">): MusicReply {
    return Object.freeze({
      type: "music",
      thumbMediaId: id(music?.thumbMediaId, "reply.music()", "thumbMediaId"),
      ...texts(music, ["title", "description", "url", "hqUrl"], "reply.music()"),
    });
  },

  /** A card with a link, or up to eight of them in answer to an event. */
  news(articles: Article | readonly Article[]): NewsReply {
    const list: readonly Article[] = Array.isArray(articles) ? articles : [articles];
    if (list.length < 1 || list.length > 8) {
      throw new ReplyError(
        `reply.news() takes 1 to 8 articles, got ${list.length}. WeChat shows one in answer to a message and up to eight in answer to an event.`,
      );
    }
    return Object.freeze({ type: "news", articles: Object.freeze(list.map(article)) });
  },

  /** Hands the message to customer service, or to the one agent `name@account`. */
  transfer(account?: string): TransferReply {
    if (account === undefined) return Object.freeze({ type: "transfer_customer_service" });
    return Object.freeze({
      type: "transfer_customer_service",
      account: id(account, "reply.transfer()", "account"),
    });
  },

  /** No message, even if a handler further down had one. */
  none(): NoneReply {
    return Object.freeze({ type: "none" });
  },

  /** XML that is sent as it is: for what koa-wx does not know yet. Escape what you put in. */
  raw(xml: string): RawReply {
    if (typeof xml !== "string" || xml === "") throw wrong("reply.raw()", "XML as a string", xml);
    return Object.freeze({ type: "raw", xml });
  },
});

/** Messages for which WeChat shows no more than one article. */
const oneArticle = new Set(["text", "image", "voice", "video", "shortvideo", "location", "link"]);

/**
 * Checks what a handler returned and makes a reply of it, or `undefined` for "acknowledge without a
 * message". Throws a ReplyError that says what was returned and what to return instead.
 */
export function toReply(result: unknown, messageType: string): Reply | undefined {
  if (result === undefined || result === null || result === "" || result === false)
    return undefined;
  if (typeof result === "string") return { type: "text", content: result };
  if (typeof result !== "object" || Array.isArray(result) || !isReply(result)) {
    throw new ReplyError(
      `The handler for "${messageType}" returned ${describe(result)}. Return reply.…(), a string, or nothing.`,
    );
  }
  if (result.type === "none" || (result.type === "text" && result.content === "")) return undefined;
  if (result.type === "news" && result.articles.length > 1 && oneArticle.has(messageType)) {
    throw new ReplyError(
      `The handler for "${messageType}" returned ${result.articles.length} articles, but WeChat shows only one in answer to a message. Send one, or several in answer to an event such as CLICK.`,
    );
  }
  return result;
}

/** The XML of a reply, or `undefined` for one that sends no message. */
export function serialize(
  reply: Reply,
  address: { readonly to: string; readonly from: string; readonly time: number },
): string | undefined {
  if (reply.type === "none") return undefined;
  if (reply.type === "raw") return reply.xml;
  return `<xml><ToUserName>${cdata(address.to)}</ToUserName><FromUserName>${cdata(address.from)}</FromUserName><CreateTime>${address.time}</CreateTime><MsgType>${cdata(reply.type)}</MsgType>${content(reply)}</xml>`;
}

function content(reply: Exclude<Reply, NoneReply | RawReply>): string {
  switch (reply.type) {
    case "text":
      return element("Content", reply.content);
    case "image":
      return `<Image>${element("MediaId", reply.mediaId)}</Image>`;
    case "voice":
      return `<Voice>${element("MediaId", reply.mediaId)}</Voice>`;
    case "video":
      return `<Video>${element("MediaId", reply.mediaId)}${element("Title", reply.title)}${element("Description", reply.description)}</Video>`;
    case "music":
      return `<Music>${element("Title", reply.title)}${element("Description", reply.description)}${element("MusicUrl", reply.url)}${element("HQMusicUrl", reply.hqUrl)}${element("ThumbMediaId", reply.thumbMediaId)}</Music>`;
    case "news":
      return `<ArticleCount>${reply.articles.length}</ArticleCount><Articles>${reply.articles.map(item).join("")}</Articles>`;
    case "transfer_customer_service":
      return reply.account === undefined
        ? ""
        : `<TransInfo>${element("KfAccount", reply.account)}</TransInfo>`;
  }
}

function item({ title, description = "", picUrl = "", url = "" }: Article): string {
  return `<item>${element("Title", title)}${element("Description", description)}${element("PicUrl", picUrl)}${element("Url", url)}</item>`;
}

function element(name: string, text: string | undefined): string {
  return text === undefined ? "" : `<${name}>${cdata(text)}</${name}>`;
}

function article(given: Article): Article {
  if (typeof given !== "object" || given === null || typeof given.title !== "string") {
    throw wrong("reply.news()", "articles with a title", given);
  }
  return Object.freeze({
    title: given.title,
    ...texts({ ...given }, ["description", "picUrl", "url"], "reply.news()"),
  });
}

/** The given ones of some optional texts. */
function texts<K extends string>(
  given: { readonly [P in K]?: string | undefined },
  names: readonly K[],
  method: string,
): { [P in K]?: string } {
  const found: { [P in K]?: string } = {};
  for (const name of names) {
    const text = given[name];
    if (text === undefined) continue;
    if (typeof text !== "string") throw wrong(method, `"${name}" as a string`, text);
    found[name] = text;
  }
  return found;
}

function id(value: unknown, method: string, name: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw wrong(method, `"${name}" as a string that is not empty`, value);
}

function wrong(method: string, wanted: string, got: unknown): ReplyError {
  return new ReplyError(`${method} takes ${wanted}, got ${describe(got)}.`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined || value === "") {
    return value === "" ? "an empty string" : String(value);
  }
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number" || typeof value === "boolean")
    return `a ${typeof value} (${value})`;
  if (typeof value !== "object") return `a ${typeof value}`;
  const { type } = value as { type?: unknown };
  return typeof type === "string"
    ? `an object of the type "${type.slice(0, 40)}", whose fields do not fit`
    : `an object with the fields ${Object.keys(value).slice(0, 8).join(", ") || "of none"}`;
}

const isText = (value: unknown) => typeof value === "string";
const isOptional = (value: unknown) => value === undefined || isText(value);

/** Whether an object has the shape of one of the replies, however it was made. */
function isReply(value: object): value is Reply {
  const given = value as Record<string, unknown>;
  switch (given.type) {
    case "text":
      return isText(given.content);
    case "image":
    case "voice":
      return isText(given.mediaId);
    case "video":
      return isText(given.mediaId) && isOptional(given.title) && isOptional(given.description);
    case "music":
      return (
        isText(given.thumbMediaId) &&
        ["title", "description", "url", "hqUrl"].every((name) => isOptional(given[name]))
      );
    case "news":
      return Array.isArray(given.articles) && given.articles.every(isArticle);
    case "transfer_customer_service":
      return isOptional(given.account);
    case "none":
      return true;
    case "raw":
      return isText(given.xml);
    default:
      return false;
  }
}

function isArticle(value: unknown): boolean {
  const given = value as Record<string, unknown> | null;
  return (
    typeof given === "object" &&
    given !== null &&
    isText(given.title) &&
    ["description", "picUrl", "url"].every((name) => isOptional(given[name]))
  );
}
