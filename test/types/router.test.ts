/**
 * What the DSL promises at compile time. The compiler is the judge (`tsc` runs before the tests);
 * at run time the file only shows that nothing here throws.
 */
import { expectTypeOf } from "expect-type";
import type { EventMap } from "../../src/message/events.js";
import type {
  ImageMessage,
  MessageMap,
  TextMessage,
  VoiceMessage,
} from "../../src/message/messages.js";
import { reply } from "../../src/message/reply.js";
import type { Context } from "../../src/router/context.js";
import { definePlugin, type EventHandler, type MessageHandler } from "../../src/router/handlers.js";
import { Router } from "../../src/router/router.js";

declare module "../../src/message/events.js" {
  interface EventMap {
    acme_card_paid: {
      ToUserName: string;
      FromUserName: string;
      CreateTime: number;
      MsgType: "event";
      Event: "acme_card_paid";
      CardId: string;
    };
  }
}

const wrong = (register: () => unknown) => {
  try {
    register();
  } catch {
    // Most wrong registrations fail at run time too; that is tested beside the router.
  }
};

describe("Router: the types of the DSL", () => {
  it("narrow the message by its type", () => {
    const r = new Router();
    r.on("text", (ctx) => {
      expectTypeOf(ctx).toEqualTypeOf<Context<TextMessage>>();
      expectTypeOf(ctx.message.Content).toEqualTypeOf<string>();
      expectTypeOf(ctx.text).toEqualTypeOf<string>();
      // @ts-expect-error a text has no MediaId
      void ctx.message.MediaId;
    });
    r.on(["image", "voice"], (ctx) => {
      expectTypeOf(ctx.message).toEqualTypeOf<ImageMessage | VoiceMessage>();
      if (ctx.message.MsgType === "voice") {
        expectTypeOf(ctx.message.Recognition).toEqualTypeOf<string | undefined>();
      }
      return `got ${ctx.message.MediaId}`;
    });
    r.onVoice((ctx) => {
      expectTypeOf(ctx.text).toEqualTypeOf<string | undefined>();
    });
    r.onImage((ctx) => reply.image(ctx.message.MediaId));
  });

  it("narrow the event by its name", () => {
    const r = new Router();
    r.onEvent("SCAN", (ctx) => {
      expectTypeOf(ctx.message).toEqualTypeOf<EventMap["SCAN"]>();
    });
    r.onEvent(["subscribe", "unsubscribe"], (ctx) => {
      expectTypeOf(ctx.message.Event).toEqualTypeOf<"subscribe" | "unsubscribe">();
      if (ctx.message.Event === "subscribe") {
        expectTypeOf(ctx.message.Ticket).toEqualTypeOf<string | undefined>();
      }
    });
    r.on("event", (ctx) => {
      if (ctx.message.Event === "LOCATION") {
        expectTypeOf(ctx.message.Latitude).toEqualTypeOf<number>();
      }
    });
    r.onScan((ctx) => {
      expectTypeOf(ctx.scene).toEqualTypeOf<string>();
      expectTypeOf(ctx.message.Event).toEqualTypeOf<"SCAN" | "subscribe">();
    });
  });

  it("type what a trigger matched", () => {
    const r = new Router();
    r.onText("1", (ctx) => {
      expectTypeOf(ctx.match).toEqualTypeOf<"1">();
    });
    r.onText(/^(\d+)$/, (ctx) => {
      expectTypeOf(ctx.match).toEqualTypeOf<RegExpExecArray>();
    });
    r.onText(["1", /^one$/i], (ctx) => {
      expectTypeOf(ctx.match).toEqualTypeOf<"1" | RegExpExecArray>();
    });
    r.onText((ctx) => {
      // @ts-expect-error there is no match without a trigger
      void ctx.match;
    });
    r.hears(["a", "b"], (ctx) => {
      expectTypeOf(ctx.match).toEqualTypeOf<"a" | "b">();
      expectTypeOf(ctx.message).toEqualTypeOf<TextMessage | VoiceMessage | EventMap["CLICK"]>();
    });
    r.onClick(/^buy_(\d+)$/, (ctx) => ctx.match[1]);
    r.onEvent(["scancode_push", "scancode_waitmsg"], "6", (ctx) => {
      expectTypeOf(ctx.match).toEqualTypeOf<"6">();
      return ctx.message.ScanCodeInfo.ScanResult;
    });
  });

  it("refuse wrong names, wrong letter case and wrong returns", () => {
    const r = new Router();
    // @ts-expect-error no such message type
    wrong(() => r.on("txt", () => "x"));
    // @ts-expect-error no such message type in the list
    wrong(() => r.on(["image", "txt"], () => "x"));
    // @ts-expect-error WeChat writes CLICK
    wrong(() => r.onEvent("click", () => "x"));
    // @ts-expect-error unsubscribe has no key to compare
    wrong(() => r.onEvent("MASSSENDJOBFINISH", "k", () => "x"));
    // @ts-expect-error a number is no reply
    wrong(() => r.on("text", () => 42));
    // @ts-expect-error a promise of a number is no reply
    wrong(() => r.on("text", async () => 42));
    // @ts-expect-error an object of no known shape is no reply
    wrong(() => r.on("text", () => ({ content: "x" })));
    // @ts-expect-error a handler is missing
    wrong(() => r.on("text"));
    // @ts-expect-error a predicate is no trigger
    wrong(() => r.onText(1, () => "x"));
  });

  it("know the events that a user declared", () => {
    new Router().onEvent("acme_card_paid", (ctx) => {
      expectTypeOf(ctx.message.CardId).toEqualTypeOf<string>();
    });
  });

  it("pass on what plugins added, to those after them and to no others", () => {
    const visit = definePlugin<{ visits: number }>((ctx, next) => {
      ctx.visits = 1;
      return next();
    });
    const name = definePlugin<{ nickname: string }>((ctx, next) => {
      ctx.nickname = "a";
      return next();
    });
    const r = new Router().use(visit).use(name);
    r.on("text", (ctx) => {
      expectTypeOf(ctx.visits).toEqualTypeOf<number>();
      expectTypeOf(ctx.nickname).toEqualTypeOf<string>();
    });
    new Router().on("text", (ctx) => {
      // @ts-expect-error no plugin added it
      void ctx.visits;
    });
  });

  it("let a router be mounted where its plugins are", () => {
    const visit = definePlugin<{ visits: number }>((ctx, next) => {
      ctx.visits = 1;
      return next();
    });
    const shop = new Router<{ visits: number }>().on("text", (ctx) => `${ctx.visits}`);
    new Router().use(visit).use(shop);
    // @ts-expect-error nothing fills in `visits` here
    new Router().use(shop);
  });

  it("narrow by a guard", () => {
    const isAlice = (ctx: Context): ctx is Context<TextMessage> => ctx.message.MsgType === "text";
    new Router().filter(isAlice, (ctx) => ctx.message.Content);
  });

  it("type handlers in files of their own", () => {
    const echo: MessageHandler<"text"> = (ctx) => ctx.message.Content;
    const welcome: EventHandler<"subscribe"> = (ctx) => ctx.scene ?? "hello";
    const counted: MessageHandler<"text", { n: number }> = (ctx) => `${ctx.n}`;
    new Router<{ n: number }>().on("text", counted).on("text", echo).onEvent("subscribe", welcome);
  });

  it("accept a handler for every key of both maps", () => {
    type Types = keyof MessageMap;
    type Events = keyof EventMap;
    const r = new Router();
    const all = <T extends Types>(type: T) => r.on(type, (ctx) => ctx.openid);
    const every = <E extends Events>(name: E) => r.onEvent(name, (ctx) => ctx.openid);
    expectTypeOf(all).toBeFunction();
    expectTypeOf(every).toBeFunction();
  });
});
