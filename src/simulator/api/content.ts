import type { Content, NewsArticle } from "../world/chat.js";
import type { MediaFile } from "../world/media.js";
import type { World } from "../world/world.js";
import { type Fields, isFields, listOf, objectOf, textOf } from "./call.js";
import { refuse } from "./refusal.js";

/** The longest text that arrives, in bytes. */
const textLimit = 2048;

type Read = (world: World, body: Fields) => Content;

const readText: Read = (_world, body) => {
  const content = textOf(body, "content");
  if (content === "") refuse(44004);
  if (Buffer.byteLength(content) > textLimit) refuse(45002);
  return { type: "text", content };
};

const readImage: Read = (world, body) => ({
  type: "image",
  mediaId: mediaOf(world, body, "media_id", ["image"]),
});

const readVoice: Read = (world, body) => ({
  type: "voice",
  mediaId: mediaOf(world, body, "media_id", ["voice"]),
});

const readVideo: Read = (world, body) => {
  if (textOf(body, "thumb_media_id") !== "") {
    mediaOf(world, body, "thumb_media_id", ["thumb", "image"]);
  }
  return {
    type: "video",
    mediaId: mediaOf(world, body, "media_id", ["video"]),
    ...optional("title", textOf(body, "title")),
    ...optional("description", textOf(body, "description")),
  };
};

const readDraft: Read = (world, body) => {
  const draft = world.drafts.get(textOf(body, "media_id"));
  if (draft === undefined) refuse(40007);
  return { type: "news", articles: draft.articles.map((article) => shownArticle(article)) };
};

const readCard: Read = (_world, body) => {
  const cardId = textOf(body, "card_id");
  if (cardId === "") refuse(40035, "invalid card_id");
  return { type: "card", cardId };
};

/** What customer-service messages may hold, by `msgtype`. Source: 「发送客服消息」. */
const customer: Readonly<Record<string, Read>> = {
  text: readText,
  image: readImage,
  voice: readVoice,
  video: readVideo,
  music(world, body) {
    return {
      type: "music",
      thumbMediaId: mediaOf(world, body, "thumb_media_id", ["thumb", "image"]),
      ...optional("title", textOf(body, "title")),
      ...optional("description", textOf(body, "description")),
      ...optional("url", textOf(body, "musicurl")),
      ...optional("hqUrl", textOf(body, "hqmusicurl")),
    };
  },
  news(_world, body) {
    const articles = listOf(body, "articles", 44003);
    if (articles.length === 0) refuse(44003);
    if (articles.length > 1) refuse(45008);
    return { type: "news", articles: articles.map(readArticle) };
  },
  mpnews: readDraft,
  mpnewsarticle(world, body) {
    const published = world.publications.find(textOf(body, "article_id"));
    if (published === undefined) refuse(53600);
    const articles = published.articles.filter(({ is_deleted }) => is_deleted !== true);
    return { type: "news", articles: articles.slice(0, 1).map((article) => shownArticle(article)) };
  },
  msgmenu(_world, body) {
    const list = listOf(body, "list");
    if (list.length === 0) refuse(40035);
    return {
      type: "menu",
      head: textOf(body, "head_content"),
      items: list.map((item) => {
        if (!isFields(item)) refuse(40035);
        return { id: textOf(item, "id"), content: textOf(item, "content") };
      }),
      tail: textOf(body, "tail_content"),
    };
  },
  wxcard: readCard,
  miniprogrampage(world, body) {
    const appId = textOf(body, "appid");
    const path = textOf(body, "pagepath");
    if (appId === "") refuse(40013);
    if (path === "") refuse(41030);
    mediaOf(world, body, "thumb_media_id", ["thumb", "image"]);
    return { type: "miniprogram", title: textOf(body, "title"), appId, path };
  },
};

/** What a mass message may hold, by `msgtype`. Source: 「根据标签进行群发」. */
const mass: Readonly<Record<string, Read>> = {
  mpnews: readDraft,
  text: readText,
  voice: readVoice,
  image(world, body) {
    const [mediaId] = Array.isArray(body.media_ids) ? body.media_ids : [body.media_id];
    return readImage(world, { media_id: mediaId });
  },
  mpvideo: readVideo,
  wxcard: readCard,
};

/** Reads and checks what a customer-service message holds. */
export function customerContent(world: World, body: Fields): Content {
  const type = textOf(body, "msgtype");
  const read = Object.hasOwn(customer, type) ? customer[type] : undefined;
  if (read === undefined) refuse(40008);
  return read(world, objectOf(body, type, 40035));
}

/** Reads and checks what a mass message holds. */
export function massContent(world: World, body: Fields): Content {
  const given = textOf(body, "msgtype");
  const type = given === "images" ? "image" : given;
  const read = Object.hasOwn(mass, type) ? mass[type] : undefined;
  if (read === undefined) refuse(40008);
  return read(world, objectOf(isFields(body[type]) ? body : { [type]: body[`${type}s`] }, type));
}

/** The same of a preview, which shows one picture: `image`, not `images`. Source: 「预览接口」. */
export function previewContent(world: World, body: Fields): Content {
  const type = textOf(body, "msgtype");
  const read = Object.hasOwn(mass, type) ? mass[type] : undefined;
  if (read === undefined) refuse(40008);
  return (type === "image" ? readImage : read)(world, objectOf(body, type));
}

/** The file's id, if there is such a file of one of these kinds: 41006 without an id, else 40007. */
function mediaOf(
  world: World,
  body: Fields,
  name: string,
  types: readonly MediaFile["type"][],
): string {
  const mediaId = textOf(body, name);
  if (mediaId === "") refuse(41006);
  const file = world.media.get(mediaId);
  if (file === undefined || !types.includes(file.type)) refuse(40007);
  return mediaId;
}

function readArticle(value: unknown): NewsArticle {
  if (!isFields(value)) refuse(44003);
  const url = textOf(value, "url");
  const picUrl = textOf(value, "picurl");
  if (Buffer.byteLength(url) > 1024) refuse(45005);
  if (Buffer.byteLength(picUrl) > 1024) refuse(45006);
  return {
    title: textOf(value, "title"),
    ...optional("description", textOf(value, "description")),
    ...optional("picUrl", picUrl),
    ...optional("url", url),
  };
}

/** An article of a draft as it stands in a chat. */
function shownArticle(article: Fields): NewsArticle {
  return {
    title: textOf(article, "title"),
    ...optional("description", textOf(article, "digest")),
    ...optional("picUrl", textOf(article, "thumb_url")),
    ...optional("url", textOf(article, "url")),
  };
}

function optional<K extends string>(name: K, text: string): { readonly [P in K]?: string } {
  return (text === "" ? {} : { [name]: text }) as { readonly [P in K]?: string };
}
