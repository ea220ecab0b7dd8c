import http, { type Agent, type ClientRequest } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";

/** What koa-wx needs of `fetch`: that of node-fetch, of Node, or your own with a proxy. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string | Buffer;
    redirect: "manual";
    signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

type Init = Omit<Parameters<Fetch>[1], "body"> & { body?: string | Buffer | Readable };
type Response = ReturnType<Fetch>;

/** Later than this, the server had time to do what it was asked for before it hung up. */
const staleWithin = 1_000;

/**
 * The `fetch` of node-fetch, which is loaded by the first call: a bot that makes none starts sooner.
 *
 * A kept-alive connection may be closed by the server at the moment when it is used again. As good as
 * always nobody has read the request then, so it is sent once more, over a connection of its own: what
 * browsers do, too. From a server that has read it and broke off at once, this cannot be told.
 */
export async function nodeFetch(url: string, init: Init): Response {
  const { default: fetch } = await import("node-fetch");
  // Told so at once, node-fetch destroys the body with an error that nobody could catch.
  init.signal.throwIfAborted();
  // Its types know neither Node's AbortSignal nor that a Buffer is a body.
  const send = fetch as unknown as (url: string, init: Init & { agent?: Agent }) => Response;
  const { Agent, globalAgent } = url.startsWith("https:") ? https : http;
  const alone = () => send(url, { ...init, agent: new Agent() });
  // A stream can be sent once only.
  if (init.body instanceof Readable) return alone();
  const reuse = new Reuse(globalAgent);
  try {
    return await send(url, { ...init, agent: reuse.agent });
  } catch (error) {
    if (init.signal.aborted || !reuse.wasStale(error)) throw error;
    // What fails then may say that nothing was sent, which of the first time nobody knows for certain.
    return alone().catch((again: unknown) => {
      throw init.signal.aborted ? again : error;
    });
  }
}

/** What becomes of one request on a connection that may have served others before. */
class Reuse {
  /** The shared agent, which tells of the request that it is given. */
  readonly agent: Agent;
  readonly #begun = performance.now();
  #request: ClientRequest | undefined;
  #isAnswered = false;

  constructor(shared: Agent) {
    // Not in Node's types, but what every agent has: `http.request` asks for this method alone.
    const { addRequest } = shared as unknown as { addRequest(...given: unknown[]): void };
    const watched = (request: ClientRequest, ...more: unknown[]) => {
      this.#watch(request);
      addRequest.call(shared, request, ...more);
    };
    this.agent = Object.create(shared, { addRequest: { value: watched } }) as Agent;
  }

  wasStale(error: unknown): boolean {
    const { code } = (error ?? {}) as { code?: unknown };
    return (
      this.#request?.reusedSocket === true &&
      !this.#isAnswered &&
      (code === "ECONNRESET" || code === "EPIPE") &&
      performance.now() - this.#begun < staleWithin
    );
  }

  #watch(request: ClientRequest): void {
    this.#request = request;
    request.once("socket", (socket: Socket) => {
      const answered = () => {
        this.#isAnswered = true;
      };
      socket.once("data", answered);
      request.once("close", () => socket.off("data", answered));
    });
  }
}
