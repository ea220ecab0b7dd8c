// One of the processes behind fleet.test.ts: a Runs on a shared Redis behind a tiny HTTP server.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { Runs } from "../../src/runs/runs.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { RedisStore } from "../../src/store/redis/redis.js";
import { text } from "./support.js";

const url = process.argv[2] as string;
const client = new Redis(url);
// What happened goes to Redis by a connection of its own, so that it survives a SIGKILL.
const journal = new Redis(url);

const delivery = new Runs({
  store: new FallbackStore(new RedisStore(client)),
  // WeChat's times, ten times as fast; but a lease outlasts what a busy machine may stall.
  deadline: { ms: 450, attempts: 3, lease: 1_500, maxRun: 10_000, late: "send" },
});
process.on("unhandledRejection", (reason) => {
  void journal.rpush("unhandled", String(reason)).then(() => process.exit(1));
});

const server = createServer((request, response) => {
  const arrived = delivery.clock.now();
  const query = new URL(request.url ?? "", "http://localhost").searchParams;
  const key = query.get("key") as string;
  const work = {
    key,
    to: { openid: "alice" },
    start: async () => {
      await journal.rpush("runs", `${key} ${process.pid}`);
      await new Promise((resolve) => setTimeout(resolve, Number(query.get("takes"))));
      return text(`answer of ${process.pid}`);
    },
    placeholder: async () => text("placeholder"),
    deliverLate: async (_reply: unknown, _run: unknown, claim: () => Promise<boolean>) => {
      if (await claim()) await journal.rpush("late", key);
    },
  };
  const closed = {
    get aborted() {
      return response.destroyed;
    },
  };
  void Promise.resolve(delivery.answer(work, { arrived, closed })).then((answer) => {
    if (answer === "abandoned") return;
    response.end(answer?.type === "text" ? answer.content : "");
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
