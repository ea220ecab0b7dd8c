import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import Koa from "koa";
import { Wechat } from "../../src/index.js";
import { account, send, signedQuery, textXml } from "../support/push.js";
import { startWay } from "./way.js";

describe("wx.middleware(): a bot whose clients", function () {
  this.timeout(20_000);
  let server: Server;
  let address: AddressInfo;
  let ran: string[];
  const failures: unknown[] = [];
  const sockets: Socket[] = [];
  const note = (error: unknown) => void failures.push(error);

  before(() => void process.on("unhandledRejection", note));
  after(() => void process.off("unhandledRejection", note));
  beforeEach(async () => {
    ran = [];
    failures.length = 0;
    const wx = new Wechat({ token: account.token });
    wx.onText(/^wait (\d+)/, async (ctx) => {
      ran.push(ctx.message.Content);
      await sleep(Number(ctx.match[1]));
      return `waited ${ctx.match[1]}`;
    });
    wx.on("text", (ctx) => `echo ${ctx.message.Content}`);
    const app = new Koa().use(wx.middleware());
    // Koa tells of connections that break; that is all that may come.
    app.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNRESET" && error.code !== "EPIPE") note(error);
    });
    server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    address = server.address() as AddressInfo;
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
    expect(failures).to.deep.equal([]);
  });

  const open = async (port = address.port): Promise<Socket> => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };

  const head = (length: number) =>
    `POST /wechat?${new URLSearchParams(signedQuery())} HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
  const request = (body: string) => head(Buffer.byteLength(body)) + body;

  /** What comes over a connection until it holds the words, or ends. */
  const heard = async (socket: Socket, words: string): Promise<string> => {
    let text = "";
    for await (const data of socket) {
      text += String(data);
      if (text.includes(words)) break;
    }
    return text;
  };

  /** Checks that others are served, well within WeChat's five seconds. */
  const serves = async () => {
    const begun = performance.now();
    const { body } = await send(address, { query: signedQuery(), body: textXml("hi") });
    expect(body).to.include("echo hi");
    expect(performance.now() - begun).to.be.lessThan(4_000);
  };

  it("send their bodies byte by byte gives each five seconds in all, and the others their answers", async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => open()));
    const begun = performance.now();
    const body = textXml("wait 0");
    for (const socket of slow) socket.write(head(body.length));
    let sent = 0;
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write(body[sent] ?? " ");
      sent += 1;
    }, 50);
    try {
      const answers = Promise.all(slow.map((socket) => heard(socket, "within 5 seconds")));
      for (let count = 1; count <= 10; count += 1) {
        await serves();
        await sleep(300);
      }
      for (const answer of await answers) {
        expect(answer)
          .to.match(/^HTTP\/1\.1 408 /)
          .and.to.match(/connection: close/i);
      }
    } finally {
      clearInterval(drip);
    }
    // The last of the body must not have begun the time anew.
    expect(performance.now() - begun).to.be.within(4_500, 9_000);
    expect(sent).to.be.lessThan(body.length);
    expect(ran).to.deep.equal([]);
  });

  it("send a short body slowly, but in time, answers them", async () => {
    const socket = await open();
    const body = textXml("你好");
    const bytes = Buffer.from(body);
    socket.write(head(bytes.length));
    // Cut also within characters.
    for (let at = 0; at < bytes.length; at += 7) {
      socket.write(bytes.subarray(at, at + 7));
      await sleep(5);
    }
    expect(await heard(socket, "</xml>")).to.include("echo 你好");
  });

  it("send one request after another, each cut somewhere else, answers each on the same connection", async () => {
    const socket = await open();
    const answers: string[] = [];
    socket.on("data", (data) => void answers.push(String(data)));
    // So many bytes of the body come with the head.
    for (const [index, bytes] of [9_999, 0, 10, 200, 0, 9_999, 9_999].entries()) {
      const body = Buffer.from(textXml(`第${index}`));
      const first = head(body.length);
      const whole = Buffer.concat([Buffer.from(first), body]);
      const at = Math.min(first.length + bytes, whole.length);
      socket.write(whole.subarray(0, at));
      await sleep(20);
      if (at < whole.length) socket.write(whole.subarray(at));
      while (!answers.join("").includes(`echo 第${index}`)) await sleep(5);
    }
    expect(answers.join("").match(/HTTP\/1\.1 200/g)).to.have.length(7);
  });

  it("send two requests at once on a connection answers both, in order", async () => {
    const socket = await open();
    const [one, other] = ["一", "二"].map((text) => request(textXml(text))) as [string, string];
    socket.write(one + other);
    const heardOf = await heard(socket, "echo 二");
    expect(heardOf.indexOf("echo 一")).to.be.within(0, heardOf.indexOf("echo 二"));
  });

  it("do not go on with their headers still serves the others", async () => {
    for (let count = 1; count <= 200; count += 1) {
      (await open()).write("POST /wechat?signature=x HTTP/1.1\r\nHost: x\r\nX-A: ");
    }
    await serves();
    for (const socket of sockets) socket.write("b");
    await serves();
  });

  it("ask much and read nothing still serves the others, and lets go of them", async () => {
    const greedy = await Promise.all(Array.from({ length: 20 }, () => open()));
    const text = "x".repeat(500);
    for (const socket of greedy) {
      socket.pause();
      for (let count = 1; count <= 100; count += 1) socket.write(request(textXml(text)));
    }
    for (let count = 1; count <= 5; count += 1) await serves();
    for (const socket of greedy) socket.resetAndDestroy();
    await serves();
    await sleep(100);
    const count = await new Promise((resolve) => {
      server.getConnections((_, connections) => resolve(connections));
    });
    expect(count).to.equal(0);
  });

  it("hang up while the handlers run keeps the reply for the next delivery", async () => {
    for (const hangUp of ["destroy", "resetAndDestroy", "end"] as const) {
      const body = textXml(`wait 300 ${hangUp}`);
      const socket = await open();
      socket.write(request(body));
      await sleep(100);
      socket[hangUp]();
      await sleep(50);
      const { body: answer } = await send(address, { query: signedQuery(), body });
      expect(answer, hangUp).to.include("waited 300");
    }
    expect(ran).to.have.length(3);
  });

  it("vanish without hanging up gives the next delivery the same reply", async () => {
    await using way = await startWay(address.port);
    const body = textXml("wait 200");
    (await open(way.address.port)).write(request(body));
    await sleep(100);
    way.lose();
    way.cut();
    // The bot believes that it has answered.
    await sleep(300);
    const { body: answer } = await send(address, { query: signedQuery(), body });
    expect(answer).to.include("waited 200");
    expect(ran).to.have.length(1);
  });

  it("vanish in the middle of their bodies is rid of them after five seconds", async () => {
    await using way = await startWay(address.port);
    for (let count = 1; count <= 20; count += 1) {
      (await open(way.address.port)).write(`${head(500)}<xml>`);
    }
    await sleep(100);
    way.lose();
    way.cut();
    await serves();
    const left = () =>
      new Promise<number>((resolve) => {
        server.getConnections((_, connections) => resolve(connections));
      });
    expect(await left()).to.be.at.least(20);
    // Each is closed by its 408, whether or not that reaches anybody.
    while ((await left()) > 0) await sleep(100);
  });
});
