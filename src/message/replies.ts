import { printable } from "../errors.js";
import type { SentFile } from "./file.js";

/** 回复文本消息. `content` may hold line breaks and `<a href>` links. Source: 「被动回复用户消息」. */
export interface TextReply {
  readonly type: "text";
  readonly content: string;
}

/** 回复图片消息. `mediaId` is of temporary or permanent media, as in the others. */
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
  /** The picture; WeChat requires it. */
  readonly thumbMediaId: string;
  readonly title?: string;
  readonly description?: string;
  /** Where the music is. */
  readonly url?: string;
  /** Preferred on Wi-Fi. */
  readonly hqUrl?: string;
}

/** One card of a news reply. */
export interface Article {
  readonly title: string;
  readonly description?: string | undefined;
  /** JPG or PNG; 360×200 for the first article, 200×200 for the others. */
  readonly picUrl?: string | undefined;
  /** Where a tap leads. */
  readonly url?: string | undefined;
}

/** 回复图文消息. One article; up to eight in answer to an event. */
export interface NewsReply {
  readonly type: "news";
  readonly articles: readonly Article[];
}

/** 转发到客服: hands the message to a human agent, or to one of them. */
export interface TransferReply {
  readonly type: "transfer_customer_service";
  /** `name@account`. If that agent is not online, nobody else gets the message. */
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

/** Every kind of reply. */
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

/** A picture from a file, as `reply.image({ file })` makes it. */
export interface ImageFileReply extends Omit<ImageReply, "mediaId"> {
  readonly mediaId: SentFile;
}

/** A voice message from a file, as `reply.voice({ file })` makes it. */
export interface VoiceFileReply extends Omit<VoiceReply, "mediaId"> {
  readonly mediaId: SentFile;
}

/** A video from a file, as `reply.video({ file })` makes it. */
export interface VideoFileReply extends Omit<VideoReply, "mediaId"> {
  readonly mediaId: SentFile;
}

/** Music with a picture from a file, as `reply.music({ thumbMediaId: { file } })` makes it. */
export interface MusicFileReply extends Omit<MusicReply, "thumbMediaId"> {
  readonly thumbMediaId: SentFile;
}

/** A reply with a file in place of a media id. It is uploaded before anything else sees the reply. */
export type FileReply = ImageFileReply | VoiceFileReply | VideoFileReply | MusicFileReply;

/** The name of a kind of reply. */
export type ReplyType = keyof ReplyMap;

/** A reply, as `reply.…()` makes it. */
export type Reply = ReplyMap[ReplyType];

/** What yields the parts of a text one after the other; those that are null or undefined are left out. */
export type Parts = AsyncIterable<string | null | undefined>;

/**
 * What a handler may return: a string is a text reply, nothing acknowledges without a message, and what
 * yields strings one after the other is an answer that streams.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement returns void
export type Result = Reply | FileReply | string | Parts | void;

/** What `next()` gives: what a handler has returned, as a stream of strings alone where it streams. */
export type NextResult = Exclude<Result, Parts> | AsyncIterable<string>;

/** The most articles that WeChat shows in answer to an event. */
const mostArticles = 8;

/**
 * What a field of a reply must hold: an `id` is not empty, a `medium` is one or a file, what is
 * `optional` may be missing.
 */
type Kind = "text" | "id" | "medium" | "optional" | "optional id" | "articles";

const replyFields: { readonly [T in ReplyType]: Readonly<Record<string, Kind>> } = {
  text: { content: "text" },
  image: { mediaId: "medium" },
  voice: { mediaId: "medium" },
  video: { mediaId: "medium", title: "optional", description: "optional" },
  music: {
    thumbMediaId: "medium",
    title: "optional",
    description: "optional",
    url: "optional",
    hqUrl: "optional",
  },
  news: { articles: "articles" },
  transfer_customer_service: { account: "optional id" },
  none: {},
  raw: { xml: "id" },
};
const articleFields: Readonly<Record<string, Kind>> = {
  title: "text",
  description: "optional",
  picUrl: "optional",
  url: "optional",
};

type Unchecked = Readonly<Record<string, unknown>>;

export function isReplyType(type: unknown): type is ReplyType {
  return typeof type === "string" && Object.hasOwn(replyFields, type);
}

/** Whether it is a whole reply: what a store holds may be anything. */
export function isReply(value: unknown): value is Reply {
  if (typeof value !== "object" || value === null) return false;
  const given = value as Unchecked;
  return isReplyType(given.type) && faultOf(given.type, given) === undefined;
}

/** What is wrong with the fields of a reply, as the end of a sentence; `undefined` if nothing is. */
export function faultOf(type: ReplyType, given: Unchecked): string | undefined {
  return faultIn(given, replyFields[type]);
}

/** The fields of a reply that are there, and no others. */
export function known(type: ReplyType, given: Unchecked): Record<string, unknown> {
  return pick(given, replyFields[type]);
}

/** A copy of an article that nobody can change any more. */
export function frozenArticle(article: Article): Article {
  return Object.freeze(pick({ ...article }, articleFields)) as unknown as Article;
}

function pick(given: Unchecked, fields: Readonly<Record<string, Kind>>): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name in fields) if (given[name] !== undefined) picked[name] = given[name];
  return picked;
}

