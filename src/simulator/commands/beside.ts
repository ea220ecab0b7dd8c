import { spawn } from "node:child_process";
import { both } from "../../language.js";
import type { SimulatedAccount } from "../world/account.js";
import { inLine, UsageError } from "./terminal.js";

/** A command that runs beside the phone: the bot, which whoever gave the command sees in the same terminal. */
export interface Beside {
  /** Resolves when it has ended by itself or was told to, to whether all was well. Throws a UsageError if it never began. */
  readonly ended: Promise<boolean>;
  /** Tells it to end. */
  stop(): void;
}

/** Starts a command with more in its environment than this process has. */
export function startBeside(
  [program = "", ...words]: readonly string[],
  env: Readonly<Record<string, string>>,
): Beside {
  const child = spawn(program, words, { stdio: "inherit", env: { ...process.env, ...env } });
  const ended = new Promise<boolean>((resolve, reject) => {
    child.once("error", ({ code }: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          both(
            `"${inLine(program)}" cannot be started: ${code}.`,
            `无法启动 ${inLine(program)}：${code}。`,
          ),
        ),
      ),
    );
    // A signal is what ends most servers; `stop` sends one, and so does Ctrl+C.
    child.once("exit", (code) => resolve(code === null || code === 0));
  });
  return { ended, stop: () => child.kill("SIGTERM") };
}

/** The environment of a bot that is played with: the account, where its API is, and the port of its own address. */
export function environmentFor(
  target: string,
  { token, appId, appSecret, encodingAESKey, mode }: SimulatedAccount,
  api: string,
): Record<string, string> {
  const { port, protocol } = new URL(target);
  return {
    WECHAT_TOKEN: token,
    WECHAT_APP_ID: appId,
    WECHAT_APP_SECRET: appSecret,
    // Empty rather than left out: a file such as .env would fill in the real one.
    WECHAT_AES_KEY: mode === "plain" ? "" : (encodingAESKey ?? ""),
    WECHAT_API_BASE_URL: api,
    PORT: port || (protocol === "https:" ? "443" : "80"),
    NODE_ENV: process.env.NODE_ENV || "development",
  };
}
