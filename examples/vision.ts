/**
 * Says what is on a picture, with a model that sees, at any endpoint that speaks OpenAI's protocol:
 *
 *   OPENAI_API_KEY=sk-… npx tsx examples/vision.ts
 *
 * The model gets the picture itself, or, where the account may not call WeChat, the address that WeChat gives it (PicUrl).
 * Without a key and an address, a stand-in on this machine answers. The settings are those of ai-chat.ts.
 */
import Koa from "koa";
import Router from "koa-router";
import { exclusive, type ReceivedFile, Wechat } from "koa-wx";
import { ask, ModelError } from "./ai/model.js";
import { model, scale } from "./ai/settings.js";
import { account, listen } from "./local.js";

const { AI_PROMPT, WECHAT_APP_SECRET, WECHAT_API_BASE_URL } = process.env;
const mayCall = Boolean(WECHAT_APP_SECRET || WECHAT_API_BASE_URL);

const wx = new Wechat({
  ...account,
  deadline: { ms: 4_500 * scale, late: mayCall ? "send" : "collect", onTimeout: () => "正在看……" },
});

wx.onSubscribe(() => "你好！发一张图片给我，我告诉你上面有什么。");
wx.use(exclusive({ busy: "replace" }));
wx.onImage(async (ctx) => {
  const text = AI_PROMPT || "这张图片上有什么？请用中文简短描述。";
  const url = mayCall ? dataUrl(await ctx.file({ limit: 5_000_000 })) : ctx.message.PicUrl;
  const picture = { type: "image_url", image_url: { url } } as const;
  const content = [{ type: "text", text }, picture] as const;
  return ask(model, [{ role: "user", content }], ctx.signal);
});
wx.fallback(() => "请发一张图片给我。");
wx.catch((error) => {
  console.error(error.message);
  return error instanceof ModelError ? error.apology : "出了点问题，请稍后再试。";
});

function dataUrl({ data, contentType }: ReceivedFile): string {
  return `data:${contentType};base64,${data.toString("base64")}`;
}

const router = new Router();
router.all("/wechat", wx.middleware());
listen(new Koa().use(router.routes()));
process.once("SIGTERM", () => void wx.close({ timeout: 1_000 }));
