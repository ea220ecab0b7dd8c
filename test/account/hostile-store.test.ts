import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { answer, flow, RedisStore, session, Wechat, WechatError } from "../../src/index.js";
import { MemoryStore } from "../../src/store/memory.js";
import { systemClock } from "../../src/time/clock.js";
import { parseXml } from "../../src/wire/xml/xml.js";
import { account, signedQuery, textXml } from "../support/push.js";
import { startRedis } from "../support/redis.js";
import { SharedMemory } from "../support/shared-memory.js";

const { token, appId } = account;
const long = "a text of many words ".repeat(200);

/** A bot on a store that others see, and write into. */
function bot() {
  const inner = new MemoryStore();
  const store = new SharedMemory(systemClock, inner);
  const errors: Error[] = [];
  const booking = flow("booking")
    .ask("guests", "How many?", answer.number())
    .choose("seat", "Where?", { hall: "Hall", room: "Room" })
    .done(({ answers }) => `booked ${answers.guests} ${answers.seat}`);
  const wx = new Wechat({ token, appId, store, overflow: "split", deadline: { late: "collect" } })
    .use(session({ initial: () => ({ count: 0 }) }))
    .use(booking)
    .onText("long", () => long)
    .onText("slow", async () => {
      await sleep(300);
      return "slow";
    })
    .on("text", (ctx) => `count ${++ctx.session.count}`)
    .catch((error) => {
      errors.push(error);
      return "sorry";
    });
  const say = async (text: string, id = "1") => {
    const body = textXml(text).replace(/<MsgId>\d+/, `<MsgId>${id}`);
    const answer = await wx.receive({ method: "POST", query: signedQuery({}, token), body });
    expect(answer.status).to.equal(200);
    return answer.body === "success" ? "" : String(parseXml(answer.body).Content);
  };
  const plant = (key: string, value: unknown) =>
    inner.set(`${appId}:${key}`, JSON.stringify(value), 600_000);
  return { say, plant, errors, store };
}

const run = "run:{alice}:wxba5fad812f8e6fb9:alice:1";
const lease = { ms: 6_000, ttl: 600_000, revision: 0 };
const begun = { ...lease, deliveries: 1, parts: [] };
const given = { reply: { type: "text", content: "another" } };

describe("RedisStore: what somebody else has written into it", () => {
  it("is no reply that is sent as one", async () => {
    for (const [what, reply] of Object.entries({
      "of no type": {},
      "of no known type": { type: "evil" },
      "without a text": { type: "text" },
      "of a number": { type: "text", content: 5 },
      "without an id": { type: "image" },
      "of no articles": { type: "news", articles: "x" },
      "of an article that is none": { type: "news", articles: [null] },
      "of XML that is none": { type: "raw", xml: 5 },
      null: null,
    })) {
      const { say, plant } = bot();
      await plant(run, { ...begun, over: true, outcome: { reply } });
      expect(await say("hi"), what).to.equal("count 1");
      await plant("collect:{alice}", [{ reply }]);
      expect(await say("hi", "2"), what).to.equal("count 2");
    }
  });

  for (const [what, wrong] of Object.entries({
    "no time": { ms: 0 },
    "a time before": { ms: -1 },
    "a holder without a name": { holder: "" },
    "a holder of a number": { holder: 5 },
    "an end that is none": { over: "yes" },
    "a reply that was given, and no end": { way: "passive", outcome: given },
    "a reply that somebody took, and no end": { way: "passive", outcome: given, taker: "p/1" },
    "a reply that was given, and an end that is none": { way: "passive", over: false },
  })) {
    it(`keeps nobody busy as a run: ${what}`, async () => {
      const { say, plant, store } = bot();
      await plant(run, { ...begun, ...wrong });
      expect(await say("slow")).to.equal("slow");
      expect(store.operations.length).to.be.lessThan(40);
    });
  }

  for (const [what, wrong] of Object.entries({
    "no time": { ms: 0 },
    "a holder of a number": { holder: 5 },
    "an object as holder": { holder: {} },
  })) {
    it(`is said to be foreign as a line: ${what}`, async () => {
      const { say, plant, errors } = bot();
      await plant("user:session:line:{alice}", { ...lease, line: [], ...wrong });
      expect(await say("slow")).to.equal("sorry");
      expect(errors[0]?.message).to.match(/holds something that koa-wx did not write/);
    });
  }

  for (const [what, data] of Object.entries({ nothing: undefined, null: null, "a text": "x" })) {
    it(`is said to be foreign as a session: ${what}`, async () => {
      const { say, plant, errors } = bot();
      await plant("user:session:data:{alice}", { version: 1, revision: 1, data });
      expect(await say("hi")).to.equal("sorry");
      expect(errors[0]).to.be.instanceOf(WechatError);
      expect(errors[0]?.message).to.match(/was not written by session\(\)/);
    });
  }

  const place = { flow: "booking", step: "seat", answers: { guests: 3 }, until: 2e12 };
  for (const [what, cursor] of Object.entries({
    "the name of a dialogue alone": { flow: "booking" },
    "no answers": { ...place, answers: null },
    "a menu of a text": { ...place, menu: "xy" },
    "a menu of numbers": { ...place, menu: [5] },
    "a menu without labels": { ...place, menu: [["hall"]] },
    "no end": { ...place, until: "x" },
    "what is known as a text": { ...place, known: "x" },
  })) {
    it(`is no place in a dialogue: ${what}`, async () => {
      const { say, plant } = bot();
      const data = { count: 4 };
      await plant("user:session:data:{alice}", { version: 1, revision: 1, data, cursor });
      expect(await say("1")).to.equal("count 5");
    });
  }

  it("keeps a user whose session is of another type of Redis from nothing but the session", async function () {
    this.timeout(20_000);
    await using redis = await startRedis();
    const client = new Redis(redis.url);
    try {
      const errors: Error[] = [];
      const wx = new Wechat({ token, appId, store: new RedisStore(client) })
        .use(session({ initial: () => ({ count: 0 }) }))
        .on("text", (ctx) => `count ${++ctx.session.count}`)
        .catch((error) => {
          errors.push(error);
          return "sorry";
        });
      const say = async (user: string) => {
        const body = textXml("hi").replace("alice", user);
        const answer = await wx.receive({ method: "POST", query: signedQuery({}, token), body });
        return String(parseXml(answer.body).Content);
      };
      const key = `koa-wx:${appId}:user:session:data:{alice}`;
      for (const command of [
        ["RPUSH", key, "x"],
        ["HSET", key, "a", "x"],
        ["ZADD", key, "1", "x"],
      ]) {
        await redis.command(...command);
        const begun = performance.now();
        expect(await say("alice")).to.equal("sorry");
        expect(await say("alice")).to.equal("sorry");
        expect(await say("bob")).to.match(/^count \d$/);
        // Nobody waits for a line in which a message that failed was left standing.
        expect(performance.now() - begun).to.be.lessThan(4_000);
        await redis.command("DEL", key);
        expect(await say("alice")).to.equal("count 1");
        await redis.command("DEL", key);
      }
      for (const { message } of errors)
        expect(message).to.match(/of this user's session.*WRONGTYPE/);
    } finally {
      client.disconnect();
    }
  });

  it("does not lose a long reply, of which the rest cannot be kept, without wx.catch", async () => {
    for (const waiting of ["x", {}, [5]]) {
      const { say, plant, errors } = bot();
      await plant("collect:{alice}", waiting);
      expect(await say("long")).to.equal("sorry");
      expect(errors[0]?.message).to.match(/waiting replies was not written by koa-wx/);
    }
  });
});
