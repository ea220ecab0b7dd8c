import { ConfigError } from "../errors.js";
import { type Answerable, isAnswerable } from "../message/answerable.js";
import { type EventMap, type EventType, eventTypes, type KeyedEvent } from "../message/events.js";
import { type MessageMap, type MessageType, messageTypes } from "../message/messages.js";
import type { Result } from "../message/reply.js";
import type { MaybePromise } from "../time/maybe-promise.js";
import type { Handler, MaybeArray } from "./compose.js";
import type { Context } from "./context.js";
import { comparisonOf, Dispatcher } from "./dispatcher.js";
import type { Handlers, Mountable, Plugin, ScanContext } from "./handlers.js";
import * as accept from "./matching/accept.js";
import type { MatchedIf, Trigger } from "./matching/trigger.js";
import { checkName } from "./names.js";
import { list } from "./registration.js";

type Text = MessageMap["text"];
type Voice = MessageMap["voice"];
type Click = EventMap["CLICK"];

/**
 * Decides who answers a push: the first handler that was registered for it. A handler that calls
 * `next()` gives the later ones a chance. A router, a dialogue or a plugin may stand where a handler does.
 *
 * `F` is what plugins have added to the context; it is inferred by `use`.
 */
export class Router<F = unknown> extends Dispatcher<F> implements Mountable<Context & F> {
  /**
   * Runs handlers, a router or a plugin on every push that reaches them.
   *
   * ```ts
   * wx.use(session()).use(shop);
   * wx.use(async (ctx, next) => {
   *   console.log(ctx.message.MsgType);
   *   await next(); // the reply of those after it passes through
   * });
   * ```
   */
  use<P extends Handler<Context & F> | Mountable<Context & F>>(
    plugin: P,
    ...more: readonly (Handler<Context & F> | Mountable<Context & F>)[]
  ): P extends Plugin<infer G> ? Router<F & G> : this;
  use(...handlers: readonly unknown[]): unknown {
    return this.add(accept.anything, "use", handlers);
  }

  /**
   * Handles messages of one type, or of several.
   *
   * ```ts
   * wx.on("text", (ctx) => ctx.message.Content);
   * wx.on(["image", "voice"], (ctx) => `got ${ctx.message.MediaId}`);
   * ```
   */
  on<K extends MessageType>(
    type: MaybeArray<K>,
    ...handlers: Handlers<Context<MessageMap[K]> & F>
  ): this;
  on(type: MaybeArray<string>, ...handlers: readonly unknown[]): this {
    const names = list(type, "on");
    for (const name of names) checkName(name, "message type", messageTypes, eventTypes);
    return this.add(accept.types(names), "on", handlers);
  }

  /**
   * Handles text messages: all of them, or those that equal a string or match a RegExp.
   *
   * ```ts
   * wx.onText("help", () => "Send me a city.");
   * wx.onText(/^weather (.+)$/, (ctx) => `Weather in ${ctx.match[1]}: fine.`);
   * ```
   */
  onText(handler: Handler<Context<Text> & F>): this;
  onText<const T extends Trigger = never>(
    trigger: MaybeArray<T> | Handler<Context<Text> & F>,
    ...handlers: Handlers<Context<Text> & F & MatchedIf<T>>
  ): this;
  onText(...args: readonly unknown[]): this {
    return this.compare(accept.type("text"), "onText", args, accept.typed);
  }

  /**
   * Handles pictures.
   *
   * ```ts
   * wx.onImage((ctx) => reply.image(ctx.message.MediaId));
   * ```
   */
  onImage(...handlers: Handlers<Context<MessageMap["image"]> & F>): this {
    return this.add(accept.type("image"), "onImage", handlers);
  }

  /**
   * Handles voice messages; `ctx.text` is what WeChat recognised, where the account may.
   *
   * ```ts
   * wx.onVoice((ctx) => ctx.text ?? "请打字告诉我。");
   * ```
   */
  onVoice(...handlers: Handlers<Context<Voice> & F>): this {
    return this.add(accept.type("voice"), "onVoice", handlers);
  }

  /**
   * Handles videos.
   *
   * ```ts
   * wx.onVideo((ctx) => reply.video(ctx.message.MediaId, { title: "Yours" }));
   * ```
   */
  onVideo(...handlers: Handlers<Context<MessageMap["video"]> & F>): this {
    return this.add(accept.type("video"), "onVideo", handlers);
  }

