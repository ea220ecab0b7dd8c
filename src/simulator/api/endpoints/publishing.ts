import type { Article, Publication } from "../../world/articles.js";
import { helperOf } from "../../world/mphelper.js";
import { type Call, type Endpoints, integerOf, newId, ok, textOf } from "../call.js";
import { refuse } from "../refusal.js";
import { newsItem, page } from "./drafts.js";

/** Publishing drafts. Source: 「发布能力」. */
export const publishingEndpoints: Endpoints = {
  "/cgi-bin/freepublish/submit": { method: "POST", run: submit },
  "/cgi-bin/freepublish/get": {
    method: "POST",
    run({ world, body }) {
      const publication = world.publications.of(textOf(body, "publish_id"));
      if (publication === undefined) refuse(40035, "invalid publish_id");
      const { publishId, articleId, articles } = publication;
      const gone = articles.every(({ is_deleted }) => is_deleted === true);
      if (gone) return { publish_id: publishId, publish_status: 5, fail_idx: [] };
      return {
        publish_id: publishId,
        publish_status: 0,
        article_id: articleId,
        article_detail: { count: articles.length, item: addresses(articles) },
        fail_idx: [],
      };
    },
  },
  "/cgi-bin/freepublish/delete": {
    method: "POST",
    run(call) {
      const publication = publicationOf(call);
      const index = integerOf(call.body, "index", [0, publication.articles.length], 0, 40114);
      call.world.publications.delete(publication, index);
    },
  },
  "/cgi-bin/freepublish/getarticle": {
    method: "POST",
    run: (call) => ({ news_item: newsItem(publicationOf(call).articles.map(withState)) }),
  },
  "/cgi-bin/freepublish/batchget": {
    method: "POST",
    run(call) {
      const all = [...call.world.publications].reverse();
      return page(call.body, all, ({ articleId, articles, updateTime }, bare) => ({
        article_id: articleId,
        content: { news_item: newsItem(articles.map(withState), bare) },
        update_time: updateTime,
      }));
    },
  },
};

function submit(call: Call) {
  const { world, body } = call;
  const draft = world.drafts.get(textOf(body, "media_id"));
  if (draft === undefined) refuse(40007);
  world.drafts.delete(draft.mediaId);
  const publication = world.publications.publish(draft.articles);
  const { publishId, articleId, articles } = publication;
  call.push(helperOf(world), {
    MsgType: "event",
    Event: "PUBLISHJOBFINISH",
    PublishEventInfo: {
      publish_id: Number(publishId),
      publish_status: 0,
      article_id: articleId,
      article_detail: { count: articles.length, item: addresses(articles) },
    },
  });
  return { ...ok, publish_id: publishId, msg_data_id: newId() };
}

function publicationOf({ world, body }: Call): Publication {
  return world.publications.find(textOf(body, "article_id")) ?? refuse(53600);
}

function addresses(articles: readonly Article[]) {
  return articles.map(({ url }, at) => ({ idx: at + 1, article_url: String(url) }));
}

function withState(article: Article): Article {
  return { is_deleted: false, ...article };
}
