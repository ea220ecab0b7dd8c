import { expect } from "chai";
import { ReplayGuard } from "../../../src/account/receive/replay-guard.js";
import { ConfigError, RequestError } from "../../../src/errors.js";
import type { AnyMessage } from "../../../src/message/messages.js";
import { runKey } from "../../../src/message/push-key.js";
import { checkDeadline } from "../../../src/runs/deadline.js";
import { MemoryStore } from "../../../src/store/memory.js";
import { FakeClock } from "../../support/fake-clock.js";
import { SharedMemory } from "../../support/shared-memory.js";

describe("ReplayGuard", () => {
  it("lets a signature pass with its own message as often as WeChat sends it", () => {
    const guard = new ReplayGuard(new MemoryStore(), 600_000);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      expect(guard.check("signature", "body")).to.equal(true);
    }
  });

  it("refuses it with another message, and then still takes the true one", () => {
    const guard = new ReplayGuard(new MemoryStore(), 600_000);
    guard.check("signature", "body");
    expect(() => void guard.check("signature", "forged"))
      .to.throw(RequestError, /used with another message.*安全模式/)
      .that.includes({ status: 403, code: "WX_REPLAY" });
    expect(guard.check("signature", "body")).to.equal(true);
  });

  it("refuses it in another process too, and keeps the true message's retry", async () => {
    const clock = new FakeClock();
    const inner = new MemoryStore({ now: clock.now });
    const [a, b] = [1, 2].map(() => new ReplayGuard(new SharedMemory(clock, inner), 600_000)) as [
      ReplayGuard,
      ReplayGuard,
    ];
    await a.check("signature", "body");
    const check = async (fingerprint: string) => b.check("signature", fingerprint);
    const error = await check("forged").catch((reason: unknown) => reason);
    expect(error).to.include({ status: 403, code: "WX_REPLAY" });
    expect(await check("body")).to.equal(true);
    expect(await check("forged").catch((reason: unknown) => reason)).to.include({ status: 403 });
  });

  it("refuses nobody because the store fails, and still knows what it has seen itself", async () => {
    const store = new SharedMemory(new FakeClock());
    store.broken = () => Promise.reject(new Error("connection refused"));
    const guard = new ReplayGuard(store, 600_000);
    expect(await guard.check("signature", "body")).to.equal(true);
    expect(() => void guard.check("signature", "forged")).to.throw(RequestError);
  });
});

describe("runKey()", () => {
  const envelope = { ToUserName: "gh_1", FromUserName: "alice", CreateTime: 1_700_000_000 };
  const key = (fields: object, appId = "wx1") =>
    runKey({ ...envelope, ...fields } as unknown as AnyMessage, appId);

  it("is account, user and MsgId for a message", () => {
    const message = { MsgType: "text", Content: "a", MsgId: "23477123456789012" };
    expect(key(message)).to.equal("wx1:alice:23477123456789012");
    expect(key({ ...message, Content: "again" })).to.equal(key(message));
  });

  it("differs for two accounts, users, messages and events", () => {
    const menu = { MsgType: "event", Event: "CLICK", EventKey: "a" };
    const message = { MsgType: "text", Content: "a", MsgId: "1" };
    const keys = [
      key(message),
      key(message, "wx2"),
      key({ ...message, FromUserName: "bob" }),
      key({ ...message, MsgId: "2" }),
      key({ ...message, MsgId: undefined }),
      key(menu),
      key({ ...menu, EventKey: "b" }),
      key({ ...menu, Event: "VIEW" }),
      key({ ...menu, CreateTime: 1_700_000_001 }),
      key({ ...menu, trace_id: "x" }),
      key({ ...menu, trace_id: "y" }),
    ];
    expect(new Set(keys).size).to.equal(keys.length);
    expect(key({ ...menu })).to.equal(key(menu));
  });
});

describe("checkDeadline()", () => {
  it("knows WeChat's times", () => {
    const budget = checkDeadline();
    expect(budget).to.deep.include({ ms: 4_500, attempts: 3, maxRun: 600_000, drop: false });
    expect(budget.grace).to.equal(11_000);
    expect(checkDeadline({ late: "drop" }).drop).to.equal(true);
  });

  it("says which option is wrong", () => {
    const wrong: [object, RegExp][] = [
      [{ ms: 0 }, /"deadline\.ms" must be a number of milliseconds above 0, at most 5000, got 0/],
      [{ ms: "4500" }, /"deadline\.ms".*got a string/],
      [{ ms: Number.NaN }, /"deadline\.ms"/],
      [{ ms: 6_000 }, /at most 5000, got 6000.*five seconds/],
      [{ attempts: 1.5 }, /"deadline\.attempts" must be a whole number/],
      [{ maxRun: Number.POSITIVE_INFINITY }, /"deadline\.maxRun"/],
      [{ lease: -1 }, /"deadline\.lease"/],
      [{ late: "push" }, /"deadline\.late" must be "send", "collect" or "drop", or a function/],
      [{ onTimeout: "稍等" }, /"deadline\.onTimeout" must be a function/],
      [{ collect: { match: 1 } }, /"deadline\.collect\.match"/],
      [{ collect: { ttl: 0 } }, /"deadline\.collect\.ttl"/],
    ];
    for (const [options, text] of wrong) {
      expect(() => checkDeadline(options)).to.throw(ConfigError, text);
    }
  });
});
