import type { MediaFile } from "../../world/media.js";
import { type Call, type Endpoints, FileAnswer, isFields, listOf, textOf } from "../call.js";
import { refuse } from "../refusal.js";
import { readArticlePicture, readUpload, uploadType } from "../upload.js";
import { readArticle } from "./drafts.js";

/** Temporary media. Source: 「新增临时素材」, 「获取临时素材」, 「上传图文消息内的图片获取URL」. */
export const mediaEndpoints: Endpoints = {
  "/cgi-bin/media/upload": {
    method: "POST",
    async run(call) {
      const type = uploadType(call);
      const upload = await readUpload(call, type);
      const { mediaId } = call.world.media.add({ type, ...upload });
      const created_at = call.world.seconds;
      return type === "thumb"
        ? { type, thumb_media_id: mediaId, created_at }
        : { type, media_id: mediaId, created_at };
    },
  },
  "/cgi-bin/media/get": { method: "GET", run: get },
  "/cgi-bin/media/get/jssdk": { method: "GET", run: get },
  "/cgi-bin/media/uploadimg": {
    method: "POST",
    async run(call) {
      const upload = await readArticlePicture(call);
      const file = call.world.media.add({ type: "image", permanent: true, ...upload });
      call.world.materials.hide(file.mediaId);
      return { url: addressOf(call, file) };
    },
  },
  "/cgi-bin/media/uploadvideo": {
    method: "POST",
    run({ world, body }) {
      const file = world.media.get(textOf(body, "media_id"));
      if (file?.type !== "video") refuse(40007);
      const { contentType, filename, data } = file;
      const { mediaId } = world.media.add({ type: "video", contentType, filename, data });
      return { type: "video", media_id: mediaId, created_at: world.seconds };
    },
  },
  "/cgi-bin/media/uploadnews": {
    method: "POST",
    run(call) {
      const articles = listOf(call.body, "articles", 44003);
      if (articles.length < 1 || articles.length > 8) refuse(45008);
      const read = articles.map((article) =>
        isFields(article) ? readArticle(call, article) : refuse(44003),
      );
      const { mediaId } = call.world.drafts.save(read);
      return { type: "news", media_id: mediaId, created_at: call.world.seconds };
    },
  },
};

function get(call: Call) {
  const mediaId = call.query.get("media_id") ?? "";
  if (mediaId === "") refuse(41006);
  const file = call.world.media.get(mediaId);
  if (file === undefined || file.permanent) refuse(40007);
  return file.type === "video" ? { video_url: addressOf(call, file) } : new FileAnswer(file);
}

/** Where a file can be fetched without a token, in the place of mmbiz.qpic.cn. */
export function addressOf(call: Call, file: MediaFile): string {
  return `${call.origin}/mmbiz/${file.mediaId}/0`;
}
