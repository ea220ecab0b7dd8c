import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-redis-"));
  let child: ChildProcess | undefined;

  const restart = async () => {
    const started = spawn(
      "redis-server",
      [
        "--port",
        String(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        folder,
      ],
      { stdio: "ignore" },
    );
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
      isUp = await Promise.race([failure, answers(port)]);
    }
  };
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
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
    [Symbol.asyncDispose]: stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
