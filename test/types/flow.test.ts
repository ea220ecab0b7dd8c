/** What a dialogue promises at compile time; at run time the file only shows that it can be built. */
import { expect } from "chai";
import { expectTypeOf } from "expect-type";
import { answer, type Photo } from "../../src/plugins/flow/answer.js";
import { flow } from "../../src/plugins/flow/flow.js";
import { type SessionFlavor, session } from "../../src/plugins/session/session.js";
import { Router } from "../../src/router/router.js";

interface Cart {
  items: string[];
}

const wrong = (define: () => unknown) => expect(define).to.throw();

describe("flow(): the types of a dialogue", () => {
  it("hand each answer to the steps after it", () => {
    const order = flow("order")
      .ask("name", "?", (ctx) => {
        expectTypeOf(ctx.answers).toEqualTypeOf<Record<never, never>>();
        expectTypeOf(ctx.text).toEqualTypeOf<string | undefined>();
        return ctx.text ?? ctx.again();
      })
      .ask(
        "guests",
        ({ answers }) => {
          expectTypeOf(answers).toEqualTypeOf<{ readonly name: string }>();
          return answers.name;
        },
        async (ctx) => Number(ctx.text) || ctx.again("?"),
      )
      .ask("photo", "?", answer.orSkip("no", answer.photo()))
      .ask("sure", "?", answer.yes())
      .done(({ answers }) => {
        expectTypeOf(answers).toEqualTypeOf<{
          readonly name: string;
          readonly guests: number;
          readonly photo: Photo | null;
          readonly sure: boolean;
        }>();
      });
    expect(order.start).to.be.a("function");
  });

  it("know the values of a menu, from its labels or its keys", () => {
    flow("menu")
      .choose("river", "?", ["黄河", "长江"])
      .choose("seat", "?", { hall: "大厅", room: "包间" }, (ctx, choice) => {
        expectTypeOf(choice).toEqualTypeOf<"hall" | "room">();
        expectTypeOf(ctx.answers).toEqualTypeOf<{ readonly river: "黄河" | "长江" }>();
      })
      .choose(
        "slot",
        "?",
        async ({ answers }): Promise<string[]> => [answers.seat, answers.river],
        (_ctx, choice) => {
          expectTypeOf(choice).toEqualTypeOf<string>();
        },
      )
      .done(({ answers }) => {
        expectTypeOf(answers.seat).toEqualTypeOf<"hall" | "room">();
        expectTypeOf(answers.slot).toEqualTypeOf<string>();
      });
  });

  it("know what was asked on a branch, where its answer is known", () => {
    flow("branch")
      .choose("seat", "?", { hall: "大厅", room: "包间", bar: "吧台" })
      .branch("seat", {
        room: (way) =>
          way.ask("hours", "?", (ctx) => {
            expectTypeOf(ctx.answers.seat).toEqualTypeOf<"room">();
            return Number(ctx.text);
          }),
        bar: (way) => way.ask("drink", "?", answer.text()),
      })
      .ask("smoker", "?", answer.yes())
      .branch("smoker", { true: (way) => way.ask("brand", "?", answer.text()) })
      .done(({ answers, change }) => {
        // @ts-expect-error: not asked in the hall
        void answers.hours;
        if (answers.seat === "room") expectTypeOf(answers.hours).toEqualTypeOf<number>();
        if (answers.seat === "bar") expectTypeOf(answers.drink).toEqualTypeOf<string>();
        if (answers.smoker) expectTypeOf(answers.brand).toEqualTypeOf<string>();
        return change("hours", "brand", "seat");
      });
    wrong(() =>
      flow("branch")
        .choose("seat", "?", ["hall", "room"])
        // @ts-expect-error: nobody can choose the roof
        .branch("seat", { roof: (way) => way.ask("umbrella", "?", answer.yes()), hall: 1 }),
    );
    flow("branch")
      .ask("name", "?", answer.text())
      // @ts-expect-error: any text is too much to branch on
      .branch("name", {});
    // @ts-expect-error: there is no such answer
    flow("branch").branch("seat", {});
  });

  it("know what was asked under a condition as something that may be missing", () => {
    flow("when")
      .ask("guests", "?", answer.number())
      .when(
        ({ guests }) => guests > 8,
        (way) => way.ask("deposit", "?", answer.yes()),
      )
      .done(({ answers, change }) => {
        expectTypeOf(answers.deposit).toEqualTypeOf<boolean | undefined>();
        return change("deposit");
      });
  });

  it("refuse names of steps that do not exist, and names that exist already", () => {
    flow("names")
      .ask("first", "?", (ctx) => {
        // @ts-expect-error: comes later
        ctx.change("second");
        return ctx.change("first");
      })
      .ask("second", "?", (ctx) => ctx.change("first", "second"))
      .done((ctx) => {
        // @ts-expect-error: misspelt
        void ctx.change("frist");
        // @ts-expect-error: there is nothing left to ask again
        void ctx.again;
      });
    wrong(() =>
      flow("names")
        .ask("first", "?", answer.text())
        // @ts-expect-error: taken
        .choose("first", "?", ["a"]),
    );
  });

  it("refuse answers that cannot be stored", () => {
    // @ts-expect-error: a Date would come back as a text
    flow("json").ask("day", "?", () => new Date());
    // @ts-expect-error: a forgotten return
    flow("json").ask("day", "?", () => {});
    // @ts-expect-error: a function
    flow("json").ask("day", "?", async () => ({ call: () => 1 }));
  });

  it("let handlers use the fields of plugins that they name", () => {
    const shop = flow<SessionFlavor<Cart>>("shop", {
      expired: (ctx) => `${ctx.session.items.length} left`,
      // @ts-expect-error: no such field
      cancelled: (ctx) => ctx.session.price,
    })
      .ask("item", "?", (ctx) => {
        expectTypeOf(ctx.session).toEqualTypeOf<Cart>();
        return ctx.text ?? ctx.again();
      })
      .done(({ session, answers }) => void session.items.push(answers.item));
    const router = new Router().use(session({ initial: (): Cart => ({ items: [] }) })).use(shop);
    router.onText("buy", shop.start);
    router.onClick("BUY", shop.start);
    router.onScan((ctx) => shop.startWith(ctx, { item: ctx.scene }));
    // @ts-expect-error: no answer of this dialogue
    router.onVoice((ctx) => shop.startWith(ctx, { price: 1 }));
    // @ts-expect-error: an item is a text
    router.onVoice((ctx) => shop.startWith(ctx, { item: 1 }));
    // @ts-expect-error: another session
    new Router().use(session({ initial: () => ({ count: 0 }) })).use(shop);
  });

  it("refuse a dialogue without a session, and one that is not finished", () => {
    const steps = flow("bare").ask("name", "?", answer.text());
    // @ts-expect-error: session() is missing
    new Router().use(steps.done(() => {}));
    // @ts-expect-error: done() is missing
    wrong(() => new Router().use(session()).use(steps));
  });
});
