import { expect } from "chai";
import fc from "fast-check";
import { ReplyError } from "../../src/errors.js";
import { cut } from "../../src/outgoing/cut.js";
import { fits, fitText, truncate } from "../../src/outgoing/text.js";

const bytes = (text: string) => Buffer.byteLength(text);
const isWhole = (text: string) => text.isWellFormed();

describe("fitText()", () => {
  it("leaves a text alone that fits, to the byte", () => {
    for (const text of ["", "你好", "a".repeat(2_048), `${"你".repeat(682)}ab`]) {
      for (const mode of ["error", "split", "truncate"] as const) {
        expect(fitText(text, undefined, mode)).to.deep.equal([text]);
      }
    }
    expect(fits("a".repeat(2_049))).to.equal(false);
    expect(fits("你".repeat(683))).to.equal(false);
  });

  it("refuses a longer one and says how long it is and what to do", () => {
    expect(() => fitText("你".repeat(1_040)))
      .to.throw(
        ReplyError,
        /reply\.text\(\) is 3120 bytes; WeChat accepts 2048.*Shorten.*ctx\.send/,
      )
      .with.property("code", "WX_REPLY_TOO_LONG");
  });

  it("cuts at the end of a sentence, with its closing quotes and line breaks", () => {
    expect(fitText("他说：“你好！”\n\n然后走了。后来呢？", 40, "split")).to.deep.equal([
      "他说：“你好！”\n\n",
      "然后走了。后来呢？",
    ]);
    expect(fitText("It is 3.14 here. And there it is.", 24, "split")).to.deep.equal([
      "It is 3.14 here. ",
      "And there it is.",
    ]);
  });

  it("cuts at a comma or a space when a sentence is too long, and anywhere when there is none", () => {
    expect(fitText("一二三四五，六七八九十", 24, "split")).to.deep.equal([
      "一二三四五，",
      "六七八九十",
    ]);
    expect(fitText("words without any end", 12, "split")).to.deep.equal([
      "words ",
      "without any ",
      "end",
    ]);
    expect(fitText("一二三四五六七八", 10, "split")).to.deep.equal(["一二三", "四五六", "七八"]);
  });

  it("keeps together what a reader sees as one character", () => {
    const family = "👨‍👩‍👧‍👦";
    const accented = "e\u0301";
    expect(fitText(`字字${family}好的`, 28, "split")).to.deep.equal(["字字", `${family}好`, "的"]);
    expect(fitText(`abc${accented}`, 5, "split")).to.deep.equal(["abc", accented]);
    expect(fitText("😀😀😀", 6, "split")).to.deep.equal(["😀", "😀", "😀"]);
    expect(fitText("🇨🇳🇨🇳", 10, "split")).to.deep.equal(["🇨🇳", "🇨🇳"]);
  });

  it("cuts a character without end between its code points", () => {
    const zalgo = `a${"\u0301".repeat(3_000)}`;
    const pieces = fitText(zalgo, 2_048, "split");
    expect(pieces.join("")).to.equal(zalgo);
    expect(Math.max(...pieces.map(bytes))).to.be.at.most(2_048);
  });

  it("never cuts inside a link", () => {
    const link = '<a href="https://example.com/?a=1。2">点这里。好</a>';
    const before = "字".repeat(20);
    expect(fitText(before + link, bytes(link) + 6, "split")).to.deep.equal([
      before.slice(0, Math.floor((bytes(link) + 6) / 3)),
      link,
    ]);
    expect(fitText(`${link}${link}`, bytes(link), "split")).to.deep.equal([link, link]);
    expect(truncate(`好${link}`, bytes(link))).to.equal("好…");
  });

  it("refuses a link that is longer than a message, however long", () => {
    const link = `<a href="https://example.com/${"x".repeat(3_000)}">好</a>`;
    expect(() => fitText(`一。${link}`, undefined, "split")).to.throw(ReplyError, /link.*2048/);
  });

  it("takes what only looks like a link for text", () => {
    for (const text of ["<a href=x>好", "a < b <a", "<abbr>好</abbr>", "</a></a>"]) {
      const long = text.repeat(300);
      expect(fitText(long, 100, "split").join("")).to.equal(long);
    }
  });

  it("sends no blank piece", () => {
    expect(fitText(`${" ".repeat(30)}a`, 10, "split").every((piece) => piece.trim())).to.equal(
      true,
    );
  });

  it("truncates with an ellipsis, as late as it can", () => {
    const text = truncate("你".repeat(1_000));
    expect(text).to.equal(`${"你".repeat(681)}…`);
    expect(bytes(text)).to.be.at.most(2_048);
  });

  it("takes linear time, also for what looks like thousands of links", () => {
    const start = performance.now();
    for (const unit of ["<a ", "<a>", "😀", "。", "\u0301", "<a>x</a>", "\r\n", "a "]) {
      fitText(unit.repeat(100_000 / unit.length), undefined, "split");
    }
    expect(performance.now() - start).to.be.below(1_500);
  });

  const unit = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom("你好", "word ", "。", "！”", "\n\n", "，", ". ", "a"),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom("😀", "👨‍👩‍👧‍👦", "e\u0301", "🇨🇳", "\r\n", "</a>", "<a", "<a>"),
    },
    { weight: 1, arbitrary: fc.constantFrom('<a href="x。y">点我！</a>', "<A>\n</A >") },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 20 }) },
  );
  const texts = fc.array(unit, { maxLength: 120 }).map((units) => units.join(""));

  it("gives the text back, in pieces that fit, with whole characters and links", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 64, max: 200 }), (text, limit) => {
        let pieces: string[];
        try {
          pieces = fitText(text, limit, "split");
        } catch (error) {
          // Generated markup may form a link that is longer than the limit.
          return error instanceof ReplyError && /<a[\s>]/i.test(text);
        }
        const blank = fitText(text, limit, "split").length !== countCuts(text, limit);
        if (!blank && pieces.join("") !== text) return false;
        return pieces.every((piece) => bytes(piece) <= limit && (isWhole(piece) || !isWhole(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("cuts between two characters whenever a character is no longer than a message", () => {
    const segmenter = new Intl.Segmenter();
    fc.assert(
      fc.property(texts, (text) => {
        if (fits(text, 64) || /<a[\s>]/i.test(text)) return true;
        const end = cut(text, 64);
        return [...segmenter.segment(text)].some(({ index }) => index === end);
      }),
      { numRuns: 500 },
    );
  });
});

function countCuts(text: string, limit: number): number {
  let pieces = 1;
  let rest = text;
  while (!fits(rest, limit)) {
    rest = rest.slice(cut(rest, limit));
    pieces += 1;
  }
  return pieces;
}
