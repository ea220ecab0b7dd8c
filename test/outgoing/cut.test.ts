import { expect } from "chai";
import fc from "fast-check";
import { cut, sentences } from "../../src/outgoing/cut.js";
import { fits, fitText, truncate } from "../../src/outgoing/text.js";

/** What readers take for one thing. */
const things = [
  "https://example.com/?a=1",
  "https://example.com/path?a=1&b=2;c:d,e!f#top",
  "http://user@example.com:8080/a,b;c",
  "weixin://bizmsgmenu?msgmenucontent=hi&msgmenuid=101",
  "https://zh.wikipedia.org/wiki/微信?版本=2",
  "www.example.com/a?b=c",
  "12,345",
  "12,345,678.90",
  "12:30:59",
  "2026-07-01T12:30:00",
  "12：30",
  "１２，３４５",
  "3.14159",
  "-1,299.00%",
  "alice.b+c@mail.example.com",
  "13800138000",
  "+86 138 0013 8000",
  "021-5555 1234",
  "(021) 5555-1234",
  "SF1234567890123",
  "A1B2-C3D4:E5F6",
  "foo.bar(x,y)?a:b;",
  "`const a = b ? c : d; // why, why`",
  "[the page, in short](https://example.com/?a=1, b)",
  "![图：一，二](https://example.com/a.png)",
  '<a href="https://example.com/?a=1。2">点这里。好，吗</a>',
  "👨‍👩‍👧‍👦",
  "🇨🇳",
];

/** Splits a text, and checks that it is all there and that every piece fits. */
function pieces(text: string, limit?: number): string[] {
  const found = fitText(text, limit, "split");
  expect(found.join("")).to.equal(text);
  expect(found.filter((piece) => !fits(piece, limit))).to.deep.equal([]);
  return found;
}

/** How a text of words reads that may be cut anywhere. */
const filling = "字".repeat(660);

