import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { bundle } from "../support/bundle.js";
import type { BotState } from "./bot.js";

/** A running `bot.ts`. */
export interface RunningBot {
  readonly address: AddressInfo;
  readonly pid: number;
  /** Asks it how it is. */
  state(): Promise<BotState>;
  /** Resolves when the handlers of a push with this content begin. */
  began(content: string): Promise<void>;
  /** Ends it as a crash of the machine would. */
  kill(): Promise<void>;
}

/** Starts a bot in a process of its own, with a Redis that it shares or without one. */
export async function startBot(redis?: string): Promise<RunningBot> {
  const child = await startChild("bot.ts", redis === undefined ? [] : [redis]);
  const { port } = await message<{ port: number }>(child, "port");
  return {
    address: { address: "127.0.0.1", family: "IPv4", port },
    pid: child.pid ?? 0,
    state() {
      child.send("state");
      return message<BotState>(child, "memory");
    },
    async began(content) {
      let begun: unknown;
      while (begun !== content)
        ({ began: begun } = await message<{ began: string }>(child, "began"));
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Starts a script of this folder that talks over IPC. */
export async function startChild(script: string, args: readonly string[]): Promise<ChildProcess> {
  return fork(await bundle(`test/faults/${script}`), args, { execArgv: ["--expose-gc"] });
}

/** The next message of a child that has the field. */
export function message<T>(child: ChildProcess, field: keyof T & string): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (sent: unknown) => {
      if (typeof sent !== "object" || sent === null || !(field in sent)) return;
      child.off("message", look);
      child.off("exit", ended);
      resolve(sent as T);
    };
    const ended = () => reject(new Error(`The process ended before it told its ${field}.`));
    child.on("message", look);
    child.once("exit", ended);
  });
}
