import { expect } from "chai";
import { answer, type Reading } from "../../../src/plugins/flow/answer.js";
import { Move } from "../../../src/plugins/flow/dialogue.js";
import { contextOf, text } from "../../support/context.js";

const again = (reply: unknown) => new Move("again", [], String(reply));
const asked = (ctx: object) => Object.assign(ctx, { again }) as Reading;
const typed = (content: string) => asked(text(content));
const spoken = (Recognition: string) =>
  asked(contextOf({ MsgType: "voice", MediaId: "M", Format: "amr", Recognition }));

/** What a handler makes of an answer, or the words in which it asks again. */
async function reads(value: unknown): Promise<unknown> {
  return value instanceof Move ? `again: ${await value.reply}` : value;
}

describe("answer", () => {
  it("reads words, typed or spoken, of a length", async () => {
    const name = answer.text({ min: 2, max: 4 });
    expect(await reads(name(typed("  李雷 ")))).to.equal("李雷");
    expect(await reads(name(spoken("李雷。")))).to.equal("李雷");
    expect(await reads(name(typed("🌏🌏🌏🌏")))).to.equal("🌏🌏🌏🌏");
    for (const wrong of [typed("李"), typed("一二三四五"), typed("   "), asked(contextOf(image))]) {
      expect(await reads(name(wrong))).to.equal("again: 请用文字回答（2 到 4 个字）。");
    }
    expect(await reads(answer.text()(typed("")))).to.equal("again: 请用文字回答。");
    expect(await reads(answer.text({ max: 1 })(typed("一二")))).to.equal(
      "again: 请用文字回答（最多 1 个字）。",
    );
    expect(await reads(answer.text({ min: 3 })(typed("一二")))).to.equal(
      "again: 请用文字回答（至少 3 个字）。",
    );
  });

  it("reads numbers within bounds, in any width", async () => {
    const guests = answer.number({ min: 1, max: 20 });
    const read = [];
    for (const said of ["3", "１２", " 20 ", "0", "21", "3.5", "三", "3个", "1e1", "0x3", ""]) {
      read.push(await reads(guests(typed(said))));
    }
    const no = "again: 请回复数字（1 到 20）。";
    expect(read).to.deep.equal([3, 12, 20, no, no, no, no, no, no, no, no]);
    expect(await reads(answer.number({ decimals: true })(typed("-3.50")))).to.equal(-3.5);
    expect(await reads(answer.number()(typed("99999999999999999999")))).to.match(/^again/);
    expect(await reads(answer.number({ min: 0, again: "?" })(typed("-1")))).to.equal("again: ?");
  });

  it("reads yes and no in the ways that people say it", async () => {
    const sure = answer.yes();
    for (const said of ["是", "是的", "好的！", "可以。", "ＯＫ", "Yes", "要"]) {
      expect(await reads(sure(typed(said))), said).to.equal(true);
    }
    for (const said of ["否", "不是", "不要", "没有", "算了~", "NO", "不用了"]) {
      expect(await reads(sure(typed(said))), said).to.equal(false);
    }
    for (const said of ["也许", "", "是不是"]) {
      expect(await reads(sure(typed(said))), said).to.equal("again: 请回复「是」或「否」。");
    }
    expect(await reads(sure(spoken("好的。")))).to.equal(true);
    // Found while mending what `npm run fuzz` found: this took two seconds.
    const begun = performance.now();
    expect(await reads(sure(typed(`${".".repeat(65_536)}x`)))).to.match(/^again/);
    expect(performance.now() - begun).to.be.lessThan(250);
  });

  it("reads what matches a pattern, whatever its flags", async () => {
    const phone = answer.matching(/1\d{10}/g, { again: "11 digits" });
    for (let round = 0; round < 2; round++) {
      expect(await reads(phone(typed("我的手机 13800138000")))).to.equal("13800138000");
    }
    expect(await reads(phone(typed("138")))).to.equal("again: 11 digits");
  });

  it("reads what matches as it was written, and only else in half-width letters", async () => {
    expect(await reads(answer.matching(/^(.+)，(.+)$/)(typed("张三，138")))).to.equal("张三，138");
    expect(await reads(answer.matching(/^.{2,50}$/)(typed("价格：５㎡…①½")))).to.equal(
      "价格：５㎡…①½",
    );
    expect(await reads(answer.matching(/^1\d{10}$/)(typed("１３８００１３８０００")))).to.equal(
      "13800138000",
    );
  });

  it("reads pictures and places", async () => {
    expect(await reads(answer.photo()(asked(contextOf(image))))).to.deep.equal({
      mediaId: "M",
      url: "http://p",
    });
    expect(await reads(answer.photo()(typed("a")))).to.equal("again: 请发一张照片。");
    const place = { MsgType: "location", Location_X: 31.5, Location_Y: 120.25, Label: "苏州" };
    expect(await reads(answer.place()(asked(contextOf(place))))).to.deep.equal({
      latitude: 31.5,
      longitude: 120.25,
      label: "苏州",
    });
    expect(await reads(answer.place()(typed("苏州")))).to.match(/^again: 请点 \+ 号/);
  });

  it("lets the user skip with a word", async () => {
    const photo = answer.orSkip("Skip", answer.photo());
    expect(await reads(photo(typed("ｓｋｉｐ")))).to.equal(null);
    expect(await reads(photo(typed("skipped")))).to.match(/^again/);
    expect(await reads(photo(asked(contextOf(image))))).to.have.property("mediaId", "M");
  });
});

const image = { MsgType: "image", MediaId: "M", PicUrl: "http://p" };