describe("cut()", () => {
  for (const thing of things) {
    it(`keeps whole, wherever the limit falls: ${thing}`, () => {
      for (const [before, after] of [
        ["", "然后"],
        [" ", " and more"],
        ["，", "。"],
        ["（", "）"],
      ] as const) {
        const around = before + thing + after;
        for (let more = 0; more <= around.length + 60; more += 1) {
          const text = `${filling}${"x".repeat(more)} ${around}${filling}`;
          const holding = pieces(text).filter((piece) => piece.includes(thing));
          expect(holding, `${more}: ${around}`).to.have.length(1);
        }
      }
    });
  }

  it("takes a mark in ASCII for an end only before white space, the end, or other characters", () => {
    const parts = (text: string) => fitText(text, 32, "split");
    for (const mark of ["?", "!", ".", ":", ",", ";"]) {
      expect(parts(`一二三四五六${mark}好的七八九十`)).to.deep.equal([
        `一二三四五六${mark}`,
        "好的七八九十",
      ]);
      expect(parts(`aaaa bbbb cccc${mark} dddddddddddddddddddd`)[0]).to.equal(
        `aaaa bbbb cccc${mark} `,
      );
      expect(parts(`aaaa bbbb cccc${mark}dddd eeeeeeeeeeeeeeeeee`)[0]).to.equal(
        `aaaa bbbb cccc${mark}dddd `,
      );
    }
  });

  it("does not take a mark of a sentence from its sentence", () => {
    for (const end of ["。", "！？”", "……", "!)", "?』", "。”）"]) {
      for (let more = 0; more < 12; more += 1) {
        const text = `${"字".repeat(8)}${"x".repeat(more)}字字${end}${"好".repeat(20)}`;
        expect(
          fitText(text, 40, "split").some((piece) => piece.includes(`字${end}`)),
          text,
        ).to.equal(true);
      }
    }
  });

  it("leaves the mark of a list with what it marks", () => {
    for (const mark of ["1. ", "12) ", "3、", "- ", "* "]) {
      const text = `${"字".repeat(8)}\n${mark}苹果苹果苹果\n${mark}${"橘".repeat(20)}`;
      for (const piece of pieces(text, 44)) expect(piece.trim()).to.not.match(/[-*\d.)、]$/);
    }
  });

  it("keeps code and tables whole that fit into a message, and cuts longer ones between lines", () => {
    const code = `\`\`\`ts\n${"const a = b ? c : d;\n".repeat(20)}\`\`\``;
    const table = "| a, b | c: d |\n".repeat(20);
    for (const block of [code, table]) {
      const found = pieces(`${filling}\n${block}\n${filling}`);
      expect(found.filter((piece) => piece.includes(block))).to.have.length(1);
    }
    for (const piece of pieces("const a = b ? c : d;\n".repeat(300)).slice(0, -1)) {
      expect(piece).to.match(/;\n$/);
    }
  });

  it("keeps addresses and numbers whole in a word that is longer than a message", () => {
    const address = "https://example.com/a?b=1,2;c:d";
    const words = { address, number: "12,345.67", mail: "a.b@example.com" };
    for (const [name, word] of Object.entries(words)) {
      const joint = name === "number" ? "x" : ",";
      const text = `${word}${joint}`.repeat(400);
      for (const piece of pieces(text).slice(0, -1)) {
        expect(
          piece.endsWith(word) || piece.endsWith(word + joint),
          `${name}: ${piece.slice(-40)}`,
        ).to.equal(true);
      }
    }
  });

  it("cuts what is longer than a message, and loses nothing of it", () => {
    const long = "x".repeat(3_000);
    for (const text of [
      `好 https://example.com/?a=${long} 好`,
      `\`${long} ${long}\``,
      `[${long}](https://example.com)`,
      "1".repeat(5_000),
      "１".repeat(5_000),
      `${long}@example.com`,
      "🇨🇳".repeat(1_000),
      `\`\`\`\n${`${"y".repeat(100)}\n`.repeat(50)}\`\`\``,
    ]) {
      for (const piece of pieces(text)) expect(piece.isWellFormed()).to.equal(true);
    }
    expect(pieces("🇨🇳".repeat(1_000)).every((piece) => piece.length % 4 === 0)).to.equal(true);
  });

  it("truncates before what it would cut", () => {
    for (const thing of things) {
      const text = `${filling}${"字".repeat(20)}${thing}${filling}`;
      const room = 2_048 - 3 - 3 * 680;
      if (Buffer.byteLength(thing) > room) {
        expect(truncate(text)).to.match(/^字{679,680}…$/);
      }
    }
  });

  it("depends on no more of the text than two messages hold", () => {
    const text = `${filling}，https://example.com/?a=1 ${filling}`;
    expect(cut(text + filling.repeat(4))).to.equal(cut(text + filling.repeat(2)));
  });

  it("takes time in proportion to the length of the text", function () {
    this.timeout(30_000);
    const units = [
      ...[
        "<a ",
        "<a>",
        "</a",
        "</a  ",
        "<a></a>",
        "[",
        "[](",
        "[x](y ",
        "`",
        "`a",
        "```a\n",
        "~~~\n",
      ],
      ...[
        "| a |\n",
        "- ",
        "1. ",
        "1 ",
        "1 22 ",
        "1.",
        "１",
        "12，345",
        "+(1)",
        "https://",
        "a@",
        "a@b.",
      ],
      ...["!)", "?", "，", "“", "”", "…", "😀", "🇨🇳", "\u0301", "\r\n", " \n", "a", "a "],
      ...[`${"x".repeat(2_047)}字`, `字${"x".repeat(2_040)} `, "[a b](c d)e", "https://a.b?c,"],
    ];
    const slow: string[] = [];
    for (const unit of units) {
      const text = unit.repeat(100_000 / unit.length);
      const begun = process.cpuUsage();
      fitText(text, undefined, "split");
      const ms = process.cpuUsage(begun).user / 1_000;
      if (ms > 1_000) slow.push(`${unit.slice(0, 10)}: ${ms} ms`);
    }
    expect(slow).to.deep.equal([]);
  });

  it("takes no longer for sentences that end within a character, however many there are", function () {
    this.timeout(60_000);
    for (const unit of ["。\u200d", "！\u0301"]) {
      const text = unit.repeat(40_000);
      const begun = process.cpuUsage();
      expect(sentences(text, text.length * 3, true)).to.equal(0);
      expect(process.cpuUsage(begun).user / 1_000, unit).to.be.below(1_500);
    }
  });

  it("goes by no more of what stands before than a message holds, and splits no flag", () => {
    for (const character of ["🇨🇳", "👨‍👩‍👧‍👦", "e\u0301", "각".normalize("NFD")]) {
      for (const before of ["", "a", "一"]) {
        let rest = before + character.repeat(1_000);
        while (!fits(rest)) {
          const end = cut(rest);
          const piece = rest.slice(0, end);
          expect(piece.replace(before, "").replaceAll(character, ""), piece).to.equal("");
          rest = before + rest.slice(end);
        }
      }
    }
  });

  const words = ["你好", "世界", "word", "a", "😀", "e\u0301", "Node.js", "v1.0"];
  const seams = ["，", "。", "！”", "\n\n", ". ", ", ", " ", "：", "? "];
  const part = fc.oneof(
    fc.constantFrom(...words).map((text) => ({ text, whole: false })),
    fc.constantFrom(...things).map((text) => ({ text, whole: true })),
  );
  const texts = fc.array(fc.tuple(part, fc.constantFrom(...seams)), {
    minLength: 10,
    maxLength: 80,
  });

  it("cuts no address, number or code, and keeps the whole text", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 128, max: 400 }), (parts, limit) => {
        const text = parts.map(([{ text }, seam]) => text + seam).join("");
        const cuts = new Set<number>();
        let at = 0;
        while (!fits(text.slice(at), limit)) {
          const end = at + cut(text.slice(at), limit);
          if (end <= at || !fits(text.slice(at, end), limit)) return false;
          cuts.add(end);
          at = end;
        }
        at = 0;
        for (const [{ text, whole }, seam] of parts) {
          for (let inside = at + 1; whole && inside < at + text.length; inside += 1) {
            if (cuts.has(inside)) return false;
          }
          at += text.length + seam.length;
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });
});

