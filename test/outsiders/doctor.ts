import { execFile } from "node:child_process";
import { expect } from "chai";
import type { Mode } from "./acts.js";
import { findings } from "./software.js";
import { account } from "./stage.js";

/** Has `koa-wx doctor` examine a bot, and compares what it says with what there is to say. */
export async function examined(
  address: string,
  mode: Mode,
  expected: readonly (keyof typeof findings)[],
): Promise<void> {
  const words = ["--import", "tsx", "src/simulator/cli.ts", "doctor", address, "--mode", mode];
  const env = {
    PATH: process.env.PATH,
    LANG: "C",
    WECHAT_TOKEN: account.token,
    WECHAT_APP_ID: account.appId,
    WECHAT_AES_KEY: account.encodingAESKey,
  };
  const { printed, status } = await new Promise<{ printed: string; status: number }>((resolve) => {
    const child = execFile(process.execPath, words, { env }, (_, stdout, stderr) =>
      resolve({ printed: stdout + stderr, status: child.exitCode ?? 0 }),
    );
  });
  const lines = ["! Only this machine reaches 127.0.0.1", ...expected.map((key) => findings[key])];
  const found = printed.split("\n").filter((line) => /^[!✗]/.test(line));
  expect(
    found.map((line, at) => line.slice(0, lines[at]?.length)),
    printed,
  ).to.deep.equal(lines);
  expect(status, printed).to.equal(lines.some((line) => line.startsWith("✗")) ? 1 : 0);
}
