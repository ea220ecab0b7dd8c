import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";

/** A real redis-server on a free port of this machine, without persistence. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Leaves it running without an answer, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Sends it one command, over a connection that is only for that. */
  command(...args: string[]): Promise<unknown>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `settings` are lines of its configuration, such as `maxmemory 10mb`. */
export async function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  return startServer([], settings);
}

/** A redis-server that watches over others. */
export async function startSentinelServer(...settings: readonly string[]): Promise<RedisServer> {
  return startServer(["--sentinel"], settings);
}

async function startServer(
  options: readonly string[],
  settings: readonly string[],
): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-redis-"));
  const file = join(folder, "redis.conf");
  const common = [`port ${port}`, "bind 127.0.0.1", `dir ${folder}`];
  const data = options.length > 0 ? [] : ['save ""', "appendonly no"];
  writeFileSync(file, [...common, ...data, ...settings, ""].join("\n"));
  let child: ChildProcess | undefined;

  const restart = async () => {
    const started = spawn("redis-server", [file, ...options], { stdio: "ignore" });
    child = started;
    const failure = new Promise<never>((_, reject) => {
      started.once("error", (error) =>
        reject(
          new Error(`Tests need redis-server: apt-get install redis-server. ${error.message}`),
        ),
      );
      started.once("exit", (code) =>
        reject(new Error(`redis-server ended with code ${code}; is port ${port} in use?`)),
      );
    });
    // It also ends when a test is over.
    failure.catch(() => {});
    let isUp = false;
    while (!isUp) {
      const wait = new Promise((resolve) => setTimeout(resolve, 10));
      await Promise.race([failure, wait]);
      const answer = command("PING").then(
        () => true,
        () => false,
      );
      isUp = await Promise.race([failure, answer]);
    }
  };
  const connect = async () => {
    const socket = { host: "127.0.0.1", port, reconnectStrategy: false as const };
    const client = createClient({ socket });
    client.on("error", () => {});
    return client.connect();
  };
  let admin: ReturnType<typeof connect> | undefined;
  const command = async (...args: string[]) => {
    // The server ends connections too, such as those to a primary that becomes a replica.
    if ((await admin?.catch(() => undefined))?.isReady !== true) admin = undefined;
    admin ??= connect();
    return (await admin).sendCommand(args);
  };
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
    admin = undefined;
  };
  const stop = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  await restart();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart,
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
    stop,
    command,
    [Symbol.asyncDispose]: stop,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
