// A bot in a process of its own, which tests can kill or crowd: koa-wx under Koa.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import Koa from "koa";
import { RedisStore, Wechat } from "../../src/index.js";
import { account } from "../support/push.js";

/** What a bot tells when it is asked, its garbage collected. */
export interface BotState {
  /** Bytes in the heap and outside of it. */
  readonly memory: number;
  readonly connections: number;
  /** The longest that the event loop has stalled since it was asked last, in milliseconds. */
  readonly stall: number;
  /** What nobody has caught. */
  readonly failures: readonly string[];
}

const [redis] = process.argv.slice(2);
const client = redis === undefined ? undefined : new Redis(redis, { retryStrategy: () => 50 });
client?.on("error", () => {});

const failures: string[] = [];
const fail = (error: unknown) => void failures.push(String(error));
process.on("unhandledRejection", fail);
process.on("uncaughtException", fail);

const wx = new Wechat({
  token: account.token,
  ...(client === undefined ? {} : { store: new RedisStore(client) }),
});
/** `"8000"` takes so many milliseconds and answers with the process that it ran in. */
wx.on("text", async (ctx) => {
  process.send?.({ began: ctx.message.Content });
  await sleep(Number(ctx.message.Content));
  return `pid ${process.pid}`;
});

const app = new Koa();
app.on("error", fail);
app.use(wx.middleware());
const server = createServer(app.callback());
// As many may wait to be let in as this machine allows.
server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

const loop = monitorEventLoopDelay({ resolution: 10 });
loop.enable();
process.on("message", async () => {
  const stall = loop.max / 1e6;
  // What a closed socket leaves behind goes in several rounds.
  for (let round = 1; round <= 3; round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  server.getConnections((_, connections) => {
    process.send?.({ memory: heapUsed + external, connections, stall, failures });
    // Collecting garbage is not to count as a stall.
    setImmediate(() => loop.reset());
  });
});
process.on("disconnect", () => process.exit());
