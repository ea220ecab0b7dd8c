import * as ioredis6 from "ioredis";
import * as ioredis5 from "ioredis5";
import * as redis6 from "redis";
import * as redis4 from "redis4";
import * as redis5 from "redis5";
import type { RedisClient } from "../../src/store/redis/client.js";
import type { EveryRedis } from "./redis-fleet.js";

export interface OpenClient {
  readonly client: RedisClient;
  close(): unknown;
}

/** Every kind of client that reaches Redis, of each version that users have. */
export function everyClient(servers: EveryRedis): Record<string, () => Promise<OpenClient>> {
  const retry = { retryStrategy: () => 50, maxRetriesPerRequest: null };
  const socket = { reconnectStrategy: 50 };
  const rootNodes = () => servers.cluster.nodes.map(({ url }) => ({ url }));
  const opened: Record<string, () => Promise<OpenClient>> = {};
  const add = (name: string, make: () => Promise<OpenClient> | OpenClient) => {
    opened[name] = async () => make();
  };

  for (const [name, { Redis, Cluster }] of Object.entries({
    ioredis: ioredis6,
    "ioredis 5": ioredis5 as unknown as typeof ioredis6,
  })) {
    const open = (client: ioredis6.Redis | ioredis6.Cluster): OpenClient => {
      client.on("error", () => {});
      return { client, close: () => client.disconnect() };
    };
    add(name, () => open(new Redis(servers.single.port, "127.0.0.1", retry)));
    add(`${name}, Cluster`, () =>
      open(
        new Cluster(
          servers.cluster.nodes.map(({ port }) => ({ host: "127.0.0.1", port })),
          { clusterRetryStrategy: () => 50, slotsRefreshTimeout: 2_000 },
        ),
      ),
    );
    add(`${name}, Sentinel`, () =>
      open(
        new Redis({
          ...retry,
          sentinels: [{ host: "127.0.0.1", port: servers.sentinel.port }],
          name: servers.sentinel.name,
          sentinelRetryStrategy: () => 50,
        }),
      ),
    );
  }

  for (const [
    name,
    { createClient, createClientPool, createCluster, createSentinel },
  ] of Object.entries({
    redis: redis6,
    "redis 5": redis5 as unknown as typeof redis6,
  })) {
    add(name, () => openNode(createClient({ url: servers.single.url, socket })));
    add(`${name}, pool`, () => openNode(createClientPool({ url: servers.single.url, socket })));
    add(`${name}, cluster`, () =>
      openNode(createCluster({ rootNodes: rootNodes(), defaults: { socket } })),
    );
    add(`${name}, Sentinel`, () =>
      openNode(
        createSentinel({
          name: servers.sentinel.name,
          sentinelRootNodes: [{ host: "127.0.0.1", port: servers.sentinel.port }],
          nodeClientOptions: { socket },
        }),
      ),
    );
  }
  add("redis 4", () => openNode(redis4.createClient({ url: servers.single.url, socket })));
  add("redis 4, cluster", () =>
    openNode(redis4.createCluster({ rootNodes: rootNodes(), defaults: { socket } })),
  );
  return opened;
}

/** Which kind of Redis a client of that name is for. */
export function kindOf(name: string): "single" | "cluster" | "sentinel" {
  if (/sentinel/i.test(name)) return "sentinel";
  return /cluster/i.test(name) ? "cluster" : "single";
}

interface NodeClient {
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  readonly isOpen?: boolean;
  close?(): Promise<unknown>;
  quit?(): Promise<unknown>;
}

async function openNode<C extends RedisClient & object>(client: C): Promise<OpenClient> {
  const node = client as C & NodeClient;
  node.on("error", () => {});
  await node.connect();
  return { client, close: () => (node.close ?? node.quit)?.call(node) };
}