describe("sentences(): the whole ones of a text that is still being written", () => {
  const wholes: Readonly<Record<string, string>> = {
    "an address": "https://example.com/a?b=1&c=2.html#top",
    "a link of HTML": '<a href="https://example.com/x.y">这里。那里</a>',
    "a link of Markdown": "[这里。那里](https://example.com/?a=1)",
    "a number": "3.14159",
    "a time": "12:30",
    "code in a line": "`let a = 1. b; c!`",
    "a block of code": "```js\nfoo();\n\n// 注释。\nbar();\n```",
    "a table": "| 甲 | 乙 |\n|---|---|\n| 一。 | 二。 |\n| 三。 | 四。 |",
  };

  for (const [name, whole] of Object.entries(wholes)) {
    it(`never end inside of ${name}`, () => {
      const before = `第一句。第二句！\n\n`;
      const text = `${before}${whole}\n\n第三句。最后一句？`;
      for (let at = 1; at <= text.length; at += 1) {
        for (const isQuiet of [false, true]) {
          const end = sentences(text.slice(0, at), 2_048, isQuiet);
          const isInside = end > before.length && end < before.length + whole.length;
          expect(isInside, `${JSON.stringify(text.slice(0, at))} at ${end}`).to.equal(false);
        }
      }
      expect(sentences(text, 2_048, false)).to.equal(text.length);
    });
  }

  it("are those that are complete, as far as they fit", () => {
    expect(sentences("还没完", 2_048, false)).to.equal(0);
    expect(sentences("好。还没完", 2_048, false)).to.equal(2);
    expect(sentences("He said 3.", 2_048, true)).to.equal(0);
    expect(sentences("Done. Not", 2_048, false)).to.equal(6);
    expect(sentences("Done.", 2_048, false)).to.equal(0);
    expect(sentences("Done.", 2_048, true)).to.equal(5);
    expect(sentences("“好。”他说", 2_048, false)).to.equal(4);
    expect(sentences("一二三。四五六。", 20, false)).to.equal(4);
  });
});
