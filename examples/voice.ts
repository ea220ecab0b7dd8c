/**
 * Talks by voice, with any service of OpenAI's protocol: what is spoken becomes text, and the answer is spoken.
 *
 *   OPENAI_API_KEY=sk-… OPENAI_BASE_URL=https://…/v1 npx tsx examples/voice.ts
 *
 * Without a key, a stand-in hears 天气 in every voice and speaks a second of silence. WeChat's voices are AMR: convert them
 * for a service that takes none. STT_MODEL and TTS_MODEL name the models; the other settings are those of echo.ts.
 */
import Koa from "koa";
import Router from "koa-router";
import { reply, transcribe, Wechat } from "koa-wx";
import { account, listen } from "./local.js";

const { OPENAI_API_KEY: key, OPENAI_BASE_URL: base = "https://api.openai.com/v1" } = process.env;
const { STT_MODEL = "whisper-1", TTS_MODEL = "tts-1" } = process.env;
/** A second of MP3 in which nobody speaks. */
const silence = Buffer.concat(
  Array(38).fill(Buffer.concat([Buffer.of(0xff, 0xfb, 0x90, 0xc4), Buffer.alloc(413)])),
);

async function call(path: string, body: FormData | string, signal: AbortSignal): Promise<Response> {
  const type = typeof body === "string" ? { "Content-Type": "application/json" } : {};
  const headers = { Authorization: `Bearer ${key}`, ...type };
  const response = await fetch(`${base}/audio/${path}`, { method: "POST", headers, body, signal });
  if (!response.ok) throw new Error(`The speech service answered with status ${response.status}.`);
  return response;
}

async function speak(input: string, signal: AbortSignal) {
  const body = JSON.stringify({ model: TTS_MODEL, voice: "alloy", input });
  const data = (key && (await call("speech", body, signal)).body) || silence;
  return reply.voice({ file: { data, filename: "answer.mp3" } });
}

const wx = new Wechat(account);

wx.use(
  transcribe(async ({ data, filename, contentType }, { signal }) => {
    if (!key) return "天气";
    const form = new FormData();
    form.set("model", STT_MODEL);
    form.set("file", new File([new Uint8Array(data)], filename, { type: contentType }));
    return ((await (await call("transcriptions", form, signal)).json()) as { text: string }).text;
  }),
);
const sunny = "今天晴，25 度。";
wx.hears(/天气/, (ctx) => (ctx.message.MsgType === "voice" ? speak(sunny, ctx.signal) : sunny));
wx.onVoice((ctx) =>
  ctx.text ? speak(`你说的是：${ctx.text}`, ctx.signal) : "没听清，请再说一遍。",
);
wx.on("text", () => "请用语音问我天气。");
wx.catch((error) => {
  console.error(error.message);
  return "语音服务暂时不可用，请打字。";
});

const router = new Router();
router.all("/wechat", wx.middleware());
listen(new Koa().use(router.routes()));
