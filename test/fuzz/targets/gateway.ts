import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import Koa from "koa";
import { apiProxy, tokenServer } from "../../../src/gateway/index.js";
import { createClient } from "../../../src/index.js";
import type { Target } from "../fuzz.js";
import { mutateText, nastyText } from "../mutate.js";
import { mutateJson } from "../mutate-json.js";
import { mutatePairs, writeQuery } from "../mutate-query.js";
import { promised, seconds } from "../oracle.js";
import type { Random } from "../random.js";
import { asTarget, exchange, listenHere } from "../socket.js";

const appId = "wxgateway";
const secrets = { shop: "s".repeat(40), crm: "c".repeat(40) } as const;
const accessToken = "ACCESS-TOKEN-OF-THE-ACCOUNT";
const allowed = /^\/cgi-bin\/(user\/[\w/.-]+|message\/custom\/send)$/;
const statuses = new Set([200, 400, 401, 403, 404, 405, 408, 411, 413, 429, 431]);

/**
 * The gateway: signed requests of clients that ask for more than they may, and of others who change
 * what a client has signed. WeChat is reached, and a token given, only by whom it was granted to.
 */
export const gatewayTarget: Target = {
  name: "gateway",
  share: 2,
  async open() {
    const reached: string[] = [];
    const wechat = createServer((request, response) => {
      reached.push(request.url ?? "");
      request.resume();
      const answer = { errcode: 0, access_token: accessToken, expires_in: 7200, ticket: "TICKET" };
      request.on("end", () => {
        const json = { ...answer, echo: request.url };
        response.setHeader("Content-Type", "application/json").end(JSON.stringify(json));
      });
    });
    const baseUrl = `http://127.0.0.1:${await listenHere(wechat)}`;
    const account = createClient({ appId, appSecret: "fuzz-secret", baseUrl });
    await account.tokens.get();
    const rate = { points: 1e9, window: 1_000 };
    const clients = {
      shop: {
        secret: secrets.shop,
        rate,
        paths: ["/cgi-bin/user/*", "/cgi-bin/message/custom/send"],
      },
      crm: { secret: secrets.crm, rate, tokens: true },
    };
    const options = { accounts: [account], clients, now: () => seconds * 1000 };
    const app = new Koa();
    app.use(apiProxy({ ...options, baseUrl }));
    app.use(tokenServer(options));
    app.on("error", (error) => {
      if (!/^(HPE_|ECONNRESET|EPIPE)/.test(error?.code ?? "")) console.error(error);
    });
    const server = createServer(app.callback());
    const port = await listenHere(server);

    return {
      async run(random, trace) {
        const sent = makeRequest(random);
        trace.input = sent;
        reached.length = 0;
        const { status, body, raw } = await trace.time(() => exchange(port, [bytesOf(sent)]));
        promised(statuses.has(status), `the status is ${status}`);
        promised(!raw.includes("fuzz-secret"), "the AppSecret is shown");
        const isGranted = isSigned(sent);
        const isToken = sent.target.startsWith("/tokens/");
        for (const url of reached) {
          const { pathname, searchParams } = new URL(url, baseUrl);
          if (isToken && pathname.startsWith("/cgi-bin/ticket/")) continue;
          promised(isGranted, "WeChat was reached by a request that was not signed");
          if (pathname === "/cgi-bin/stable_token") continue;
          promised(allowed.test(pathname), `WeChat was reached at ${pathname}`);
          promised(searchParams.getAll("access_token").join() === accessToken, "another token");
          promised(!/[\\;]|%0|\/\.\.?(\/|$)/i.test(pathname), "a path that is not plain");
        }
        if (status === 200) promised(isGranted, "an unsigned request was served");
        if (!body.includes(accessToken) && !body.includes("TICKET")) return;
        const mayHave = isToken && sent.headers["Wx-Client"] === "crm";
        promised(mayHave || !body.includes(accessToken), "a token was given to a client without");
      },
      close() {
        for (const one of [server, wechat]) {
          one.close();
          one.closeAllConnections();
        }
      },
    };
  },
};

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const targets = [
  `/proxy/${appId}/cgi-bin/user/info`,
  `/proxy/${appId}/cgi-bin/message/custom/send`,
  `/proxy/${appId}/cgi-bin/token`,
  `/proxy/${appId}/cgi-bin/user/../token`,
  `/tokens/${appId}`,
  `/tokens/${appId}/tickets/jsapi`,
  `/tokens/${appId}/invalidate`,
];

