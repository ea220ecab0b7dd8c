import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import type { Answer } from "../../src/runs/deliveries/waiters.js";
import { Runs } from "../../src/runs/runs.js";
import { FallbackStore } from "../../src/store/fallback.js";
import { Peer } from "../../src/store/peer.js";
import { RedisStore } from "../../src/store/redis/redis.js";
import { type RedisServer, startRedis } from "../support/redis.js";
import { failOnUnhandledRejections } from "../support/unhandled.js";
import { said, text } from "./support.js";

describe("Runs: two processes whose Redis goes away and comes back", () => {
  failOnUnhandledRejections();
  let redis: RedisServer;
  const clients: Redis[] = [];
  const warnings: string[] = [];

  const process = () => {
    const client = new Redis(redis.url, { retryStrategy: () => 50 });
    // The application's to listen to; ioredis would print it otherwise.
    client.on("error", () => {});
    clients.push(client);
    const store = new FallbackStore(new RedisStore(client, { timeout: 100 }), {
      warn: (message) => warnings.push(message),
      patience: 100,
    });
    const warn = (message: string) => void warnings.push(`delivery: ${message}`);
    return new Runs({
      store,
      peer: new Peer(),
      deadline: { ms: 1_000, lease: 400, late: "send" },
      warn,
    });
  };

  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    for (const client of clients) client.disconnect();
    await redis.stop();
  });

  it("still answer every push in time, with one warning each, and share again afterwards", async function () {
    this.timeout(8_000);
    const [a, b] = [process(), process()];
    let runs = 0;
    const push = async (delivery: Runs, key: string): Promise<[unknown, number]> => {
      const arrived = delivery.clock.now();
      const work = {
        key,
        to: { openid: "alice" },
        start: async () => {
          runs += 1;
          await sleep(50);
          return text(key);
        },
        placeholder: async () => undefined,
        deliverLate: async () => {},
      };
      const answer: Answer = await delivery.answer(work, { arrived });
      return [said(answer), delivery.clock.now() - arrived];
    };

    expect((await push(a, "before"))[0]).to.equal("before");
    expect((await push(b, "before"))[0]).to.equal("before");
    expect(runs).to.equal(1);

    await redis.kill();
    for (let index = 0; index < 8; index += 1) {
      for (const delivery of [a, b]) {
        const [answer, took] = await push(delivery, `during:${index}`);
        expect(answer).to.equal(`during:${index}`);
        expect(took).to.be.below(500);
      }
      await sleep(50);
    }

    expect(warnings).to.have.length(2);
    expect(warnings.filter((warning) => warning.startsWith("delivery"))).to.deep.equal([]);

    await redis.restart();
    await sleep(1_200);
    // One call notices that Redis is back.
    for (const delivery of [a, b]) await push(delivery, "noticing");
    await sleep(100);
    runs = 0;
    for (const delivery of [a, b]) expect((await push(delivery, "after"))[0]).to.equal("after");
    expect(runs).to.equal(1);
    expect(warnings.slice(2).map((warning) => /is back/.exec(warning)?.[0])).to.deep.equal([
      "is back",
      "is back",
    ]);
  });
});
