import { type ChildProcess, fork } from "node:child_process";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AccountKind } from "../../src/simulator/world/kinds.js";
import { type Phone, simulate } from "../../src/testing/index.js";
import type { User } from "../../src/testing/user.js";
import { bundle } from "../support/bundle.js";
import { pause, until } from "../support/until.js";

/** Everything is so many times as fast as with WeChat. By hand: STREAM_SCALE=1 npx mocha test/streams/fleet.test.ts */
export const scale = Number(process.env.STREAM_SCALE ?? 0.2);
const hint = "\n\n回复“继续”查看后文";

interface Event {
  readonly event: "listening" | "began" | "aborted" | "failed";
  readonly openid?: string;
  readonly port?: number;
  /** When it was heard of here. */
  readonly at: number;
}

/** Where the deliveries of each user go, by their number. */
type Routes = Map<string, (delivery: number) => number>;

/** Two bots on one Redis behind a balancer, and the simulated WeChat in front of it. */
export class Fleet {
  readonly phone: Phone;
  readonly events: Event[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #balancer: Server;
  readonly #routes: Routes;

  private constructor(phone: Phone, balancer: Server, routes: Routes) {
    this.phone = phone;
    this.#balancer = balancer;
    this.#routes = routes;
  }

  static async start(redisUrl: string, appId: string, kind: AccountKind): Promise<Fleet> {
    const routes: Routes = new Map();
    const deliveries = new Map<string, number>();
    const ports: number[] = [];
    const balancer = createServer((incoming, outgoing) => {
      let body = "";
      incoming.on("data", (chunk) => {
        body += chunk;
      });
      incoming.on("end", () => {
        const openid = /<FromUserName><!\[CDATA\[(.*?)\]\]>/.exec(body)?.[1] ?? "";
        const push = /<MsgId>\d+|<Event>.*/.exec(body)?.[0] ?? "";
        const delivery = (deliveries.get(openid + push) ?? 0) + 1;
        deliveries.set(openid + push, delivery);
        const port = ports[routes.get(openid)?.(delivery) ?? 0];
        const { url, method, headers } = incoming;
        const forwarded = request({ host: "127.0.0.1", port, path: url, method, headers });
        forwarded.on("response", (response) => {
          outgoing.writeHead(response.statusCode ?? 500, response.headers);
          response.pipe(outgoing);
        });
        forwarded.on("error", () => outgoing.destroy());
        outgoing.on("close", () => forwarded.destroy());
        forwarded.end(body);
      });
    });
    balancer.listen(0, "127.0.0.1");
    await until(() => balancer.address() !== null);
    const account = { token: "aTokenForTheseTests", appId, appSecret: "s".repeat(32) };
    const { port } = balancer.address() as AddressInfo;
    const patience = 5_000 * scale;
    const more = { kind, patience, verify: false };
    const phone = await simulate(`http://127.0.0.1:${port}/wechat`, { ...account, ...more });
    const fleet = new Fleet(phone, balancer, routes);
    const settings = JSON.stringify({ account, redisUrl, api: phone.url, scale });
    const file = await bundle("test/streams/fleet-bot.ts");
    for (const index of [0, 1]) {
      const child = fork(file, [settings]);
      child.on("message", (message: Omit<Event, "at">) => {
        fleet.events.push({ ...message, at: performance.now() });
        if (message.port !== undefined) ports[index] = message.port;
      });
      fleet.#children.push(child);
    }
    await until(() => ports.filter(Number).length === 2, 30_000);
    return fleet;
  }

  /** A user whose deliveries go where `route` says, by their number. */
  user(name: string, route: (delivery: number) => number = () => 0): User {
    const user = this.phone.user(name);
    this.route(user, route);
    return user;
  }

  route({ openid }: User, route: (delivery: number) => number): void {
    this.#routes.set(openid, route);
  }

  kill(index: number): void {
    this.#children[index]?.kill("SIGKILL");
  }

  /** What the bots have told of one user. */
  of({ openid }: User, event: Event["event"]): readonly Event[] {
    return this.events.filter((one) => one.event === event && one.openid === openid);
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await this.phone.close();
    this.#balancer.close();
  }
}

/** All that the account has said to a user. */
export function said(user: User): readonly string[] {
  return user.chat.flatMap(({ from, content }) =>
    from === "account" && content.type === "text" ? [content.content] : [],
  );
}

/** The same without placeholders and hints. */
export function wholeOf(user: User): string {
  return said(user)
    .filter((text) => text !== "正在思考…" && !text.startsWith("还在写"))
    .map((text) => text.replace(hint, ""))
    .join("");
}

/** The user sends 继续, once in so many seconds, until nothing more is said to come. */
export async function turnPages(user: User, seconds: number): Promise<void> {
  for (let page = 0; page < 60; page += 1) {
    await pause(seconds * 1_000 * scale);
    const { text = "", banner } = await user.sends("继续");
    if (banner !== undefined) throw new Error(`The user sees the banner: ${banner}`);
    if (!text.includes("继续")) return;
  }
  throw new Error("It never ends.");
}

/** So many characters, as the bots write them. */
export function written(characters: number): string {
  let text = "";
  for (let count = 1; text.length < characters; count += 1) text += `这是第${count}句话。`;
  return text;
}
