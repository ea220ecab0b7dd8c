import { randomId } from "../../world/account.js";
import type { Article } from "../../world/articles.js";
import {
  type Call,
  type Endpoints,
  type Fields,
  integerOf,
  isFields,
  listOf,
  ok,
  textOf,
} from "../call.js";
import { refuse } from "../refusal.js";

const lengths = [
  ["title", 32, 45003],
  ["author", 16, 45110],
  ["digest", 128, 45004],
] as const;

/** The cards that an article of each type may hold. */
const cardTypes: Readonly<Record<string, readonly number[]>> = {
  news: [0, 1, 2],
  newspic: [1, 2, 3],
};

/** The drafts box. Source: 「草稿箱」, 「获取商品卡片的DOM结构」. */
export const draftEndpoints: Endpoints = {
  "/cgi-bin/draft/add": {
    method: "POST",
    run(call) {
      const list = listOf(call.body, "articles", 44003);
      if (list.length < 1) refuse(44003);
      if (list.length > 8) refuse(45008);
      const articles = list.map((article) =>
        isFields(article) ? readArticle(call, article, list.length === 1) : refuse(44003),
      );
      return { media_id: call.world.drafts.save(articles).mediaId };
    },
  },
  "/cgi-bin/draft/update": {
    method: "POST",
    run(call) {
      const { world, body } = call;
      const draft = draftOf(call);
      const index = integerOf(body, "index", [0, draft.articles.length - 1], 0, 40114);
      if (!isFields(body.articles)) refuse(40035);
      const article = readArticle(call, body.articles, draft.articles.length === 1);
      world.drafts.save(draft.articles.with(index, article), draft.mediaId);
    },
  },
  "/cgi-bin/draft/get": {
    method: "POST",
    run: (call) => ({ news_item: newsItem(draftOf(call).articles) }),
  },
  "/cgi-bin/draft/delete": {
    method: "POST",
    run(call) {
      call.world.drafts.delete(draftOf(call).mediaId);
    },
  },
  "/cgi-bin/draft/batchget": {
    method: "POST",
    run(call) {
      const drafts = [...call.world.drafts].reverse();
      return page(call.body, drafts, ({ mediaId, articles, updateTime }, bare) => ({
        media_id: mediaId,
        content: { news_item: newsItem(articles, bare) },
        update_time: updateTime,
      }));
    },
  },
  "/cgi-bin/draft/count": {
    method: "GET",
    run: ({ world }) => ({ total_count: world.drafts.size }),
  },
  "/channels/ec/service/product/getcardinfo": {
    method: "POST",
    run({ body }) {
      const id = textOf(body, "product_id");
      if (!/^\d+$/.test(id)) refuse(10170001);
      const cards = cardTypes[textOf(body, "article_type")] ?? refuse(10170002);
      const card = integerOf(body, "card_type", [0, 3], undefined, 10170003);
      if (!cards.includes(card)) refuse(10170003);
      const key = `product_${id}_${card}`;
      return {
        ...ok,
        product_key: key,
        DOM: `<mp-common-product data-windowproduct="${key}"></mp-common-product>`,
      };
    },
  },
  "/cgi-bin/draft/switch": { method: "POST", run: () => ({ ...ok, is_open: 1 }) },
};

/** One page of a list as `batchget` answers it, with or without the articles' content. */
export function page<T>(
  body: Fields,
  all: readonly T[],
  show: (one: T, bare: boolean) => Fields,
): Fields {
  const offset = integerOf(body, "offset", [0, Number.MAX_SAFE_INTEGER], 0);
  const count = integerOf(body, "count", [1, 20], 20);
  const bare = integerOf(body, "no_content", [0, 1], 0) === 1;
  const item = all.slice(offset, offset + count).map((one) => show(one, bare));
  return { total_count: all.length, item_count: item.length, item };
}

/** Reads and checks an article. */
export function readArticle(call: Call, fields: Fields, alone = true): Article {
  const type = textOf(fields, "article_type") || "news";
  if (type !== "news" && type !== "newspic") refuse(40035);
  const title = textOf(fields, "title");
  const content = textOf(fields, "content");
  if (title === "") refuse(45003);
  for (const [name, longest, errcode] of lengths) {
    if ([...textOf(fields, name)].length > longest) refuse(errcode);
  }
  if (content === "" && type === "news") refuse(44003);
  if ([...content].length >= 20_000 || Buffer.byteLength(content) >= 1024 * 1024) refuse(45002);
  if (Buffer.byteLength(textOf(fields, "content_source_url")) > 1024) refuse(41039);
  const cover = type === "news" ? textOf(fields, "thumb_media_id") : firstPicture(fields);
  const file = call.world.media.get(cover);
  if (file?.permanent !== true) refuse(40007);
  const plain = content.replace(/<[^<>]*>/g, "");
  const digest = textOf(fields, "digest") || (alone ? [...plain].slice(0, 54).join("") : "");
  return {
    need_open_comment: 0,
    only_fans_can_comment: 0,
    author: "",
    content_source_url: "",
    ...fields,
    article_type: type,
    content: content.replace(/<script\b[\s\S]*?(<\/script>|$)/gi, ""),
    digest,
    thumb_media_id: cover,
    thumb_url: `${call.origin}/mmbiz/${file.mediaId}/0`,
    url: `${call.origin}/mmbiz/article/${randomId("", 22)}`,
  };
}

/** The articles as they are answered. */
export function newsItem(articles: readonly Article[], bare = false): readonly Article[] {
  return bare ? articles.map(({ content: _, ...rest }) => rest) : articles;
}

function firstPicture({ image_info }: Fields): string {
  const list = isFields(image_info) ? image_info.image_list : undefined;
  const [first] = Array.isArray(list) ? (list as readonly unknown[]) : [];
  if (!isFields(first) || (list as readonly unknown[]).length > 20) refuse(40035);
  return textOf(first, "image_media_id");
}

function draftOf({ world, body }: Call) {
  const mediaId = textOf(body, "media_id");
  if (mediaId === "") refuse(41006);
  return world.drafts.get(mediaId) ?? refuse(40007);
}
