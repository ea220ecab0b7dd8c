import { ApiError } from "../api/api-error.js";
import type { Client } from "../api/client.js";
import type { FileOptions, ReceivedFile } from "../api/files/received-file.js";
import { printable, WechatError } from "../errors.js";
import type { AnyMessage } from "../message/messages.js";

/** Fetches the file of a message: its bytes, kind and name. This is `ctx.file()`. */
export async function fileOf(
  message: AnyMessage,
  api: Client,
  options: FileOptions,
): Promise<ReceivedFile> {
  switch (message.MsgType) {
    case "image":
    case "video":
    case "shortvideo":
      return api.media.read(message.MediaId, options);
    case "voice": {
      const { MediaId, MediaId16K } = message;
      // The same voice in better quality, where there is one.
      if (!MediaId16K) return api.media.read(MediaId, options);
      return api.media.read(MediaId16K, options).catch((error: unknown) => {
        if (error instanceof ApiError) return api.media.read(MediaId, options);
        throw error;
      });
    }
    default: {
      const name = message.MsgType === "event" ? message.Event : message.MsgType;
      throw new WechatError(
        "WX_MEDIA",
        `ctx.file() gives the file of a picture, a voice or a video, and this is "${printable(name)}". Call it in a handler for "image", "voice", "video" or "shortvideo".`,
      );
    }
  }
}
