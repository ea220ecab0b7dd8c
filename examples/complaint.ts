/**
 * A complaint with a photo (投诉): a picture is an answer like any other. Send 投诉, tap the menu button
 * COMPLAIN, or scan the code on a table (scene `table-7`), which says which table it is.
 *
 *   npx tsx examples/complaint.ts
 *
 * The settings are those of echo.ts.
 */
import Koa from "koa";
import Router from "koa-router";
import { answer, flow, session, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const complaint = flow("complaint")
  .ask("table", "请问您坐几号桌？", answer.number({ min: 1, max: 60 }))
  .choose("about", "很抱歉！请问是哪方面的问题？", { dish: "菜品", service: "服务", other: "其他" })
  .branch("about", {
    dish: (way) => way.ask("dish", "是哪道菜？", answer.text({ max: 20 })),
    service: (way) =>
      way.ask("waiter", "请问服务员的工号？", answer.orSkip("不知道", answer.text())),
  })
  .ask("story", "请说说发生了什么。", answer.text({ min: 5, max: 500 }))
  .ask(
    "photo",
    "请拍一张照片，没有就回复「跳过」。",
    answer.orSkip("跳过", answer.photo({ again: "请发一张照片，没有就回复「跳过」。" })),
  )
  .ask("call", "需要经理给您回电话吗？", answer.yes())
  .done(async ({ answers, openid }) => {
    const number = await save({ ...answers, openid });
    const about = answers.about === "dish" ? `「${answers.dish}」` : "您的意见";
    const photo = answers.photo ? "，附照片" : "";
    const next = answers.call ? "经理会尽快联系您。" : "我们会改进。";
    return `已收到，编号 ${number}：${answers.table} 号桌，${about}${photo}。${next}`;
  });

const wx = new Wechat(account).use(session()).use(complaint);

wx.onText("投诉", complaint.start);
wx.onClick("COMPLAIN", complaint.start);
wx.onScan(/^table-(\d+)$/, (ctx) => complaint.startWith(ctx, { table: Number(ctx.match[1]) }));
wx.fallback(() => "有不满意的地方？请发「投诉」。");

let count = 0;
/** Stands for a database. WeChat keeps the photo for three days: fetch it with ctx.api.media. */
async function save(complaint: object): Promise<number> {
  console.log(JSON.stringify(complaint));
  count += 1;
  return count;
}

const router = new Router();
router.all("/wechat", wx.middleware());

listen(new Koa().use(router.routes()));
