import { expect } from "chai";
import { Wechat } from "../../src/index.js";
import type { Reply } from "../../src/message/reply.js";
import { Finished } from "../../src/runs/finished.js";
import { signedQuery, textXml } from "../support/push.js";

const text = (content: string): Reply => ({ type: "text", content });
const accountOf = (key: string) => key.slice(0, key.indexOf(":"));

describe("Finished: finished pushes", function () {
  this.timeout(60_000);

  it("are remembered by number, however long their replies are", () => {
    const finished = new Finished(60_000, () => 0);
    for (let push = 0; push < 20_000; push++) finished.keep(`a:${push}`, text("长".repeat(2_000)));
    const forgotten = Array.from({ length: 20_000 }, (_, push) => push).filter(
      (push) => finished.get(`a:${push}`) === undefined,
    );
    expect(forgotten).to.deep.equal([]);
    expect(finished.get("a:19999")?.answer).to.deep.equal(text("长".repeat(2_000)));
    // Text makes way for what it must: the oldest is acknowledged without a message.
    expect(finished.get("a:0")).to.deep.equal({ answer: undefined });
  });

  it("of one account do not make those of another be forgotten, nor their replies", () => {
    for (const content of ["short", "长".repeat(2_000)]) {
      const finished = new Finished(60_000, () => 0, accountOf);
      finished.keep("small:1", text("mine"));
      finished.keep("small:2", text("长".repeat(1_000)));
      finished.keep("small:3", undefined);
      for (let push = 0; push < 41_000; push++) finished.keep(`large:${push}`, text(content));
      expect(finished.get("small:1")?.answer).to.deep.equal(text("mine"));
      expect(finished.get("small:2")?.answer).to.deep.equal(text("长".repeat(1_000)));
      expect(finished.get("small:3")).to.deep.equal({ answer: undefined });
    }
  });

  it("give back what they were answered with, of any type and length", () => {
    const finished = new Finished(60_000, () => 0);
    const articles = [{ Title: "标题".repeat(40), Description: "", PicUrl: "", Url: "https://a/" }];
    const replies: (Reply | undefined)[] = [
      undefined,
      ...["", "L", "T", "{}", "\ud800", "x".repeat(127), "x".repeat(128)].map(text),
      { type: "image", mediaId: "id" },
      { type: "news", articles } as unknown as Reply,
    ];
    for (const [index, reply] of replies.entries()) finished.keep(`a:${index}`, reply);
    for (const [index, reply] of replies.entries()) {
      expect(finished.get(`a:${index}`)).to.deep.equal({ answer: reply });
    }
  });

  describe("through the door", () => {
    const push = (wx: Wechat, path: string, token: string, body: string, query = {}) =>
      wx.receive({ method: "POST", path, query: { ...signedQuery({}, token), ...query }, body });

    for (const [what, letters] of Object.entries({ long: 2_000, short: 20 })) {
      it(`do not run again when WeChat retries, after 4,200 others with ${what} replies`, async () => {
        const runs = new Map<string, number>();
        const wx = new Wechat({ token: "AAAAAAAAAAAAAAAA", overflow: "truncate" });
        wx.on("text", ({ message }) => {
          runs.set(message.Content, (runs.get(message.Content) ?? 0) + 1);
          return "x".repeat(letters);
        });
        const first = textXml("first");
        await push(wx, "", "AAAAAAAAAAAAAAAA", first);
        for (let count = 0; count < 4_200; count++) {
          await push(wx, "", "AAAAAAAAAAAAAAAA", textXml(String(count)));
        }
        const retry = await push(wx, "", "AAAAAAAAAAAAAAAA", first);
        expect([retry.status, runs.get("first")]).to.deep.equal([200, 1]);
      });
    }

    it("nor when 20,000 pushes of another account came in between", async () => {
      const accounts = new Map(
        ["one", "other"].map((name) => [name, { appId: `wx${name}`, token: `Token${name}` }]),
      );
      const wx = new Wechat(({ path }) => accounts.get(path));
      let runs = 0;
      wx.on("text", ({ account }) => {
        if (account.appId === "wxone") runs += 1;
        return account.appId === "wxone" ? "thanks" : "长".repeat(600);
      });
      const first = textXml("first");
      const answer = await push(wx, "one", "Tokenone", first);
      for (let count = 0; count < 20_000; count++) {
        await push(wx, "other", "Tokenother", textXml(String(count)));
      }
      const retry = await push(wx, "one", "Tokenone", first);
      expect(runs).to.equal(1);
      expect(retry.body).to.include("thanks").and.to.include("alice");
      expect(answer.body).to.include("thanks");
    });
  });
});
