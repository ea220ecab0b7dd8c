import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { bundle } from "../../support/bundle.js";
import { type LoginCloud, startLoginCloud, Visitor } from "../../support/login.js";
import { type RedisServer, startRedis } from "../../support/redis.js";

describe("wx.oauth(): two processes on one Redis", function () {
  this.timeout(20_000);
  let redis: RedisServer;
  let cloud: LoginCloud;
  const children: ChildProcess[] = [];
  const urls: string[] = [];

  const start = async () => {
    const child = fork(await bundle("test/koa/login/process.ts"), [redis.url, cloud.url]);
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

  const logIn = async () => {
    const visitor = new Visitor();
    const { location } = await visitor.get(on(0, "/cart"));
    await visitor.get(on(1, (await visitor.get(location)).location));
    return visitor;
  };
  /** What a browser has had, in the hands of somebody who is told nothing new. */
  const copy = (of: Visitor) => {
    const visitor = new Visitor();
    visitor.keepsCookies = false;
    for (const [name, value] of of.cookies) visitor.cookies.set(name, value);
    return visitor;
  };

  it("refresh a user's token once", async () => {
    cloud.tokenLife = 30;
    const visitor = await logIn();
    cloud.tokenLife = 7_200;
    const before = cloud.server.to("/sns/oauth2/refresh_token").length;
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => copy(visitor).get(on(index % 2, "/token"))),
    );
    expect(new Set(answers.map(({ body }) => body)).size).to.equal(1);
    expect(answers[0]?.status).to.equal(200);
    expect(cloud.server.to("/sns/oauth2/refresh_token")).to.have.length(before + 1);
  });

  it("refresh again when the one that was at it has failed", async () => {
    cloud.tokenLife = 30;
    const visitor = await logIn();
    cloud.tokenLife = 7_200;
    const before = cloud.server.to("/sns/oauth2/refresh_token").length;
    let isDown = true;
    const refresh = cloud.server.answer("/sns/oauth2/refresh_token");
    cloud.server.on("/sns/oauth2/refresh_token", (call, response) => {
      if (!isDown) return refresh(call, response);
      isDown = false;
      return { errcode: 40001, errmsg: "invalid credential" };
    });
    const ask = (index: number) => copy(visitor).get(on(index, "/token"));
    const answers = await Promise.all([ask(0), ask(1)]);
    cloud.server.on("/sns/oauth2/refresh_token", refresh);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 500]);
    expect(cloud.server.to("/sns/oauth2/refresh_token")).to.have.length(before + 2);
  });

  it("let no login outlive its logout, in 40 races with refreshes", async () => {
    cloud.tokenLife = 30;
    for (let race = 0; race < 40; race++) {
      const visitor = await logIn();
      await Promise.all(
        ["/token", "/logout", "/token"].map((path, index) =>
          copy(visitor).get(on((race + index) % 2, path)),
        ),
      );
      for (const index of [0, 1]) {
        expect((await copy(visitor).get(on(index, "/cart"))).status, `race ${race}`).to.equal(302);
      }
    }
    cloud.tokenLife = 7_200;
  });

  it("exchange one code of two that come for the same login", async () => {
    const visitor = new Visitor();
    const { location } = await visitor.get(on(0, "/cart"));
    const callback = (await visitor.get(location)).location;
    const before = cloud.exchanges;
    cloud.delay = 100;
    const answers = await Promise.all(
      ["", "", "", ""].map((_, index) => {
        const another = new URL(callback);
        if (index > 0) another.searchParams.set("code", cloud.code());
        return copy(visitor).get(on(index % 2, another.href));
      }),
    );
    cloud.delay = 0;
    expect(answers.map(({ location }) => location)).to.deep.equal(
      Array(4).fill("https://shop.example.com/cart"),
    );
    expect(cloud.exchanges).to.equal(before + 1);
  });

  it("redeem a broker's ticket once", async () => {
    const visitor = new Visitor();
    const to = encodeURIComponent("https://staging.example.com/in");
    let visit = await visitor.get(on(0, `/wx/broker/start?to=${to}`));
    for (let hop = 0; !visit.location.startsWith("https://staging"); hop++) {
      expect(hop).to.be.lessThan(6);
      const { host } = new URL(visit.location);
      visit = await visitor.get(
        host === "shop.example.com" ? on(hop % 2, visit.location) : visit.location,
      );
    }
    const ticket = new URL(visit.location).searchParams.get("code");
    const body = JSON.stringify({ ticket, secret: "the secret of the staging site" });
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const address = on(index % 2, "/wx/broker/redeem");
        return (await fetch(address, { method: "POST", body })).json() as Promise<object>;
      }),
    );
    expect(answers.filter((answer) => "user" in answer)).to.have.length(1);
    expect(answers.filter((answer) => "errcode" in answer)).to.have.length(5);
  });

  it("give eight callbacks at once one login, which one logout ends", async () => {
    const visitor = new Visitor();
    const { location } = await visitor.get(on(0, "/cart"));
    const callback = (await visitor.get(location)).location;
    const before = cloud.exchanges;
    const users = Array.from({ length: 8 }, () => copy(visitor));
    await Promise.all(
      users.map((user, index) => {
        user.keepsCookies = true;
        return user.get(on(index % 2, callback));
      }),
    );
    expect(cloud.exchanges).to.equal(before + 1);
    for (const user of users) expect((await user.get(on(0, "/cart"))).body).to.equal("oAlice");
    await users[3]?.get(on(1, "/logout"));
    for (const user of users) expect((await user.get(on(0, "/cart"))).status).to.equal(302);
    // Nor does the callback bring it back, with what the browser had then.
    const again = await copy(visitor).get(on(0, callback));
    expect(again.location).to.contain("/connect/oauth2/authorize");
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
