import { createServer, type Server } from "node:http";
import Koa from "koa";
import { checkAnswer } from "../answer.js";
import { accounts, type Bot, startBot } from "../bot.js";
import { pushes } from "../corpus.js";
import type { Bench, Target } from "../fuzz.js";
import { mutateBytes, nastyText } from "../mutate.js";
import { isSigned, promised, seconds, sha1, valuesOf } from "../oracle.js";
import { makeRequest, type Request } from "../push.js";
import type { Random } from "../random.js";
import { asTarget, exchange, listenHere } from "../socket.js";

/** Whole requests over real sockets, to a Koa app with every kind of account. */
export const httpTarget: Target = {
  name: "http",
  share: 5,
  async open() {
    const site = await startSite();
    return {
      async run(random, trace) {
        const bot = random.pick(site.bots);
        const made = makeRequest(bot.secrets, random);
        const request = { ...made, query: asTarget(made.query) };
        trace.input = { account: bot.secrets.appId, ...request };
        site.reset(bot);
        const parts = write(bot, request, random);
        const answer = await trace.time(() => exchange(site.portOf(bot), parts));
        promised(answer.status !== 0, "there was no answer");
        // Node upper-cases nothing: a method in lower case is none.
        if (!/^[A-Z]+$/.test(request.method))
          promised(answer.status === 400, "a method of its own");
        else if (answer.status !== 404) checkAnswer(request, answer, bot);
        else promised(!isAddressed(request.query), "it was not found");
      },
      close: site.close,
    };
  },
};

/** Bytes over real sockets that are no proper HTTP, or nearly. */
export const socketTarget: Target = {
  name: "socket",
  share: 1,
  async open() {
    const site = await startSite();
    let count = 0;
    return {
      async run(random, trace) {
        const bot = random.pick(site.bots);
        const made = makeRequest(bot.secrets, random);
        site.reset(bot);
        const [bytes = Buffer.alloc(0)] = write(
          bot,
          { ...made, query: asTarget(made.query) },
          random,
        );
        const broken = breakFraming(bytes, random);
        trace.input = broken.toString("latin1");
        const { raw } = await trace.time(() => exchange(site.portOf(bot), [broken], 5));
        const statuses = [...raw.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => status);
        promised(
          statuses.every((status = "") => status < "500"),
          `a status of ${statuses}`,
        );
        const targets = [...broken.toString("latin1").matchAll(/\?([^\s]*)/g)];
        const mayBeSeen = targets.some(([, query = ""]) => isSigned(query, bot.secrets.tokens));
        promised(bot.seen.length === 0 || mayBeSeen, "an unsigned push was handled");
        count += 1;
        if (count % 50 === 0) await mustBeUp(site.portOf(bot), bot);
      },
      close: site.close,
    };
  },
};

async function startSite() {
  const bots = accounts.map(startBot);
  const servers = bots.map(({ wx }) => {
    const app = new Koa();
    app.use(wx.middleware());
    app.on("error", (error) => {
      // Koa tells of connections that broke, too.
      if (!/^(HPE_|ECONNRESET|EPIPE)/.test(error?.code ?? "")) console.error(error);
    });
    return createServer(app.callback());
  });
  const ports = new Map<Bot, number>();
  for (const [index, bot] of bots.entries()) {
    ports.set(bot, await listenHere(servers[index] as Server));
  }
  let count = 0;
  return {
    bots,
    portOf: (bot: Bot) => ports.get(bot) as number,
    reset(bot: Bot) {
      count += 1;
      bot.key = String(count);
      bot.seen = [];
      bot.said = undefined;
    },
    close: (async () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      for (const { wx } of bots) await wx.close();
    }) satisfies Bench["close"],
  };
}

/** Whether a query holds what tells that a request is for koa-wx. */
function isAddressed(query: string): boolean {
  const names = ["signature", "msg_signature", "echostr"];
  return names.some((name) => valuesOf(query, name).length > 0);
}

/** A request as its bytes, in one piece or several. */
function write(bot: Bot, { method, query, body }: Request, random: Random): Buffer[] {
  const bytes = Buffer.from(body as string);
  const headers = ["Host: localhost", "Connection: close"];
  const types = ["text/xml", "application/json", "multipart/form-data", "text/xml; charset=gbk"];
  if (random.chance(0.9)) headers.push(`Content-Type: ${random.pick(types)}`);
  if (random.chance(0.05)) {
    const odd = ["Content-Encoding: gzip", "Expect: 100-continue", "X-Forwarded-For: 1.2.3.4"];
    headers.push(random.pick(odd));
  }
  let framed = bytes;
  if (bytes.length > 0 && random.chance(0.2)) {
    headers.push("Transfer-Encoding: chunked");
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + random.between(1, bytes.length));
      parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
      at += part.length;
    }
    framed = Buffer.concat([...parts, Buffer.from("0\r\n\r\n")]);
  } else headers.push(`Content-Length: ${bytes.length}`);
  const head = `${method} /${bot.secrets.appId}?${query} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head, "latin1"), framed]);
  if (!random.chance(0.2)) return [whole];
  const at = random.below(whole.length);
  return [whole.subarray(0, at), whole.subarray(at)];
}

/** Bytes of a request whose parts do not fit together. */
function breakFraming(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString("latin1");
  const changed = random.pick<() => string>([
    () => text.replace(/Content-Length: \d+/, `Content-Length: ${random.pick(lengths)}`),
    () => text.replace("\r\n\r\n", `\r\nContent-Length: ${random.pick(lengths)}\r\n\r\n`),
    () => text.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"),
    () => text.replace("\r\n\r\n", "\r\nTransfer-Encoding: gzip, identity\r\n\r\n"),
    () => text.replace("\r\n\r\n", `\r\nX: ${"a".repeat(2 ** random.between(4, 15))}\r\n\r\n`),
    () => text.replace("\r\n\r\n", `\r\n${nastyText(random)}: ${nastyText(random)}\r\n\r\n`),
    () => text.replaceAll("\r\n", "\n"),
    () => text.replace("HTTP/1.1", random.pick(["HTTP/1.0", "HTTP/9.9", "HTTP", "ICY", ""])),
    () => text.replace("Host: localhost\r\n", ""),
    () => text.slice(0, random.below(text.length)),
    () => text + text,
    () => text.replace("?", nastyText(random)),
    () => text.replace(/^\w+/, random.pick(["CONNECT", "TRACE", "PRI", "\u0016\u0003", "GETT"])),
    () => text.replace(" /", random.pick([" http://[", " *", " //", " /%", " /..%2f"])),
  ])();
  const broken = Buffer.from(changed, "latin1");
  return random.chance(0.3) ? mutateBytes(broken, random) : broken;
}

const lengths = [
  "0",
  "1",
  "-1",
  "99999999",
  "1e3",
  "0x10",
  "65537",
  "18446744073709551616",
  "",
  "a",
];

/** A proper push is answered: the server has survived what came before. */
async function mustBeUp(port: number, bot: Bot): Promise<void> {
  const [timestamp, nonce] = [String(seconds), String(Math.random()).slice(2)];
  const signature = sha1(bot.secrets.tokens[0] as string, timestamp, nonce);
  const body = Buffer.from(pushes.find((push) => push.includes("<Content>")) as string);
  bot.key = nonce;
  bot.seen = [];
  const head = `POST /${bot.secrets.appId}?signature=${signature}&timestamp=${timestamp}&nonce=${nonce} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await exchange(port, [Buffer.from(head), body]);
  const isRight = bot.seen.length === 1 ? answer.status === 200 : answer.status === 403;
  promised(isRight, "the server does not answer any more");
}
