/**
 * A chat with a language model, at any endpoint that speaks OpenAI's protocol:
 *
 *   OPENAI_API_KEY=sk-… npx tsx examples/ai-chat.ts
 *   OPENAI_BASE_URL=https://api.deepseek.com/v1 OPENAI_MODEL=deepseek-chat OPENAI_API_KEY=… npx tsx …
 *
 * Without a key and an address, a stand-in on this machine answers. AI_PROMPT is the system prompt, AI_TURNS how many
 * questions are remembered (10), AI_PATIENCE how many seconds the model may be silent (60).
 */
import Koa from "koa";
import Router from "koa-router";
import { exclusive, session, Wechat } from "koa-wx";
import { ask, ModelError, type Turn } from "./ai/model.js";
import { model, scale } from "./ai/settings.js";
import { account, listen } from "./local.js";

const { AI_PROMPT, AI_TURNS, WECHAT_APP_SECRET, WECHAT_API_BASE_URL } = process.env;
const prompt =
  AI_PROMPT || "你是微信公众号里的助手。用用户的语言简短回答，不用 Markdown，微信不显示它。";
const system: Turn = { role: "system", content: prompt };
const late = WECHAT_APP_SECRET || WECHAT_API_BASE_URL ? "send" : "collect";

const wx = new Wechat({
  ...account,
  deadline: { ms: 4_500 * scale, late, collect: { match: "继续" }, onTimeout: () => "正在思考……" },
});

wx.onSubscribe(() => "你好！有什么想问的，直接发给我。发“新话题”，我就忘掉前面的对话。");
wx.use(exclusive({ busy: "上一个问题还没有答完，请稍候。" }));
const chat = wx.use(session({ initial: () => ({ turns: [] as Turn[] }), ttl: 30 * 60_000 }));
chat.onUnsubscribe((ctx) => {
  ctx.session.turns = [];
});
chat.hears("新话题", (ctx) => {
  ctx.session.turns = [];
  return "好的，我们重新开始。";
});
chat.hears(/\S/, async function* (ctx) {
  const question: Turn = { role: "user", content: ctx.text ?? "" };
  let content = "";
  for await (const part of ask(model, [system, ...ctx.session.turns, question], ctx.signal)) {
    content += part;
    yield part;
  }
  if (content.trim() === "") throw new ModelError("The model answered with nothing.");
  const turns: Turn[] = [...ctx.session.turns, question, { role: "assistant", content }];
  ctx.session.turns = turns.slice(-2 * Number(AI_TURNS || 10));
});
wx.fallback(() => "我只看得懂文字，请打字问我。");
wx.catch((error) => {
  console.error(error.message);
  return error instanceof ModelError ? error.apology : "出了点问题，请稍后再试。";
});

const router = new Router();
router.all("/wechat", wx.middleware());
listen(new Koa().use(router.routes()));
process.once("SIGTERM", () => void wx.close({ timeout: 1_000 }));
