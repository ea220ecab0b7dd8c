// One of the bot's processes behind soak.ts: koa-wx under Koa, with a shared Redis.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import Koa from "koa";
import {
  RedisStore,
  Router,
  reply,
  session,
  Wechat,
  WechatError,
  type WechatOptions,
} from "../../src/index.js";

/** What a bot is told at its start. */
export interface BotSettings {
  readonly redis: Pick<RedisOptions, "name" | "sentinels">;
  readonly options: Pick<WechatOptions, "token" | "appId" | "appSecret" | "encodingAESKey">;
  readonly apiUrl: string;
  /** How many times faster than WeChat's the time runs. */
  readonly speed: number;
}

/** What a bot tells when it is asked, its garbage collected. */
export interface BotUsage {
  /** Bytes. */
  readonly heap: number;
  readonly rss: number;
  /** How often handlers were run. */
  readonly runs: number;
  /** What nobody has caught. */
  readonly failures: readonly string[];
  /** Warnings of the process, by their codes. */
  readonly warnings: Readonly<Record<string, number>>;
}

const { redis, options, apiUrl, speed } = JSON.parse(process.argv[2] as string) as BotSettings;
const client = new Redis({ ...redis, retryStrategy: () => 200 });
// Away now and then, which is the point.
client.on("error", () => {});

let runs = 0;
const failures: string[] = [];
const warnings: Record<string, number> = {};
const fail = (error: unknown) => {
  if (failures.length < 20)
    failures.push(error instanceof Error ? String(error.stack) : String(error));
};
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("warning", (warning) => {
  const { code = warning.name } = warning as { code?: string };
  warnings[code] = (warnings[code] ?? 0) + 1;
});

const wx = new Wechat({
  ...options,
  acceptPlain: true,
  store: new RedisStore(client),
  api: { baseUrl: apiUrl },
  deadline: {
    ms: 4_500 / speed,
    lease: Math.max(1_500, 4_000 / speed),
    late: "send",
    onTimeout: () => "…",
  },
});

/** A push says in one of its fields who it is and how long its handler takes: `"17 8000"`. */
async function answer(text: string | undefined): Promise<string | undefined> {
  runs += 1;
  const { id, takes } = told(text);
  if (takes > 0) await sleep(takes);
  return `re:${id}`;
}

function told(text = ""): { id: string; takes: number; way: string | undefined } {
  const [id = "", takes = "0", way] = text.split(" ");
  return { id, takes: Number(takes), way };
}

/** An answer that is written while it is delivered, as those of models are. */
async function* written(text: string): AsyncGenerator<string> {
  runs += 1;
  const { id, takes } = told(text);
  yield `re:${id} `;
  for (let part = 0; part < 4; part += 1) {
    if (takes > 0) await sleep(takes / 4);
    yield "and so on, ";
  }
  yield `end:${id}`;
}

wx.on("text", (ctx) => {
  const { Content } = ctx.message;
  const { id, way } = told(Content);
  if (way === "stream") return written(Content);
  if (way !== "video") return answer(Content);
  runs += 1;
  // Few files, so that most of them have been uploaded already, perhaps by the other process.
  const file = { data: Buffer.from(`film ${Number(id) % 50}`), filename: "film.mp4" };
  return reply.video({ file }, { title: `re:${id}` });
});
const counting = new Router().use(session({ initial: () => ({ count: 0 }) }));
counting.on("location", async (ctx) => {
  ctx.session.count += 1;
  return `${await answer(ctx.message.Label)} counted ${ctx.session.count}`;
});
wx.filter((ctx) => ctx.message.MsgType === "location", counting);
// While Redis is away there is no session, and the user is told, as the documents advise.
wx.catch((error, { message }) => {
  const isAway = error instanceof WechatError && error.code === "WX_SESSION";
  if (!isAway || message.MsgType !== "location") throw error;
  return `re:${told(message.Label).id} without a session`;
});
wx.on("link", (ctx) => answer(ctx.message.Title));
wx.onVoice((ctx) => answer(ctx.message.Recognition));
wx.onClick((ctx) => answer(ctx.message.EventKey));
wx.onScan((ctx) => answer(ctx.scene));
wx.onView(() => {
  runs += 1;
});

const app = new Koa();
app.on("error", fail);
app.use(wx.middleware());
const server = createServer(app.callback());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("message", () => {
  globalThis.gc?.();
  const { heapUsed: heap, rss } = process.memoryUsage();
  process.send?.({ heap, rss, runs, failures, warnings } satisfies BotUsage);
});
process.on("disconnect", () => process.exit());