function faultIn(given: Unchecked, fields: Readonly<Record<string, Kind>>): string | undefined {
  for (const name in fields) {
    const value = given[name];
    const fault =
      (value === undefined && misspelt(name, given, fields)) ||
      faultOfField(fields[name] as Kind, name, value);
    if (fault) return fault;
  }
  return undefined;
}

function faultOfField(kind: Kind, name: string, value: unknown): string | undefined {
  if (kind === "articles") return faultOfArticles(value);
  if (value === undefined && kind.startsWith("optional")) return undefined;
  if (kind === "medium") return faultOfMedium(name, value);
  const filled = kind.endsWith("id");
  if (typeof value === "string" && !(filled && value === "")) return undefined;
  return `"${name}" must be a string${filled ? " that is not empty" : ""}, got ${describe(value)}`;
}

function faultOfMedium(name: string, value: unknown): string | undefined {
  if (typeof value === "string" ? value !== "" : isFile(value)) return undefined;
  return `"${name}" must be a media id, or { file }, got ${describe(value)}`;
}

function isFile(value: unknown): value is SentFile {
  return typeof value === "object" && value !== null && "file" in value;
}

/** Whether a reply has a file in place of a media id. */
export function isFileReply(reply: Reply | FileReply): reply is FileReply {
  return "thumbMediaId" in reply
    ? isFile(reply.thumbMediaId)
    : "mediaId" in reply && isFile(reply.mediaId);
}

function faultOfArticles(value: unknown): string | undefined {
  if (!Array.isArray(value)) return `"articles" must be an array, got ${describe(value)}`;
  if (value.length < 1 || value.length > mostArticles) {
    return `there must be 1 to ${mostArticles} articles, got ${value.length}; WeChat shows one in answer to a message and up to ${mostArticles} in answer to an event`;
  }
  for (const [index, article] of value.entries()) {
    const fault =
      typeof article !== "object" || article === null
        ? `it must be an object with a title, got ${describe(article)}`
        : faultIn(article, articleFields);
    if (fault !== undefined) return `article ${index + 1} does not fit: ${fault}`;
  }
  return undefined;
}

/** Other libraries write `picurl` and `media_id`: here that would silently send no picture. */
function misspelt(name: string, given: Unchecked, fields: object): string | undefined {
  const wanted = name.toLowerCase();
  const other = Object.keys(given).find(
    (key) => !Object.hasOwn(fields, key) && key.replaceAll("_", "").toLowerCase() === wanted,
  );
  return other === undefined ? undefined : `"${printable(other)}" is spelt "${name}" here`;
}

/** Whether a handler's result is an answer that streams. */
export function isStream(result: unknown): result is Parts {
  return typeof result === "object" && result !== null && Symbol.asyncIterator in result;
}

/** A value as the object of a sentence, without its content. */
export function describe(value: unknown): string {
  if (value === "") return "an empty string";
  if (value === null || value === undefined) return String(value);
  if (typeof value === "function") return "a function (was it meant to be called?)";
  if (typeof value === "number" || typeof value === "boolean") {
    return `a ${typeof value} (${value})`;
  }
  if (typeof value !== "object") return `a ${typeof value}`;
  if (Array.isArray(value)) return "an array";
  if (isStream(value)) return "a stream (only a handler returns one)";
  if (value instanceof Error) return "an error (throw it, and wx.catch() gets it)";
  const { type } = value as Unchecked;
  if (typeof type === "string") {
    return `an object of the unknown type "${printable(type)}"`;
  }
  const names = Object.keys(value).slice(0, 8);
  return names.length === 0
    ? "an object without fields"
    : `an object with the fields ${names.map(printable).join(", ")}`;
}
