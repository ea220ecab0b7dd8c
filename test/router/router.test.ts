import { expect } from "chai";
import { eventTypes } from "../../src/message/events.js";
import { reply } from "../../src/message/reply.js";
import type { Handler } from "../../src/router/compose.js";
import type { Context } from "../../src/router/context.js";
import { definePlugin } from "../../src/router/handlers.js";
import { Router } from "../../src/router/router.js";
import { contextOf, event, text } from "../support/context.js";

const nobody = async () => undefined;
const answer = async (router: Router, ctx: Context) => router.handle(ctx, nobody);

describe("Router", () => {
  describe("who answers", () => {
    it("is the first handler that was registered for the message", async () => {
      const router = new Router()
        .on("image", () => "image")
        .on("text", () => "first")
        .on("text", () => "second");
      expect(await answer(router, text("hi"))).to.equal("first");
    });

    it("is nobody when nothing fits", async () => {
      const router = new Router().on("image", () => "image");
      expect(await answer(router, text("hi"))).to.equal(undefined);
    });

    it("can be several types with one handler", async () => {
      const router = new Router().on(["image", "voice"], (ctx) => ctx.message.MediaId);
      expect(await answer(router, contextOf({ MsgType: "voice", MediaId: "m" }))).to.equal("m");
      expect(await answer(router, contextOf({ MsgType: "image", MediaId: "n" }))).to.equal("n");
      expect(await answer(router, text("hi"))).to.equal(undefined);
    });

    it("does not depend on the case that WeChat writes a new name in", async () => {
      const router = new Router().onEvent("brand_new" as "subscribe", () => "new");
      expect(await answer(router, event("Brand_New"))).to.equal("new");
    });

    it("is the fallback when no other handler fits, wherever it was registered", async () => {
      const router = new Router().fallback(() => "sorry").on("text", () => "text");
      expect(await answer(router, text("hi"))).to.equal("text");
      expect(await answer(router, event("CLICK", { EventKey: "a" }))).to.equal("sorry");
    });

    it("is each type's own method", async () => {
      const router = new Router()
        .onText(() => "text")
        .onImage(() => "image")
        .onVoice(() => "voice")
        .onVideo(() => "video")
        .onShortVideo(() => "shortvideo")
        .onLocation(() => "location")
        .onLink(() => "link")
        .onSubscribe(() => "subscribe")
        .onUnsubscribe(() => "unsubscribe");
      for (const type of ["text", "image", "voice", "video", "shortvideo", "location", "link"]) {
        expect(await answer(router, contextOf({ MsgType: type, Content: "" }))).to.equal(type);
      }
      expect(await answer(router, event("subscribe"))).to.equal("subscribe");
      expect(await answer(router, event("unsubscribe"))).to.equal("unsubscribe");
    });
  });

  describe("triggers", () => {
    it("compare a text with a string as a whole", async () => {
      const router = new Router().onText("hi", (ctx) => `got ${ctx.match}`);
      expect(await answer(router, text("hi"))).to.equal("got hi");
      expect(await answer(router, text("hi!"))).to.equal(undefined);
    });

    it("give a RegExp's match to the handler", async () => {
      const router = new Router().onText(
        /^add (\d+) (\d+)$/,
        (ctx) => `= ${Number(ctx.match[1]) + Number(ctx.match[2])}`,
      );
      expect(await answer(router, text("add 2 3"))).to.equal("= 5");
    });

    it("keep no state, even with the flags g and y", async () => {
      const router = new Router().onText(/a(\d)/gy, (ctx) => ctx.match[1]);
      for (let round = 0; round < 3; round++) {
        expect(await answer(router, text("a7"))).to.equal("7");
      }
    });

    it("may be a list, in which the first that fits wins", async () => {
      const router = new Router().onText(["1", /^one$/i], (ctx) =>
        typeof ctx.match === "string" ? ctx.match : ctx.match[0],
      );
      expect(await answer(router, text("ONE"))).to.equal("ONE");
      expect(await answer(router, text("1"))).to.equal("1");
    });

    it("compare the key of a menu button, the URL of a page, the key of any event", async () => {
      const router = new Router()
        .onClick("about", () => "about")
        .onClick(/^buy_(\d+)$/, (ctx) => `item ${ctx.match[1]}`)
        .onView(/qq\.com/, () => "seen")
        .onEvent(["scancode_push", "scancode_waitmsg"], "6", () => "six")
        .onClick(() => "any");
      expect(await answer(router, event("CLICK", { EventKey: "about" }))).to.equal("about");
      expect(await answer(router, event("CLICK", { EventKey: "buy_42" }))).to.equal("item 42");
      expect(await answer(router, event("CLICK", { EventKey: "?" }))).to.equal("any");
      expect(await answer(router, event("VIEW", { EventKey: "www.qq.com" }))).to.equal("seen");
      expect(await answer(router, event("scancode_push", { EventKey: "6" }))).to.equal("six");
    });

    it("give each handler its own match, also after next()", async () => {
      const seen: unknown[] = [];
      const router = new Router()
        .onText(/(.)x/, async (ctx, next) => {
          await next();
          seen.push(ctx.match[1]);
        })
        .onText(/x(.)/, (ctx) => {
          seen.push(ctx.match[1]);
        });
      await answer(router, text("axb"));
      expect(seen).to.deep.equal(["b", "a"]);
    });
  });

  describe("onScan", () => {
    const router = new Router()
      .onScan(/^act_(\d+)$/, (ctx) => `act ${ctx.match[1]} of ${ctx.scene}`)
      .onScan((ctx) => ctx.scene)
      .onSubscribe(() => "welcome");

    it("gets the scan of a follower", async () => {
      expect(await answer(router, event("SCAN", { EventKey: "123" }))).to.equal("123");
    });

    it("gets the scan that made somebody follow, without the prefix", async () => {
      const ctx = event("subscribe", { EventKey: "qrscene_act_7" });
      expect(await answer(router, ctx)).to.equal("act 7 of act_7");
    });

    it("leaves a plain subscribe alone, and one after a payment", async () => {
      expect(await answer(router, event("subscribe", { EventKey: "" }))).to.equal("welcome");
      expect(await answer(router, event("subscribe"))).to.equal("welcome");
      const paid = event("subscribe", { EventKey: "last_trade_no_4001" });
      expect(await answer(router, paid)).to.equal("welcome");
    });
  });

  describe("hears", () => {
    const router = new Router().hears(["天气", "101"], (ctx) => `heard ${ctx.match}`);

    it("gets what was typed", async () => {
      expect(await answer(router, text("天气"))).to.equal("heard 天气");
    });

    it("gets what was spoken, without the full stop of the speech recognition", async () => {
      const ctx = contextOf({
        MsgType: "voice",
        MediaId: "m",
        Format: "amr",
        Recognition: "天气。",
      });
      expect(await answer(router, ctx)).to.equal("heard 天气");
    });

    it("gets what was spoken with its mark, too, where that is asked for", async () => {
      for (const [trigger, Recognition] of [
        ["可以吗？", "可以吗？"],
        [/好！$/, "你好！"],
        ["行.", "行."],
      ] as const) {
        const ctx = contextOf({ MsgType: "voice", MediaId: "m", Format: "amr", Recognition });
        expect(
          await answer(
            new Router().hears(trigger, () => "heard"),
            ctx,
          ),
        ).to.equal("heard");
      }
    });

    it("gets the answer to a customer-service menu by its id", async () => {
      expect(await answer(router, text("满意", { bizmsgmenuid: "101" }))).to.equal("heard 101");
    });

    it("leaves a voice message without recognition alone", async () => {
      const ctx = contextOf({ MsgType: "voice", MediaId: "m", Format: "amr" });
      expect(await answer(router, ctx)).to.equal(undefined);
    });

    it("gets a tap on a menu button by its key, as it gets what is typed", async () => {
      expect(await answer(router, event("CLICK", { EventKey: "天气" }))).to.equal("heard 天气");
      expect(await answer(router, event("CLICK", { EventKey: "101" }))).to.equal("heard 101");
      for (const other of [
        event("CLICK", { EventKey: "天气。" }),
        event("VIEW", { EventKey: "天气" }),
        event("SCAN", { EventKey: "101" }),
        event("subscribe", { EventKey: "101" }),
        event("scancode_push", { EventKey: "101" }),
      ]) {
        expect(await answer(router, other)).to.equal(undefined);
      }
      const pattern = new Router().hears(/^buy_(\d+)$/, (ctx) => ctx.match[1]);
      expect(await answer(pattern, event("CLICK", { EventKey: "buy_7" }))).to.equal("7");
      expect(await answer(pattern, text("buy_8"))).to.equal("8");
    });
  });

  describe("fallback", () => {
    const router = new Router().fallback(() => "sorry");

    it("answers what a person says, of whatever type", async () => {
      const types = ["text", "image", "voice", "video", "shortvideo", "location", "link", "file"];
      for (const MsgType of [...types, "miniprogrampage", "sticker"]) {
        expect(await answer(router, contextOf({ MsgType })), MsgType).to.equal("sorry");
      }
    });

    it("answers what a person does and waits for", async () => {
      for (const name of [
        ...["subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg"],
        ...["pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"],
      ]) {
        expect(await answer(router, event(name, { EventKey: "k" })), name).to.equal("sorry");
      }
    });

    it("leaves reports alone, which a last use() gets", async () => {
      const last = new Router().fallback(() => "sorry").use((ctx) => `seen ${ctx.openid}`);
      const waited: readonly string[] = [
        ...["subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg"],
        ...["pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"],
      ];
      const reports = eventTypes.filter((name) => !waited.includes(name));
      expect(reports).to.include.members(["LOCATION", "VIEW", "view_miniprogram"]);
      expect(reports).to.include.members(["TEMPLATESENDJOBFINISH", "kf_create_session"]);
      for (const name of [...reports, "brand_new"]) {
        expect(await answer(router, event(name, { EventKey: "k" })), name).to.equal(undefined);
        expect(await answer(last, event(name)), name).to.equal("seen alice");
      }
      for (const MsgType of ["device_text", "device_event", "device_status", "hardware"]) {
        expect(await answer(router, contextOf({ MsgType })), MsgType).to.equal(undefined);
      }
    });

    it("passes on by next(), and stands behind the handlers of a router that is mounted", async () => {
      const inner = new Router().fallback(async (_ctx, next) => (await next()) ?? "inner");
      expect(await answer(new Router().use(inner), text("?"))).to.equal("inner");
      const outer = new Router().use(inner).on("text", () => "outer");
      expect(await answer(outer, text("?"))).to.equal("outer");
    });
  });

  describe("the onion", () => {
    it("passes the reply from further down through a handler that returns nothing", async () => {
      const seen: string[] = [];
      const router = new Router()
        .use(async (_ctx, next) => {
          seen.push("in");
          await next();
          seen.push("out");
        })
        .on("text", () => {
          seen.push("handler");
          return "hi";
        });
      expect(await answer(router, text("?"))).to.equal("hi");
      expect(seen).to.deep.equal(["in", "handler", "out"]);
    });

    it("lets a handler change or silence the reply from further down", async () => {
      const loud = new Router()
        .use(async (_ctx, next) => `${String(await next())}!`)
        .on("text", () => "hi");
      expect(await answer(loud, text("?"))).to.equal("hi!");
      const silent = new Router()
        .use(async (_ctx, next) => {
          await next();
          return reply.none();
        })
        .on("text", () => "hi");
      expect(await answer(silent, text("?"))).to.deep.equal({ type: "none" });
    });

    it("waits for what is further down even if a handler forgot to", async () => {
      const router = new Router()
        .use((_ctx, next) => {
          void next();
        })
        .on("text", async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return "late but there";
        });
      expect(await answer(router, text("?"))).to.equal("late but there");
    });

    it("loses no error of what is further down, also without await", async () => {
      const router = new Router()
        .use((_ctx, next) => {
          void next();
          return "mine";
        })
        .on("text", async () => {
          throw new Error("further down");
        });
      const error = await answer(router, text("?")).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.message).to.equal("further down");
    });

    it("leaves an error of what is further down to the handler that waits for it", async () => {
      const failing = (handler: Handler<Context>) =>
        new Router()
          .use(handler)
          .on("text", async () => {
            throw new Error("further down");
          })
          .catch(() => "catch");
      const handlers: Record<string, Handler<Context>> = {
        "try and catch": async (_ctx, next) => {
          try {
            return await next();
          } catch {
            return "rescued";
          }
        },
        "catch()": (_ctx, next) => next().catch(() => "rescued"),
        "then()": async (_ctx, next) =>
          next().then(
            () => "not reached",
            () => "rescued",
          ),
        "allSettled()": async (_ctx, next) => {
          const [{ status }] = await Promise.allSettled([next()]);
          return status === "rejected" ? "rescued" : "not reached";
        },
      };
      for (const [name, handler] of Object.entries(handlers)) {
        expect(await answer(failing(handler), text("?")), name).to.equal("rescued");
      }
      const silent = failing(async (_ctx, next) => {
        await next().catch(() => {});
      });
      expect(await answer(silent, text("?"))).to.equal(undefined);
      expect(
        await answer(
          failing(async (_ctx, next) => void (await next())),
          text("?"),
        ),
      ).to.equal("catch");
    });

    it("waits no longer than the handler does that has an answer by then", async () => {
      const router = new Router()
        .use((_ctx, next) => Promise.race([next(), Promise.resolve("timeout")]))
        .on("text", () => new Promise<string>(() => {}));
      expect(await answer(router, text("?"))).to.equal("timeout");
    });

    it("refuses a second next()", async () => {
      const router = new Router().use(async (_ctx, next) => {
        await next();
        await next();
      });
      const error = await answer(router, text("?")).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.message).to.match(/next\(\) was called twice/);
    });

    it("runs several handlers of one registration in turn", async () => {
      const router = new Router().on(
        "text",
        async (_ctx, next) => `(${String(await next())})`,
        () => "inner",
      );
      expect(await answer(router, text("?"))).to.equal("(inner)");
    });
  });

  describe("filter", () => {
    it("asks a test, which may take its time", async () => {
      const router = new Router()
        .filter(
          async (ctx) => ctx.openid === "bob",
          () => "bob",
        )
        .filter(
          (ctx) => ctx.openid === "alice",
          () => "alice",
        );
      expect(await answer(router, text("?"))).to.equal("alice");
    });
  });

  describe("sub-routers", () => {
    it("answer where they are mounted, and pass on what they do not answer", async () => {
      const shop = new Router().onText("buy", () => "bought");
      const router = new Router().use(shop).onText(() => "echo");
      shop.onText("sell", () => "sold");
      expect(await answer(router, text("buy"))).to.equal("bought");
      expect(await answer(router, text("sell"))).to.equal("sold");
      expect(await answer(router, text("other"))).to.equal("echo");
    });

    it("handle their own errors", async () => {
      const shop = new Router()
        .onText("buy", () => {
          throw new Error("sold out");
        })
        .catch((error) => `shop: ${error.message}`);
      const router = new Router().use(shop).catch(() => "root");
      expect(await answer(router, text("buy"))).to.equal("shop: sold out");
    });
  });

  describe("routers and plugins", () => {
    const shop = new Router().onText("buy", () => "bought").onClick("BUY", () => "bought");
    const mark = definePlugin<{ marked: string }>((ctx, next) => {
      ctx.marked = "marked";
      return next();
    });
    const loose = (router: Router) =>
      router as unknown as Record<string, (...args: unknown[]) => Router>;

    it("stand where handlers do, in every method", async () => {
      const ways: readonly (readonly [string, ...unknown[]])[] = [
        ["use"],
        ["on", "text"],
        ["on", ["text", "image"]],
        ["onText"],
        ["onText", "buy"],
        ["onText", /^b/],
        ["hears", "buy"],
        ["filter", () => true],
        ["filter", async () => true],
        ["fallback"],
      ];
      for (const [method, ...before] of ways) {
        const router = loose(new Router())[method]?.(...before, mark, shop) as Router;
        const ctx = text("buy");
        expect(await answer(router, ctx), method).to.equal("bought");
        expect((ctx as Context & { marked?: string }).marked, method).to.equal("marked");
      }
      const clicks = loose(new Router()).onClick?.("BUY", mark, shop) as Router;
      expect(await answer(clicks, event("CLICK", { EventKey: "BUY" }))).to.equal("bought");
    });

    it("keep their errors to themselves, and pass on what they do not answer", async () => {
      const failing = new Router()
        .on("text", () => {
          throw new Error("closed");
        })
        .catch((error) => `shop: ${error.message}`);
      const router = new Router().filter((ctx) => ctx.openid === "alice", failing);
      expect(await answer(router, text("x"))).to.equal("shop: closed");
      const passing = new Router().filter(() => true, shop).on("text", () => "echo");
      expect(await answer(passing, text("x"))).to.equal("echo");
    });

    it("cannot be mounted in themselves, by any way round", () => {
      const [one, two, three] = [new Router(), new Router(), new Router()];
      expect(() => one.use(one)).to.throw(/round in circles/);
      one.use(two);
      two.filter(() => true, three);
      expect(() => three.fallback(one)).to.throw(/round in circles/);
      expect(() => one.use(three).use(two)).to.not.throw();
    });
  });

  describe("plugins", () => {
    it("add to the context of every handler after them", async () => {
      const clock = definePlugin<{ now: number }>((ctx, next) => {
        ctx.now = 42;
        return next();
      });
      const router = new Router().use(clock).on("text", (ctx) => `${ctx.now}`);
      expect(await answer(router as Router, text("?"))).to.equal("42");
    });
  });

  describe("catch", () => {
    it("gets what a handler threw, with the context, and answers instead", async () => {
      const router = new Router()
        .on("text", async () => {
          throw new TypeError("boom");
        })
        .catch((error, ctx) => `${error.name} for ${ctx.openid}`);
      expect(await answer(router, text("?"))).to.equal("TypeError for alice");
    });

    it("gets the errors of its own router alone, also where another one follows it", async () => {
      const heard: string[] = [];
      const note = (name: string) => (error: Error) => {
        heard.push(name);
        throw error;
      };
      const before = new Router().onText("A", () => "a").catch(note("before"));
      const passing = new Router().use((_ctx, next) => next()).catch(note("passing"));
      const failing = new Router()
        .on("text", () => {
          throw new Error("boom");
        })
        .catch(note("failing"));
      const outer = new Router()
        .use(before)
        .use(passing)
        .use(failing)
        .catch(() => "outer");
      expect(await answer(outer, text("B"))).to.equal("outer");
      expect(heard).to.deep.equal(["failing"]);
    });

    it("gets an Error even if something else was thrown", async () => {
      const router = new Router()
        .on("text", () => {
          throw "a string";
        })
        .catch((error) => `${error.name}: ${String(error.cause)}`);
      expect(await answer(router, text("?"))).to.equal("HandlerError: a string");
    });
  });

  describe("registration", () => {
    const refused = (register: (router: Router) => unknown): string => {
      try {
        register(new Router());
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    // What JavaScript users can write and TypeScript refuses.
    const loose = (router: Router) =>
      router as unknown as Record<string, (...args: unknown[]) => unknown>;

    it("says which name was meant", () => {
      expect(refused((r) => loose(r).on?.("txt", () => ""))).to.match(/Did you mean "text"\?/);
      expect(refused((r) => loose(r).on?.(["image", "Voice"], () => ""))).to.match(/"voice"/);
      expect(refused((r) => loose(r).onEvent?.("click", () => ""))).to.match(/"CLICK"/);
      for (const swapped of ["imgae", "vioce", "tetx"]) {
        expect(
          refused((r) => loose(r).on?.(swapped, () => "")),
          swapped,
        ).to.match(/Did you mean/);
      }
      expect(refused((r) => loose(r).onEvent?.("CLIKC", () => ""))).to.match(/"CLICK"/);
      expect(refused((r) => loose(r).onEvent?.("subscibe", () => ""))).to.match(/"subscribe"/);
    });

    it("says which method was meant", () => {
      expect(refused((r) => loose(r).on?.("subscribe", () => ""))).to.match(/onEvent\("subscribe"/);
      expect(refused((r) => loose(r).onEvent?.("text", () => ""))).to.match(/on\("text"/);
    });

    it("takes new names, which users declare by merging", () => {
      expect(refused((r) => loose(r).onEvent?.("acme_card_paid", () => ""))).to.equal("");
    });

    it("refuses what is no handler, no trigger, no name", () => {
      expect(refused((r) => loose(r).on?.("text"))).to.match(/needs a handler/);
      expect(refused((r) => loose(r).on?.("text", "hi"))).to.match(/functions as handlers/);
      expect(refused((r) => loose(r).onText?.([1], () => ""))).to.match(/string or a RegExp/);
      expect(refused((r) => loose(r).onText?.([], () => ""))).to.match(/empty list/);
      expect(refused((r) => loose(r).on?.([], () => ""))).to.match(/empty list/);
      expect(refused((r) => loose(r).on?.(42, () => ""))).to.match(/must be a string/);
      expect(refused((r) => loose(r).filter?.("x", () => ""))).to.match(/filter\(\)/);
      expect(refused((r) => loose(r).use?.(null))).to.match(/got null/);
      expect(refused((r) => loose(r).catch?.("x"))).to.match(/catch\(\)/);
    });
  });
});
