import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What listens to both directions of one connection. */
export interface Tap {
  /** What the client says, as it leaves the client. */
  asked(chunk: Buffer): void;
  /** What the server says, as it reaches the client. */
  answered(chunk: Buffer): void;
}

/** A TCP proxy to a port of this machine, which can be slow, silent or closed. */
export class TcpProxy implements AsyncDisposable {
  readonly #target: number;
  readonly #server = createServer({ noDelay: true }, (client) => this.#accept(client));
  readonly #links = new Set<Link>();
  /** How many milliseconds the next segment is held on its way there and back; what follows it waits. */
  delay: (direction: "there" | "back") => number = () => 0;
  /** Whether new connections are closed at once. */
  refuses = false;
  /** Makes what listens to each new connection. */
  tap: (() => Tap) | undefined;

  private constructor(target: number) {
    this.#target = target;
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Both sides of the connections of now hear nothing more, not even that the other hung up. */
  lose(): void {
    for (const link of this.#links) link.isLost = true;
  }

  /** Resets the connections of now. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuses = true;
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    if (this.refuses) {
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const link = new Link(
      client,
      connect({ port: this.#target, host: "127.0.0.1", noDelay: true }),
      {
        delay: (direction) => this.delay(direction),
        tap: this.tap?.(),
        closed: () => void this.#links.delete(link),
      },
    );
    this.#links.add(link);
  }
}

interface LinkOptions {
  delay(direction: "there" | "back"): number;
  readonly tap: Tap | undefined;
  closed(): void;
}

/** One connection through the proxy. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  isLost = false;

  constructor(client: Socket, server: Socket, { delay, tap, closed }: LinkOptions) {
    this.#client = client;
    this.#server = server;
    const there = new Lane();
    const back = new Lane();
    const pass = (lane: Lane, ms: number, act: () => void) =>
      lane.add(ms, () => {
        if (!this.isLost) act();
      });
    client.on("data", (chunk: Buffer) => {
      if (this.isLost) return;
      tap?.asked(chunk);
      pass(there, delay("there"), () => void server.write(chunk));
    });
    server.on("data", (chunk: Buffer) =>
      pass(back, delay("back"), () => {
        tap?.answered(chunk);
        client.write(chunk);
      }),
    );
    client.on("end", () => pass(there, 0, () => void server.end()));
    server.on("end", () => pass(back, 0, () => void client.end()));
    client.on("error", () => {});
    server.on("error", () => {});
    client.on("close", () => {
      if (!this.isLost) pass(there, 0, () => void server.destroy());
      if (server.destroyed) closed();
    });
    server.on("close", () => {
      if (!this.isLost) pass(back, 0, () => void client.destroy());
      if (client.destroyed) closed();
    });
  }

  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }
}

/** One direction of a connection: nothing overtakes what went before it. */
class Lane {
  readonly #waiting: { readonly due: number; readonly act: () => void }[] = [];
  #last = 0;

  add(ms: number, act: () => void): void {
    const now = performance.now();
    const due = Math.max(now + ms, this.#last);
    this.#last = due;
    if (due <= now && this.#waiting.length === 0) {
      act();
      return;
    }
    this.#waiting.push({ due, act });
    setTimeout(() => this.#flush(), Math.ceil(due - now));
  }

  #flush(): void {
    const now = performance.now();
    // A timer may be a fraction of a millisecond early.
    while ((this.#waiting[0]?.due ?? Number.POSITIVE_INFINITY) <= now + 1)
      this.#waiting.shift()?.act();
  }
}
