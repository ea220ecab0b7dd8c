import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { installPacked, same, type UserFolder } from "../support/installed.js";
import { account, textXml } from "../support/push.js";
import { pushLikeWechat } from "../support/wechat.js";

/** The first bot of the README, on a free port that it prints. */
const readme = (
  /^```ts\n(import Koa .*?)^```/ms.exec(readFileSync("README.md", "utf8"))?.[1] ?? ""
).replace("listen(3000)", "listen(0, function () { console.log(this.address().port); })");

/** JavaScript modules as CommonJS. */
const asCommonJs = (code: string) =>
  code.replace(/^import (.*) from (.*);$/gm, "const $1 = require($2);");

const bot = `import Koa from "koa";
import { Wechat } from "koa-wx";
export const token = "AAAAA";
const wx = new Wechat({ token });
wx.onSubscribe((ctx) => \`welcome from \${ctx.scene ?? "nowhere"}\`);
wx.on("text", async (ctx) => \`you said \${ctx.text}\`);
export const app = new Koa().use(wx.middleware());
`;

describe("README.md: a first-time user", function () {
  this.timeout(30_000);
  let user: UserFolder;

  before(() => {
    user = installPacked(same(["koa-router", "@koa/router"]));
    user.link({ koa2: "koa2" });
    user.write("bot.mjs", bot);
  });
  after(() => user?.remove());

  /** Starts a file with `node`, has it answer, and ends it. */
  async function isServed(file: string) {
    const child = spawn(process.execPath, ["--no-warnings", join(user.folder, file)], {
      cwd: user.folder,
      env: { ...process.env, NODE_OPTIONS: "", WECHAT_TOKEN: account.token },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [port] = await once(child.stdout, "data");
      const address = { port: Number(port), address: "127.0.0.1", family: "IPv4" };
      const [delivered] = await pushLikeWechat(address, textXml("add 20 22"));
      expect(delivered?.body).to.contain("<![CDATA[= 42]]>");
    } finally {
      child.kill();
    }
  }

  for (const koa of ["koa", "koa2"]) {
    for (const router of ["koa-router", "@koa/router"]) {
      const chosen = readme.replace('"koa"', `"${koa}"`).replace('"koa-router"', `"${router}"`);
      const name = `${koa === "koa" ? "Koa 3" : "Koa 2"} and ${router}`;

      it(`has the README's first bot answer as a module, on ${name}`, async () => {
        user.write("first.mjs", chosen);
        await isServed("first.mjs");
      });

      it(`has the README's first bot answer in CommonJS, on ${name}`, async () => {
        user.write("first.cjs", asCommonJs(chosen));
        await isServed("first.cjs");
      });
    }
  }

  it("is told in one sentence that the token is missing", async () => {
    user.write("first.mjs", readme);
    const { stderr } = await user.run("node", "first.mjs").catch((error) => error);
    expect(stderr).to.match(
      /ConfigError: "token" must be .*域名与消息推送配置 → 消息推送配置 → Token/,
    );
  });

  it("finds the command koa-wx and its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await user.run(...user.bin("--version"))).to.equal(`${version}\n`);
    expect(await user.run(...user.bin("--help"))).to.contain("Usage: koa-wx");
  });

  it("talks to the bot from the command line, and asks the doctor", async () => {
    user.write(
      "serve.mjs",
      'import { app } from "./bot.mjs";\napp.listen(0, function () { console.log(this.address().port); });\n',
    );
    const child = spawn(process.execPath, ["serve.mjs"], {
      cwd: user.folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [port] = await once(child.stdout, "data");
      const url = `http://127.0.0.1:${Number(port)}/`;
      const words = [url, "--token", "AAAAA"] as const;
      expect(await user.run(...user.bin("send", ...words, "text", "hi"))).to.contain("you said hi");
      const found = await user.run(...user.bin("doctor", ...words));
      expect(found).to.contain("No problem, one note.");
    } finally {
      child.kill();
    }
  });
});
