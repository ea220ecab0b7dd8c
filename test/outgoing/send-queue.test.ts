import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { AnyMessage } from "../../src/message/messages.js";
import type { CustomerMessage } from "../../src/outgoing/customer-service.js";
import { LateReplies } from "../../src/outgoing/late.js";
import { MemoryStore } from "../../src/store/memory.js";
import type { Store } from "../../src/store/store.js";
import { useRedis } from "../support/redis-store.js";

const message = {
  ToUserName: "gh_1",
  FromUserName: "alice",
  CreateTime: 1_700_000_000,
  MsgType: "text",
  MsgId: "1",
  Content: "?",
} as AnyMessage;
/** Takes three messages. */
const long = (letter: string) => `${letter.repeat(1_500)}。\n`.repeat(3);

/** What one user reads, and from how many senders at once. */
function phone() {
  const read: string[] = [];
  const send = async (sent: CustomerMessage) => {
    await sleep(Math.random() * 10);
    if (sent.msgtype === "text") read.push(sent.text.content.charAt(0));
    return {};
  };
  return { read, sender: { send, typing: async () => ({}) } };
}

function letters(read: readonly string[]): string {
  return read.join("").replace(/(.)\1+/g, "$1");
}

describe("ctx.send(): what leaves for one user", function () {
  this.timeout(20_000);
  const redis = useRedis();

  const memory = new MemoryStore();
  const places: Record<string, () => Store> = { memory: () => memory, Redis: redis.store };
  for (const [name, store] of Object.entries(places)) {
    it(`leaves one answer after the other, late or by ctx.send(), through ${name}`, async () => {
      const { read, sender } = phone();
      const own = store();
      const senders = [own, name === "memory" ? own : store()].map(
        (place) => new LateReplies({ store: place, late: "send", sender }),
      );
      const [one, other] = senders as [LateReplies<unknown>, LateReplies<unknown>];
      // In memory one process has one queue.
      const second = name === "memory" ? one : other;
      const target = { openid: "alice", message, ctx: undefined };
      const a = one.deliver({ type: "text", content: long("a") }, target);
      // However long its connection takes: the other one comes later.
      while (read.length === 0) await sleep(2);
      const b = second.send("alice", { type: "text", content: long("b") }, sender);
      await sleep(20);
      const c = second.deliver({ type: "text", content: long("c") }, target);
      await Promise.all([a, b, c]);
      expect(letters(read)).to.equal("abc");
      expect(read.length).to.be.at.least(9);
    });
  }

  it("keeps the rest of a passive reply before the next answer", async () => {
    const { read, sender } = phone();
    const replies = new LateReplies({ store: memory, late: "send", sender });
    const target = { openid: "bob", message, ctx: undefined };
    const [first, content] = replies.split(long("a"));
    await replies.followUp([{ content, looked: undefined }], target, Promise.resolve());
    expect(first.charAt(0)).to.equal("a");
    await replies.send("bob", { type: "text", content: "b" }, sender);
    await replies.idle();
    expect(letters(read)).to.equal("ab");
  });
});
