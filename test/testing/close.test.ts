import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Wechat } from "koa-wx";
import { FakeClock, type SimulateOptions, simulate, type Target } from "koa-wx/testing";
import { listen, shut } from "../../src/simulator/listen.js";
import { errorOf } from "../support/error-of.js";
import { account, appOf, phones } from "./bots.js";

const echo = () => new Wechat(account).on("text", (ctx) => ctx.message.Content);

describe("phone.close(): a simulated WeChat that is closed", () => {
  it("breaks off what the bot has not answered, whatever the clock", async () => {
    for (const clock of [undefined, new FakeClock()]) {
      const wx = new Wechat({ ...account, ...(clock ? { now: () => clock.now() } : {}) });
      wx.on("text", () => new Promise<string>(() => {}));
      const phone = await simulate(appOf(wx), { ...account, ...(clock ? { clock } : {}) });
      const hanging = phone.user("alice").sends("hang");
      await sleep(20);
      const begun = performance.now();
      await phone.close();
      expect(performance.now() - begun).to.be.lessThan(1_000);
      const answer = await hanging;
      expect(answer).to.include({ banner: undefined, reply: undefined });
      expect(answer.reason).to.equal("the simulated WeChat was closed before the bot had answered");
    }
  });

  it("leaves a bot alone that was given by its address", async () => {
    const server = createServer(appOf(echo()).callback());
    try {
      const url = `${await listen(server)}/wechat`;
      const phone = await simulate(url, account);
      await phone.user("alice").sends("hi");
      await phone.close();
      const again = await simulate(new URL(url), account);
      expect((await again.user("alice").sends("again")).text).to.equal("again");
      await again.close();
    } finally {
      await shut(server);
    }
  });

  it("listens no more, also with connections open, and can be closed twice", async () => {
    const phone = await simulate(appOf(echo()), account);
    const ports = [phone.url, phone.botUrl].map((url) => Number(new URL(url).port));
    const sockets = ports.map((port) => connect(port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const ended = Promise.all(sockets.map((socket) => once(socket, "close")));
    for (const socket of sockets) socket.on("error", () => {}).resume();
    await Promise.all([phone.close(), phone.close()]);
    await phone.close();
    await ended;
    for (const port of ports) {
      const [error] = await once(connect(port, "127.0.0.1"), "error");
      expect(error.code).to.equal("ECONNREFUSED");
    }
  });

  it("says that nobody can do anything any more", async () => {
    const phone = await simulate(appOf(echo()), account);
    await phone.close();
    const { code, message } = await errorOf(phone.user("alice").sends("hi"));
    expect(code).to.equal("WX_SIMULATOR");
    expect(message).to.include("alice").and.include("await phone.close()");
    expect((await errorOf(phone.user("alice").opens("/"))).message).to.include("closed");
  });
});

describe("simulate() says what is wrong with what it was given:", () => {
  const messageOf = async (target: unknown, options: object = account) => {
    const { code, message } = await errorOf(simulate(target as Target, options as SimulateOptions));
    expect(code).to.equal("WX_SIMULATOR");
    return message;
  };

  const wrong: readonly [what: string, target: unknown, says: RegExp][] = [
    ["a function that returns nothing", () => {}, /does the function return the app\?/],
    ["an app of Express itself", (_request: unknown, _response: unknown) => {}, /as \(\) => app\./],
    ["an object that is no app", { listen() {} }, /an object \(Object\).*a Koa app, a Wechat/],
    ["nothing", undefined, /given nothing/],
    ["null", null, /given null/],
    [
      "an address without http",
      "localhost:3000/wechat",
      /such as "http:\/\/localhost:3000\/wechat"/,
    ],
    ["no address", "/wechat", /"\/wechat" is not the address/],
    ["a number", 3000, /a number/],
  ];
  for (const [what, target, says] of wrong) {
    it(what, async () => {
      expect(await messageOf(target)).to.match(says);
    });
  }

  it("no token, and a mode without a key", async () => {
    expect(await messageOf(appOf(echo()), {})).to.include("needs the bot's token");
    expect(await messageOf(appOf(echo()), { token: "t", mode: "safe" })).to.include(
      "encodingAESKey",
    );
  });

  it("a path where the bot is not, and an address where nobody listens", async () => {
    expect(await messageOf(appOf(echo()), { ...account, path: "/other" })).to.match(
      /Token验证失败.*status 404.*"path"/,
    );
    expect(await messageOf("http://127.0.0.1:1/wechat")).to.include("ECONNREFUSED");
  });

  it("what the function that makes the bot throws", async () => {
    const error = await errorOf(simulate(() => Promise.reject(new RangeError("mine")), account));
    expect(error).to.be.instanceOf(RangeError);
  });
});

describe("simulate(): whoever uses a simulated WeChat", () => {
  const { start } = phones();

  it("may use several at once, each with its own users", async () => {
    const [one, two] = await Promise.all([start(appOf(echo())), start(appOf(echo()))]);
    const answers = await Promise.all(
      ["a", "b", "c"].flatMap((text) => [
        one.user("alice").sends(`1${text}`),
        two.user("alice").sends(`2${text}`),
      ]),
    );
    expect(answers.map(({ text }) => text)).to.deep.equal(["1a", "2a", "1b", "2b", "1c", "2c"]);
    expect(one.user("alice").chat).to.have.length(6);
    expect(one.url).to.not.equal(two.url);
  });

  it("gets the bot's failure as WeChat would see it, from a Wechat without Koa too", async () => {
    const broken = { receive: () => Promise.reject(new Error("broken")) };
    const phone = await start(broken, { verify: false });
    const { reason } = await phone.user("alice").sends("hi");
    expect(reason).to.match(/status 500/);
  });

  it("sees a Wechat without Koa stay calm when WeChat hangs up", async () => {
    const wx = new Wechat({ ...account, deadline: { late: () => {} } }).on("text", async () => {
      await sleep(300);
      return "slow";
    });
    const phone = await start(wx, { patience: 80, attempts: 2 });
    expect(await phone.user("alice").sends("hi")).to.include({ attempts: 2, text: undefined });
    const { port } = new URL(phone.botUrl);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("POST /wechat HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    await sleep(30);
    socket.destroy();
    await sleep(30);
    await sleep(300);
    expect((await start(echo())).url).to.match(/^http/);
  });

  it("gets the pushes retried when connections break, each with the same body", async () => {
    let requests = 0;
    const callback = appOf(echo()).callback();
    const flaky: RequestListener = (request, response) => {
      requests += 1;
      if (request.method === "POST" && requests < 4) request.socket.destroy();
      else callback(request, response);
    };
    const phone = await start({ callback: () => flaky });
    const answer = await phone.user("alice").sends("hi");
    expect(answer).to.include({ text: "hi", attempts: 3 });
    const bodies = new Set(answer.push?.attempts.map(({ body }) => body));
    expect(bodies.size).to.equal(1);
    expect(answer.push?.attempts[0]?.failure).to.match(/the connection failed/);
  });

  it("may change a user's profile later", async () => {
    const phone = await start(appOf(echo()));
    phone.user("alice", { nickname: "A" });
    const same = phone.user("alice", { sex: 2 });
    expect(same).to.equal(phone.user("alice"));
    expect(phone.export().people[0]?.profile).to.include({ nickname: "A", sex: 2 });
  });

  it("sees nothing pushed for a user who follows or leaves twice", async () => {
    const phone = await start(appOf(echo()));
    const alice = phone.user("alice");
    expect((await alice.follows()).attempts).to.equal(1);
    expect(await alice.follows()).to.include({ attempts: 0, push: undefined });
    expect((await alice.unfollows()).attempts).to.equal(1);
    expect((await alice.unfollows()).attempts).to.equal(0);
    expect(alice.following).to.equal(false);
  });
});
