import { expect } from "chai";
import { markdown, markdownToText } from "../../../src/outgoing/markdown/index.js";

/** What takes other converters quadratic time, or their stack. */
const units = [
  ...["> ", ">", "[", "*", "**a ", "a**", "`", "`a", "![", "<", "<a ", "<!--", "|", "- ", "1. "],
  ...["[a](", "[a][", "](", "_a", "~~a", "\\(", "\\[\n", "$$\n", "$a ", "http://a", "[^1]: ", " "],
  ...["<b>", "- a\n", "> a\n", "```\n", "[a]: http://x\n\n", "[x][y]\n\n", "|a|b|\n|-|-|\n", "#a "],
  ...["**“强调”**后", "\\frac{", "a\n=\n", "\t", "\n", "{", "^"],
  ...["<time>", "</time>", "|`", "1.\n", "[a]: http://x\n", "[a]: http://x\n\n[a]\n\n"],
];

/** What does so only in the company of others, by its length. */
const shapes: Readonly<Record<string, (length: number) => string>> = {
  "a row of back ticks that ends in another": (length) => `${"`".repeat(length)}a\``,
  "the same in a quotation": (length) => `> ${"`".repeat(length)}a\``,
  "the same in a list": (length) => `- ${"`".repeat(length)}a\``,
  "a row that goes on beyond its head": (length) => `|a|\n|-|\n${"|x`".repeat(length / 3)}`,
  ...Object.fromEntries(
    ["\\sqrt[", "\\sqrt[{", "^\\sqrt[", "\\frac{\\sqrt[", "_{", "\\text{"].map((unit) => [
      `a formula of ${unit}`,
      (length: number) => `$$\n${unit.repeat(length / unit.length)}\n$$`,
    ]),
  ),
};

function time(text: string): number {
  const begun = performance.now();
  markdownToText(text);
  return performance.now() - begun;
}

describe("markdown(): hostile Markdown", function () {
  this.timeout(60_000);

  const hostile = [
    ...units.map((unit) => {
      const shape = (length: number) => unit.repeat(Math.ceil(length / unit.length));
      return [JSON.stringify(unit), shape] as const;
    }),
    ...Object.entries(shapes),
  ];
  for (const [name, shape] of hostile) {
    it(`is read in linear time: ${name}`, () => {
      const [small, large] = [shape(8_000), shape(32_000)];
      time(small);
      const least = Math.min(time(small), time(small));
      // Quadratic time would take 16 times as long. What takes no time at all cannot be measured.
      const limit = least * 10 + 60;
      // Whatever else the machine does, the better of two is near the truth.
      const first = time(large);
      const most = first < limit ? first : Math.min(first, time(large));
      expect(most, `${least.toFixed(1)} → ${most.toFixed(1)} ms`).to.be.below(limit);
    });
  }

  it("of 10,000 nested marks keeps its words", () => {
    for (const mark of [">", "> ", "- ", "1. ", "> - "]) {
      expect(markdownToText(`${mark.repeat(10_000)}词`), mark).to.match(/词$/);
    }
    for (const [open, close] of [
      ["[", "](http://a.cn)"],
      ["![", "](http://a.cn)"],
      ["**", "**"],
      ["*", "*"],
      ["<b>", "</b>"],
      ["(", ")"],
    ] as const) {
      const text = markdownToText(`${open.repeat(10_000)}词${close.repeat(10_000)}`);
      expect(text.includes("词"), open).to.equal(true);
    }
    const deep = Array.from({ length: 300 }, (_, at) => `${"  ".repeat(at)}- 词${at}。`).join("\n");
    const text = markdownToText(deep);
    for (let at = 0; at < 300; at += 1) expect(text).to.include(`词${at}。`);
  });

  it("of 1 MB comes through, whole and in single characters, with the memory of its blocks", async () => {
    const line = "没有句号的一行".repeat(1_000);
    const text = `${line}\n\`\`\`\n${"code **x**\n".repeat(20_000)}\`\`\`\n${line.repeat(20)}`;
    const whole = markdownToText(text);
    expect(whole.replaceAll("\n", "")).to.include("code **x**".repeat(20_000));
    async function* letters() {
      yield* text;
    }
    const info = { way: "passive", openid: "o1", ctx: undefined } as const;
    let streamed = "";
    let longest = 0;
    for await (const part of markdown().stream(letters(), info)) {
      streamed += part;
      longest = Math.max(longest, part.length);
    }
    expect(streamed).to.equal(whole);
    expect(longest).to.be.below(200_000);
  });
});
