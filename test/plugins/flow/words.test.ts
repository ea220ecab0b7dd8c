import { expect } from "chai";
import fc from "fast-check";
import { answer } from "../../../src/plugins/flow/answer.js";
import { flow } from "../../../src/plugins/flow/flow.js";
import { plain } from "../../../src/plugins/flow/words.js";
import { session } from "../../../src/plugins/session/session.js";
import { bot, say, textOf, voiceOf } from "../support.js";

let id = 1;
const size = 60 * 1024;
/** As many of these as 60 KiB hold. */
const filled = (...units: readonly string[]) => {
  const each = size / units.length;
  return units.map((unit) => unit.repeat(each / Buffer.byteLength(unit))).join("");
};

/** Texts that some way of working on them takes the square of their length for. */
const hostile: Readonly<Record<string, string>> = {
  "two rows of marks": `a${filled("\u0301", "\u0316")}`,
  "marks in turn": `a${filled("\u0301\u0316")}`,
  "marks that are two": `a${filled("\u0344", "\u0316")}`,
  "marks behind marks that are none yet": filled("\uff9e".repeat(600) + "\u0334".repeat(30)),
  "Tibetan vowels": filled("\u0f73"),
  "a ligature of 18 letters": filled("\ufdfa"),
  "full stops": filled("。"),
  "exclamations and blanks": filled("!", " "),
  blanks: `${filled(" ")}x`,
  digits: filled("1"),
  "full-width digits": filled("１"),
  "half a surrogate pair": filled("\ud83d"),
  "a link without end": filled("<a "),
  "addresses without end": filled("a@a."),
};

const asking = {
  choose: flow("choose").choose("seat", "?", { hall: "大厅", room: "包间" }),
  text: flow("text").ask("a", "?", answer.text({ min: 2, max: 20 })),
  number: flow("number").ask("a", "?", answer.number({ decimals: true, min: 2, max: 3 })),
  yes: flow("yes").ask("a", "?", answer.yes()),
  matching: flow("matching").ask("a", "?", answer.matching(/^1\d{10}$/)),
  orSkip: flow("orSkip").ask("a", "?", answer.orSkip("跳过", answer.photo())),
};

/** Milliseconds of a processor. */
const most = 20;

/** The least time that a processor spends on it, in milliseconds: others may keep the machine busy. */
async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  // Other work on the machine can only add to it, so what is too much is measured again.
  for (let round = 0; round < 4 || (best >= most && round < 20); round += 1) {
    const begun = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

describe("answer: what users say", () => {
  for (const [step, asked] of Object.entries(asking)) {
    it(`costs at most 20 ms for 60 KiB of anything, in answer to ${step}`, async () => {
      const dialogue = asked.done(() => "done");
      const wx = bot().use(session()).use(dialogue).onText("go", dialogue.start);
      wx.hears(["菜单", /^\d+$/], () => "heard");
      wx.on(["text", "voice"], () => "else");
      expect(await say(wx, textOf("alice", "go"))).to.match(/^\?/);
      for (const [name, text] of Object.entries(hostile)) {
        const pushes = { typed: textOf("alice", text), spoken: voiceOf("alice", text) };
        for (const [way, push] of Object.entries(pushes)) {
          // The same push again would be answered from memory.
          const again = () =>
            say(wx, push.replace(/<MsgId>[^\d]*(\d+)/, `<MsgId><![CDATA[${id++}`));
          expect(await milliseconds(again), `${name}, ${way}`).to.be.below(most);
        }
        // None of them is an answer.
        expect(await say(wx, textOf("alice", "?")), name).to.match(/请|格式/);
      }
    });
  }

  const mark = fc.constantFrom("\u0301", "\u0316", "\u3099", "\u0345", "\u0dca", "\u{1d165}");
  const letter = fc.constantFrom(
    "a",
    "か",
    "ｶ",
    "\uff9e",
    "ﾟ",
    "①",
    "\u1100\u1161",
    "ﷺ",
    "\u0e33",
    " ",
  );
  const unit = fc.oneof(
    letter,
    fc.array(mark, { maxLength: 3 }).map((marks) => `a${marks.join("")}`),
  );

  it("is normalised as Unicode says, at any length", () => {
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 300 }), (units) => {
        const text = units.join("");
        return plain(text) === text.normalize("NFKC").trim();
      }),
    );
  });

  it("keeps every letter between rows of marks that no language has", () => {
    const text = `１${"\u0301".repeat(200)}２${"\u0316".repeat(200)}３`;
    expect(plain(text).replace(/\p{M}/gu, "")).to.equal("123");
  });

  it("is no number when it is larger than numbers are", async () => {
    const open = flow("open")
      .ask("n", "?", answer.number({ decimals: true }))
      .done(() => "done");
    const wx = bot().use(session()).use(open).onText("go", open.start);
    await say(wx, textOf("alice", "go"));
    expect(await say(wx, textOf("alice", "9".repeat(400)))).to.equal("请回复数字。");
  });
});
