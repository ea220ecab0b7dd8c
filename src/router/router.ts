import { ConfigError, DeclinedError, HandlerError } from "../errors.js";
import { type EventMap, type EventType, eventTypes, type KeyedEvent } from "../message/events.js";
import { type MessageMap, type MessageType, messageTypes } from "../message/messages.js";
import type { Result } from "../message/reply.js";
import { always, among, eventKey, hear, isEvent, isType } from "./accept.js";
import { type Handler, invoke, isPromise, type MaybeArray, type MaybePromise } from "./compose.js";
import type { Context } from "./context.js";
import { checkName } from "./names.js";
import { checked, list } from "./registration.js";
import { isTrigger, type Matched, type Matcher, matcher, type Trigger } from "./trigger.js";

/** Types a handler that lives in a file of its own: `const echo: MessageHandler<"text"> = …` */
export type MessageHandler<K extends MessageType, F = unknown> = Handler<
  Context<MessageMap[K]> & F
>;
/** The same for an event: `const welcome: EventHandler<"subscribe"> = …` */
export type EventHandler<E extends EventType, F = unknown> = Handler<Context<EventMap[E]> & F>;

/** At least one handler. */
type Handlers<C> = readonly [Handler<C>, ...Handler<C>[]];
type Text = MessageMap["text"];
type Voice = MessageMap["voice"];
type Scanned = Context<EventMap["SCAN"] | EventMap["subscribe"]> & { readonly scene: string };

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

/** Anything that can be mounted with `use`: a router whose handlers need no more than `C`. */
export interface Mountable<C> {
  readonly handle: Handler<C>;
}

interface Route {
  readonly accepts: (ctx: Context) => MaybePromise<boolean>;
  readonly match?: (ctx: Context) => ReturnType<Matcher>;
  readonly handler: Handler<Context>;
}

/**
 * Decides who answers a push: the first handler that was registered for it. A handler that calls
 * `next()` gives the later ones a chance.
 *
 * `F` is what plugins have added to the context; it is inferred by `use`.
 */
export class Router<F = unknown> implements Mountable<Context & F> {
  readonly #routes: Route[] = [];
  readonly #fallbacks: Route[] = [];
  #catch: ((error: Error, ctx: Context) => MaybePromise<Result>) | undefined;

  /** Runs handlers, a router or a plugin on every push that reaches them. */
  use<G extends object>(plugin: Plugin<G>): Router<F & G>;
  use(
    ...handlers: readonly [
      Handler<Context & F> | Mountable<Context & F>,
      ...(Handler<Context & F> | Mountable<Context & F>)[],
    ]
  ): this;
  use(...handlers: readonly (Handler<never> | Mountable<never>)[]): this {
    const flat = handlers.map((handler) =>
      typeof handler === "object" && handler !== null && "handle" in handler
        ? handler.handle
        : handler,
    );
    return this.#add(always, "use", flat);
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
  on(type: MaybeArray<string>, ...handlers: readonly Handler<never>[]): this {
    const names = list(type, "on");
    for (const name of names) checkName(name, "message type", messageTypes, eventTypes);
    return this.#add(
      among(names, (message) => message.MsgType),
      "on",
      handlers,
    );
  }

  /** Handles text messages: all of them, or those that equal a string or match a RegExp. */
  onText(...handlers: Handlers<Context<Text> & F>): this;
  onText<const T extends Trigger>(
    trigger: MaybeArray<T>,
    ...handlers: Handlers<Context<Text> & F & Matched<T>>
  ): this;
  onText(...args: readonly unknown[]): this {
    return this.#addTriggered(isType("text"), "onText", args, (ctx) => ctx.text);
  }

  /** Handles pictures. */
  onImage(...handlers: Handlers<Context<MessageMap["image"]> & F>): this {
    return this.#add(isType("image"), "onImage", handlers);
  }

  /** Handles voice messages; `ctx.text` is what WeChat recognised, where the account may. */
  onVoice(...handlers: Handlers<Context<Voice> & F>): this {
    return this.#add(isType("voice"), "onVoice", handlers);
  }

  /** Handles videos. */
  onVideo(...handlers: Handlers<Context<MessageMap["video"]> & F>): this {
    return this.#add(isType("video"), "onVideo", handlers);
  }

  /** Handles short videos (小视频). */
  onShortVideo(...handlers: Handlers<Context<MessageMap["shortvideo"]> & F>): this {
    return this.#add(isType("shortvideo"), "onShortVideo", handlers);
  }

