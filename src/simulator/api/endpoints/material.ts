import type { MediaFile } from "../../world/media.js";
import type { World } from "../../world/world.js";
import { type Call, type Endpoints, FileAnswer, integerOf, isFields, textOf } from "../call.js";
import { refuse } from "../refusal.js";
import { readUpload, uploadType } from "../upload.js";
import { newsItem } from "./drafts.js";
import { addressOf } from "./media.js";

/** How many there may be: pictures, and every other kind. */
const mostImages = 100_000;
const mostOthers = 1000;

/** Permanent material. Source: 「永久素材」. */
export const materialEndpoints: Endpoints = {
  "/cgi-bin/material/add_material": { method: "POST", run: add },
  "/cgi-bin/material/get_material": { method: "POST", run: get },
  "/cgi-bin/material/del_material": {
    method: "POST",
    run({ world, body }) {
      const mediaId = textOf(body, "media_id");
      if (mediaId === "") refuse(41006);
      if (isUsed(world, mediaId)) refuse(48005, "can't delete the media used by menu");
      if (!world.materials.delete(mediaId) && !world.drafts.delete(mediaId)) refuse(40007);
    },
  },
  "/cgi-bin/material/get_materialcount": {
    method: "GET",
    run({ world: { materials, drafts } }) {
      return {
        voice_count: materials.list("voice").length,
        video_count: materials.list("video").length,
        image_count: materials.list("image").length,
        news_count: drafts.size,
      };
    },
  },
  "/cgi-bin/material/batchget_material": { method: "POST", run: list },
  // Drafts (草稿箱) have replaced them.
  "/cgi-bin/material/add_news": { run: () => refuse(45106) },
  "/cgi-bin/material/update_news": { run: () => refuse(45106) },
};

async function add(call: Call) {
  const { world } = call;
  const type = uploadType(call);
  const upload = await readUpload(call, type, true);
  if (world.materials.list(type).length >= (type === "image" ? mostImages : mostOthers)) {
    refuse(45009, "reach max material count limit");
  }
  const details = type === "video" ? readDescription(upload.fields.description) : undefined;
  const file = world.media.add({ type, permanent: true, ...upload });
  if (details !== undefined) world.materials.describe(file.mediaId, details);
  const { mediaId } = file;
  return type === "image" || type === "thumb"
    ? { media_id: mediaId, url: addressOf(call, file), item: [] }
    : { media_id: mediaId, item: [] };
}

function readDescription(text: string | undefined) {
  let description: unknown;
  try {
    description = JSON.parse(text ?? "");
  } catch {
    refuse(40097, "invalid args hint: [description is no JSON]");
  }
  if (!isFields(description)) refuse(40097);
  const title = textOf(description, "title");
  if (title === "") refuse(40097, "invalid args hint: [description has no title]");
  return { title, introduction: textOf(description, "introduction") };
}

function get(call: Call) {
  const { world, body } = call;
  const mediaId = textOf(body, "media_id");
  if (mediaId === "") refuse(41006);
  const draft = world.drafts.get(mediaId);
  if (draft !== undefined) return { news_item: newsItem(draft.articles) };
  const file = world.materials.get(mediaId);
  if (file === undefined) refuse(40007);
  if (file.type !== "video") return new FileAnswer(file);
  const { title = "", introduction = "" } = world.materials.detailsOf(mediaId) ?? {};
  return { title, description: introduction, down_url: addressOf(call, file) };
}

function list(call: Call) {
  const { world, body } = call;
  const type = textOf(body, "type");
  const offset = integerOf(body, "offset", [0, Number.MAX_SAFE_INTEGER], 0);
  const count = integerOf(body, "count", [1, 20], 20);
  if (type === "news") {
    const drafts = [...world.drafts].reverse();
    const item = drafts.slice(offset, offset + count).map((draft) => ({
      media_id: draft.mediaId,
      content: { news_item: newsItem(draft.articles) },
      update_time: draft.updateTime,
    }));
    return { item, total_count: drafts.length, item_count: item.length };
  }
  if (type !== "image" && type !== "voice" && type !== "video") refuse(40004);
  const files = world.materials.list(type);
  const item = files.slice(offset, offset + count).map((file) => listed(call, file));
  return { item, total_count: files.length, item_count: item.length };
}

function listed(call: Call, file: MediaFile) {
  return {
    media_id: file.mediaId,
    name: call.world.materials.detailsOf(file.mediaId)?.title ?? file.filename,
    update_time: Math.floor(file.createdAt / 1000),
    ...(file.type === "image" ? { url: addressOf(call, file) } : {}),
  };
}

function isUsed({ menu }: World, mediaId: string): boolean {
  const buttons = [menu.default, ...menu.conditional].flatMap((one) => one?.button ?? []);
  return buttons
    .flatMap((button) => [button, ...(button.sub_button ?? [])])
    .some((button) => button.media_id === mediaId);
}
