import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { Redis } from "ioredis";
import { RedisStore, session, Wechat } from "../src/index.js";
import { account, signedQuery, textXml } from "./support/push.js";
import { type RedisServer, startRedis } from "./support/redis.js";

const page = readFileSync("ARCHITECTURE.md", "utf8");

describe("ARCHITECTURE.md", () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  it("names files that exist", () => {
    const files = [...page.matchAll(/`([a-z-]+\/[\w/-]+\.ts)`/g)].map(([, file]) => file as string);
    expect(files.length).to.be.greaterThan(15);
    const areThere = ["src/", ""].map((folder) => (file: string) => existsSync(folder + file));
    expect(files.filter((file) => !areThere.some((is) => is(file)))).to.deep.equal([]);
  });

  it("knows the phases of a run, every one", () => {
    const code = readFileSync("src/runs/phase.ts", "utf8");
    const [, union = ""] = /type Phase =([^;]*);/.exec(code) ?? [];
    const phases = [...union.matchAll(/"(\w+)"/g)].map(([, phase]) => phase);
    const rows = [...page.matchAll(/^\| `(asking|\w+)` \|[^|]*\|[^|]*\|$/gm)].map(([, row]) => row);
    expect(phases.length).to.equal(7);
    expect(rows).to.include.members(phases);
  });

  it("knows every key that a recorded run leaves in the store, and its cost", async () => {
    const client = new Redis(redis.url);
    const { encodingAESKey: _, ...plain } = account;
    const wx = new Wechat({ ...plain, store: new RedisStore(client) }).use(
      session({ initial: () => ({ count: 0 }) }),
    );
    wx.on("text", (ctx) => String(++ctx.session.count));
    const push = () => wx.receive({ method: "POST", query: signedQuery(), body: textXml("a") });
    await push();
    const before = await commands(client);
    for (let count = 0; count < 20; count += 1) await push();
    await wx.close();
    const cost = ((await commands(client)) - before) / 20;
    expect(cost).to.be.within(5.9, 6.4);
    const known = keysIn(page);
    const keys = (await client.keys("*")).map((key) => key.replace(`koa-wx:${account.appId}:`, ""));
    expect(keys.length).to.be.greaterThan(20);
    const unknown = keys.filter((key) => !known.some((begin) => key.startsWith(begin)));
    expect(unknown).to.deep.equal([]);
    client.disconnect();
  });

  it("tells the users of Redis of the same keys, in both languages", () => {
    const [english, chinese] = ["", ".zh-CN"].map((language) =>
      keysIn(readFileSync(`docs/tokens-and-redis${language}.md`, "utf8")),
    ) as [string[], string[]];
    const untold = keysIn(page).filter((key) => !english.some((begin) => key.startsWith(begin)));
    expect(untold).to.deep.equal([]);
    expect(chinese).to.deep.equal(english);
  });

  it("knows how long each stays, by the options of today", () => {
    const lives = (text: string) =>
      [...text.matchAll(/^\| `(?:[a-z]+:)+[^|]*\|[^|]*\| `([^`|]+)` \|$/gm)].map(
        ([, life]) => life,
      );
    const own = lives(page);
    expect(own.length).to.be.greaterThan(2);
    expect(lives(readFileSync("docs/tokens-and-redis.md", "utf8"))).to.include.members(own);
  });
});

/** What keys begin with, as the table of keys has them in its first column. */
function keysIn(text: string): string[] {
  const [, table = ""] = /\n\| (?:key|键) \|.*\n([\s\S]*?)\n\n/.exec(text) ?? [];
  const rows = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell]) => cell as string);
  expect(rows.length).to.be.greaterThan(8);
  return rows.flatMap((cell) => [...cell.matchAll(/`([a-z:-]+)/g)].map(([, key]) => key as string));
}

/** How many commands the server has had from its clients, those of scripts apart. */
async function commands(client: Redis): Promise<number> {
  const stats = await client.info("commandstats");
  return [...stats.matchAll(/^cmdstat_(evalsha|eval|get|set|del):calls=(\d+)/gm)]
    .filter(([, name]) => name === "evalsha" || name === "eval")
    .reduce((sum, [, , calls]) => sum + Number(calls), 0);
}
