/**
 * A quiz (答题): numbered menus, a word after each answer, one minute for each question, and the best
 * result of each user. Send 答题.
 *
 *   npx tsx examples/quiz.ts
 *
 * SECONDS is the time for a question; the other settings are those of echo.ts.
 */
import Koa from "koa";
import Router from "koa-router";
import { flow, type SessionFlavor, session, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

interface Player {
  best: number;
}

const right = { capital: "堪培拉", planet: "水星", river: "长江" };

const quiz = flow<SessionFlavor<Player>>("quiz", {
  timeout: Number(process.env.SECONDS ?? 60) * 1_000,
  expired: () => "时间到！发「答题」再来一次。",
  cancel: ["取消", "不玩了"],
  cancelled: "下次再玩！",
})
  .choose("capital", "一、澳大利亚的首都是？", ["悉尼", "堪培拉", "墨尔本"], (ctx, choice) =>
    ctx.say(choice === right.capital ? "答对了！" : `不对，是${right.capital}。`),
  )
  .choose("planet", "二、离太阳最近的行星是？", ["金星", "水星", "火星"], (ctx, choice) =>
    ctx.say(choice === right.planet ? "答对了！" : `不对，是${right.planet}。`),
  )
  .choose("river", "三、中国最长的河流是？", ["黄河", "长江", "珠江"], (ctx, choice) =>
    ctx.say(choice === right.river ? "答对了！" : `不对，是${right.river}。`),
  )
  .choose(
    "more",
    ({ answers }) => `您答对了 ${score(answers)} 题。再来一次吗？`,
    { yes: "再来", no: "不了" },
    (ctx, choice) => {
      ctx.session.best = Math.max(ctx.session.best, score(ctx.answers));
      if (choice === "yes") return ctx.change("capital", "planet", "river");
    },
  )
  .done(({ session }) => `最好成绩：${session.best} 题。`);

function score(answers: Readonly<Record<keyof typeof right, string>>): number {
  return (["capital", "planet", "river"] as const).filter((name) => answers[name] === right[name])
    .length;
}

const wx = new Wechat(account).use(session({ initial: (): Player => ({ best: 0 }) })).use(quiz);

wx.onText("答题", quiz.start);
wx.onClick("QUIZ", quiz.start);
wx.fallback((ctx) => `发「答题」开始。您的最好成绩：${ctx.session.best} 题。`);

const router = new Router();
router.all("/wechat", wx.middleware());

listen(new Koa().use(router.routes()));
