/** What session() promises at compile time. */
import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import { session } from "../../src/plugins/session/session.js";
import { Router } from "../../src/router/router.js";

interface Visit {
  count: number;
  name?: string;
}

describe("session(): the types", () => {
  it("give ctx.session the type that initial returns", () => {
    const router = new Router().use(session({ initial: (): Visit => ({ count: 0 }) }));
    router.onText(/^\d+$/, (ctx) => {
      expectTypeOf(ctx.session).toEqualTypeOf<Visit>();
      ctx.session.name = ctx.match[0];
      ctx.session = { count: 1 };
      // @ts-expect-error: no such field
      void ctx.session.total;
    });
    router.catch((_error, ctx) => {
      expectTypeOf(ctx.session.count).toEqualTypeOf<number>();
    });
    expect(router.handle).to.be.a("function");
  });

  it("give a loose record without options", () => {
    new Router().use(session()).on("text", (ctx) => {
      expectTypeOf(ctx.session).toEqualTypeOf<Record<string, unknown>>();
      ctx.session.anything = 1;
    });
  });

  it("hold migrate to the same type", () => {
    session({ initial: (): Visit => ({ count: 0 }), version: 2, migrate: () => ({ count: 1 }) });
    // @ts-expect-error: not a Visit
    session({ initial: (): Visit => ({ count: 0 }), version: 2, migrate: () => ({ total: 1 }) });
    // @ts-expect-error: a session is an object
    session({ initial: () => 0 });
    expect(() => {
      // @ts-expect-error: misspelt
      session({ initial: () => ({}), tll: 1 });
    }).to.throw('Did you mean "ttl"?');
  });

  it("know no session where there is none", () => {
    new Router().on("text", (ctx) => {
      // @ts-expect-error: session() is not used
      void ctx.session;
    });
  });
});
