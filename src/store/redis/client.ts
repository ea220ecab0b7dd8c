import { ConfigError } from "../../errors.js";
import type { Driver } from "./driver.js";
import { type IoRedisClient, ioRedisDriver } from "./io.js";
import {
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
  nodeRedisDriver,
} from "./node.js";

/** Every client of Redis that a RedisStore takes. */
export type RedisClient = IoRedisClient | NodeRedisClient | NodeRedisCluster | NodeRedisSentinel;

/** What may be looked at in something that should be a client. */
interface Given {
  readonly then?: unknown;
  readonly call?: unknown;
  readonly sendCommand?: unknown;
  readonly mode?: string;
  readonly isPubSubActive?: boolean;
  readonly options?: { readonly legacyMode?: boolean; readonly RESP?: number };
}

const accepted =
  "koa-wx takes a client of the package ioredis (new Redis(url), new Cluster(nodes)) or redis (await createClient({ url }).connect(), createClientPool(), createCluster(), createSentinel()).";

/** The way to use a client. Throws a ConfigError for one that can be seen not to work. */
export function driverOf(client: RedisClient, timeout: number): Driver {
  if (typeof client !== "object" || client === null) {
    throw refusal(typeof client === "string" ? "This is an address." : `This is ${typeof client}.`);
  }
  const given: Given = client as Given;
  if (typeof given.then === "function") throw refusal("This is the promise of one: await it.");
  if (given.options?.legacyMode === true || client.constructor?.name === "RedisLegacyClient") {
    throw refusal("In legacy mode it answers by callbacks: leave out legacyMode and legacy().");
  }
  if (given.mode === "monitor" || given.mode === "subscriber" || isDeafToCommands(given)) {
    throw refusal("This one listens, and may send no commands: pass another, client.duplicate().");
  }
  if (typeof given.call === "function") return ioRedisDriver(client as IoRedisClient);
  if (typeof given.sendCommand === "function") {
    return nodeRedisDriver(client as NodeRedisClient, timeout);
  }
  throw refusal("This is none.");
}

/** Of `redis`: with the third version of the protocol, which is its default from 6 on, both go. */
function isDeafToCommands(client: Given): boolean {
  const { RESP = "_keyPrefix" in client ? 3 : 2 } = client.options ?? {};
  return client.isPubSubActive === true && RESP === 2;
}

const refusal = (what: string) => new ConfigError(`${accepted} ${what}`);
