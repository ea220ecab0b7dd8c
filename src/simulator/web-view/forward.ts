import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import { type Duplex, pipeline } from "node:stream";
import { type Addresses, policyWithStandIn, withStandIn } from "./addresses.js";

/** What the browser inside WeChat says of itself, behind what this one says. */
const wechatAgent = "MicroMessenger/8.0.50(0x28003255) NetType/WIFI Language/zh_CN";

/** Only so much is looked through, in bytes; what is longer passes as it is. */
const pageLimit = 4 * 1024 * 1024;
const bodyLimit = 64 * 1024;

/** Of one connection, and so not passed on. */
const hopByHop = [
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
];

/** Passes a request of the web view on to the server whose page it shows, and its answer back. */
export async function forward(
  addresses: Addresses,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const body = await smallBody(req);
  const changed = body === undefined ? undefined : Buffer.from(addresses.toOwn(body.toString()));
  const headers = requestHeaders(addresses, req.headers);
  if (changed !== undefined) headers["content-length"] = String(changed.length);
  const asked = request(addresses.own, {
    method: req.method,
    path: addresses.toOwn(req.url ?? "/"),
    headers,
  });
  asked.on("error", (error: NodeJS.ErrnoException) => refuse(addresses, res, error));
  asked.on("response", (answer) => void pass(addresses, req, answer, res));
  res.on("close", () => asked.destroy());
  if (changed !== undefined) asked.end(changed);
  else pipeline(req, asked, () => undefined);
}

/** Passes a connection on that becomes another one, such as a WebSocket. */
export function forwardUpgrade(addresses: Addresses, req: IncomingMessage, socket: Duplex): void {
  const headers = requestHeaders(addresses, req.headers);
  const { upgrade } = req.headers;
  const asked = request(addresses.own, {
    method: req.method,
    path: addresses.toOwn(req.url ?? "/"),
    headers: { ...headers, connection: "Upgrade", ...(upgrade === undefined ? {} : { upgrade }) },
  });
  const end = () => {
    socket.destroy();
    asked.destroy();
  };
  socket.on("error", end);
  asked.on("error", end);
  asked.on("response", end);
  asked.on("upgrade", (answer, other, head) => {
    const lines = [`HTTP/1.1 101 ${answer.statusMessage}`];
    for (let at = 0; at < answer.rawHeaders.length; at += 2) {
      lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
    }
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    socket.write(head);
    pipeline(socket, other, socket, () => undefined);
  });
  asked.end();
}

async function pass(
  addresses: Addresses,
  { method }: IncomingMessage,
  answer: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const headers = answerHeaders(addresses, answer.headers);
  const status = answer.statusCode ?? 502;
  const type = String(answer.headers["content-type"] ?? "");
  const isPage = /^\s*text\/html\b/i.test(type);
  const isLookedThrough = isPage || /^\s*(?:text|application)\/(?:x-)?javascript\b/i.test(type);
  const isWhole = method !== "HEAD" && status === 200 && !answer.headers["content-encoding"];
  if (!isLookedThrough || !isWhole) {
    res.writeHead(status, headers);
    pipeline(answer, res, () => undefined);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > pageLimit) break;
    }
  } catch {
    res.destroy();
    return;
  }
  // Of a page in another encoding, each byte stays what it is.
  const encoding = /charset\s*=\s*"?(?!utf-?8)/i.test(type) ? "latin1" : "utf8";
  const source = Buffer.concat(chunks).toString(encoding);
  if (size > pageLimit) return refuse(addresses, res, new Error("it is longer than 4 MiB"));
  const shown = withStandIn(isPage ? addresses.toView(source) : source);
  const bytes = Buffer.from(shown, encoding);
  res.writeHead(status, { ...headers, "content-length": String(bytes.length) });
  res.end(bytes);
}

/** The body, if addresses may stand in it and it is small; otherwise it passes as it comes. */
async function smallBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const length = Number(req.headers["content-length"] ?? "0");
  const type = req.headers["content-type"] ?? "";
  if (length === 0 || length > bodyLimit) return undefined;
  if (!/^application\/(?:json|x-www-form-urlencoded)\b/i.test(type)) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function requestHeaders(
  addresses: Addresses,
  given: IncomingHttpHeaders,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    ...passed(given),
    host: new URL(addresses.own).host,
  };
  for (const name of ["origin", "referer"] as const) {
    const value = given[name];
    if (value !== undefined) headers[name] = addresses.toOwn(value);
  }
  // What is compressed cannot be looked through.
  delete headers["accept-encoding"];
  headers["user-agent"] = `${given["user-agent"] ?? "Mozilla/5.0"} ${wechatAgent}`;
  return headers;
}

function answerHeaders(
  addresses: Addresses,
  given: IncomingHttpHeaders,
): Record<string, string | string[]> {
  const headers = passed(given);
  for (const name of ["location", "access-control-allow-origin"]) {
    const value = headers[name];
    if (typeof value === "string") headers[name] = addresses.toView(value);
  }
  const policy = headers["content-security-policy"];
  if (policy !== undefined) headers["content-security-policy"] = policyWithStandIn(String(policy));
  const cookies = given["set-cookie"];
  if (cookies !== undefined) {
    headers["set-cookie"] = cookies.map((cookie) => cookie.replace(/;\s*domain=[^;]*/i, ""));
  }
  return headers;
}

function passed(given: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(given).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined && !hopByHop.includes(entry[0]),
    ),
  );
}

function refuse(addresses: Addresses, res: ServerResponse, error: NodeJS.ErrnoException): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  res.writeHead(502, { "content-type": "text/plain; charset=utf-8" });
  res.end(
    `无法打开 ${addresses.own} (${error.code ?? error.message})\n${addresses.own} cannot be opened.\n`,
  );
}
