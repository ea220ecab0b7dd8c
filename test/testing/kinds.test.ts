import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "koa-wx";
import { type Phone, simulate } from "koa-wx/testing";
import { kinds } from "../../src/simulator/world/kinds.js";
import { account } from "./bots.js";

const hour = 3_600_000;
const mayNot = (phone: Phone) =>
  phone.api.calls().flatMap(({ path, answer }) => (answer.includes("48001") ? [path] : []));

describe("simulate(): a bot that sends late answers", () => {
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    const canSend = !["personal", "unverified", "unverified-service"].includes(kind);

    it(`loses none with a ${kind} account, and asks in vain once an hour`, async function () {
      this.timeout(30_000);
      let now = Date.now();
      let finished = 0;
      let wx: Wechat | undefined;
      const phone = await simulate(
        ({ url }) => {
          wx = new Wechat({
            ...account,
            api: { baseUrl: url },
            now: () => now,
            maxAge: 1_000_000,
            deadline: { ms: 100, attempts: 1, onTimeout: () => "正在思考…", late: "send" },
          });
          wx.onText(/^问/, async (ctx) => {
            await sleep(400);
            finished += 1;
            return `答${ctx.text}`;
          });
          wx.on("text", (ctx) => ctx.text);
          return new Koa().use(wx.middleware());
        },
        { ...account, patience: 3_000, kind },
      );
      try {
        const alice = phone.user("alice");
        /** Asks, and gets the answer in whatever way it comes. */
        const answerTo = async (question: string, isSent: boolean) => {
          const before = finished;
          const answer = await alice.sends(question);
          expect(answer.text).to.equal("正在思考…");
          if (isSent) {
            const content = await answer.late(5_000);
            return content.type === "text" ? content.content : undefined;
          }
          while (finished === before) await sleep(20);
          await sleep(200);
          return (await alice.sends("好了吗")).text;
        };
        for (const question of ["问一", "问二", "问三"]) {
          expect(await answerTo(question, canSend)).to.equal(`答${question}`);
          now += hour / 4;
        }
        expect(mayNot(phone)).to.deep.equal(canSend ? [] : ["/cgi-bin/message/custom/send"]);
        expect(await wx?.account().can("customer-service")).to.equal(canSend);

        // 微信认证 comes through; within an hour of the bot's clock it is noticed.
        phone.kind = "service";
        now += hour / 4;
        expect(await answerTo("问四", true)).to.equal("答问四");
        expect(await wx?.account().can("customer-service")).to.equal(true);
      } finally {
        await phone.close();
        await wx?.close();
      }
    });
  }
});
