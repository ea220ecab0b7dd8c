import { expect } from "chai";
import fc from "fast-check";
import { markdown, markdownToText } from "../../../src/outgoing/markdown/index.js";
import { type Answer, answer } from "./answers.js";
import { givenOf } from "./given.js";

/** What is wrong with the text that was made of an answer. It knows nothing of Markdown. */
function faults({ words, cells, links, codes, items }: Answer, text: string): string[] {
  const found: string[] = [];
  let prose = text;
  for (const code of codes.toSorted((a, b) => b.length - a.length)) {
    if (!prose.includes(code)) found.push(`the code ${JSON.stringify(code)} is gone`);
    prose = prose.replace(code, "");
  }
  for (const [what, pattern] of Object.entries(marks)) {
    if (pattern.test(prose)) found.push(`there is ${what}`);
  }
  for (const { text: shown, url } of links) {
    const tag = `<a href="${url}">`;
    const at = prose.indexOf(tag);
    const inside = prose.slice(at + tag.length, prose.indexOf("</a>", at));
    if (at < 0 || !inside.includes(shown)) found.push(`nobody can tap ${shown} ${url}`);
  }
  let at = 0;
  for (const word of words) {
    const next = text.indexOf(word, at);
    if (next < 0) found.push(`the word ${word} is gone, or out of order`);
    else at = next;
  }
  for (const word of cells) if (!text.includes(word)) found.push(`the cell ${word} is gone`);
  for (const line of text.split("\n")) {
    const here = items.filter((word) => line.includes(word));
    if (here.length > 1) found.push(`${here.join(" and ")} stand on one line`);
    if (here.some((word) => !/^\s*(?:• |☐ |☑ |\d+\. |│ )/.test(line) || !line.includes(word))) {
      found.push(`${here} does not begin its line`);
    }
  }
  return found;
}

const marks = {
  "**": /\*\*/,
  "a hash at a line's begin": /^[ \t]*#/m,
  "a fence": /```|~~~/,
  "the rule of a table": /\|[ \t]*:?-{2,}/,
  "an underscore of emphasis": /__/,
  "a tag that is no link": /<(?!a href="|\/a>)[a-z/!]/i,
  "an address in brackets": /\]\(/,
};

async function streamed(parts: readonly string[]): Promise<string[]> {
  async function* source() {
    yield* parts;
  }
  const info = { way: "passive", openid: "o1", ctx: undefined } as const;
  const texts: string[] = [];
  for await (const text of markdown().stream(source(), info)) texts.push(text);
  return texts;
}

/** Cuts a text at places that depend on a number alone. */
function cutUp(text: string, seed: number): string[] {
  const parts: string[] = [];
  let state = seed;
  for (let at = 0; at < text.length; ) {
    state = (state * 48_271 + 11) % 2_147_483_647;
    const length = 1 + (state % (seed % 3 === 0 ? 1 : 9));
    parts.push(text.slice(at, at + length));
    at += length;
  }
  return parts;
}

describe("markdown(): answers of language models", () => {
  it("keep their words, links, footnotes and code, and lose their Markdown: 300 of them", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const given = answer(seed);
      const text = markdownToText(given.markdown);
      expect(faults(given, text), `${given.markdown}\n=====\n${text}`).to.deep.equal([]);
    }
  });

  it("do so whatever they are", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const given = answer(seed);
        const text = markdownToText(given.markdown);
        expect(faults(given, text), `${given.markdown}\n=====\n${text}`).to.deep.equal([]);
      }),
      { numRuns: 300 },
    );
  });

  it("are the same as a stream, however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), async (seed, cuts) => {
        const { markdown: text } = answer(seed);
        const lines = cuts % 2 === 0 ? text : text.replaceAll("\n", "\r\n");
        expect((await streamed(cutUp(lines, cuts + 1))).join("")).to.equal(markdownToText(lines));
      }),
      { numRuns: 200 },
    );
  });

  it("are the same as a stream where they are soup", async () => {
    const pieces = fc.constantFrom(
      ..."** * _ ` ``` ~~~ # ## - 1. > | [a](http://x.cn) [a][b] [^1] <br> <b> </a> <!-- --> $x$ $$ \\( \\[ \\] 中 “强” ， 😀 https://k.cn \\".split(
        " ",
      ),
      ..."\n,\n\n,\r\n,\r, ,    ,\t,|---|\n,[b]: http://y.cn\n,[^1]: 注,---\n,```\n".split(","),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 16 }), fc.nat(), async (soup, cuts) => {
        const text = soup.join("");
        const whole = markdownToText(text);
        expect((await streamed(cutUp(text, cuts + 1))).join("")).to.equal(whole);
        if (!/[`$\\]|~~~| {4}|\t/.test(text)) expect(whole).not.to.match(/\*\*|```/);
      }),
      { numRuns: 500 },
    );
  });

  it("are given block by block, each as soon as it is complete", async () => {
    const given = await givenOf(
      "# 标题\n第一段\n还是。\n\n- 一 `a[i][j]`\n- 二 a[i][j]\n\n```\nx[i][j]\n```\n尾",
    );
    expect(given).to.deep.equal([
      "2:【标题】",
      "6:\n第一段\n还是。",
      "7:\n\n• 一 a[i][j]",
      "9:\n• 二 a[i][j]",
      "11:\n\nx[i][j]",
      "11:\n尾",
    ]);
  });
});
