import { printable, ReplyError } from "../errors.js";
import { cdata } from "../wire/xml/xml.js";
import type { SentFile } from "./file.js";
import {
  type Article,
  describe,
  type FileReply,
  faultOf,
  frozenArticle,
  type ImageReply,
  isFileReply,
  isReplyType,
  known,
  type MusicReply,
  type NewsReply,
  type NoneReply,
  type Parts,
  type RawReply,
  type Reply,
  type ReplyMap,
  type ReplyType,
  type TextReply,
  type TransferReply,
  type VideoReply,
  type VoiceReply,
} from "./replies.js";
import type { Address } from "./reply-json.js";
import { type StreamOptions, StreamReply } from "./stream-reply.js";

export type {
  Article,
  FileReply,
  ImageFileReply,
  ImageReply,
  MusicFileReply,
  MusicReply,
  NewsReply,
  NextResult,
  NoneReply,
  Parts,
  RawReply,
  Reply,
  ReplyMap,
  ReplyType,
  Result,
  TextReply,
  TransferReply,
  VideoFileReply,
  VideoReply,
  VoiceFileReply,
  VoiceReply,
} from "./replies.js";
export { isFileReply, isStream } from "./replies.js";
export { type StreamOptions, StreamReply } from "./stream-reply.js";

/** How many bytes of UTF-8 a text reply may have. */
export const textLimit = 2_048;

/** What a video says about itself, beside its id. */
export interface VideoText {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}

/** The parts of a music reply. Only the picture is required: its media id, or a file. */
export interface Music<P extends string | SentFile = string> {
  readonly thumbMediaId: P;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Where the music is. */
  readonly url?: string | undefined;
  /** The same in better quality, preferred on Wi-Fi. */
  readonly hqUrl?: string | undefined;
}

/** The reply with a media id, or the one with a file in its place. */
type Medium<M, R extends Reply> = M extends string
  ? R
  : Extract<FileReply, { readonly type: R["type"] }>;

const builders = {
  /** A text, the same as returning the string. An empty one sends no message. */
  text(content: string): TextReply {
    return make("text", { content }, "reply.text()");
  },

  /** A picture, by the id of temporary or permanent media, or `{ file }`. */
  image<M extends string | SentFile>(mediaId: M): Medium<M, ImageReply> {
    return make("image", { mediaId }, "reply.image()") as Medium<M, ImageReply>;
  },

  /** A voice message, by the id of temporary or permanent media, or `{ file }`. */
  voice<M extends string | SentFile>(mediaId: M): Medium<M, VoiceReply> {
    return make("voice", { mediaId }, "reply.voice()") as Medium<M, VoiceReply>;
  },

  /** A video, by the id of temporary or permanent media, or `{ file }`. */
  video<M extends string | SentFile>(mediaId: M, text: VideoText = {}): Medium<M, VideoReply> {
    if (typeof text !== "object" || text === null) {
      throw new ReplyError(
        `reply.video() takes { title, description } after the id, got ${describe(text)}.`,
      );
    }
    return make("video", { ...text, mediaId }, "reply.video()") as Medium<M, VideoReply>;
  },

  /** Music. `thumbMediaId` is the picture, an id or `{ file }`; WeChat requires it. */
  music<P extends string | SentFile>(music: Music<P>): Medium<P, MusicReply> {
    return make("music", { ...music }, "reply.music()") as Medium<P, MusicReply>;
  },

  /** A card with a link, or up to eight of them in answer to an event. */
  news(articles: Article | readonly Article[]): NewsReply {
    const list: readonly Article[] = isList(articles) ? articles : [articles];
    const checked = built("news", { articles: list }, "reply.news()");
    const frozen = Object.freeze(list.map(frozenArticle));
    return told(Object.freeze({ ...checked, articles: frozen }), "news");
  },

  /** Hands the user to customer service (转发到客服), or to the one agent `name@account`. */
  transfer(account?: string): TransferReply {
    return make("transfer_customer_service", { account }, "reply.transfer()");
  },

  /**
   * An answer that streams, as returning the iterable itself, with options of its own.
   *
   * ```ts
   * wx.on("text", (ctx) => reply.stream(ask(ctx.text, ctx.signal), { placeholder: "正在查……" }));
   * ```
   */
  stream(parts: Parts, options: StreamOptions = {}): StreamReply {
    return told(new StreamReply(parts, options), "stream");
  },

  /** No message, even if a handler further down had one. */
  none(): NoneReply {
    return make("none", {}, "reply.none()");
  },

  /** XML that is sent as it is: for what koa-wx does not know yet. Escape what you put in. */
  raw(xml: string): RawReply {
    return make("raw", { xml }, "reply.raw()");
  },
};

/** What `reply` has: a function for each kind of reply. */
export interface Replies extends Readonly<typeof builders> {}

