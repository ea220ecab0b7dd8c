import { expect } from "chai";
import { limit } from "../../src/plugins/limit.js";
import { limiterIn } from "../../src/plugins/limiter.js";
import { MemoryStore } from "../../src/store/memory.js";
import { Wechat } from "../../src/wechat.js";
import { account, signedQuery } from "../support/push.js";
import { useRedis } from "../support/redis-store.js";
import { bot, clickOf, pushXml, say, textOf } from "./support.js";

const limits = { points: 2, window: 60_000, block: 0 };
const tooFast = "您发得太快了，请稍后再试。";

describe("limit()", () => {
  it("answers a user so often in a window, and others all the same", async () => {
    let now = 1_000;
    const store = new MemoryStore({ now: () => now });
    const wx = bot({ store })
      .use(limit({ points: 2, window: 60_000 }))
      .on("text", () => "ok");
    const said = async (user: string) => say(wx, textOf(user, "?"));
    expect([await said("alice"), await said("alice"), await said("alice")]).to.deep.equal([
      "ok",
      "ok",
      tooFast,
    ]);
    expect(await said("bob")).to.equal("ok");
    now = 60_999;
    expect(await said("alice")).to.equal(tooFast);
    now = 61_001;
    expect(await said("alice")).to.equal("ok");
  });

  it("gives the answer of the bot's choice, blocks, and lets some messages cost more or nothing", async () => {
    let now = 1_000;
    const waits: number[] = [];
    const wx = bot({ store: new MemoryStore({ now: () => now }) })
      .use(
        limit({
          points: 3,
          window: 10_000,
          block: 100_000,
          cost: (ctx) => (ctx.text === "free" ? 0 : ctx.text === "draw" ? 2 : 1),
          onExceeded: (ctx, { retryAfter }) => {
            waits.push(retryAfter);
            return `${ctx.openid} 请稍等`;
          },
        }),
      )
      .on("text", (ctx) => ctx.text);
    const said = (text: string) => say(wx, textOf("alice", text));
    expect(await said("draw")).to.equal("draw");
    expect(await said("free")).to.equal("free");
    expect(await said("draw")).to.equal("alice 请稍等");
    now = 100_000;
    expect(await said("a")).to.equal("alice 请稍等");
    expect(await said("free")).to.equal("free");
    now = 101_001;
    expect(await said("a")).to.equal("a");
    expect(waits).to.deep.equal([100_000, 1_000]);
  });

  it("counts taps, and no reports", async () => {
    const wx = bot()
      .use(limit({ points: 1, window: 60_000 }))
      .use(() => "ok");
    const place = { Latitude: "1", Longitude: "2", Precision: "3" };
    for (let count = 0; count < 3; count += 1) {
      expect(
        await say(wx, pushXml("alice", { MsgType: "event", Event: "LOCATION", ...place })),
      ).to.equal("ok");
    }
    expect(await say(wx, clickOf("alice", "k"))).to.equal("ok");
    expect(await say(wx, clickOf("alice", "k"))).to.equal(tooFast);
  });

  it("counts a push once however often it is delivered", async () => {
    let runs = 0;
    const wx = bot()
      .use(limit({ points: 2, window: 60_000 }))
      .on("text", async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 80));
        return "ok";
      });
    const body = textOf("alice", "?");
    const deliveries = [body, body, body].map((one) => say(wx, one));
    expect(await Promise.all(deliveries)).to.deep.equal(["ok", "ok", "ok"]);
    expect(await say(wx, textOf("alice", "?"))).to.equal("ok");
    expect(await say(wx, textOf("alice", "?"))).to.equal(tooFast);
    expect(runs).to.equal(2);
  });

  it("counts a push once that runs again in another process, with the same outcome", async () => {
    const store = new MemoryStore();
    const one = await limiterIn(store, "limit", limits);
    const other = await limiterIn(store, "limit", limits);
    const exceeded = async (limiter: typeof one, push: string) =>
      (await limiter.consume("alice", 1, push)).isExceeded;
    for (const limiter of [one, other]) {
      expect(await exceeded(limiter, "push 1")).to.equal(false);
      expect(await exceeded(limiter, "push 2")).to.equal(false);
      expect(await exceeded(limiter, "push 3")).to.equal(true);
    }
    expect(await exceeded(other, "push 2")).to.equal(false);
  });

  it("keeps accounts apart, and limits of another name", async () => {
    const { token } = account;
    const accounts = new Wechat(({ params }) => ({ token, appId: `wx${params.id}` }));
    accounts
      .use(limit({ points: 1, window: 60_000 }))
      .use(limit({ points: 5, window: 3_600_000, name: "hourly" }))
      .on("text", () => "ok");
    const said = async (id: string) => {
      const { body } = await accounts.receive({
        method: "POST",
        query: signedQuery(),
        params: { id },
        body: textOf("alice", "?"),
      });
      return /CDATA\[(ok|您发[^\]]*)\]/.exec(body)?.[1];
    };
    expect([await said("1"), await said("1"), await said("2")]).to.deep.equal([
      "ok",
      tooFast,
      "ok",
    ]);
  });

  it("holds no more than its store does, whoever writes, and no timers", async () => {
    const store = new MemoryStore({ max: 100 });
    const limiter = await limiterIn(store, "limit", limits);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout");
    const before = timers().length;
    for (let user = 0; user < 5_000; user += 1) await limiter.consume(`o${user}`, 1, `p${user}`);
    for (let push = 0; push < 500; push += 1) await limiter.consume("flood", 1, `f${push}`);
    expect(store.size).to.be.at.most(100);
    expect((await store.get("limit:{flood}"))?.length).to.be.below(1_000);
    expect(timers().length).to.equal(before);
  });

  it("refuses options that are wrong", () => {
    const wrong = (options: object) => () => limit(options as never);
    expect(wrong({ points: 0, window: 60_000 })).to.throw(
      /"points" of limit\(\) must be a whole number/,
    );
    expect(wrong({ points: 1, window: "60000" })).to.throw(/"window" .* of milliseconds/);
    expect(wrong({ points: 1, window: 60_000, onExceeded: "no" })).to.throw(/must be a function/);
    expect(wrong({ points: 1, windows: 60_000 })).to.throw(/"windows".*"window"/);
    expect(wrong({ points: 1, window: 60 })).to.throw(/"window" .* at least 1000, got 60/);
    expect(wrong({ points: 1, duration: 60 })).to.throw(/"duration".*"window", in milliseconds/);
    expect(wrong({ points: 1, window: 60_000, blockDuration: 60 })).to.throw(
      /"blockDuration".*"block", in milliseconds/,
    );
    expect(wrong({ points: 1, window: 60_000, name: "" })).to.throw(/"name"/);
  });

  describe("with a store that processes share", () => {
    const redis = useRedis({ maxRetriesPerRequest: 1 });
    const storeOf = () => redis.store({ timeout: 300 });

    it("is one limit for all of them", async () => {
      const bots = [storeOf(), storeOf()].map((store) =>
        bot({ store })
          .use(limit({ points: 5, window: 60_000 }))
          .on("text", () => "ok"),
      );
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, at) => say(bots[at % 2] as Wechat, textOf("carol", "?"))),
      );
      expect(answers.filter((answer) => answer === "ok")).to.have.length(5);
      for (const wx of bots) await wx.close();
    });

    it("goes on in memory while the store is away", async () => {
      const limiter = await limiterIn(storeOf(), "limit", limits);
      await limiter.consume("dave", 1, "1");
      redis.pause();
      const outcomes: boolean[] = [];
      for (const push of ["2", "3", "4"]) {
        outcomes.push((await limiter.consume("dave", 1, push)).isExceeded);
      }
      redis.resume();
      expect(outcomes).to.deep.equal([false, false, true]);
    });
  });
});
