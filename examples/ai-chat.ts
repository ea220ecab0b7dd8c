/**
 * A chat with a language model, at any endpoint that speaks OpenAI's protocol:
 *
 *   OPENAI_API_KEY=sk-… npx tsx examples/ai-chat.ts
 *   OPENAI_BASE_URL=https://api.deepseek.com/v1 OPENAI_MODEL=deepseek-chat OPENAI_API_KEY=… npx tsx …
 *
 * Without a key and an address, a stand-in on this machine answers. An answer that is ready within
 * WeChat's three deliveries (about 14 seconds) is the reply. A later one is begun in the last
 * delivery, with the sentences that are there, and its rest is sent as customer-service messages
 * (客服消息), or waits for 继续 where the account may not send.
 *
 * AI_PROMPT is the system prompt, AI_TURNS how many questions are remembered (10), AI_PATIENCE how
 * many seconds the model may be silent (60); SCALE makes every second shorter. The other settings
 * are those of echo.ts.
 */
import Koa from "koa";
import Router from "koa-router";
import { session, Wechat } from "koa-wx";
import { Answer } from "./ai/answer.js";
import { ask, ModelError, type Turn } from "./ai/model.js";
import { startStandIn } from "./ai/stand-in.js";
import { account, listen } from "./local.js";

const { OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL, AI_PROMPT, AI_TURNS } = process.env;
const { AI_PATIENCE, SCALE, WECHAT_APP_SECRET, WECHAT_API_BASE_URL } = process.env;

const scale = Number(SCALE || 1);
const maxTurns = Number(AI_TURNS || 10);
const forgetAfter = 30 * 60_000;
const isOpenAi = !OPENAI_BASE_URL && OPENAI_API_KEY;
const model = {
  baseUrl: isOpenAi
    ? "https://api.openai.com/v1"
    : OPENAI_BASE_URL?.replace(/\/+$/, "") || (await startStandIn(scale)),
  apiKey: OPENAI_API_KEY || "none",
  model: OPENAI_MODEL || "gpt-4o-mini",
  patience: Number(AI_PATIENCE || 60) * 1000 * scale,
};
const system: Turn = {
  role: "system",
  content:
    AI_PROMPT || "你是微信公众号里的助手。用用户的语言简短回答，不用 Markdown，微信不显示它。",
};

/** The answers that are being written. One process; a user asks one question at a time. */
const answers = new Map<string, Answer>();

const wx = new Wechat({
  ...account,
  overflow: "split",
  deadline: {
    ms: 4_500 * scale,
    late: WECHAT_APP_SECRET || WECHAT_API_BASE_URL ? "send" : "collect",
    collect: { match: "继续" },
    onTimeout: (ctx) => {
      const beginning = answers.get(ctx.openid)?.begin();
      return `${beginning || "正在思考……"}\n\n（未完。没有收到后文时，请回复“继续”）`;
    },
  },
});

wx.onSubscribe(() => "你好！有什么想问的，直接发给我。发“新话题”，我就忘掉前面的对话。");
wx.onUnsubscribe((ctx, next) => {
  answers.get(ctx.openid)?.stop();
  return next();
});

// Before the session, where this would have to wait until the question before is answered.
wx.hears(/\S/, async (ctx, next) => {
  if (answers.has(ctx.openid)) return "上一个问题还没有答完，请稍候。";
  answers.set(ctx.openid, new Answer());
  try {
    await next();
  } finally {
    answers.delete(ctx.openid);
  }
});

const chat = wx.use(session({ initial: () => ({ turns: [] as Turn[] }), ttl: forgetAfter }));

chat.onUnsubscribe((ctx) => {
  ctx.session.turns = [];
});

chat.hears("新话题", (ctx) => {
  ctx.session.turns = [];
  return "好的，我们重新开始。";
});

chat.hears(/\S/, async (ctx) => {
  const question: Turn = { role: "user", content: ctx.text ?? "" };
  const answer = answers.get(ctx.openid) ?? new Answer();
  const signal = AbortSignal.any([ctx.signal, answer.signal]);
  const { turns } = ctx.session;
  try {
    for await (const piece of ask(model, [system, ...turns, question], signal)) answer.add(piece);
    if (answer.text.trim() === "") throw new ModelError("The model answered with nothing.");
    const said: Turn = { role: "assistant", content: answer.text };
    ctx.session.turns = [...turns, question, said].slice(-2 * maxTurns);
    return answer.end();
  } catch (error) {
    // Nobody is there to read an excuse: the user has left, or this process is going to end.
    if (signal.aborted) return;
    if (!(error instanceof ModelError)) throw error;
    console.error(error.message);
    return answer.text === "" ? error.apology : `${answer.end()}\n\n（回答中断了，请再问一次。）`;
  }
});

wx.fallback(() => "我只看得懂文字，请打字问我。");
wx.catch((error) => {
  console.error(error.message);
  return "出了点问题，请稍后再试。";
});

const router = new Router();
router.all("/wechat", wx.middleware());

listen(new Koa().use(router.routes()));
process.once("SIGTERM", () => void wx.close({ timeout: 1_000 }));
