import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Redis } from "ioredis";
import { parseXml } from "../../src/wire/xml/xml.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { bundle } from "../support/bundle.js";
import { account, signedQuery } from "../support/push.js";
import { type RedisServer, startRedis } from "../support/redis.js";
import { clickOf, textOf } from "./support.js";

const users = 200;
const messages = 10_000;
const perUser = messages / users / 2;

/** What a user says, what the bot must answer, and where the dialogue is then. */
type Turn = readonly [says: string, hears: string, step: string | undefined];

const where = "where?\n1. hall\n2. room";
const conversations: readonly ((orders: number) => readonly Turn[])[] = [
  (orders) => [
    ["go", "name?", "name"],
    ["Li", "Li, how many?", "guests"],
    ["3", where, "seat"],
    ["1", `order ${orders + 1}`, undefined],
  ],
  (orders) => [
    ["go", "name?", "name"],
    ["Lu", "Lu, how many?", "guests"],
    ["many", "a number", "guests"],
    ["上一步", "name?", "name"],
    ["Wu", "Wu, how many?", "guests"],
    ["8", where, "seat"],
    ["3", `请回复 1–2 的数字。\n1. hall\n2. room`, "seat"],
    ["room", "how long?", "hours"],
    ["2", `order ${orders + 1}`, undefined],
  ],
  () => [
    ["go", "name?", "name"],
    ["He", "He, how many?", "guests"],
    ["取消", "已取消。", undefined],
  ],
];

interface User {
  readonly openid: string;
  readonly turns: readonly Turn[];
  readonly orders: number;
}

/** A user with a random series of conversations, the last of which stops anywhere. */
function user(index: number): User {
  const turns: Turn[] = [];
  let orders = 0;
  let finished = 0;
  while (turns.length < perUser) {
    const conversation = conversations[Math.floor(Math.random() * conversations.length)]?.(orders);
    for (const turn of conversation ?? []) {
      if (turns.push(turn) > perUser) break;
      if (turn[1].startsWith("order")) finished += 1;
    }
    orders = finished;
  }
  const said = turns.slice(0, perUser);
  return {
    openid: `user-${index}`,
    turns: said,
    orders: said.filter(([, hears]) => hears.startsWith("order")).length,
  };
}

describe("session() and flow(): four processes on one Redis", function () {
  this.timeout(60_000);
  let redis: RedisServer;
  let api: ApiServer;
  let journal: Redis;
  const fleet: { child: ChildProcess; port: number }[] = [];
  const errors: string[] = [];
  const agent = new Agent({ keepAlive: true });
  let lost = 0;

  const join = async () => {
    const file = await bundle("test/plugins/fleet-process.ts");
    const child = fork(file, [redis.url, api.url]);
    const [port] = (await once(child, "message")) as [number];
    child.on("message", ({ error }: { error: string }) => errors.push(error));
    fleet.push({ child, port });
  };

  before(async () => {
    redis = await startRedis();
    api = await startApiServer();
    api.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
    journal = new Redis(redis.url);
    await Promise.all([1, 2, 3, 4].map(join));
  });

  after(async () => {
    agent.destroy();
    for (const { child } of fleet) child.kill("SIGKILL");
    journal.disconnect();
    await api.close();
    await redis.stop();
  });

  /** One delivery: the answer, or nothing when the process died. */
  const deliver = async (body: string): Promise<string | undefined> => {
    const { port } = fleet[Math.floor(Math.random() * fleet.length)] as (typeof fleet)[number];
    const path = `/?${new URLSearchParams(signedQuery())}`;
    try {
      // WeChat hangs up after five seconds.
      const signal = AbortSignal.timeout(5_000);
      const sent = request({ host: "127.0.0.1", port, path, method: "POST", agent, signal });
      sent.on("error", () => {}).end(body);
      const [response] = await once(sent, "response");
      return await text(response);
    } catch {
      lost += 1;
      return undefined;
    }
  };

  /** Pushes as WeChat does, three times at most. */
  const push = async (body: string): Promise<string> => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const answer = await deliver(body);
      if (answer === "success") return "";
      if (answer !== undefined) return String(parseXml(answer).Content);
      await sleep(100);
    }
    return "unanswered";
  };

  it("count every click once and bring every dialogue to its end, though one is killed", async () => {
    const everybody = Array.from({ length: users }, (_, index) => user(index));
    const wrong: string[] = [];
    let sent = 0;
    const check = async (body: string, hears: string) => {
      const heard = await push(body);
      sent += 1;
      if (heard !== hears) wrong.push(`${hears} ≠ ${heard}`);
    };
    // What each user says comes in its order; everything else in no order at all.
    const pending = everybody.flatMap(({ openid, turns }) => [
      turns.map(
        ([says, hears]) =>
          () =>
            check(textOf(openid, says), hears),
      ),
      ...turns.map((_, index) => [() => check(clickOf(openid, `K${index}`), "counted")]),
    ]);
    const worker = async () => {
      for (;;) {
        const [line] = pending.splice(Math.floor(Math.random() * pending.length), 1);
        if (line === undefined) return;
        await line.shift()?.();
        if (line.length > 0) pending.push(line);
      }
    };
    const accident = async () => {
      while (sent < messages / 2) await sleep(20);
      const [victim] = fleet.splice(0, 1);
      victim?.child.kill("SIGKILL");
      await join();
    };
    await Promise.all([accident(), ...Array.from({ length: 64 }, worker)]);

    expect(wrong).to.deep.equal([]);
    expect(errors).to.deep.equal([]);
    expect(sent).to.equal(messages);
    // The one that died had work in hand.
    expect(lost).to.be.greaterThan(0);
    expect(api.calls.map(({ path }) => path)).to.deep.equal(["/cgi-bin/stable_token"]);
    const records = await Promise.all(
      everybody.map(async ({ openid }) => {
        const key = `koa-wx:${account.appId}:user:session:data:{${openid}}`;
        const { data, cursor } = JSON.parse((await journal.get(key)) ?? "{}");
        return { clicks: data.clicks, orders: data.orders.length, step: cursor?.step };
      }),
    );
    expect(records).to.deep.equal(
      everybody.map(({ orders, turns }) => ({ clicks: perUser, orders, step: turns.at(-1)?.[2] })),
    );
  });
});