  /** Handles locations that a user sent as a message; the event LOCATION is another thing. */
  onLocation(...handlers: Handlers<Context<MessageMap["location"]> & F>): this {
    return this.#add(isType("location"), "onLocation", handlers);
  }

  /** Handles links. */
  onLink(...handlers: Handlers<Context<MessageMap["link"]> & F>): this {
    return this.#add(isType("link"), "onLink", handlers);
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
    ...handlers: Handlers<Context<EventMap[E]> & F>
  ): this;
  onEvent<E extends KeyedEvent, const T extends Trigger>(
    event: MaybeArray<E>,
    key: MaybeArray<T>,
    ...handlers: Handlers<Context<EventMap[E]> & F & Matched<T>>
  ): this;
  onEvent(event: MaybeArray<string>, ...args: readonly unknown[]): this {
    const names = list(event, "onEvent");
    for (const name of names) checkName(name, "event", eventTypes, messageTypes);
    const accepts = among(names, (message) =>
      message.MsgType === "event" ? message.Event : undefined,
    );
    return this.#addTriggered(accepts, "onEvent", args, eventKey);
  }

  /** Greets a new follower, whether or not a QR code brought him. */
  onSubscribe(...handlers: Handlers<Context<EventMap["subscribe"]> & F>): this {
    return this.#add(isEvent("subscribe"), "onSubscribe", handlers);
  }

  /** Hears of a lost follower. A reply cannot reach him any more; delete his data. */
  onUnsubscribe(...handlers: Handlers<Context<EventMap["unsubscribe"]> & F>): this {
    return this.#add(isEvent("unsubscribe"), "onUnsubscribe", handlers);
  }

  /** Handles a tap on a menu button of type `click`: on any, or on those whose key fits. */
  onClick(...handlers: Handlers<Context<EventMap["CLICK"]> & F>): this;
  onClick<const T extends Trigger>(
    key: MaybeArray<T>,
    ...handlers: Handlers<Context<EventMap["CLICK"]> & F & Matched<T>>
  ): this;
  onClick(...args: readonly unknown[]): this {
    return this.#addTriggered(isEvent("CLICK"), "onClick", args, eventKey);
  }

  /** Hears of a tap on a menu button that opens a page: on any, or on those whose URL fits. */
  onView(...handlers: Handlers<Context<EventMap["VIEW"]> & F>): this;
  onView<const T extends Trigger>(
    url: MaybeArray<T>,
    ...handlers: Handlers<Context<EventMap["VIEW"]> & F & Matched<T>>
  ): this;
  onView(...args: readonly unknown[]): this {
    return this.#addTriggered(isEvent("VIEW"), "onView", args, eventKey);
  }

