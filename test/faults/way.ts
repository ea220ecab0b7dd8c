import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that tests can make bad. */
export interface Way extends AsyncDisposable {
  readonly address: AddressInfo;
  /** How much later everything that the server says arrives, in milliseconds. */
  delay: number;
  /** Loses for good what the connections of now say and that they are hung up, as a router does that was changed. */
  lose(): void;
  /** Resets the connections to those who ask; the server is told nothing of those that are lost. */
  cut(): void;
}

/** Starts a way to a port of this machine. */
export async function startWay(port: number): Promise<Way> {
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  const lost = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    clients.add(client);
    servers.add(upstream);
    const isOpen = (socket: Socket) => !socket.destroyed && !lost.has(client);
    client.on("data", (data) => void (isOpen(upstream) && upstream.write(data)));
    client.on("end", () => void (isOpen(upstream) && upstream.end()));
    const onTheWay: Buffer[] = [];
    upstream.on("data", (data) => {
      // Whatever the delay is by now, nothing overtakes what was said before.
      onTheWay.push(data);
      const pass = () => {
        const next = onTheWay.shift();
        if (next !== undefined && isOpen(client)) client.write(next);
      };
      if (way.delay === 0 && onTheWay.length === 1) pass();
      else setTimeout(pass, way.delay).unref();
    });
    client.on("close", () => {
      clients.delete(client);
      if (!lost.has(client)) upstream.destroy();
    });
    upstream.on("close", () => {
      servers.delete(upstream);
      if (!lost.has(client)) client.destroy();
    });
    client.on("error", () => {});
    upstream.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const way: Way = {
    address: server.address() as AddressInfo,
    delay: 0,
    lose() {
      for (const client of clients) lost.add(client);
    },
    cut() {
      for (const client of clients) client.resetAndDestroy();
    },
    async [Symbol.asyncDispose]() {
      way.cut();
      for (const upstream of servers) upstream.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return way;
}
