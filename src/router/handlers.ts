import type { EventMap, EventType } from "../message/events.js";
import type { MessageMap, MessageType } from "../message/messages.js";
import type { Handler } from "./compose.js";
import type { Context } from "./context.js";

/** Types a handler that lives in a file of its own: `const echo: MessageHandler<"text"> = …` */
export type MessageHandler<K extends MessageType, F = unknown> = Handler<
  Context<MessageMap[K]> & F
>;
/** The same for an event: `const welcome: EventHandler<"subscribe"> = …` */
export type EventHandler<E extends EventType, F = unknown> = Handler<Context<EventMap[E]> & F>;

/** At least one handler, or something else that may stand for one. */
export type Handlers<C, Else = never> = readonly [
  handler: Handler<C> | Else,
  ...more: (Handler<C> | Else)[],
];

/** The context of a QR code's scan, by a follower or to follow. */
export interface ScanContext extends Context<EventMap["SCAN"] | EventMap["subscribe"]> {
  /** The scene of the QR code, without `qrscene_`. */
  readonly scene: string;
}

declare const flavor: unique symbol;
/** A middleware that adds `G` to the context of every handler after it. Made by `definePlugin`. */
export interface Plugin<G extends object> extends Handler<Context> {
  readonly [flavor]: G;
}

/**
 * Marks a middleware as the provider of `G`, so that `use` passes the type on.
 *
 * ```ts
 * const clock = definePlugin<{ now: Date }>((ctx, next) => {
 *   ctx.now = new Date();
 *   return next();
 * });
 * wx.use(clock).on("text", (ctx) => ctx.now.toISOString());
 * ```
 */
export function definePlugin<G extends object>(handler: Handler<Context & G>): Plugin<G> {
  // The promise that `handler` fills in `G` before it calls next() cannot be checked by a type.
  return handler as unknown as Plugin<G>;
}

/** Anything that can stand where a handler does: a router, a dialogue. Its handlers need no more than `C`. */
export interface Mountable<C> {
  readonly handle: Handler<C>;
}
