import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import Koa, { type Middleware } from "koa";
import { createClient } from "../../src/api/client.js";
import type { AuditEvent } from "../../src/gateway/admission/audit.js";
import { sha256, signingHeaders, signParts } from "../../src/gateway/signing.js";
import type { Store } from "../../src/store/store.js";
import type { ApiServer } from "../support/api-server.js";

export const appId = "wx1111111111111111";
export const appSecret = "the-app-secret-of-the-account";
export const secret = "shop-secret-0123456789abcdef0123456789";
export const crmSecret = "crm-secret-0123456789abcdef0123456789a";

export function accountOf(wechat: ApiServer, store?: Store, id = appId) {
  return createClient({
    appId: id,
    appSecret,
    baseUrl: wechat.url,
    ...(store === undefined ? {} : { store }),
  });
}

/** Makes the local WeChat give `T1`, then `T2`, as often as it is asked after a token was refused. */
export function giveTokens(wechat: ApiServer, expires_in = 7200) {
  const state = { current: "T1-0123456789", refused: new Set<string>() };
  wechat.on("/cgi-bin/stable_token", () => {
    if (state.refused.has(state.current)) {
      const count = Number(/\d+/.exec(state.current)?.[0]) + 1;
      state.current = `T${count}-0123456789`;
    }
    return { access_token: state.current, expires_in };
  });
  return state;
}

export const invalid = { errcode: 40001, errmsg: "invalid credential, access_token is invalid" };

export interface Gateway {
  readonly url: string;
  readonly port: number;
  readonly audits: AuditEvent[];
  /** Everything that was logged: errors of the app, and audits. */
  readonly log: () => string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startGateway(
  build: (audit: (event: AuditEvent) => void) => readonly Middleware[],
): Promise<Gateway> {
  const audits: AuditEvent[] = [];
  const errors: string[] = [];
  const app = new Koa();
  app.on("error", (error: Error) => {
    for (let at: unknown = error; at instanceof Error; at = at.cause) errors.push(`${at.stack}`);
  });
  for (const middleware of build((event) => audits.push(event))) app.use(middleware);
  const server = createServer(app.callback()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    audits,
    log: () => errors.join("\n") + JSON.stringify(audits),
    close,
    [Symbol.asyncDispose]: close,
  };
}

export interface Signing {
  readonly id?: string;
  readonly secret?: string;
  readonly timestamp?: string;
  readonly nonce?: string;
  /** What is signed in place of what is sent. */
  readonly method?: string;
  readonly target?: string;
  readonly bodyHash?: string;
}

let count = 0;

export function signed(
  method: string,
  target: string,
  body: string | Buffer = "",
  signing: Signing = {},
): Record<string, string> {
  const timestamp = signing.timestamp ?? String(Math.floor(Date.now() / 1000));
  const nonce = signing.nonce ?? `nonce-0123456789-${process.pid}-${count++}`;
  const bodyHash = signing.bodyHash ?? sha256(body);
  const parts = {
    method: signing.method ?? method,
    target: signing.target ?? target,
    timestamp,
    nonce,
    bodyHash,
  };
  return {
    [signingHeaders.client]: signing.id ?? "shop",
    [signingHeaders.timestamp]: timestamp,
    [signingHeaders.nonce]: nonce,
    [signingHeaders.bodyHash]: bodyHash,
    [signingHeaders.signature]: signParts(signing.secret ?? secret, parts),
  };
}

export interface Received {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Sends a request as it is given, with a path that nobody tidies up. */
export function raw(
  { port }: { readonly port: number },
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
  signal?: AbortSignal,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path: target, headers, agent: false };
    const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
    const req = request(
      { ...options, headers: { ...length, ...headers }, ...(signal ? { signal } : {}) },
      async (res) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of res) chunks.push(chunk as Buffer);
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString("utf8");
          const { statusCode: status = 0, headers: received } = res;
          resolve({ status, headers: received, bytes, text, json: parse(text) });
        } catch (error) {
          reject(error);
        }
      },
    );
    req.on("error", reject);
    req.end(body);
  });
}

/** Sends a signed request. */
export function call(
  gateway: { readonly port: number },
  method: string,
  target: string,
  body?: string | Buffer,
  signing?: Signing,
  headers: Record<string, string> = {},
): Promise<Received> {
  return raw(
    gateway,
    method,
    target,
    { ...signed(method, target, body, signing), ...headers },
    body,
  );
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export async function until(condition: () => boolean, ms = 3_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error("It did not come to pass.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
