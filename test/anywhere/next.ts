import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { simulate } from "koa-wx/testing";
import { installPacked } from "../support/installed.js";
import { freePort } from "../support/stage.js";
import { until } from "../support/until.js";

const token = "tokenOfTheScenarios";
const [, route = ""] =
  /^```js\n\/\/ app\/wechat\/route\.js\n(.*?)^```/ms.exec(
    readFileSync("docs/anywhere.md", "utf8"),
  ) ?? [];

/** A bot whose answer to “slow” is late, and printed where it would be sent. */
const bot = `
import { Wechat } from "koa-wx";

const late = (reply) => console.log("late: " + reply.content);
export const wx = new Wechat({ token: "${token}", deadline: { ms: 200, attempts: 1, late } });
wx.onText("slow", () => new Promise((done) => setTimeout(done, 1_000, "42")));
wx.on("text", (ctx) => ctx.message.Content);
`;

/** Builds and starts a Next app with the route handler of the page “Anywhere”; resolves to what it did. */
export async function tryNext(): Promise<string> {
  const user = installPacked();
  const packages = ["next@16", "react@19", "react-dom@19", user.tarball];
  try {
    user.write("package.json", '{ "name": "user", "private": true, "type": "module" }');
    await user.run("rm", "-rf", "node_modules");
    await user.run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages);
    user.write("bot.js", bot);
    user.write("app/wechat/route.js", route);
    user.write("app/layout.js", "export default ({ children }) => children;\n");
    await user.run("npx", "next", "build");
    const port = await freePort();
    const words = ["next", "start", "-H", "127.0.0.1", "-p", String(port)];
    const child = spawn("npx", words, { cwd: user.folder, detached: true });
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += chunk));
    try {
      await until(() => printed.includes("Ready"), 60_000);
      const phone = await simulate(`http://127.0.0.1:${port}/wechat`, { token });
      const alice = phone.user("alice");
      const { text } = await alice.sends("Next");
      await alice.sends("slow");
      await phone.close();
      await until(() => printed.includes("late: 42"));
      return text === "Next"
        ? "the page's route handler answers, and after() waits for a late answer"
        : "";
    } finally {
      process.kill(-Number(child.pid));
      await once(child, "exit");
    }
  } finally {
    user.remove();
  }
}
