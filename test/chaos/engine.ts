import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis } from "../support/redis.js";
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
    async [Symbol.asyncDispose]() {
      redis.resume();
      await redis.stop();
    },
  };
}

/** One Sentinel, a primary and a replica. */
async function startSentinel(): Promise<Engine> {
  const [name, yard] = ["chaos", new Yard()];
  const primary = await yard.start();
  const replica = await yard.start("--replicaof", "127.0.0.1", String(primary.port));
  await until(async () => (await replica.ask("INFO", "replication")).includes("link_status:up"));
  const sentinel = await yard.startSentinel(`sentinel monitor ${name} 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds ${name} 1000
sentinel failover-timeout ${name} 4000
`);
  await until(async () =>
    (await sentinel.ask("SENTINEL", "replicas", name)).includes(`${replica.port}`),
  );
  return {
    place: { kind: "sentinel", name, ports: [sentinel.port] },
    ...noPause,
    async fail() {
      await primary.kill();
      await until(async () => (await replica.ask("ROLE")).startsWith("master"));
    },
    [Symbol.asyncDispose]: () => yard.clear(),
  };
}

/** Three primaries, the first with a replica. */
async function startCluster(): Promise<Engine> {
  const yard = new Yard();
  const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
  const nodes = await Promise.all(Array.from({ length: 4 }, () => yard.start(...options)));
  const [first, second, third, replica] = nodes as [Server, Server, Server, Server];
  const last = 16_383;
  const bounds = [0, 5_461, 10_923, last + 1];
  for (const [index, node] of [first, second, third].entries()) {
    const [from, to] = [bounds[index] as number, (bounds[index + 1] as number) - 1];
    await node.ask("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    await node.ask("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
  }
  for (const node of [second, third, replica]) {
    await node.ask("CLUSTER", "MEET", "127.0.0.1", String(first.port));
  }
  const id = await first.ask("CLUSTER", "MYID");
  await until(async () => (await replica.ask("CLUSTER", "NODES")).includes(id));
  await replica.ask("CLUSTER", "REPLICATE", id);
  const isWhole = async (node: Server) =>
    (await node.ask("CLUSTER", "INFO")).includes("cluster_state:ok") &&
    (await node.ask("CLUSTER", "NODES")).includes("slave");
  for (const node of nodes) await until(() => isWhole(node));
  await until(async () => (await replica.ask("INFO", "replication")).includes("link_status:up"));
  return {
    place: { kind: "cluster", ports: nodes.map(({ port }) => port) },
    ...noPause,
    async fail() {
      await first.kill();
      await until(async () => (await replica.ask("ROLE")).startsWith("master"));
      await until(async () => (await second.ask("CLUSTER", "INFO")).includes("cluster_state:ok"));
    },
    [Symbol.asyncDispose]: () => yard.clear(),
  };
}

const unable = () => {
  throw new Error("Only a single Redis can be left standing.");
};
const noPause = { pause: unable, resume: unable };

interface Server {
  readonly port: number;
  /** Asks it, and gives what it answers as one text. */
  ask(...words: readonly [string, ...string[]]): Promise<string>;
  kill(): Promise<void>;
}

/** Servers that end together. */
class Yard {
  readonly #folder = mkdtempSync(join(tmpdir(), "koa-wx-chaos-"));
  readonly #ends: (() => Promise<void>)[] = [];

  async start(...options: readonly string[]): Promise<Server> {
    const port = await freePort();
    const file = options.includes("--cluster-enabled") ? `nodes-${port}.conf` : undefined;
    return this.#run(port, [
      ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      ...["--dir", this.#folder, "--dbfilename", `${port}.rdb`, "--repl-diskless-sync-delay", "0"],
      ...(file === undefined ? [] : ["--cluster-config-file", file]),
      ...options,
    ]);
  }

  async startSentinel(settings: string): Promise<Server> {
    const port = await freePort();
    const file = join(this.#folder, `sentinel-${port}.conf`);
    writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${this.#folder}\n${settings}`);
    return this.#run(port, [file, "--sentinel"]);
  }

  async clear(): Promise<void> {
    await Promise.all(this.#ends.map((end) => end()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(port: number, args: readonly string[]): Promise<Server> {
    const child = spawn("redis-server", args, { stdio: "ignore" });
    child.on("error", () => {});
    const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 50 });
    client.on("error", () => {});
    const kill = async () => {
      if (!isRunning(child)) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    };
    this.#ends.push(async () => {
      client.disconnect();
      await kill();
    });
    const server: Server = {
      port,
      kill,
      ask: async (command, ...rest) => {
        return text(await client.call(command, ...rest));
      },
    };
    await until(async () => {
      if (!isRunning(child))
        throw new Error("Chaos needs redis-server: apt-get install redis-server.");
      return (await server.ask("PING")) === "PONG";
    });
    return server;
  }
}

function isRunning({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

/** Everything in an answer, in order. */
function text(answer: unknown): string {
  return Array.isArray(answer) ? answer.map(text).join(" ") : String(answer);
}

async function until(is: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await is())) {
    if (performance.now() > end) throw new Error("A Redis of chaos was not ready in 20 seconds.");
    await sleep(30);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  // A cluster's nodes also speak on a port that is 10,000 higher.
  return port <= 55_000 ? port : freePort();
}