/**
 * Builds replies. Each is a plain frozen object, so it can be compared, stored and sent as JSON. What
 * WeChat would not accept is a ReplyError at once, in the line that is wrong.
 *
 * ```ts
 * wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
 * wx.onClick("news", () => reply.news({ title: "公告", url: "https://example.com" }));
 * ```
 *
 * Source: 「被动回复用户消息」.
 */
export const reply: Replies = Object.freeze(builders);

type Listener = (reply: object, method: string, called: unknown) => void;
let listener: Listener | undefined;

/** @internal Has somebody hear of each reply that is built, and by which function. */
export function hearReplies(hear: Listener): void {
  listener = hear;
}

function told<R extends object>(made: R, name: keyof typeof reply): R {
  listener?.(made, `reply.${name}()`, reply[name]);
  return made;
}

function make<T extends Exclude<ReplyType, "news">>(
  type: T,
  given: Readonly<Record<string, unknown>>,
  method: string,
): ReplyMap[T] {
  const made = built(type, given, method);
  return told(made, type === "transfer_customer_service" ? "transfer" : type);
}

function built<T extends ReplyType>(
  type: T,
  given: Readonly<Record<string, unknown>>,
  method: string,
): ReplyMap[T] {
  const fault = faultOf(type, given);
  if (fault !== undefined) throw new ReplyError(`${method} cannot build a reply: ${fault}.`);
  // Just checked against the table that describes the type.
  return Object.freeze({ type, ...known(type, given) }) as unknown as ReplyMap[T];
}

/** Messages for which WeChat shows no more than one article. */
const oneArticle = new Set(["text", "image", "voice", "video", "shortvideo", "location", "link"]);

/**
 * Checks what a handler returned and makes a reply of it, or `undefined` for "acknowledge without a
 * message". `name` is what was handled: a message's type, or an event's name.
 *
 * Throws a ReplyError that says what was returned and what to return instead.
 */
export function toAnswer(result: unknown, name: string): Reply | FileReply | undefined {
  if (typeof result === "string") {
    return result === "" ? undefined : { type: "text", content: result };
  }
  if (result === undefined || result === null || result === false) return undefined;
  const given = result as Readonly<Record<string, unknown>>;
  const type = typeof result === "object" ? given.type : undefined;
  if (!isReplyType(type)) {
    throw new ReplyError(
      `The handler for "${printable(name)}" returned ${describe(result)}. Return reply.…(), a string, or nothing.${foreign(result)}`,
    );
  }
  const fault = faultOf(type, given);
  if (fault !== undefined) {
    throw new ReplyError(
      `The handler for "${printable(name)}" returned a reply of the type "${type}" that does not fit: ${fault}. Build it by ${builderOf(type)}.`,
    );
  }
  const reply = result as Reply | FileReply;
  if (reply.type === "none" || (reply.type === "text" && reply.content === "")) return undefined;
  if (reply.type === "news" && reply.articles.length > 1 && oneArticle.has(name)) {
    throw new ReplyError(
      `The handler for "${printable(name)}" returned ${reply.articles.length} articles, but WeChat shows only one in answer to a message. Send one, or several in answer to an event such as CLICK.`,
    );
  }
  return reply;
}

/** The same where a file would come too late to be uploaded: its id can be given. */
export function toReply(result: unknown, name: string): Reply | undefined {
  const answer = toAnswer(result, name);
  if (answer === undefined || !isFileReply(answer)) return answer;
  throw new ReplyError(
    `${name} gave a reply with a file, which has to be uploaded before. Give its media id: await api.media.idOf("${answer.type === "music" ? "thumb" : answer.type}", file).`,
  );
}

/** How that is said here which other libraries make a reply of. */
function foreign(result: unknown): string {
  if (Array.isArray(result)) return " Articles are reply.news(…).";
  const { type, musicUrl, MsgType } = Object(result) as Readonly<Record<string, unknown>>;
  if (type === "customerService") return " Customer service is reply.transfer(…).";
  if (isReplyType(MsgType)) return ` This MsgType is ${builderOf(MsgType)}.`;
  return musicUrl === undefined ? "" : " Music is reply.music(…).";
}

function builderOf(type: keyof ReplyMap): string {
  return `reply.${type === "transfer_customer_service" ? "transfer" : type}(…)`;
}

/**
 * The XML of a reply, or `undefined` for one that sends no message. A text of nothing but characters
 * that XML forbids sends none either: WeChat takes no empty text.
 */
export function serialize(reply: Reply, address: Address): string | undefined {
  if (reply.type === "none") return undefined;
  if (reply.type === "raw") return reply.xml;
  const body = content(reply);
  if (body === emptyText) return undefined;
  return `<xml><ToUserName>${cdata(address.to)}</ToUserName><FromUserName>${cdata(address.from)}</FromUserName><CreateTime>${address.time}</CreateTime><MsgType><![CDATA[${reply.type}]]></MsgType>${body}</xml>`;
}

const emptyText = element("Content", "");

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

function isList(value: Article | readonly Article[]): value is readonly Article[] {
  return Array.isArray(value);
}
