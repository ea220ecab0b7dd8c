import { freePort, type RedisServer, startRedis, startSentinelServer } from "./redis.js";
import { until } from "./until.js";

const slots = 16_384;

/** A Redis of every kind: one alone, a cluster, and one that a Sentinel watches. */
export class EveryRedis {
  single!: RedisServer;
  cluster!: RedisCluster;
  sentinel!: RedisSentinel;

  async start(): Promise<void> {
    [this.single, this.cluster, this.sentinel] = await Promise.all([
      startRedis(),
      startRedisCluster(),
      startRedisSentinel(),
    ]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.single, this.cluster, this.sentinel].map((servers) => servers.stop()));
  }
}

/** A Redis Cluster of three primaries without replicas. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  /** The node that serves a slot. */
  ownerOf(slot: number): Promise<RedisServer>;
  /** Moves a slot to another node; with `"ask"`, all but the last step of it. */
  move(slot: number, to: RedisServer, how?: "ask"): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const bus = await freePort();
      const node = await startRedis(
        "cluster-enabled yes",
        "cluster-node-timeout 1000",
        `cluster-port ${bus}`,
      );
      return { ...node, bus };
    }),
  );
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const idOf = async (node: RedisServer) => String(await node.command("CLUSTER", "MYID"));
  const ownerOf = async (slot: number) => {
    for (const node of nodes) {
      const ranges = (await node.command("CLUSTER", "SLOTS")) as [
        number,
        number,
        [string, number],
      ][];
      const range = ranges.find(([from, to]) => from <= slot && slot <= to);
      const owner = nodes.find(({ port }) => port === range?.[2][1]);
      if (owner !== undefined) return owner;
    }
    throw new Error(`Nobody serves the slot ${slot}.`);
  };
  const move = async (slot: number, to: RedisServer, how?: "ask") => {
    const from = await ownerOf(slot);
    const [source, target] = [await idOf(from), await idOf(to)];
    await to.command("CLUSTER", "SETSLOT", String(slot), "IMPORTING", source);
    await from.command("CLUSTER", "SETSLOT", String(slot), "MIGRATING", target);
    for (;;) {
      const keys = await from.command("CLUSTER", "GETKEYSINSLOT", String(slot), "100");
      if ((keys as string[]).length === 0) break;
      const where = ["127.0.0.1", String(to.port), "", "0", "5000"];
      await from.command("MIGRATE", ...where, "KEYS", ...(keys as string[]));
    }
    if (how === "ask") return;
    for (const node of [to, from, ...nodes]) {
      await node.command("CLUSTER", "SETSLOT", String(slot), "NODE", target);
    }
  };
  for (const [index, node] of nodes.entries()) {
    const from = Math.floor((slots * index) / 3);
    const to = Math.floor((slots * (index + 1)) / 3) - 1;
    await node.command("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    await node.command("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
  }
  const [first, ...others] = nodes;
  for (const { port, bus } of others) {
    await first?.command("CLUSTER", "MEET", "127.0.0.1", String(port), String(bus));
  }
  await until(async () => {
    const infos = await Promise.all(nodes.map((node) => node.command("CLUSTER", "INFO")));
    return infos.every((info) => /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(info)));
  });
  return { nodes, ownerOf, move, stop };
}

/** A primary and a replica, and a Sentinel that makes the one the other when it is gone. */
export interface RedisSentinel {
  /** What the Sentinel calls them. */
  readonly name: string;
  /** The port of the Sentinel. */
  readonly port: number;
  primary(): Promise<RedisServer>;
  replica(): Promise<RedisServer>;
  /** Changes their places; resolves when the Sentinel says so. */
  failOver(): Promise<void>;
  /** Ends the primary as a power cut would; resolves to it when the replica has taken over. */
  failPrimary(): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** `downAfter`: after how many milliseconds of silence the Sentinel takes the primary for gone. */
export async function startRedisSentinel(downAfter = 500): Promise<RedisSentinel> {
  const name = "main";
  const quick = "repl-diskless-sync-delay 0";
  const first = await startRedis(quick);
  const second = await startRedis(quick, `replicaof 127.0.0.1 ${first.port}`);
  const servers = [first, second];
  await until(async () => /state=online/.test(String(await first.command("INFO", "replication"))));
  const sentinel = await startSentinelServer(
    `sentinel monitor ${name} 127.0.0.1 ${first.port} 1`,
    `sentinel down-after-milliseconds ${name} ${downAfter}`,
    `sentinel failover-timeout ${name} 2000`,
  );
  const primaryPort = async () => {
    const address = await sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name);
    return Number((address as string[])[1]);
  };
  const find = async (isPrimary: boolean) => {
    const port = await primaryPort();
    return servers.find((server) => (server.port === port) === isPrimary) as RedisServer;
  };
  await until(async () => {
    const replicas = await sentinel.command("SENTINEL", "REPLICAS", name);
    return JSON.stringify(replicas).includes(String(second.port));
  });
  const isPrimary = async (server: RedisServer) =>
    String(await server.command("ROLE").catch(() => "")).startsWith("master");
  return {
    name,
    port: sentinel.port,
    primary: () => find(true),
    replica: () => find(false),
    failOver: async () => {
      const before = await primaryPort();
      const force = () => sentinel.command("SENTINEL", "FAILOVER", name);
      await until(() =>
        force().then(
          () => true,
          () => false,
        ),
      );
      await until(async () => (await primaryPort()) !== before);
    },
    failPrimary: async () => {
      const [gone, next] = [await find(true), await find(false)];
      await gone.kill();
      const isNext = async () => (await primaryPort()) === next.port && (await isPrimary(next));
      await until(isNext, downAfter + 20_000);
      return gone;
    },
    stop: async () => {
      await Promise.all([sentinel, ...servers].map((server) => server.stop()));
    },
  };
}