function makeRequest(random: Random): Sent {
  const client = random.pick(["shop", "shop", "crm"] as const);
  let path = random.pick(targets);
  if (random.chance(0.3)) path = mutateText(path, random);
  const pairs = [
    ["openid", "o1"],
    ["lang", "zh_CN"],
  ] as const;
  const query = writeQuery(random.chance(0.5) ? mutatePairs(pairs, random) : pairs, random);
  const target = `/${asTarget(random.chance(0.7) ? `${path}?${query}` : path).replace(/^\/+/, "")}`;
  const method = random.chance(0.9) ? random.pick(["GET", "POST"]) : random.pick(["PUT", "HEAD"]);
  const body = method === "GET" ? "" : mutateJson({ touser: "o1", access_token: "x" }, random);
  const nonce = random.chance(0.95) ? random.bytes(16).toString("hex") : nastyText(random);
  const timestamp = String(seconds + (random.chance(0.05) ? random.pick([-301, 301, 1e9]) : 0));
  let sent: Sent = { method, target, body, headers: {} };
  const bodyHash = sha256(body);
  sent = {
    ...sent,
    headers: {
      "Wx-Client": client,
      "Wx-Timestamp": timestamp,
      "Wx-Nonce": asTarget(nonce).slice(0, 200),
      "Wx-Content-Sha256": bodyHash,
    },
  };
  sent.headers["Wx-Signature"] = signatureOf(sent, secrets[client]);
  // On the way.
  return random.chance(0.4) ? tamper(sent, random) : sent;
}

function tamper(sent: Sent, random: Random): Sent {
  const headers = { ...sent.headers };
  const name = random.pick(Object.keys(headers));
  return random.pick<() => Sent>([
    () => ({
      ...sent,
      target: `/${asTarget(mutateText(sent.target, random)).replace(/^\/+/, "")}`,
    }),
    () => ({ ...sent, body: mutateText(sent.body || "{}", random), method: "POST" }),
    () => ({ ...sent, method: sent.method === "GET" ? "POST" : "GET", body: "" }),
    () => {
      headers[name] = asTarget(mutateText(headers[name] as string, random)).slice(0, 200);
      return { ...sent, headers };
    },
    () => {
      delete headers[name];
      return { ...sent, headers };
    },
    () => ({
      ...sent,
      headers: { ...headers, "Wx-Client": random.pick(["crm", "shop", "nobody"]) },
    }),
    () => ({
      ...sent,
      headers: { ...headers, "X-HTTP-Method-Override": "POST", "X-Original-URL": "/" },
    }),
  ])();
}

function isSigned(sent: Sent): boolean {
  const { headers, body } = sent;
  const secret = Object.hasOwn(secrets, headers["Wx-Client"] ?? "")
    ? secrets[headers["Wx-Client"] as keyof typeof secrets]
    : undefined;
  return (
    secret !== undefined &&
    hashOf(headers) === sha256(body) &&
    headers["Wx-Signature"]?.toLowerCase() === signatureOf(sent, secret) &&
    Math.abs(Number(headers["Wx-Timestamp"]) - seconds) <= 300
  );
}

function signatureOf({ method, target, headers }: Sent, secret: string): string {
  const { "Wx-Timestamp": timestamp, "Wx-Nonce": nonce } = headers;
  const text = ["v1", method, target, timestamp, nonce, hashOf(headers)].join("\n");
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** A request without a body need not say what the hash of nothing is. */
function hashOf(headers: Sent["headers"]): string {
  return headers["Wx-Content-Sha256"]?.toLowerCase() || sha256("");
}

function bytesOf({ method, target, headers, body }: Sent): Buffer {
  const bytes = Buffer.from(body);
  const lines = [
    `${method} ${target} HTTP/1.1`,
    "Host: localhost",
    "Connection: close",
    "Content-Type: application/json",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(method === "GET" ? [] : [`Content-Length: ${bytes.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
