import { type Endpoint, ok } from "./endpoint.js";

const article = { title: "TITLE", content: "<p>CONTENT</p>", thumb_media_id: "T" };
const picture = () => new File(["PNG"], "a.png", { type: "image/png" });
const button = [{ type: "click", name: "今日歌曲", key: "V1001_TODAY_MUSIC" }] as const;
const pngParts = { media: ["a.png", "image/png", "PNG"] } as const;
const list = { total_count: 1, item_count: 1 };

/** Reference 8.6 to 8.9. */
export const content: readonly Endpoint[] = [
  {
    call: (api) => api.media.upload("image", picture()),
    method: "POST",
    path: "/cgi-bin/media/upload",
    query: { type: "image" },
    parts: pngParts,
    answer: { type: "image", media_id: "MEDIA_ID", created_at: 123456789 },
  },
  {
    call: (api) => api.media.upload("thumb", picture()),
    method: "POST",
    path: "/cgi-bin/media/upload",
    query: { type: "thumb" },
    parts: pngParts,
    answer: { type: "thumb", thumb_media_id: "MEDIA_ID", created_at: 123456789 },
    result: {
      type: "thumb",
      thumb_media_id: "MEDIA_ID",
      media_id: "MEDIA_ID",
      created_at: 123456789,
    },
  },
  {
    call: (api) => api.media.get("VIDEO"),
    method: "GET",
    path: "/cgi-bin/media/get",
    query: { media_id: "VIDEO" },
    answer: { video_url: "DOWN_URL" },
  },
  {
    call: (api) => api.material.uploadArticleImage(picture()),
    method: "POST",
    path: "/cgi-bin/media/uploadimg",
    parts: pngParts,
    answer: { url: "http://mmbiz.qpic.cn/XXX" },
    result: "http://mmbiz.qpic.cn/XXX",
  },
  {
    call: (api) => api.material.add("image", picture()),
    method: "POST",
    path: "/cgi-bin/material/add_material",
    query: { type: "image" },
    parts: pngParts,
    answer: { media_id: "M", url: "U" },
  },
  {
    call: (api) =>
      api.material.addVideo(new File(["MP4"], "v.mp4", { type: "video/mp4" }), {
        title: "标题",
        introduction: "简介",
      }),
    method: "POST",
    path: "/cgi-bin/material/add_material",
    query: { type: "video" },
    parts: {
      media: ["v.mp4", "video/mp4", "MP4"],
      description: '{"title":"标题","introduction":"简介"}',
    },
    answer: { media_id: "M" },
  },
  {
    call: (api) => api.material.get("NEWS"),
    method: "POST",
    path: "/cgi-bin/material/get_material",
    body: { media_id: "NEWS" },
    answer: { news_item: [{ ...article, url: "U" }] },
  },
  {
    call: (api) => api.material.get("VIDEO"),
    method: "POST",
    path: "/cgi-bin/material/get_material",
    body: { media_id: "VIDEO" },
    answer: { title: "T", description: "D", down_url: "U" },
  },
  {
    call: (api) => api.material.delete("M"),
    method: "POST",
    path: "/cgi-bin/material/del_material",
    body: { media_id: "M" },
  },
  {
    call: (api) => api.material.count(),
    method: "GET",
    path: "/cgi-bin/material/get_materialcount",
    answer: { voice_count: 5, video_count: 3, image_count: 10, news_count: 7 },
  },
  {
    call: (api) => api.material.list("image"),
    method: "POST",
    path: "/cgi-bin/material/batchget_material",
    body: { type: "image", offset: 0, count: 20 },
    answer: { ...list, item: [{ media_id: "M", name: "a.png", update_time: 1, url: "U" }] },
  },
  {
    call: (api) => api.drafts.add([article]),
    method: "POST",
    path: "/cgi-bin/draft/add",
    body: { articles: [article] },
    answer: { media_id: "M" },
  },
  {
    call: (api) => api.drafts.update("M", article),
    method: "POST",
    path: "/cgi-bin/draft/update",
    body: { media_id: "M", index: 0, articles: article },
  },
  {
    call: (api) => api.drafts.get("M"),
    method: "POST",
    path: "/cgi-bin/draft/get",
    body: { media_id: "M" },
    answer: { news_item: [{ ...article, url: "U" }] },
  },
  {
    call: (api) =>
      api.drafts.productCard({
        product_id: "1000000000",
        article_type: "newspic",
        card_type: 2,
      }),
    method: "POST",
    path: "/channels/ec/service/product/getcardinfo",
    body: { product_id: "1000000000", article_type: "newspic", card_type: 2 },
    answer: { ...ok, product_key: "KEY" },
  },
  {
    call: (api) => api.drafts.delete("M"),
    method: "POST",
    path: "/cgi-bin/draft/delete",
    body: { media_id: "M" },
  },
  {
    call: (api) => api.drafts.list({ offset: 20, count: 10, no_content: 1 }),
    method: "POST",
    path: "/cgi-bin/draft/batchget",
    body: { offset: 20, count: 10, no_content: 1 },
    answer: { ...list, item: [{ media_id: "M", content: { news_item: [] }, update_time: 1 }] },
  },
  {
    call: (api) => api.drafts.count(),
    method: "GET",
    path: "/cgi-bin/draft/count",
    answer: { total_count: 10 },
    result: 10,
  },
  {
    call: (api) => api.drafts.status(),
    method: "POST",
    path: "/cgi-bin/draft/switch",
    query: { checkonly: "1" },
    body: {},
    answer: { ...ok, is_open: 1 },
  },
  {
    call: (api) => api.drafts.turnOn(),
    method: "POST",
    path: "/cgi-bin/draft/switch",
    body: {},
  },
  {
    call: (api) => api.publishing.submit("M"),
    method: "POST",
    path: "/cgi-bin/freepublish/submit",
    body: { media_id: "M" },
    answer: { ...ok, publish_id: "100000001", msg_data_id: "2247483653" },
  },
  {
    call: (api) => api.publishing.status("100000001"),
    method: "POST",
    path: "/cgi-bin/freepublish/get",
    body: { publish_id: "100000001" },
    answer: { publish_id: "100000001", publish_status: 1, fail_idx: [] },
  },
  {
    call: (api) => api.publishing.delete("A", 1),
    method: "POST",
    path: "/cgi-bin/freepublish/delete",
    body: { article_id: "A", index: 1 },
  },
  {
    call: (api) => api.publishing.get("A"),
    method: "POST",
    path: "/cgi-bin/freepublish/getarticle",
    body: { article_id: "A" },
    answer: { news_item: [{ ...article, url: "U", is_deleted: false }] },
  },
  {
    call: (api) => api.publishing.list(),
    method: "POST",
    path: "/cgi-bin/freepublish/batchget",
    body: { offset: 0, count: 20, no_content: 0 },
    answer: { ...list, item: [{ article_id: "A", content: { news_item: [] }, update_time: 1 }] },
  },
  {
    call: (api) => api.menu.create({ button }),
    method: "POST",
    path: "/cgi-bin/menu/create",
    body: { button },
  },
  {
    call: (api) => api.menu.get(),
    method: "GET",
    path: "/cgi-bin/menu/get",
    answer: { menu: { button, menuid: 208396938 } },
    result: { menu: { button, menuid: "208396938" } },
  },
  {
    call: (api) => api.menu.delete(),
    method: "GET",
    path: "/cgi-bin/menu/delete",
  },
  {
    call: (api) => api.menu.addConditional({ button, matchrule: { tag_id: "2" } }),
    method: "POST",
    path: "/cgi-bin/menu/addconditional",
    body: { button, matchrule: { tag_id: "2" } },
    answer: { menuid: "208379533" },
    result: "208379533",
  },
  {
    call: (api) => api.menu.deleteConditional("208379533"),
    method: "POST",
    path: "/cgi-bin/menu/delconditional",
    body: { menuid: "208379533" },
  },
  {
    call: (api) => api.menu.tryMatch("OPENID"),
    method: "POST",
    path: "/cgi-bin/menu/trymatch",
    body: { user_id: "OPENID" },
    answer: { button },
  },
  {
    call: (api) => api.menu.current(),
    method: "GET",
    path: "/cgi-bin/get_current_selfmenu_info",
    answer: {
      is_menu_open: 1,
      selfmenu_info: { button: [{ name: "a", type: "text", value: "b" }] },
    },
  },
];
