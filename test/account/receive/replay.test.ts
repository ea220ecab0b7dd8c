import { mock } from "node:test";
import { expect } from "chai";
import { MemoryStore, Wechat, type WechatOptions } from "../../../src/index.js";
import { systemClock } from "../../../src/time/clock.js";
import { MessageCipher } from "../../../src/wire/crypto.js";
import { sign } from "../../../src/wire/signature.js";
import { account, signedQuery, textXml } from "../../support/push.js";
import { useRedis } from "../../support/redis-store.js";
import { SharedMemory } from "../../support/shared-memory.js";
import { failOnUnhandledRejections } from "../../support/unhandled.js";

const { token, appId, encodingAESKey } = account;
const sealing = { token, appId, encodingAESKey };
const cipher = new MessageCipher(encodingAESKey, appId);

/** A push, plain or sealed. */
function pushOf(mode: "plain" | "sealed", content: string) {
  const query = signedQuery();
  if (mode === "plain") return { method: "POST", query, body: textXml(content) };
  const encrypted = cipher.encrypt(textXml(content));
  const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
  return {
    method: "POST",
    query: { ...query, msg_signature },
    body: `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`,
  };
}

function bot(options: WechatOptions) {
  const runs: string[] = [];
  const wx = new Wechat(options).on("text", (ctx) => {
    runs.push(ctx.text);
    return `reply to ${ctx.text}`;
  });
  return { wx, runs };
}

describe("wx.receive(): a request that somebody repeats", function () {
  this.timeout(60_000);
  const real = { performance: performance.now, date: Date.now };
  let passed = 0;
  /** Both clocks go on, without anybody waiting. */
  const pass = (seconds: number) => {
    passed += seconds * 1_000;
  };
  before(() => {
    performance.now = () => real.performance.call(performance) + passed;
    Date.now = () => real.date() + passed;
  });
  after(() => {
    performance.now = real.performance;
    Date.now = real.date;
  });

  for (const mode of ["plain", "sealed"] as const) {
    it(`runs no handler again for as long as it is fresh, with 20,000 others between: ${mode}`, async () => {
      const { wx, runs } = bot(mode === "plain" ? { token } : sealing);
      const push = pushOf(mode, "once");
      expect((await wx.receive(push)).status).to.equal(200);
      for (const seconds of [1, 20, 45, 60, 100]) {
        pass(seconds);
        const repeated = await wx.receive(push);
        expect(repeated.status, `after ${seconds} s more`).to.equal(200);
        if (seconds >= 45) expect(repeated.body).to.equal("success");
        if (seconds === 20) {
          for (let count = 0; count < 20_000; count += 1) await wx.receive(pushOf(mode, "honest"));
        }
      }
      expect(runs.filter((text) => text === "once")).to.have.length(1);
    });
  }

  it("signs no message by the signature of a verification", async () => {
    const { wx, runs } = bot({ token });
    const query = signedQuery();
    const echo = await wx.receive({
      method: "GET",
      query: { ...query, echostr: "5927782489442352469" },
    });
    expect(echo.body).to.equal("5927782489442352469");
    const forged = await wx.receive({ method: "POST", query, body: textXml("forged") });
    expect(forged.status).to.equal(403);
    expect(runs).to.deep.equal([]);
  });

  it("verifies no address by the signature of a message", async () => {
    const { wx } = bot({ token });
    const push = pushOf("plain", "a");
    await wx.receive(push);
    const query = { ...push.query, echostr: "1" };
    expect((await wx.receive({ method: "GET", query })).status).to.equal(403);
  });

  it("signs no plain message by the query of a sealed one, while both are accepted", async () => {
    const { wx, runs } = bot({ ...sealing, acceptPlain: true });
    const { query, ...push } = pushOf("sealed", "sealed");
    await wx.receive({ ...push, query });
    const forged = await wx.receive({ method: "POST", query, body: textXml("forged") });
    expect(forged.status).to.equal(403);
    expect(runs).to.deep.equal(["sealed"]);
  });

  describe("leaves no rejection behind that would end the process", () => {
    failOnUnhandledRejections();
    const processes = (options: WechatOptions) => {
      const clock = systemClock;
      const inner = new MemoryStore();
      const start = () => bot({ ...options, store: new SharedMemory(clock, inner) });
      return { one: start(), other: start(), inner };
    };
    for (const [what, dedupeKey] of Object.entries({
      fails: () => {
        throw new Error("mine");
      },
      "gives what is no text": () => Symbol("mine") as unknown as string,
      "cannot bear the message": ({ MsgId }: { MsgId?: string }) =>
        (MsgId as unknown as { value: string }).value.trim(),
    })) {
      it(`when a dedupeKey of one's own ${what}`, async () => {
        const { one, other } = processes({ token, appId, dedupeKey: dedupeKey as never });
        const push = pushOf("plain", "once");
        const printed = mock.method(console, "error", () => {});
        try {
          await one.wx.receive(push);
          await other.wx.receive({ ...push, body: textXml("forged") });
        } finally {
          printed.mock.restore();
        }
        expect([...one.runs, ...other.runs]).to.deep.equal([]);
      });
    }

    it("when both signatures of a sealed push were used otherwise", async () => {
      const { one, inner } = processes({ ...sealing, acceptPlain: true });
      const push = pushOf("sealed", "sealed");
      await one.wx.receive({ method: "POST", query: push.query, body: textXml("plain") });
      const { msg_signature } = push.query as { msg_signature?: string };
      await inner.set(`${appId}:signature:${msg_signature}`, "foreign", 600_000);
      expect((await one.wx.receive(push)).status).to.equal(403);
      expect(one.runs).to.deep.equal(["plain"]);
    });
  });

  describe("to another process", () => {
    const redis = useRedis();
    const shared = (options: WechatOptions) => {
      return bot({ ...options, store: redis.store() });
    };

    for (const mode of ["plain", "sealed"] as const) {
      it(`runs nothing there either, and a forged one is refused: ${mode}`, async () => {
        const options = mode === "plain" ? { token } : sealing;
        const [one, other] = [shared(options), shared(options)];
        const push = pushOf(mode, "once");
        const first = await one.wx.receive(push);
        // Byte for byte in plain mode; sealed replies differ in their random bytes.
        const second = await other.wx.receive(push);
        expect(second.status).to.equal(200);
        if (mode === "plain") expect(second.body).to.include("reply to once");
        expect(first.status).to.equal(200);
        if (mode === "plain") {
          const forged = { ...push, body: textXml("forged") };
          expect((await other.wx.receive(forged)).status).to.equal(403);
        }
        // As long after as Redis itself says.
        const keys = (await redis.command("KEYS", "koa-wx:*signature:*")) as string[];
        expect(keys.length).to.be.greaterThan(0);
        for (const key of keys) await redis.command("PEXPIRE", key, "500000");
        await redis.command(
          "EVAL",
          "for _, k in ipairs(redis.call('keys', 'koa-wx:*run:*')) do redis.call('del', k) end",
          "0",
        );
        const third = shared(options);
        expect((await third.wx.receive(push)).body).to.equal("success");
        expect([...one.runs, ...other.runs, ...third.runs]).to.deep.equal(["once"]);
      });
    }
  });
});
