import type { EventType } from "../../message/events.js";
import type { AnyMessage, MessageType } from "../../message/messages.js";
import type { MaybePromise } from "../../time/maybe-promise.js";
import type { Context } from "../context.js";

/** What a handler was registered for. */
export interface Accept {
  readonly accepts: (ctx: Context) => MaybePromise<boolean>;
  /** The types of messages, in small letters, beside which it accepts nothing. */
  readonly types?: readonly string[];
  /** The same for the names of events. Without both it may accept anything. */
  readonly events?: readonly string[];
  /** The names as they were given, where they were. */
  readonly names?: readonly string[];
  /** Whether it is a test of the user's, which may change the push that it is given. */
  readonly isTest?: boolean;
}

/** What a trigger is compared with: the first of these that fits. */
export type Subject = (ctx: Context) => readonly string[];

export const anything: Accept = { accepts: () => true };

/** Messages of one type that koa-wx knows. */
export function type(name: MessageType): Accept {
  return { accepts: (ctx) => ctx.message.MsgType === name, types: [name] };
}

/** Events of one name that koa-wx knows. */
export function event(name: EventType): Accept {
  return {
    accepts: (ctx) => ctx.message.MsgType === "event" && ctx.message.Event === name,
    events: [name.toLowerCase()],
  };
}

/** Messages of any of these types. */
export function types(names: readonly string[]): Accept {
  const { accepts, folded } = among(names, (message) => message.MsgType);
  return { accepts, types: folded, names };
}

/** Events of any of these names. */
export function events(names: readonly string[]): Accept {
  const { accepts, folded } = among(names, (message) =>
    message.MsgType === "event" ? message.Event : undefined,
  );
  return { accepts, events: folded, names };
}

/** Names on the wire are compared without regard to case, because WeChat is not consistent. */
function among(names: readonly string[], nameOf: (message: AnyMessage) => string | undefined) {
  const exact = new Set(names);
  const folded = new Set(names.map((name) => name.toLowerCase()));
  const accepts = (ctx: Context) => {
    const name = nameOf(ctx.message);
    return name !== undefined && (exact.has(name) || folded.has(name.toLowerCase()));
  };
  return { accepts, folded: [...folded] };
}

/** Scans of a QR code with a scene, by a follower or to follow. */
export const scan: Accept = {
  accepts: (ctx) => ctx.scene !== undefined,
  events: ["scan", "subscribe"],
};

/** What is said by typing, by speaking, or by tapping a button of the menu. */
export const utterance: Accept = {
  accepts: (ctx) =>
    ctx.message.MsgType === "text" ||
    ctx.message.MsgType === "voice" ||
    (ctx.message.MsgType === "event" && ctx.message.Event === "CLICK"),
  types: ["text", "voice"],
  events: ["click"],
};

/** The text that was typed. */
export const typed: Subject = (ctx) => listed(ctx.text);

/** The key of a menu button, the URL of a page. */
export const key: Subject = (ctx) =>
  listed("EventKey" in ctx.message ? ctx.message.EventKey : undefined);

/** The scene of a QR code. */
export const scene: Subject = (ctx) => listed(ctx.scene);

/** What was said: the text, the id of a customer-service menu's item, the recognised voice, the button's key. */
export const said: Subject = (ctx) => {
  const { message } = ctx;
  if (message.MsgType === "event") return key(ctx);
  if (message.MsgType === "text") {
    const { Content, bizmsgmenuid } = message;
    return bizmsgmenuid === undefined ? [Content] : [Content, bizmsgmenuid];
  }
  const recognised = message.MsgType === "voice" ? message.Recognition : undefined;
  if (recognised === undefined) return [];
  const spoken = withoutFullStop(recognised);
  return spoken === recognised ? [spoken] : [spoken, recognised];
};

/** Speech recognition ends sentences with a full stop that nobody spoke. */
export function withoutFullStop(recognised: string): string {
  return recognised.replace(/[。.！!？?]$/, "");
}

function listed(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}
