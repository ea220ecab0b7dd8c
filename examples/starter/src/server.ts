import { existsSync } from "node:fs";
import { Redis } from "ioredis";
import Koa from "koa";
import Router from "koa-router";
import { RedisStore } from "koa-wx";
import { createBot } from "./bot.js";

if (existsSync(".env")) process.loadEnvFile();
const { HOST, PORT, REDIS_URL, WECHAT_TOKEN, WECHAT_APP_ID } = process.env;
const { WECHAT_APP_SECRET, WECHAT_AES_KEY, WECHAT_API_BASE_URL } = process.env;

// With Redis, several processes are one bot, and a restart forgets nothing.
const redis = REDIS_URL ? new Redis(REDIS_URL) : undefined;
redis?.on("error", (error) => console.error(`Redis: ${error.message}`));

const wx = createBot({
  token: WECHAT_TOKEN ?? "",
  ...(WECHAT_APP_ID ? { appId: WECHAT_APP_ID } : {}),
  ...(WECHAT_APP_SECRET ? { appSecret: WECHAT_APP_SECRET } : {}),
  ...(WECHAT_AES_KEY ? { encodingAESKey: WECHAT_AES_KEY } : {}),
  ...(WECHAT_API_BASE_URL ? { api: { baseUrl: WECHAT_API_BASE_URL } } : {}),
  ...(redis ? { store: new RedisStore(redis) } : {}),
});

const router = new Router();
router.all("/wechat", wx.middleware());
router.get("/healthz", (ctx) => {
  ctx.body = "ok";
});

const host = HOST || "127.0.0.1";
const server = new Koa().use(router.routes()).listen(Number(PORT || 3000), host, () => {
  console.log(`Listening on http://${host}:${PORT || 3000}/wechat`);
});

/** docker stop, systemctl restart, Ctrl+C: what was begun is finished, and nothing new is taken. */
async function stop() {
  server.close();
  await wx.close({ timeout: 20_000 });
  redis?.disconnect();
  process.disconnect?.(); // pm2 holds a channel, which would keep the process
}
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
