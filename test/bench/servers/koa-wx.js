// The echo bot on the built package, with its defaults: dedupe, deadline, freshness, replay guard; and,
// if one is asked for, behind koa-router, with a session in memory, with middleware of the user's, or
// with a store in Redis.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import Koa from "koa";
import Router from "koa-router";
import { account } from "../account.js";
import { listen } from "./listen.js";

const [, , mode, dist, more] = process.argv;
const build =
  dist === ""
    ? new URL("../../../dist/index.js", import.meta.url)
    : pathToFileURL(`${dist}/index.js`);
const { RedisStore, session, Wechat } = await import(build.href);

const { token, appId, encodingAESKey } = account;
const options = mode === "safe" ? { token, appId, encodingAESKey } : { token };
const wx = new Wechat(more === "redis" ? { ...options, store: await startStore() } : options);
if (more === "session" || more === "async") {
  const bot = wx.use(session({ initial: () => ({ count: 0 }) }));
  for (let left = more === "async" ? 2 : 0; left > 0; left -= 1) {
    bot.use(async (_ctx, next) => {
      const reply = await next();
      return reply;
    });
  }
  bot.on("text", (ctx) => {
    ctx.session.count += 1;
    return ctx.message.Content;
  });
} else wx.on("text", (ctx) => ctx.message.Content);

const way = new Router().all("/wechat", wx.middleware()).routes();
listen(new Koa().use(more === "router" ? way : wx.middleware()));

/** A Redis of its own, without a port, on whatever core is free. */
async function startStore() {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-bench-"));
  const path = join(folder, "redis.sock");
  const options = ["--port", "0", "--unixsocket", path, "--save", ""];
  const redis = spawn("taskset", ["-c", "1", "redis-server", ...options], { stdio: "ignore" });
  process.once("exit", () => {
    redis.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const client = new Redis({ path });
  client.on("error", () => {});
  // Not by once(), which takes the first refusal, before the server listens, for the end.
  await new Promise((resolve) => client.once("ready", resolve));
  return new RedisStore(client);
}
