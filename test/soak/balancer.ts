import { createHash } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface BalancerOptions {
  /** The ports of the bot's processes. */
  readonly ports: readonly number[];
  /** How many of a hundred connections are lost. */
  readonly lost: number;
  /** WeChat's patience, in milliseconds. */
  readonly patience: number;
}

/** What stands between WeChat and the bot's processes, and loses connections. */
export interface Balancer {
  readonly url: string;
  /** Whether a retry may reach another process; else a user's pushes all go to the same one. */
  roams: boolean;
  /** How many connections were lost on purpose. */
  readonly losses: number;
  close(): Promise<void>;
}

/** WeChat delivers no push more often; what is lost then cannot be mended by anybody. */
const attempts = 3;

/** Starts the balancer. It never loses the last delivery of a push. */
export async function startBalancer({ ports, lost, patience }: BalancerOptions): Promise<Balancer> {
  const sockets = new Set<Socket>();
  // How often each push was delivered; two generations, so that nothing is kept for ever.
  let [young, old] = [new Map<string, number>(), new Map<string, number>()];
  const turn = setInterval(() => {
    [young, old] = [new Map(), young];
  }, 60_000);
  let losses = 0;

  const server = createServer({ noDelay: true }, (wechat) => {
    track(wechat, sockets);
    wechat.once("data", (head: Buffer) => {
      const line = head.toString("latin1", 0, Math.max(0, head.indexOf("\r\n")));
      const [, query = ""] = /\?(\S*)/.exec(line) ?? [];
      const params = new URLSearchParams(query);
      const push = params.get("nonce") ?? "";
      const count = (young.get(push) ?? old.get(push) ?? 0) + 1;
      young.set(push, count);
      const isLost = count < attempts && Math.random() * 100 < lost;
      const way = isLost ? Math.floor(Math.random() * 3) : -1;
      if (isLost) losses += 1;
      // Lost on the way there.
      if (way === 0) {
        wechat.destroy();
        return;
      }
      const user = params.get("openid") ?? "";
      const index = balancer.roams
        ? Math.floor(Math.random() * ports.length)
        : createHash("sha1").update(user).digest().readUInt16BE() % ports.length;
      const bot = connect({ port: ports[index] as number, host: "127.0.0.1", noDelay: true });
      track(bot, sockets);
      bot.write(head);
      wechat.pipe(bot);
      wechat.on("close", () => bot.destroy());
      bot.on("close", () => wechat.destroy());
      // Lost on the way back: the bot believes that WeChat has its answer.
      if (way === 1) bot.once("data", () => wechat.destroy());
      else bot.pipe(wechat);
      // Lost at any moment, perhaps before there is an answer.
      if (way === 2) setTimeout(() => wechat.destroy(), Math.random() ** 3 * patience);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const balancer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/wechat`,
    roams: true,
    get losses() {
      return losses;
    },
    async close() {
      clearInterval(turn);
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
  return balancer;
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("close", () => sockets.delete(socket));
}
