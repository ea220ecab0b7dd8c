import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { type LoginCloud, startLoginCloud, Visitor } from "../support/login.js";
import { type RedisServer, startRedis } from "../support/redis.js";

describe("Two processes on one Redis", function () {
  this.timeout(20_000);
  let redis: RedisServer;
  let cloud: LoginCloud;
  const children: ChildProcess[] = [];
  const urls: string[] = [];

  const start = async () => {
    const child = fork(new URL("./oauth-process.ts", import.meta.url), [redis.url, cloud.url], {
      execArgv: ["--import", "tsx"],
    });
    children.push(child);
    const [port] = (await once(child, "message")) as [number];
    urls.push(`http://127.0.0.1:${port}`);
    return child;
  };

  before(async () => {
    [redis, cloud] = await Promise.all([startRedis(), startLoginCloud()]);
    await Promise.all([start(), start()]);
  });
  after(async () => {
    for (const child of children.filter(({ connected }) => connected)) {
      child.disconnect();
      await once(child, "exit");
    }
    await Promise.all([redis.stop(), cloud.close()]);
  });
  /** The same address on one of the two. */
  const on = (index: number, address: string) => {
    const { pathname, search } = new URL(address, "https://shop.example.com");
    return `${urls[index]}${pathname}${search}`;
  };

  it("finish a login on one that was begun on the other, and both know the user", async () => {
    const visitor = new Visitor();
    const { location } = await visitor.get(on(0, "/cart?x=1"));
    const callback = (await visitor.get(location)).location;
    const arrived = await visitor.get(on(1, callback));
    expect(arrived.location).to.equal("https://shop.example.com/cart?x=1");
    for (const index of [0, 1]) {
      expect((await visitor.get(on(index, "/cart?x=1"))).body).to.equal("oAlice");
    }
  });

  it("exchange a code once when both get the callback", async () => {
    const before = cloud.exchanges;
    const visitor = new Visitor();
    const { location } = await visitor.get(on(0, "/cart"));
    const callback = (await visitor.get(location)).location;
    cloud.delay = 200;
    const answers = await Promise.all([0, 1].map((index) => visitor.get(on(index, callback))));
    cloud.delay = 0;
    for (const answer of answers) {
      expect(answer.location).to.equal("https://shop.example.com/cart");
    }
    expect(cloud.exchanges).to.equal(before + 1);
    expect((await visitor.get(on(1, "/cart"))).body).to.equal("oAlice");
  });

  it("both forget a user who logs out on one", async () => {
    const visitor = new Visitor();
    const { location } = await visitor.get(on(1, "/cart"));
    await visitor.get(on(0, (await visitor.get(location)).location));
    const copy = new Map(visitor.cookies);
    expect((await visitor.get(on(1, "/logout"))).status).to.equal(200);
    for (const [name, value] of copy) visitor.cookies.set(name, value);
    expect((await visitor.get(on(0, "/cart"))).status).to.equal(302);
  });

  it("begin the login anew on one when the other was killed in the middle of it", async () => {
    const victim = await start();
    const visitor = new Visitor();
    const { location } = await visitor.get(on(2, "/cart"));
    const callback = (await visitor.get(location)).location;
    const before = cloud.exchanges;
    cloud.delay = 5_000;
    const broken = visitor.get(on(2, callback)).catch(() => undefined);
    while (cloud.exchanges === before) await new Promise((resolve) => setTimeout(resolve, 10));
    cloud.delay = 0;
    victim.kill("SIGKILL");
    expect(await broken).to.equal(undefined);
    // The user reloads the page.
    const begun = performance.now();
    const again = await visitor.get(on(1, callback));
    expect(performance.now() - begun).to.be.lessThan(12_000);
    expect(again.location).to.contain("/connect/oauth2/authorize");
    const arrived = await visitor.get(on(1, (await visitor.get(again.location)).location));
    expect(arrived.location).to.equal("https://shop.example.com/cart");
    expect((await visitor.get(on(1, "/cart"))).body).to.equal("oAlice");
  });
});
