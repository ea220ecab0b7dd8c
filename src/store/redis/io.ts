import type { Socket } from "node:net";
import { setImmediate } from "node:timers";
import { type Driver, type Line, type LineEvents, troubleOf } from "./driver.js";

/** What is needed of a client of the package `ioredis`: a `Redis` or a `Cluster`. */
export interface IoRedisClient {
  /** `"ready"` while commands reach the server. */
  readonly status?: string;
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** What such a client has besides, when it is one of the package itself. */
interface IoRedis extends IoRedisClient {
  readonly isCluster?: boolean;
  readonly options?: { readonly keyPrefix?: string | Buffer; readonly scaleReads?: unknown };
  /** Of a Cluster: the connections to its nodes. */
  nodes?(role?: string): readonly IoRedis[];
  duplicate?(options: object): IoRedis;
  connect(): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  disconnect(): void;
  /** Its connection, if it is not a Cluster. */
  readonly stream?: Partial<Pick<Socket, "unref" | "cork" | "uncork" | "writableCorked">>;
  on(event: string, listener: (...args: string[]) => void): unknown;
}

const connecting = new Set(["connecting", "connect", "close", "reconnecting"]);

/** A command that only reads may go to a replica, which lags behind; a script never does. */
const read = 'return redis.call("get", KEYS[1])';

export function ioRedisDriver(client: IoRedisClient): Driver {
  const { options, isCluster, duplicate, nodes } = client as IoRedis;
  const readsReplicas = isCluster === true && (options?.scaleReads ?? "master") !== "master";
  return {
    state: () => {
      const { status = "ready" } = client;
      if (status === "end") return "closed";
      return connecting.has(status) ? "connecting" : "ready";
    },
    trouble: troubleOf(client),
    keyPrefix: String(options?.keyPrefix ?? ""),
    send: async (args) => {
      gather((client as IoRedis).stream);
      const [command = ""] = args;
      const rest = args.slice(1);
      // The names are in small letters, as old versions look for them to find the key.
      if (!readsReplicas || command !== "GET") return client.call(command.toLowerCase(), ...rest);
      return client.call("eval", read, "1", ...rest);
    },
    listen:
      typeof duplicate === "function" && typeof (isCluster ? nodes : duplicate) === "function"
        ? (events) => listen(client as IoRedis, events)
        : undefined,
  };
}

/** What is sent in one turn of the event loop goes out in one write, which is dear; the package `redis` does so too. */
function gather(stream: IoRedis["stream"]): void {
  if (stream?.writableCorked !== 0) return;
  stream.cork?.();
  setImmediate(() => stream.uncork?.());
}

async function listen(client: IoRedis, events: LineEvents): Promise<Line> {
  // Each node of a cluster passes on what is published at any other.
  const masters = client.nodes?.("master") ?? [client];
  const source = masters[Math.floor(Math.random() * masters.length)];
  if (source?.duplicate === undefined) throw new Error("The cluster has no node.");
  const copy = source.duplicate({
    keyPrefix: "",
    lazyConnect: true,
    enableOfflineQueue: true,
    autoResubscribe: false,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
  copy.on("error", () => {});
  copy.on("end", events.onLost);
  copy.on("message", (channel = "", message = "") => events.onMessage(channel, message));
  try {
    await copy.connect();
    // A process that has nothing else to do is not kept alive.
    copy.stream?.unref?.();
  } catch (error) {
    copy.disconnect();
    throw error;
  }
  return {
    subscribe: (channel) => copy.subscribe(channel),
    unsubscribe: (channel) => copy.unsubscribe(channel),
    ping: () => copy.ping(),
    isCurrent: () => client.nodes?.("master").includes(source) ?? true,
    close: () => copy.disconnect(),
  };
}
