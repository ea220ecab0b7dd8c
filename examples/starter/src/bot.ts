import { reply, Wechat, type WechatOptions } from "koa-wx";

/** The bot. The server and the tests each bring an account for it. */
export function createBot(options: WechatOptions) {
  const wx = new Wechat(options);

  wx.onSubscribe(() => "感谢您的关注！发“帮助”看看我会什么。");
  wx.hears(["帮助", "help"], () => "发“1+2”，我来算；发图片，我发回去；发别的话，我学您说。");
  wx.onText(/^(\d+) ?\+ ?(\d+)$/, (ctx) => `= ${Number(ctx.match[1]) + Number(ctx.match[2])}`);
  wx.on("image", (ctx) => reply.image(ctx.message.MediaId));
  wx.on("text", (ctx) => `您说：${ctx.message.Content}`);

  // What nobody above answered, and what somebody above threw.
  wx.fallback(() => "我只看得懂文字和图片。");
  wx.catch((error, ctx) => {
    console.error(error);
    return ctx.late ? undefined : "出错了，请稍后再试。";
  });
  return wx;
}
