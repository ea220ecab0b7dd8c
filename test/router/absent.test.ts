import { expect } from "chai";
import { ConfigError } from "../../src/errors.js";
import { answer } from "../../src/plugins/flow/answer.js";
import { flow } from "../../src/plugins/flow/flow.js";
import { session } from "../../src/plugins/session/session.js";
import type { Handler } from "../../src/router/compose.js";
import type { Context } from "../../src/router/context.js";
import { definePlugin } from "../../src/router/handlers.js";
import { Wechat } from "../../src/wechat.js";
import { bot, say, textOf } from "../plugins/support.js";
import { text } from "../support/context.js";

/** What somebody is told who reads a field of the context that is not there. */
function told(name: string): string {
  try {
    return `nothing: ${(text("hi") as unknown as Record<string, unknown>)[name]}`;
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError).with.property("code", "WX_REGISTRATION");
    return (error as Error).message;
  }
}

describe("ctx: the context", () => {
  it("says how a session gets there", () => {
    expect(told("session")).to.match(
      /^ctx\.session is not there: put wx\.use\(session\(…\)\) before/,
    );
  });

  it("says where only a dialogue has something", () => {
    for (const name of ["answers", "say", "again", "change", "leave"]) {
      expect(told(name)).to.match(new RegExp(`^ctx\\.${name} is not there: .*flow\\(…\\)`));
    }
  });

  it("says where Koa's own things are", () => {
    for (const name of ["request", "req", "state", "cookies", "url", "query", "app"]) {
      expect(told(name))
        .to.contain(`ctx.koa.${name}`)
        .and.match(/app\.use\(…\), not wx\.use\(…\)/);
    }
  });

  it("says nothing of what is neither", () => {
    expect(told("other")).to.equal("nothing: undefined");
    expect(Object.keys(text("hi"))).to.deep.equal(["message", "raw"]);
  });

  it("has what plugins put there, under any name, for their own push alone", async () => {
    const state = definePlugin<{ state: string; answers: number }>((ctx, next) => {
      ctx.state = "theirs";
      Object.assign(ctx, { answers: 42 });
      return next();
    });
    const order = flow("order")
      .ask("name", "name?", answer.text())
      .done(({ answers }) => `order of ${answers.name}`);
    const wx = bot()
      .use(session({ initial: () => ({ n: 0 }) }))
      .use(order)
      .use(state);
    wx.onText("go", order.start);
    wx.on("text", (ctx) => `${ctx.state} ${ctx.answers} ${++ctx.session.n}`);
    expect(await say(wx, textOf("alice", "hi"))).to.equal("theirs 42 1");
    expect(await say(wx, textOf("alice", "hi"))).to.equal("theirs 42 2");
    await say(wx, textOf("alice", "go"));
    expect(await say(wx, textOf("alice", "Li"))).to.equal("order of Li");
    expect(told("state")).to.match(/Koa's/);
  });

  it("tells the developer through wx.catch, not the user", async () => {
    const errors: Error[] = [];
    const wx = bot().on("text", (ctx) => (ctx as unknown as { session: { n: string } }).session.n);
    wx.catch((error) => void errors.push(error));
    expect(await say(wx, textOf("alice", "hi"))).to.equal("");
    expect(errors[0]?.message).to.match(/ctx\.session is not there/);
  });
});

describe("wx.use(): middleware for Koa among handlers", () => {
  const wx = new Wechat({ token: "AAAAA", appId: "wx1", appSecret: "secret" });
  const made = {
    "wx.middleware()": wx.middleware(),
    "wx.oauth()": wx.oauth({ baseUrl: "https://shop.example.com" }),
    "wx.jssdk()": wx.jssdk({ allow: ["https://shop.example.com"] }),
    "wx.oauthBroker()": wx.oauthBroker({
      baseUrl: "https://shop.example.com",
      allow: { "https://other.example.com": "x".repeat(40) },
    }),
  };
  for (const [name, middleware] of Object.entries(made)) {
    it(`is refused where it is registered: ${name}`, () => {
      for (const register of [
        () => wx.use(middleware as never),
        () => wx.on("text", middleware as never),
        () => wx.filter(() => true, middleware as never),
      ]) {
        expect(register).to.throw(
          ConfigError,
          /middleware for Koa.*app\.use\(wx\.middleware\(\)\)/,
        );
      }
    });
  }

  it("of others is told when it looks for Koa's context", async () => {
    const errors: Error[] = [];
    const parser = (async (ctx: { request: { body?: unknown } }, next: () => Promise<unknown>) => {
      ctx.request.body = {};
      await next();
    }) as unknown;
    const wx = bot();
    wx.use(parser as Handler<Context>);
    wx.on("text", () => "hi").catch((error) => void errors.push(error));
    await say(wx, textOf("alice", "hi"));
    expect(errors[0]?.message).to.match(
      /^ctx\.request is Koa's, and this is the context of a push/,
    );
  });
});
