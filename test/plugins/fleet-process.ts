// One of the processes behind fleet.test.ts: a bot that counts clicks and holds a dialogue.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { answer } from "../../src/plugins/flow/answer.js";
import { flow } from "../../src/plugins/flow/flow.js";
import { type SessionFlavor, session } from "../../src/plugins/session/session.js";
import { RedisStore } from "../../src/store/redis/redis.js";
import { bot } from "./support.js";

interface Tally {
  clicks: number;
  orders: string[];
}

/** What a handler waits for in real life: long enough for another message to overtake it. */
const work = () => sleep(Math.random() * 4);

const order = flow<SessionFlavor<Tally>>("order")
  .ask("name", "name?", async (ctx) => {
    await work();
    return answer.text()(ctx);
  })
  .ask(
    "guests",
    ({ answers }) => `${answers.name}, how many?`,
    answer.number({ again: "a number" }),
  )
  .choose("seat", "where?", ["hall", "room"])
  .branch("seat", { room: (way) => way.ask("hours", "how long?", answer.number()) })
  .done(async ({ answers, session }) => {
    await work();
    session.orders.push(Object.values(answers).join(" "));
    return `order ${session.orders.length}`;
  });

const [url = "", baseUrl = ""] = process.argv.slice(2);
const wx = bot({
  appSecret: "secret",
  api: { baseUrl },
  store: new RedisStore(new Redis(url)),
  deadline: { lease: 1_500 },
})
  .use(session({ initial: (): Tally => ({ clicks: 0, orders: [] }), lease: 1_500 }))
  .use(order);
wx.onText("go", order.start);
wx.onClick(async (ctx) => {
  const { clicks } = ctx.session;
  await ctx.api.tokens.get();
  await work();
  ctx.session.clicks = clicks + 1;
  return "counted";
});
wx.catch((error) => {
  process.send?.({ error: String(error) });
  return `failed: ${error.message}`;
});

const server = createServer(async (request, response) => {
  const query = new URL(request.url ?? "", "http://localhost").searchParams;
  const { body } = await wx.receive({ method: "POST", query, body: await text(request) });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
