import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { WechatError } from "../../../src/errors.js";
import { reply } from "../../../src/message/reply.js";
import { type SessionOptions, session } from "../../../src/plugins/session/session.js";
import type { Context } from "../../../src/router/context.js";
import { MemoryStore } from "../../../src/store/memory.js";
import type { Store } from "../../../src/store/store.js";
import { signedQuery } from "../../support/push.js";
import { type Bot, bot, clickOf, say, textOf } from "../support.js";

interface Counter {
  count: number;
  note?: string;
}

const line = "wxba5fad812f8e6fb9:user:session:line:{alice}";
const options: SessionOptions<Counter> = { initial: () => ({ count: 0 }) };

/** What several processes share: the same store seen by several bots. */
class Shared implements Store {
  readonly shared = true;
  readonly calls: string[] = [];
  readonly #inner = new MemoryStore();
  /** Runs before a call, and may hold it up or fail it. */
  before: (call: string, key: string) => void | Promise<void> = () => {};

  get: Store["get"] = (key) => this.#do("get", key, () => this.#inner.get(key));
  set: Store["set"] = (key, ...more) => this.#do("set", key, () => this.#inner.set(key, ...more));
  delete: Store["delete"] = (key) => this.#do("delete", key, () => this.#inner.delete(key));
  claim: Store["claim"] = (key, ...more) =>
    this.#do("claim", key, () => this.#inner.claim(key, ...more));
  replace: Store["replace"] = (key, ...more) =>
    this.#do("replace", key, () => this.#inner.replace(key, ...more));
  compareAndDelete: Store["compareAndDelete"] = (key, value) =>
    this.#do("compareAndDelete", key, () => this.#inner.compareAndDelete(key, value));
  enter: Store["enter"] = (key, ...more) =>
    this.#do("enter", key, () => this.#inner.enter(key, ...more));
  exchange: Store["exchange"] = (key, ...more) =>
    this.#do("exchange", key, () => this.#inner.exchange(key, ...more));
  listen: Store["listen"] = (...given) => this.#inner.listen(...given);
  schedule: Store["schedule"] = (list, ...more) =>
    this.#do("schedule", list, () => this.#inner.schedule(list, ...more));
  due: Store["due"] = (list, ...more) =>
    this.#do("due", list, () => this.#inner.due(list, ...more));

  async #do<T>(call: string, key: string, work: () => Promise<T>): Promise<T> {
    if (key.includes(":session:")) this.calls.push(`${call} ${key.replace(/^.*:user:/, "")}`);
    await this.before(call, key);
    return work();
  }
}

/** A bot that counts texts, keeps errors, and does what a text asks for. */
function counter(store: Store = new MemoryStore(), more: Partial<SessionOptions<Counter>> = {}) {
  const errors: Error[] = [];
  const wx = bot({ store }).use(session({ ...options, ...more }));
  wx.catch((error) => {
    errors.push(error);
    return `error ${error instanceof WechatError ? error.code : error.message}`;
  });
  wx.onText("look", (ctx) => String(ctx.session.count));
  wx.onText(/^slow (\d+)$/, async (ctx) => {
    ctx.session.count += 1;
    await sleep(Number(ctx.match[1]));
    return String(ctx.session.count);
  });
  wx.onText("fail", (ctx) => {
    ctx.session.count = 1_000;
    throw new Error("broken");
  });
  wx.on("text", (ctx) => String(++ctx.session.count));
  return { wx, errors };
}

