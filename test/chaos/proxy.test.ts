import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { TcpProxy } from "./proxy.js";

describe("npm run chaos: its proxy", () => {
  let server: Server;
  let served: Socket[] = [];
  let proxy: TcpProxy;

  beforeEach(async () => {
    served = [];
    server = createServer((socket) => {
      served.push(socket);
      socket.on("error", () => {});
      socket.pipe(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    proxy = await TcpProxy.start((server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    server.close();
  });

  const open = async () => {
    const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
    let heard = "";
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
    });
    await once(socket, "connect");
    return {
      socket,
      /** What came back, when it is as much as that or some time is over. */
      async heard(length: number, ms = 2_000) {
        const end = performance.now() + ms;
        while (heard.length < length && performance.now() < end) await sleep(5);
        return heard;
      },
    };
  };

  it("is late, in both directions, and lets nothing overtake what went before", async () => {
    const { socket, heard } = await open();
    const delays = [80, 0, 40];
    proxy.delay = (direction) => (direction === "there" ? (delays.shift() ?? 0) : 30);
    const begun = performance.now();
    for (const word of ["one ", "two ", "three"]) {
      socket.write(word);
      await sleep(10);
    }
    expect(await heard(13)).to.equal("one two three");
    expect(performance.now() - begun).to.be.within(105, 1_000);
    socket.end();
    await once(socket, "close");
  });

  it("goes silent for those who are connected, and hangs up for nobody", async () => {
    const lost = await open();
    lost.socket.write("hello");
    expect(await lost.heard(5)).to.equal("hello");
    proxy.lose();
    lost.socket.write("again");
    served[0]?.write("answer");
    expect(await lost.heard(6, 150)).to.equal("hello");
    expect(lost.socket.destroyed).to.equal(false);
    const fresh = await open();
    fresh.socket.write("fresh");
    expect(await fresh.heard(5)).to.equal("fresh");
    lost.socket.destroy();
    await sleep(50);
    expect(served[0]?.destroyed, "the server is not told").to.equal(false);
    fresh.socket.destroy();
  });

  it("cuts connections and refuses new ones", async () => {
    const { socket } = await open();
    const reset = once(socket, "error");
    proxy.refuses = true;
    proxy.cut();
    expect(((await reset) as [NodeJS.ErrnoException])[0].code).to.equal("ECONNRESET");
    const refused = connect(proxy.port, "127.0.0.1");
    await once(refused, "error");
    proxy.refuses = false;
    const fresh = await open();
    fresh.socket.write("back");
    expect(await fresh.heard(4)).to.equal("back");
    fresh.socket.destroy();
  });

  it("shows what passes: asked as it leaves, answered as it arrives", async () => {
    const shown: string[] = [];
    proxy.tap = () => ({
      asked: (chunk) => void shown.push(`> ${chunk}`),
      answered: (chunk) => void shown.push(`< ${chunk}`),
    });
    proxy.delay = () => 40;
    const { socket, heard } = await open();
    socket.write("a");
    await sleep(10);
    expect(shown).to.deep.equal(["> a"]);
    expect(await heard(1)).to.equal("a");
    expect(shown).to.deep.equal(["> a", "< a"]);
    socket.destroy();
  });
});
