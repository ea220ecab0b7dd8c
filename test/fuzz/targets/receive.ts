import { checkAnswer } from "../answer.js";
import { accounts, startBot } from "../bot.js";
import type { Target } from "../fuzz.js";
import { isSealed, promised, readAnswer } from "../oracle.js";
import { makeRequest } from "../push.js";

/** Whole requests to accounts of every kind, without a network. */
export const receiveTarget: Target = {
  name: "receive",
  share: 38,
  open() {
    const bots = accounts.map(startBot);
    let count = 0;
    return {
      async run(random, trace) {
        const bot = random.pick(bots);
        const request = makeRequest(bot.secrets, random);
        trace.input = { account: bot.secrets.appId, ...request };
        count += 1;
        bot.key = String(count);
        bot.seen = [];
        bot.said = undefined;
        const query = random.chance(0.2) ? new URLSearchParams(request.query) : request.query;
        const answer = await trace.time(() => bot.wx.receive({ ...request, query }));
        checkAnswer(request, answer, bot);
        if (bot.seen.length === 0 || !random.chance(0.1)) return;
        const again = await bot.wx.receive({ ...request, query });
        promised(bot.seen.length === 1, "handlers ran again at the second delivery");
        promised(again.status === 200, "the second delivery was refused");
        if (isSealed(answer.body)) readAnswer(again.body);
        else promised(again.body === answer.body, "the second delivery was answered otherwise");
      },
      async close() {
        for (const { wx } of bots) await wx.close();
      },
    };
  },
};
