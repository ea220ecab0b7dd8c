import { createHash } from "node:crypto";
import type { AnyMessage } from "./messages.js";

/**
 * What is the same for every delivery of one push and differs between two pushes: the account and
 * the user, then for messages `MsgId`, for events `CreateTime`, `Event` and a hash of the whole
 * payload. (User and second alone would lose one of two events that differ in a single field.)
 *
 * Source: 「接收普通消息」 and 「接收事件推送」, on 排重.
 */
export function runKey(message: AnyMessage, appId: string): string {
  if (message.MsgType !== "event" && message.MsgId) {
    return `${appId}:${message.FromUserName}:${message.MsgId}`;
  }
  const event = message.MsgType === "event" ? message.Event : message.MsgType;
  const payload = createHash("sha1").update(JSON.stringify(message)).digest("base64url");
  return `${appId}:${message.FromUserName}:${message.CreateTime}:${event}:${payload}`;
}