  /**
   * Handles short videos (小视频), which only old versions of WeChat still send.
   *
   * ```ts
   * wx.onShortVideo((ctx) => reply.image(ctx.message.ThumbMediaId));
   * ```
   */
  onShortVideo(...handlers: Handlers<Context<MessageMap["shortvideo"]> & F>): this {
    return this.add(accept.type("shortvideo"), "onShortVideo", handlers);
  }

  /**
   * Handles locations that a user sent as a message; the event LOCATION is another thing.
   *
   * ```ts
   * wx.onLocation((ctx) => `${ctx.message.Label}: ${ctx.message.Location_X}, ${ctx.message.Location_Y}`);
   * ```
   */
  onLocation(...handlers: Handlers<Context<MessageMap["location"]> & F>): this {
    return this.add(accept.type("location"), "onLocation", handlers);
  }

  /**
   * Handles links.
   *
   * ```ts
   * wx.onLink((ctx) => `Saved: ${ctx.message.Title}, ${ctx.message.Url}`);
   * ```
   */
  onLink(...handlers: Handlers<Context<MessageMap["link"]> & F>): this {
    return this.add(accept.type("link"), "onLink", handlers);
  }

  /**
   * Handles one event, or several; with a trigger only those whose `EventKey` fits.
   *
   * ```ts
   * wx.onEvent("unsubscribe", (ctx) => forget(ctx.openid));
   * wx.onEvent("CLICK", /^buy_(\d+)$/, (ctx) => `Item ${ctx.match[1]}`);
   * ```
   */
  onEvent<E extends EventType>(
    event: MaybeArray<E>,
    handler: Handler<Context<EventMap[E]> & F>,
  ): this;
  onEvent<E extends KeyedEvent, const T extends Trigger = never>(
    event: MaybeArray<E>,
    key: MaybeArray<T> | Handler<Context<EventMap[E]> & F>,
    ...handlers: Handlers<Context<EventMap[E]> & F & MatchedIf<T>>
  ): this;
  onEvent(event: MaybeArray<string>, ...args: readonly unknown[]): this {
    const names = list(event, "onEvent");
    for (const name of names) checkName(name, "event", eventTypes, messageTypes);
    return this.compare(accept.events(names), "onEvent", args, accept.key);
  }

  /**
   * Greets a new follower, whether or not a QR code brought him.
   *
   * ```ts
   * wx.onSubscribe((ctx) => (ctx.scene === undefined ? "欢迎！" : `欢迎来到 ${ctx.scene}！`));
   * ```
   */
  onSubscribe(...handlers: Handlers<Context<EventMap["subscribe"]> & F>): this {
    return this.add(accept.event("subscribe"), "onSubscribe", handlers);
  }

  /**
   * Hears of a lost follower. A reply cannot reach him any more; delete his data.
   *
   * ```ts
   * wx.onUnsubscribe((ctx) => ctx.store.delete(`profile:${ctx.openid}`));
   * ```
   */
  onUnsubscribe(...handlers: Handlers<Context<EventMap["unsubscribe"]> & F>): this {
    return this.add(accept.event("unsubscribe"), "onUnsubscribe", handlers);
  }

  /**
   * Handles a tap on a menu button of type `click`: on any, or on those whose key fits.
   *
   * ```ts
   * wx.onClick("TODAY", () => "Today's specials…");
   * wx.onClick(/^buy_(\d+)$/, (ctx) => `Item ${ctx.match[1]}`);
   * ```
   */
  onClick(handler: Handler<Context<Click> & F>): this;
  onClick<const T extends Trigger = never>(
    key: MaybeArray<T> | Handler<Context<Click> & F>,
    ...handlers: Handlers<Context<Click> & F & MatchedIf<T>>
  ): this;
  onClick(...args: readonly unknown[]): this {
    return this.compare(accept.event("CLICK"), "onClick", args, accept.key);
  }

