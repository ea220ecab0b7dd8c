import { setTimeout as sleep } from "node:timers/promises";
import { freePort, type RedisServer, startRedis } from "../support/redis.js";
import { startRedisCluster, startRedisSentinel } from "../support/redis-fleet.js";
import type { RedisPlace } from "./wire.js";

/** The Redis of a fleet, in one of the shapes that it has in production. */
export interface Engine extends AsyncDisposable {
  readonly place: RedisPlace;
  /** Leaves a single Redis standing, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the Redis that has the keys, or one of three, as a power cut would; resolves when another one has taken over. */
  fail(): Promise<void>;
}

/** Starts a Redis. A single one that fails comes back empty. */
export async function startEngine(kind: RedisPlace["kind"]): Promise<Engine> {
  if (kind === "sentinel") return startSentinel();
  if (kind === "cluster") return startCluster();
  const redis = await startRedis();
  return {
    place: { kind, port: redis.port },
    pause: () => redis.pause(),
    resume: () => redis.resume(),
    async fail() {
      await redis.kill();
      await redis.restart();
    },
    [Symbol.asyncDispose]: () => redis.stop(),
  };
}

/** One Sentinel, a primary and a replica. */
async function startSentinel(): Promise<Engine> {
  const redis = await startRedisSentinel(1_500);
  return {
    place: { kind: "sentinel", name: redis.name, ports: [redis.port] },
    ...noPause,
    async fail() {
      await redis.failPrimary();
    },
    [Symbol.asyncDispose]: () => redis.stop(),
  };
}

/** Three primaries, the first with a replica. */
async function startCluster(): Promise<Engine> {
  const cluster = await startRedisCluster();
  const [first, second] = cluster.nodes as [RedisServer, RedisServer];
  const bus = await freePort();
  const replica = await startRedis(
    ...["cluster-enabled yes", "cluster-node-timeout 1000", `cluster-port ${bus}`],
    "repl-diskless-sync-delay 0",
  );
  const id = String(await first.command("CLUSTER", "MYID"));
  await first.command("CLUSTER", "MEET", "127.0.0.1", String(replica.port), String(bus));
  await until(() => says(replica, id, "CLUSTER", "NODES"));
  await replica.command("CLUSTER", "REPLICATE", id);
  await until(() => isCopied(replica));
  for (const node of cluster.nodes) await until(() => says(node, "slave", "CLUSTER", "NODES"));
  return {
    place: { kind: "cluster", ports: [...cluster.nodes, replica].map(({ port }) => port) },
    ...noPause,
    async fail() {
      await first.kill();
      await until(() => says(replica, "master", "ROLE"));
      await until(() => says(second, "cluster_state:ok", "CLUSTER", "INFO"));
    },
    [Symbol.asyncDispose]: () => stop([cluster, replica]),
  };
}

const unable = () => {
  throw new Error("Only a single Redis can be left standing.");
};
const noPause = { pause: unable, resume: unable };

const isCopied = (replica: RedisServer) => says(replica, "link_status:up", "INFO", "replication");

/** Whether a text is anywhere in an answer. A server that changes its part hangs up on everybody. */
async function says(server: RedisServer, text: string, ...command: string[]): Promise<boolean> {
  const answer = await server.command(...command).catch(() => "");
  return JSON.stringify(answer).includes(text);
}

async function stop(servers: readonly { stop(): Promise<void> }[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

async function until(is: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await is())) {
    if (performance.now() > end) throw new Error("A Redis of chaos was not ready in 20 seconds.");
    await sleep(30);
  }
}
