import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { send, signedQuery, textXml } from "../support/push.js";
import { message, type RunningBot, startBot, startChild } from "./start-bot.js";

/** Connections that one process may have here, some left for what else it opens. */
const files = Number(execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }));
const room = Number.isNaN(files) ? 10_000 : Math.min(10_000, files - 500);

describe("wx.middleware(): a bot with a crowd at its door", function () {
  this.timeout(60_000);
  let bot: RunningBot;
  before(async () => {
    bot = await startBot();
  });
  after(() => bot.kill());

  /** Pushes one after the other and gives how long the slowest took. */
  const pushes = async (count: number): Promise<number> => {
    let slowest = 0;
    for (let index = 0; index < count; index += 1) {
      const begun = performance.now();
      const { body } = await send(bot.address, { query: signedQuery(), body: textXml("0") });
      expect(body).to.include(`pid ${bot.pid}`);
      slowest = Math.max(slowest, performance.now() - begun);
    }
    return slowest;
  };

  /** Has so many connections opened that say `words` and no more, and closes them after `work`. */
  const crowded = async (count: number, words: string, work: () => Promise<void>) => {
    const { port } = bot.address;
    const clients = await startChild("crowd-clients.ts", [String(port), String(count), words]);
    try {
      const { open } = await message<{ open: number }>(clients, "open");
      expect(open).to.equal(count);
      await work();
    } finally {
      const exit = once(clients, "exit");
      if (clients.connected) clients.send("close");
      await exit;
    }
  };

  /** Asks until the bot has so many connections. */
  const until = async (is: (connections: number) => boolean) => {
    for (;;) {
      const state = await bot.state();
      if (is(state.connections)) return state;
      await sleep(50);
    }
  };
  const full = (count: number) => until((connections) => connections >= count);
  const empty = () => until((connections) => connections === 0);

  it("answers pushes at once while ten thousand connections are idle, and has its memory back afterwards", async () => {
    expect(room).to.be.greaterThan(1_000);
    await pushes(100);
    const before = await empty();
    await crowded(room, "", async () => {
      // What letting them in has cost is not what is measured here.
      const { memory } = await full(room);
      expect(memory).to.be.greaterThan(before.memory);
      expect(await pushes(200)).to.be.lessThan(2_500);
      const { stall } = await bot.state();
      expect(stall).to.be.lessThan(1_000);
    });
    const after = await empty();
    expect((after.memory - before.memory) / 2 ** 20).to.be.lessThan(10);
    expect(after.failures).to.deep.equal([]);
  });

  it("answers pushes at once while a thousand connections have sent half a request", async () => {
    const words = "POST /wechat?signature=x HTTP/1.1\r\nHost: x\r\nX-Slow";
    await crowded(1_000, words, async () => {
      await full(1_000);
      expect(await pushes(100)).to.be.lessThan(2_500);
      const { connections, stall } = await bot.state();
      expect(connections).to.be.at.least(1_000);
      expect(stall).to.be.lessThan(1_000);
    });
    expect((await empty()).failures).to.deep.equal([]);
  });
});