  /**
   * Handles the scan of a QR code with a scene, by a follower (`SCAN`) as well as by somebody who
   * follows through it (`subscribe`). `ctx.scene` is the scene without WeChat's prefix `qrscene_`.
   */
  onScan(...handlers: Handlers<Scanned & F>): this;
  onScan<const T extends Trigger>(
    scene: MaybeArray<T>,
    ...handlers: Handlers<Scanned & F & Matched<T>>
  ): this;
  onScan(...args: readonly unknown[]): this {
    return this.#addTriggered(
      (ctx) => ctx.scene !== undefined,
      "onScan",
      args,
      (ctx) => ctx.scene,
    );
  }

  /**
   * Hears what the user says, however it was said: typed, spoken (where WeChat recognises speech),
   * or chosen from a customer-service menu, by its text or its id.
   */
  hears<const T extends Trigger>(
    trigger: MaybeArray<T>,
    ...handlers: Handlers<Context<Text | Voice> & F & Matched<T>>
  ): this {
    const test = matcher(trigger, "hears");
    return this.#add(
      (ctx) => isType("text")(ctx) || isType("voice")(ctx),
      "hears",
      handlers,
      (ctx) => hear(ctx.message, test),
    );
  }

  /** Handles the pushes that pass a test, which may be a type guard. */
  filter<D extends Context & F>(
    guard: (ctx: Context & F) => ctx is D,
    ...handlers: Handlers<D>
  ): this;
  filter(
    test: (ctx: Context & F) => MaybePromise<boolean>,
    ...handlers: Handlers<Context & F>
  ): this;
  filter(
    test: (ctx: Context & F) => MaybePromise<boolean>,
    ...handlers: readonly Handler<never>[]
  ): this {
    if (typeof test !== "function") {
      throw new ConfigError(
        `filter() takes a function as its first argument, got ${typeof test}. Strings and RegExps go to onText() or hears().`,
        "WX_REGISTRATION",
      );
    }
    // What `use` promised about F holds for every context that gets here.
    return this.#add(test as (ctx: Context) => MaybePromise<boolean>, "filter", handlers);
  }

  /** Answers what no other handler answers, wherever it was registered. */
  fallback(...handlers: Handlers<Context & F>): this {
    this.#fallbacks.push({ accepts: always, handler: checked(handlers, "fallback") });
    return this;
  }

  /**
   * Handles what handlers throw, late ones included (`ctx.late`). What it returns is the reply.
   * On a router that is mounted with `use`, it handles the errors of that router alone.
   */
  catch(handler: (error: Error, ctx: Context & F) => MaybePromise<Result>): this {
    if (typeof handler !== "function") {
      throw new ConfigError(
        `catch() takes a function (error, ctx) => reply, got ${typeof handler}.`,
        "WX_REGISTRATION",
      );
    }
    this.#catch = handler as (error: Error, ctx: Context) => MaybePromise<Result>;
    return this;
  }

  /** Runs the handlers on a context, as `use(router)` does. */
  readonly handle: Handler<Context & F> = async (ctx, next) => {
    try {
      return await this.#from(0, ctx, next);
    } catch (error) {
      return this.rescue(error, ctx);
    }
  };

  /**
   * @internal Runs the handlers as the outermost router. `finish` checks what they return; what it
   * throws goes to `catch` as well. `failed` hears of errors before `catch` does.
   */
  respond<T>(
    ctx: Context,
    finish: (result: Result) => T,
    failed?: (error: unknown) => void,
  ): MaybePromise<T> {
    const rescued = async (error: unknown) => {
      failed?.(error);
      return finish(await this.rescue(error, ctx));
    };
    try {
      const result = this.#from(0, ctx, nobody);
      return isPromise(result) ? result.then(finish).catch(rescued) : finish(result);
    } catch (error) {
      return rescued(error);
    }
  }

  /** @internal Gives an error to `catch`, or throws it again. */
  async rescue(thrown: unknown, ctx: Context): Promise<Result> {
    const error = asError(thrown);
    if (this.#catch === undefined || error instanceof DeclinedError) throw error;
    return this.#catch(error, ctx);
  }

  #from(index: number, ctx: Context, next: () => MaybePromise<Result>): MaybePromise<Result> {
    for (let at = index; ; at++) {
      const route = this.#routes[at] ?? this.#fallbacks[at - this.#routes.length];
      if (route === undefined) return next();
      const accepted = route.accepts(ctx);
      if (accepted === true) {
        const match = route.match?.(ctx);
        if (route.match !== undefined && match === undefined) continue;
        return this.#run(route, match, at, ctx, next);
      }
      if (accepted !== false) return this.#wait(accepted, route, at, ctx, next);
    }
  }

  async #wait(
    accepted: Promise<boolean>,
    route: Route,
    at: number,
    ctx: Context,
    next: () => MaybePromise<Result>,
  ): Promise<Result> {
    return (await accepted)
      ? this.#run(route, undefined, at, ctx, next)
      : this.#from(at + 1, ctx, next);
  }

  #run(
    route: Route,
    match: ReturnType<Matcher>,
    at: number,
    ctx: Context,
    next: () => MaybePromise<Result>,
  ): MaybePromise<Result> {
    const matched = ctx as Context & { match?: ReturnType<Matcher> };
    if (match !== undefined) matched.match = match;
    return invoke(route.handler, ctx, async () => {
      const passed = await this.#from(at + 1, ctx, next);
      // A later handler's match must not be seen when this one goes on.
      if (match !== undefined) matched.match = match;
      return passed;
    });
  }

  #addTriggered(
    accepts: Route["accepts"],
    method: string,
    args: readonly unknown[],
    subject: (ctx: Context) => string | undefined,
  ): this {
    const [first, ...rest] = args;
    if (!isTrigger(first)) return this.#add(accepts, method, args);
    const test = matcher(first, method);
    return this.#add(accepts, method, rest, (ctx) => {
      const text = subject(ctx);
      return text === undefined ? undefined : test(text);
    });
  }

  #add(
    accepts: Route["accepts"],
    method: string,
    handlers: readonly unknown[],
    match?: NonNullable<Route["match"]>,
  ): this {
    const handler = checked(handlers, method);
    this.#routes.push(match === undefined ? { accepts, handler } : { accepts, match, handler });
    return this;
  }
}

const nobody = () => undefined;

function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new HandlerError(
    `A handler threw ${thrown === null ? "null" : `a value of type ${typeof thrown}`} instead of an Error. Throw new Error(…), so that the place is known.`,
    thrown,
  );
}
