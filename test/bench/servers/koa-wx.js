// The echo bot on the built package, with its defaults: dedupe, deadline, freshness, replay guard; and,
// if one is asked for, with a session in memory or with a store in Redis.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import Koa from "koa";
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
if (more === "session") {
  wx.use(session({ initial: () => ({ count: 0 }) })).on("text", (ctx) => {
    ctx.session.count += 1;
    return ctx.message.Content;
  });
} else wx.on("text", (ctx) => ctx.message.Content);

listen(new Koa().use(wx.middleware()));

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