  /**
   * Hears of a tap on a menu button that opens a page: on any, or on those whose URL fits. No reply
   * is shown: the user is on the page.
   *
   * ```ts
   * wx.onView(/^https:\/\/shop\.example\.com\//, (ctx) => count(ctx.openid));
   * ```
   */
  onView(handler: Handler<Context<EventMap["VIEW"]> & F>): this;
  onView<const T extends Trigger = never>(
    url: MaybeArray<T> | Handler<Context<EventMap["VIEW"]> & F>,
    ...handlers: Handlers<Context<EventMap["VIEW"]> & F & MatchedIf<T>>
  ): this;
  onView(...args: readonly unknown[]): this {
    return this.compare(accept.event("VIEW"), "onView", args, accept.key);
  }

  /**
   * Handles the scan of a QR code with a scene, by a follower (`SCAN`) as well as by somebody who
   * follows through it (`subscribe`). `ctx.scene` is the scene without WeChat's prefix `qrscene_`.
   *
   * ```ts
   * wx.onScan("front-desk", () => "Your room is ready.");
   * wx.onScan(/^table_(\d+)$/, (ctx) => `Welcome to table ${ctx.match[1]}`);
   * ```
   */
  onScan(handler: Handler<ScanContext & F>): this;
  onScan<const T extends Trigger = never>(
    scene: MaybeArray<T> | Handler<ScanContext & F>,
    ...handlers: Handlers<ScanContext & F & MatchedIf<T>>
  ): this;
  onScan(...args: readonly unknown[]): this {
    return this.compare(accept.scan, "onScan", args, accept.scene);
  }

  /**
   * Hears what the user says, however it is said: typed, spoken (where WeChat recognises speech),
   * chosen from a customer-service menu, by its text or its id, or tapped in the account's menu, by
   * the button's key.
   *
   * ```ts
   * wx.hears(["人工", /客服/], () => reply.transfer());
   * ```
   */
  hears<const T extends Trigger>(
    trigger: MaybeArray<T>,
    ...handlers: Handlers<Context<Text | Voice | Click> & F & MatchedIf<T>>
  ): this {
    const comparison = comparisonOf(accept.said, trigger, "hears");
    return this.add(accept.utterance, "hears", handlers, comparison);
  }

  /**
   * Handles the pushes that pass a test, which may be a type guard.
   *
   * ```ts
   * wx.filter((ctx) => staff.has(ctx.openid), backOffice); // a router, or handlers
   * ```
   */
  filter<D extends Context & F = Context & F>(
    test: ((ctx: Context & F) => ctx is D) | ((ctx: Context & F) => MaybePromise<boolean>),
    ...handlers: Handlers<D, Mountable<D>>
  ): this;
  filter(test: unknown, ...handlers: readonly unknown[]): this {
    if (typeof test !== "function") {
      throw new ConfigError(
        `filter() takes a function as its first argument, got ${typeof test}. Strings and RegExps go to onText() or hears().`,
        "WX_REGISTRATION",
      );
    }
    // What `use` promised about F holds for every context that gets here.
    const accepts = test as accept.Accept["accepts"];
    return this.add({ accepts, isTest: true }, "filter", handlers);
  }

  /**
   * Answers what a person says or does and no other handler answers, wherever it was registered:
   * messages, a follow, a scan, taps on the menu that send something. Reports, such as LOCATION, VIEW
   * or the end of a job, are acknowledged; a last `use` gets those, too.
   *
   * ```ts
   * wx.fallback(() => "I did not get that. Send help for help.");
   * ```
   */
  fallback(
    ...handlers: Handlers<Context<Answerable> & F, Mountable<Context<Answerable> & F>>
  ): this {
    const accepts = (ctx: Context) => isAnswerable(ctx.message);
    return this.addFallback({ accepts }, handlers);
  }

  /**
   * Handles what handlers throw, late ones included (`ctx.late`). What it returns is the reply.
   * On a router that is mounted with `use`, it handles the errors of that router alone; what is wrong
   * with an answer, or fails while it streams, goes to that of the whole bot.
   *
   * ```ts
   * wx.catch((error) => {
   *   console.error(error);
   *   return "Something went wrong, please try again.";
   * });
   * ```
   */
  catch(handler: (error: Error, ctx: Context & F) => MaybePromise<Result>): this {
    if (typeof handler !== "function") {
      throw new ConfigError(
        `catch() takes a function (error, ctx) => reply, got ${typeof handler}.`,
        "WX_REGISTRATION",
      );
    }
    return this.rescueBy(handler);
  }
}
