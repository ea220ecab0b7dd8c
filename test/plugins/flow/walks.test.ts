import { expect } from "chai";
import fc from "fast-check";
import { answer } from "../../../src/plugins/flow/answer.js";
import { flow } from "../../../src/plugins/flow/flow.js";
import { session } from "../../../src/plugins/session/session.js";
import { bot, say, textOf } from "../support.js";

interface Taken {
  readonly kind: string;
  readonly [name: string]: unknown;
}

/** A dialogue with every kind of turn: branches in branches, conditions, and ways back. */
const walk = flow("walk", { unclear: () => "?" })
  .choose("kind", "kind", ["a", "b", "c"])
  .branch("kind", {
    a: (way) =>
      way.ask("size", "size", answer.number({ again: "?" })).when(
        ({ size }) => size > 5,
        (more) => more.ask("big", "big", answer.yes({ again: "?" })),
      ),
    b: (way) =>
      way.choose("colour", "colour", ["red", "blue"]).branch("colour", {
        red: (more) => more.ask("shade", "shade", answer.number({ again: "?" })),
      }),
  })
  .ask("count", "count", answer.number({ again: "?" }))
  .choose("sure", "sure", ["yes", "kind", "count"], (ctx, choice) => {
    if (choice !== "yes") return ctx.change(choice);
  })
  .done(({ answers }) => `done ${JSON.stringify(answers)}`);

/** The names that must have been answered, told from the answers alone. */
function expected(answers: Taken): string[] {
  const own =
    answers.kind === "a"
      ? ["size", ...(Number(answers.size) > 5 ? ["big"] : [])]
      : answers.kind === "b"
        ? ["colour", ...(answers.colour === "red" ? ["shade"] : [])]
        : [];
  return ["kind", ...own, "count", "sure"];
}

const word = fc.constantFrom("1", "2", "3", "7", "a", "b", "yes", "是", "上一步", "hm", "kind");

describe("flow(): a dialogue, whatever way the user takes", () => {
  let count = 0;
  const start = async () => {
    const wx = bot().use(session()).use(walk);
    wx.onText("go", walk.start);
    const openid = `walker-${count++}`;
    const tell = (text: string) => say(wx, textOf(openid, text));
    return { tell, first: await tell("go") };
  };

  it("ends with the answers of the way that was taken, and no others", async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 5, maxLength: 25 }), async (texts) => {
        const { tell } = await start();
        for (const text of texts) {
          const heard = await tell(text);
          if (!heard.startsWith("done ")) continue;
          const answers = JSON.parse(heard.slice(5)) as Taken;
          expect(Object.keys(answers)).to.deep.equal(expected(answers));
          ended += 1;
          return;
        }
      }),
      { numRuns: 150 },
    );
    expect(ended).to.be.greaterThan(20);
  });

  it("comes back to the same question after 上一步 and the same answer", async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), word, async (texts, last) => {
        const { tell, first } = await start();
        let asked = first;
        for (const text of texts) {
          asked = await tell(text);
          // From there on, answers that were kept are passed over.
          if (asked.startsWith("sure")) return;
        }
        const next = await tell(last);
        if (last === "上一步" || asked.startsWith("?") || next.startsWith("?")) return;
        if (head(asked) === "" || next === "") return;
        expect(await tell("上一步")).to.equal(asked);
        expect(await tell(last)).to.equal(next);
        checked += 1;
      }),
      { numRuns: 300 },
    );
    expect(checked).to.be.greaterThan(10);
  });
});

const head = (text: string) => text.split("\n")[0] as string;
