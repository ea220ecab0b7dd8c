import type { EventType } from "../message/events.js";
import type { AnyMessage, MessageType } from "../message/messages.js";
import type { Context } from "./context.js";
import type { Matcher } from "./trigger.js";

export const always = () => true;

export const isType = (type: MessageType) => (ctx: Context) => ctx.message.MsgType === type;

export const isEvent = (event: EventType) => (ctx: Context) =>
  ctx.message.MsgType === "event" && ctx.message.Event === event;

/** Names on the wire are compared without regard to case, because WeChat is not consistent. */
export function among(
  names: readonly string[],
  nameOf: (message: AnyMessage) => string | undefined,
) {
  const exact = new Set(names);
  const folded = new Set(names.map((name) => name.toLowerCase()));
  return (ctx: Context) => {
    const name = nameOf(ctx.message);
    return name !== undefined && (exact.has(name) || folded.has(name.toLowerCase()));
  };
}

export function eventKey(ctx: Context): string | undefined {
  return "EventKey" in ctx.message ? ctx.message.EventKey : undefined;
}

export function hear(message: AnyMessage, test: Matcher): ReturnType<Matcher> {
  if (message.MsgType === "text") {
    const chosen = message.bizmsgmenuid;
    return test(message.Content) ?? (chosen === undefined ? undefined : test(chosen));
  }
  if (message.MsgType !== "voice" || message.Recognition === undefined) return undefined;
  return test(withoutFullStop(message.Recognition));
}

/** Speech recognition ends sentences with a full stop that nobody spoke. */
export function withoutFullStop(recognised: string): string {
  return recognised.replace(/[。.！!？?]$/, "");
}