describe("session()", () => {
  it("remembers each user for itself", async () => {
    const { wx } = counter();
    expect(await say(wx, textOf("alice", "a"))).to.equal("1");
    expect(await say(wx, textOf("alice", "b"))).to.equal("2");
    expect(await say(wx, textOf("bob", "a"))).to.equal("1");
  });

  it("keeps two accounts with the same openid apart in one store", async () => {
    const store = new MemoryStore();
    const [one, other] = ["wx1", "wx2"].map((appId) =>
      bot({ store, appId })
        .use(session(options))
        .on("text", (ctx) => String(++ctx.session.count)),
    );
    if (one === undefined || other === undefined) throw new Error();
    expect(await say(one, textOf("alice", "a"))).to.equal("1");
    expect(await say(other, textOf("alice", "a"))).to.equal("1");
    expect(await say(one, textOf("alice", "a"))).to.equal("2");
  });

  it("makes no push wait that needs not where the store is this process's memory", async () => {
    const turnsOf = async (wx: Bot) => {
      let isAnswered = false;
      const answered = say(wx, textOf("alice", "a")).then(() => {
        isAnswered = true;
      });
      let turns = 0;
      for (; !isAnswered; turns += 1) await undefined;
      await answered;
      return turns;
    };
    const plain = bot({}).on("text", () => "1");
    expect(await turnsOf(counter().wx)).to.equal(await turnsOf(plain));
  });

  for (const how of ["rejects", "throws"]) {
    it(`keeps nobody waiting behind a push for which the store ${how}`, async () => {
      class Failing extends MemoryStore {
        left = 1;
        override get(key: string): Promise<string | undefined> {
          if (!key.includes(":session:") || this.left-- <= 0) return super.get(key);
          if (how === "rejects") return Promise.reject(new Error("unreadable"));
          throw new Error("unreadable");
        }
      }
      const { wx } = counter(new Failing(), { wait: 200 });
      expect(await say(wx, textOf("alice", "a"))).to.equal("error WX_SESSION");
      expect(await say(wx, textOf("alice", "a"))).to.equal("1");
    });
  }

  it("keeps what is called then", async () => {
    const name = "then";
    const wx = bot({}).use(session({ initial: () => ({ [name]: "umbrella" }) }));
    wx.on("text", (ctx) => {
      ctx.session[name] += "!";
      return ctx.session[name];
    });
    expect(await say(wx, textOf("alice", "a"))).to.equal("umbrella!");
    expect(await say(wx, textOf("alice", "a"))).to.equal("umbrella!!");
  });

  it("handles the messages of one user one after the other, in their order", async () => {
    const { wx } = counter();
    const sent = Array.from({ length: 20 }, () => say(wx, textOf("alice", "slow 2")));
    expect(await Promise.all(sent)).to.deep.equal(sent.map((_, index) => String(index + 1)));
  });

  it("lets different users be handled at the same time", async () => {
    const { wx } = counter();
    const slow = say(wx, textOf("alice", "slow 200"));
    const begun = performance.now();
    await say(wx, textOf("bob", "a"));
    expect(performance.now() - begun).to.be.below(150);
    await slow;
  });

  it("loses no write of several processes", async () => {
    const store = new Shared();
    const bots = [1, 2, 3, 4].map(() => counter(store));
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const { wx } = bots[index % 4] as (typeof bots)[number];
        return say(wx, textOf("alice", "slow 1"));
      }),
    );
    expect(bots.flatMap(({ errors }) => errors)).to.deep.equal([]);
    expect(await say((bots[0] as (typeof bots)[number]).wx, textOf("alice", "look"))).to.equal(
      "40",
    );
  });

  it("writes nothing when the handler fails", async () => {
    const { wx } = counter();
    await say(wx, textOf("alice", "a"));
    expect(await say(wx, textOf("alice", "fail"))).to.equal("error broken");
    expect(await say(wx, textOf("alice", "look"))).to.equal("1");
  });

  it("keeps what was changed where the error was caught before it reached the session", async () => {
    const wx = bot({}).use(session(options));
    wx.use(async (_ctx, next) => {
      try {
        return await next();
      } catch {
        return "caught";
      }
    });
    wx.on("text", (ctx) => {
      if (ctx.text === "look") return String(ctx.session.count);
      ctx.session.count += 1;
      throw new Error("broken");
    });
    expect(await say(wx, textOf("alice", "a"))).to.equal("caught");
    expect(await say(wx, textOf("alice", "look"))).to.equal("1");
  });

  it("writes what a handler assigns, and nothing for a user who changed nothing", async () => {
    const store = new Shared();
    const wx = bot({ store }).use(session(options));
    wx.onText("reset", (ctx) => {
      ctx.session = { count: 0, note: "new" };
    });
    wx.on("text", (ctx) => ctx.session.note ?? "none");
    expect(await say(wx, textOf("alice", "a"))).to.equal("none");
    expect(store.calls.filter((call) => call.startsWith("set"))).to.deep.equal([]);
    await say(wx, textOf("alice", "reset"));
    expect(await say(wx, textOf("alice", "a"))).to.equal("new");
  });

  it("forgets after ttl, counted from the last push", async () => {
    const { wx } = counter(new MemoryStore(), { ttl: 80 });
    await say(wx, textOf("alice", "a"));
    await sleep(50);
    expect(await say(wx, textOf("alice", "look"))).to.equal("1");
    await sleep(50);
    expect(await say(wx, textOf("alice", "look"))).to.equal("1");
    await sleep(100);
    expect(await say(wx, textOf("alice", "look"))).to.equal("0");
    expect(await say(wx, textOf("alice", "a"))).to.equal("1");
  });

  it("migrates what an earlier version has stored", async () => {
    const store = new MemoryStore();
    const old = bot({ store }).use(session({ initial: () => ({ total: 7 }) }));
    old.on("text", (ctx) => String(++ctx.session.total));
    await say(old, textOf("alice", "a"));
    const from: unknown[] = [];
    const { wx } = counter(store, {
      version: 2,
      migrate: (stored, version) => {
        from.push(stored, version);
        return { count: (stored as { total: number }).total };
      },
    });
    expect(await say(wx, textOf("alice", "look"))).to.equal("8");
    expect(await say(wx, textOf("alice", "a"))).to.equal("9");
    expect(from).to.deep.equal([{ total: 8 }, 1]);
  });

  it("begins with what is read from elsewhere, as from the bot that was here before", async () => {
    const before = new Map([["alice", 7]]);
    const initial = async (ctx: Context) => ({ count: before.get(ctx.openid) ?? 0 });
    const wx = bot()
      .use(session({ initial }))
      .on("text", (ctx) => String(++ctx.session.count));
    expect(await say(wx, textOf("alice", "a"))).to.equal("8");
    expect(await say(wx, textOf("bob", "a"))).to.equal("1");
    before.clear();
    expect(await say(wx, textOf("alice", "b")), "it is the session from now on").to.equal("9");
  });

  it("waits for a migration that reads, and fails with one that fails", async () => {
    const store = new MemoryStore();
    const old = bot({ store }).use(session({ initial: () => ({ total: 7 }) }));
    await say(
      old.on("text", (ctx) => String(++ctx.session.total)),
      textOf("alice", "a"),
    );
    let isAway = true;
    const { wx, errors } = counter(store, {
      version: 2,
      migrate: async (stored) => {
        if (isAway) throw new Error("away");
        return { count: (stored as { total: number }).total };
      },
    });
    expect(await say(wx, textOf("alice", "a"))).to.equal("error away");
    isAway = false;
    expect(await say(wx, textOf("alice", "b"))).to.equal("9");
    expect(errors).to.have.length(1);
  });

  it("begins anew without migrate, and leaves alone what a later version has stored", async () => {
    const store = new MemoryStore();
    await say(counter(store, { version: 2 }).wx, textOf("alice", "a"));
    const { wx } = counter(store, { version: 1 });
    expect(await say(wx, textOf("alice", "a"))).to.equal("error WX_SESSION");
    expect(await say(counter(store, { version: 2 }).wx, textOf("alice", "look"))).to.equal("1");
    expect(await say(counter(store, { version: 3 }).wx, textOf("alice", "look"))).to.equal("0");
  });

  it("waits no longer than wait for an earlier message", async () => {
    const { wx } = counter(new MemoryStore(), { wait: 50 });
    const slow = say(wx, textOf("alice", "slow 150"));
    expect(await say(wx, textOf("alice", "a"))).to.equal("error WX_SESSION");
    expect(await slow).to.equal("1");
    expect(await say(wx, textOf("alice", "a"))).to.equal("2");
  });

  it("lets no more than a hundred messages of one user wait", async () => {
    const { wx } = counter();
    const sent = Array.from({ length: 102 }, (_, index) =>
      say(wx, textOf("alice", index === 0 ? "slow 100" : "a")),
    );
    const replies = await Promise.all(sent);
    expect(replies.filter((text) => text === "error WX_SESSION")).to.have.length(1);
    expect(replies).to.include("101");
  });

  it("waits no longer for another process either", async () => {
    const store = new Shared();
    const slow = say(counter(store).wx, textOf("alice", "slow 150"));
    await sleep(20);
    const { wx } = counter(store, { wait: 50 });
    expect(await say(wx, textOf("alice", "a"))).to.equal("error WX_SESSION");
    await slow;
  });

  it("takes over from a process that died, when its lease is over", async () => {
    const store = new Shared();
    const dead = counter(store, { lease: 120 });
    store.before = (call, key) =>
      // Neither renewed nor given back: the process is gone.
      /^(exchange|compareAndDelete)$/.test(call) && key.includes(":line:")
        ? new Promise(() => {})
        : undefined;
    void say(dead.wx, textOf("alice", "a"));
    await sleep(30);
    store.before = () => {};
    const begun = performance.now();
    expect(await say(counter(store).wx, textOf("alice", "a"))).to.equal("2");
    expect(performance.now() - begun).to.be.within(40, 1_000);
  });

  it("keeps its turn for as long as a handler takes", async () => {
    const store = new Shared();
    const [one, other] = [counter(store, { lease: 60 }), counter(store, { lease: 60 })];
    const slow = say(one.wx, textOf("alice", "slow 250"));
    await sleep(20);
    expect(await say(other.wx, textOf("alice", "a"))).to.equal("2");
    expect(await slow).to.equal("1");
    expect([...one.errors, ...other.errors]).to.deep.equal([]);
  });

  it("does not let a process that stood still overwrite what came after", async () => {
    const store = new Shared();
    const stalled = counter(store, { lease: 60 });
    const slow = say(stalled.wx, textOf("alice", "slow 250"));
    await sleep(20);
    // As if the event loop had stopped: no renewal reaches the store, and the lease runs out.
    store.before = (call, key) =>
      call === "exchange" && key.includes(":line:") ? new Promise(() => {}) : undefined;
    await sleep(80);
    await store.delete(line);
    const { wx } = counter(store);
    expect(await say(wx, textOf("alice", "a"))).to.equal("1");
    expect(await slow).to.equal("error WX_SESSION");
    expect(await say(wx, textOf("alice", "look"))).to.equal("1");
  });

  it("does not let even the write itself overtake another", async () => {
    const store = new Shared();
    const stalled = counter(store, { lease: 60 });
    let go = () => {};
    store.before = (call, key) => {
      if (call !== "enter" || !key.includes(":data:")) return undefined;
      store.before = () => {};
      return new Promise((resolve) => {
        go = resolve;
      });
    };
    const first = say(stalled.wx, textOf("alice", "a"));
    await sleep(20);
    // Its lock is gone, though it believes to have it.
    await store.delete(line);
    const { wx } = counter(store);
    expect(await say(wx, textOf("alice", "a"))).to.equal("1");
    go();
    expect(await first).to.equal("error WX_SESSION");
    expect(await say(wx, textOf("alice", "a"))).to.equal("2");
  });

  it("fails while the shared store is away, and has every session again afterwards", async () => {
    const store = new Shared();
    const { wx, errors } = counter(store);
    for (const text of ["a", "b", "c"]) await say(wx, textOf("alice", text));
    store.before = () => Promise.reject(new Error("down"));
    expect(await say(wx, textOf("alice", "d"))).to.equal("error WX_SESSION");
    expect(await say(wx, textOf("bob", "a"))).to.equal("error WX_SESSION");
    expect(errors[0]?.message).to.include("The shared store is away");
    store.before = () => {};
    const back = async () => {
      for (;;) {
        const answer = await say(wx, textOf("alice", "e"));
        if (!answer.startsWith("error")) return answer;
        await sleep(50);
      }
    };
    expect(await back()).to.equal("4");
    expect(await say(counter(store).wx, textOf("alice", "f"))).to.equal("5");
    expect(await say(wx, textOf("alice", "g"))).to.equal("6");
    expect(await say(wx, textOf("bob", "b"))).to.equal("1");
  });

  it("writes nothing when the store goes away while the handler is at work", async () => {
    const store = new Shared();
    const { wx } = counter(store, { lease: 200 });
    await say(wx, textOf("alice", "a"));
    const slow = say(wx, textOf("alice", "slow 60"));
    await sleep(30);
    store.before = () => Promise.reject(new Error("down"));
    expect(await slow).to.equal("error WX_SESSION");
    store.before = () => {};
    expect(await say(counter(store).wx, textOf("alice", "look"))).to.equal("1");
    await sleep(1_050);
    await say(wx, textOf("carol", "a"));
    expect(await say(wx, textOf("alice", "b"))).to.equal("2");
    expect(await say(counter(store).wx, textOf("alice", "c"))).to.equal("3");
  });

  it("counts a push once that runs again after its process has died", async () => {
    const store = new Shared();
    const body = textOf("alice", "a");
    const push = () => ({ method: "POST", query: signedQuery(), body });
    // Two bots with a delivery of their own, as if the first one's outcome had been lost.
    const own = () => {
      const errors: Error[] = [];
      const wx = bot({ store, dedupeKey: () => String(Math.random()) }).use(session(options));
      wx.catch((error) => void errors.push(error));
      wx.on("text", (ctx) => reply.text(`now ${++ctx.session.count}`));
      return wx;
    };
    const first = await own().receive(push());
    const again = await own().receive(push());
    expect(again.body.replace(/<CreateTime>\d+/, "")).to.equal(
      first.body.replace(/<CreateTime>\d+/, ""),
    );
    expect(again.body).to.include("now 1");
    expect(await say(own(), textOf("alice", "b"))).to.equal("now 2");
  });

  it("gives the turn back, and writes nothing, when the run is given up", async () => {
    const errors: Error[] = [];
    const wx = bot({
      deadline: { ms: 30, attempts: 1, maxRun: 40, late: "drop" },
    }).use(session(options));
    wx.catch((error) => void errors.push(error));
    wx.onText("stuck", async (ctx) => {
      ctx.session.count = 100;
      await sleep(300);
    });
    wx.on("text", (ctx) => String(++ctx.session.count));
    void say(wx, textOf("alice", "stuck"));
    await sleep(80);
    expect(await say(wx, textOf("alice", "a"))).to.equal("1");
    await sleep(250);
    expect(await say(wx, textOf("alice", "a"))).to.equal("2");
  });

  it("takes part in events too", async () => {
    const { wx } = counter();
    wx.onClick((ctx) => `click ${++ctx.session.count}`);
    await say(wx, textOf("alice", "a"));
    expect(await say(wx, clickOf("alice", "K"))).to.equal("click 2");
  });

  it("says what is wrong with a session that cannot be stored", async () => {
    const errors: Error[] = [];
    const wx = bot().use(session({ initial: () => ({ self: undefined as unknown }) }));
    wx.catch((error) => void errors.push(error));
    wx.on("text", (ctx) => {
      ctx.session.self = ctx.session;
    });
    await say(wx, textOf("alice", "a"));
    expect(errors[0]).to.have.property("code", "WX_SESSION");
    expect(errors[0]?.message).to.include("JSON");
  });

  it("leaves alone what is no session", async () => {
    const store = new MemoryStore();
    const ours = { revision: 1, version: 1, data: { count: 1 } };
    const halves = [5, [null], "abc"].map((answered) => JSON.stringify({ ...ours, answered }));
    for (const value of ["{}", "not JSON", "[]", "null", ...halves]) {
      await store.set("wxba5fad812f8e6fb9:user:session:data:{alice}", value, 60_000);
      const { wx, errors } = counter(store);
      expect(await say(wx, textOf("alice", "a"))).to.equal("error WX_SESSION");
      expect(errors[0]?.message).to.include("was not written by session()").and.not.include(value);
    }
  });

  it("refuses a session that is no object", async () => {
    const errors: Error[] = [];
    const wx = bot().use(session(options));
    wx.catch((error) => void errors.push(error));
    wx.on("text", (ctx) => {
      ctx.session = null as never;
    });
    await say(wx, textOf("alice", "a"));
    expect(errors[0]?.message).to.include("must be an object, got null");
  });

  it("refuses to be used twice, and options that it does not know", async () => {
    const errors: Error[] = [];
    const wx = bot().use(session(options)).use(session(options));
    wx.catch((error) => void errors.push(error));
    await say(wx, textOf("alice", "a"));
    expect(errors[0]?.message).to.include("used twice");
    expect(() => session({ ...options, ttl: 0 })).to.throw("milliseconds above 0");
    expect(() => session({ ...options, ...{ tttl: 1 } })).to.throw('Did you mean "ttl"?');
    expect(() => session({ ...options, version: 1.5 })).to.throw("whole number");
    expect(() => session({ initial: {} as never })).to.throw("initial");
  });

  it("gives every lock back", async () => {
    const store = new Shared();
    const { wx } = counter(store);
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => say(wx, textOf(`user${index}`, "a"))),
    );
    const locks = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        store.get(`wxba5fad812f8e6fb9:user:session:line:{user${index}}`),
      ),
    );
    expect(locks.filter((lock) => lock !== undefined)).to.deep.equal([]);
  });
});
