import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call as it arrived. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What a call is answered with: JSON, or whatever the function writes. */
export type Respond = (call: Call, response: ServerResponse) => unknown;

/** A server on this machine in the place of api.weixin.qq.com. */
export interface ApiServer {
  readonly url: string;
  readonly calls: Call[];
  /** The calls of one path. */
  to(path: string): Call[];
  /** Says how a path is answered: an object as JSON; a function that returns nothing has answered itself. */
  on(path: string, respond: Respond | object | string): void;
  /** How a path is answered now, to answer it so again. */
  answer(path: string): Respond;
  close(): Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const calls: Call[] = [];
  const answers = new Map<string, Respond | object | string>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://localhost");
    const call: Call = {
      method: request.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    calls.push(call);
    const answer = answers.get(call.path) ?? { errcode: 0, errmsg: "ok" };
    const json = typeof answer === "function" ? await (answer as Respond)(call, response) : answer;
    if (json === undefined) return;
    response.setHeader("Content-Type", "application/json; encoding=utf-8");
    response.end(typeof json === "string" ? json : JSON.stringify(json));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    to: (path) => calls.filter((call) => call.path === path),
    on: (path, respond) => void answers.set(path, respond),
    answer: (path) => answers.get(path) as Respond,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
