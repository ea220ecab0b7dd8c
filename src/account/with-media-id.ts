import type { Client } from "../api/client.js";
import type { SentFile } from "../message/file.js";
import type { FileReply, Reply } from "../message/reply.js";

/** The reply with the media id of its file, which is uploaded unless it has been before. */
export async function withMediaId(reply: FileReply, api: Client): Promise<Reply> {
  if (reply.type === "music") {
    return { ...reply, thumbMediaId: await idOf("thumb", reply.thumbMediaId, api) };
  }
  const { title = "视频", description = "" } = reply.type === "video" ? reply : {};
  const about = { title, introduction: description };
  const { permanent = false, file } = reply.mediaId;
  const mediaId = permanent
    ? await api.material.idOf(reply.type, file, about)
    : await api.media.idOf(reply.type, file);
  return { ...reply, mediaId };
}

function idOf(type: "thumb", { file, permanent = false }: SentFile, api: Client): Promise<string> {
  return permanent ? api.material.idOf(type, file) : api.media.idOf(type, file);
}
