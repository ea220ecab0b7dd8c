// One process of the fleet that chaos disturbs: a bot as its author would write it, with nothing of
// koa-wx but what it exports. It tells the driver when a handler begins and ends.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster, Redis } from "ioredis";
import Koa from "koa";
import { answer, flow, RedisStore, type SessionFlavor, session, Wechat } from "koa-wx";
import { type BotSettings, type FromBot, now, placeholder, type RedisPlace } from "./wire.js";

const settings = JSON.parse(process.argv[2] as string) as BotSettings;
const { skew = 0 } = settings;
const tell = (message: FromBot) => void process.send?.(message);

const fail = (error: unknown) =>
  tell({ failure: error instanceof Error ? String(error.stack) : String(error) });
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);
process.on("warning", (warning) => {
  const { code = warning.name } = warning as { code?: string };
  tell({ warning: code });
});

const client = clientOf(settings.redis);
// Away now and then, which is the point.
client.on("error", () => {});

const wx = new Wechat({
  ...settings.account,
  api: { baseUrl: settings.apiUrl },
  store: new RedisStore(client),
  deadline: { onTimeout: () => placeholder, late: "send" },
  now: () => Date.now() + skew,
});
wx.catch((error) => tell({ error: String(error) }));

/** A push says what it is called and how long its handler takes: `"17 8000"`. */
async function handle(said: string | undefined): Promise<string> {
  const [push = "", takes = "0"] = (said ?? "").split(" ");
  tell({ started: push, at: now() });
  if (takes !== "0") await sleep(Number(takes));
  tell({ ended: push, at: now() });
  return `re:${push}`;
}

if (settings.plugin === undefined) {
  wx.on("text", (ctx) => handle(ctx.text));
} else {
  const remembered = wx.use(session({ initial: () => ({ count: 0 }) }));
  if (settings.plugin === "session") {
    remembered.on("text", (ctx) => {
      ctx.session.count += 1;
      return handle(ctx.text);
    });
  } else {
    const survey = flow<SessionFlavor<{ count: number }>>("survey")
      .ask("first", (ctx) => handle(ctx.text), answer.text())
      .ask("second", (ctx) => handle(ctx.text), answer.text())
      .ask("third", (ctx) => handle(ctx.text), answer.text())
      .done((ctx) => handle(ctx.text));
    remembered.use(survey);
    remembered.on("text", (ctx) => survey.start(ctx));
  }
}

const app = new Koa();
app.on("error", (error) => tell({ error: String(error) }));
app.use((ctx, next) => {
  tell({ arrived: ctx.get("x-push"), at: now() });
  return next();
});
app.use(wx.middleware());
const server = createServer(app.callback());
server.listen({ port: 0, host: "127.0.0.1", backlog: 2_048 }, () => {
  tell({ port: (server.address() as AddressInfo).port });
});

// As docs/five-seconds.md has it, with the time that close() waits by itself, or less.
process.once("SIGTERM", async () => {
  server.close();
  await wx.close(settings.closeIn === undefined ? {} : { timeout: settings.closeIn });
  process.exit();
});
const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  tell({ cpu: (user + system) / 1_000, held: loop.max / 1e6 });
  loop.reset();
});
process.on("disconnect", () => process.exit());

function clientOf(place: RedisPlace): Redis | Cluster {
  if (place.kind === "cluster") {
    return new Cluster(place.ports.map((port) => ({ host: "127.0.0.1", port })));
  }
  if (place.kind === "sentinel") {
    const sentinels = place.ports.map((port) => ({ host: "127.0.0.1", port }));
    return new Redis({ sentinels, name: place.name });
  }
  const { socketTimeout } = settings;
  return new Redis(place.port, "127.0.0.1", socketTimeout === undefined ? {} : { socketTimeout });
}
