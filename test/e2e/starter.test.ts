/** A newcomer with nothing but the packed package and the starter's README. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import type { PhoneView } from "../../src/simulator/phone/view.js";
import { buildWithoutDocker } from "../support/dockerfile.js";
import { installPacked, type UserFolder } from "../support/installed.js";
import { send, signedQuery, textXml } from "../support/push.js";
import { freePort, type RedisServer, startRedis } from "../support/redis.js";
import { pause, until } from "../support/until.js";

/** The environment of somebody who has no checkout of koa-wx around. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((place) => !place.includes("node_modules"))
    .join(delimiter),
  NODE_ENV: "",
  NODE_OPTIONS: "",
  NODE_TEST_CONTEXT: undefined,
  NO_COLOR: "1",
  LANG: "en_US.UTF-8",
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
};

describe("koa-wx create: the starter", function () {
  this.timeout(240_000);
  let user: UserFolder;
  let redis: RedisServer;
  const children: ChildProcess[] = [];

  before(async () => {
    user = installPacked();
    redis = await startRedis();
  });
  afterEach(() => {
    for (const child of children.splice(0)) signalAll(child, "SIGKILL");
  });
  after(async () => {
    user?.remove();
    await redis?.stop();
  });

  for (const [language, extension] of [
    ["TypeScript", "ts"],
    ["JavaScript", "js"],
  ] as const) {
    describe(`in ${language}`, () => {
      let desk: string;
      let bot: string;
      const read = (file: string) => readFileSync(join(bot, file), "utf8");
      const sh = (command: string, cwd = bot) =>
        execFileSync("sh", ["-c", command], { cwd, env, encoding: "utf8", stdio: "pipe" });

      before(() => {
        desk = mkdtempSync(join(tmpdir(), "koa-wx-desk-"));
        bot = join(desk, "my-bot");
      });
      after(() => rmSync(desk, { recursive: true, force: true }));

      /** Starts a program and waits until it has printed something. */
      async function started(
        command: readonly string[],
        options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
        printed: RegExp,
      ) {
        const [program = "", ...words] = command;
        const child = spawn(program, words, {
          cwd: options.cwd,
          env: { ...env, ...options.env },
          stdio: ["ignore", "pipe", "pipe"],
          detached: true,
        });
        children.push(child);
        let output = "";
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding("utf8").on("data", (text: string) => {
            output += text;
          });
        }
        await until(() => {
          if (child.exitCode !== null) throw new Error(`${program} has ended: ${output}`);
          return printed.test(output);
        }, 30_000);
        return {
          output: () => output,
          async end() {
            child.kill("SIGTERM");
            return (await once(child, "exit"))[0];
          },
          /** What Ctrl+C does, to whatever runs in the terminal. */
          async interrupt() {
            signalAll(child, "SIGINT");
            return (await once(child, "exit"))[0];
          },
        };
      }

      it("goes from an empty folder to a tested bot in a container, by the three commands of its README", async () => {
        const [make = "", test = "", run] = commandsOf("examples/starter/README.md");
        const flag = extension === "js" ? " --js" : "";
        const create = make.replace("create my-bot", `create my-bot${flag}`);
        expect(create.startsWith("npx koa-wx create my-bot")).to.equal(true);
        sh(create.replace("npx koa-wx", user.bin().join(" ")), desk);
        expect(commandsOf(join(bot, "README.md"))).to.deep.equal([create, test, run]);
        expect(commandsOf(join(bot, "README.zh-CN.md"))).to.deep.equal([create, test, run]);

        // The version of this checkout is in no registry.
        writeFileSync(join(bot, "package.json"), withTarball(read("package.json")));
        expect(sh(test))
          .to.match(/^\S* ?pass 4$/m)
          .and.to.match(/^\S* ?fail 0$/m);

        expect(run).to.equal("docker compose up --build");
        const built = buildWithoutDocker(bot, env);
        expect(built.user).to.equal("node");
        const { WECHAT_TOKEN = "" } = settingsOf(read(".env"));
        const port = await freePort();
        const composed = {
          ...built.env,
          ...settingsOf(read(".env")),
          ...environmentOf(read("compose.yaml")),
        };
        expect(composed).to.include({ HOST: "0.0.0.0", PORT: "3000" });
        expect(composed.REDIS_URL).to.equal("redis://redis:6379");
        const running = { ...composed, REDIS_URL: redis.url, PORT: String(port) };
        const server = await started(
          built.command,
          { cwd: built.folder, env: running },
          /Listening on/,
        );
        const [probe = "", ...words] = built.healthcheck;
        execFileSync(probe, words, { env: { ...env, ...running } });

        const query = signedQuery({}, WECHAT_TOKEN);
        const address = { port, address: "127.0.0.1", family: "IPv4" };
        const answer = await send(address, { query, body: textXml("20+22") });
        expect(answer.body).to.contain("<![CDATA[= 42]]>");
        const forged = { query: signedQuery(), body: textXml("hi") };
        expect((await send(address, forged)).status).to.equal(403);
        expect(await redis.command("KEYS", "koa-wx:*")).to.not.deep.equal([]);
        expect(sh(`npm run check -- http://127.0.0.1:${port}/wechat`)).to.contain("No problem");

        expect(await server.end()).to.equal(0);
        expect(() => execFileSync(probe, words, { env: { ...env, ...running } })).to.throw();
      });

      it("starts with npm start, and keeps its secrets to itself", async () => {
        const PORT = String(await freePort());
        const server = await started(
          ["npm", "start"],
          { cwd: bot, env: { PORT } },
          new RegExp(`Listening on http://127.0.0.1:${PORT}/wechat`),
        );
        expect((await fetch(`http://127.0.0.1:${PORT}/healthz`)).status).to.equal(200);
        await server.interrupt();
        await until(() => isGone(PORT));
        expect(statSync(join(bot, ".env")).mode & 0o77).to.equal(0);
        expect(settingsOf(read(".env")).WECHAT_TOKEN).to.match(/^[0-9a-f]{32}$/);
        expect(settingsOf(read(".env.example")).WECHAT_TOKEN).to.equal("");
        for (const file of [".gitignore", ".dockerignore"]) {
          expect(read(file).split("\n")).to.include(".env");
        }
      });

      it("is developed on the phone, and starts anew when it is saved", async () => {
        const PORT = String(await freePort());
        const words = (JSON.parse(read("package.json")).scripts.dev as string)
          .replace("localhost:3000", `localhost:${PORT}`)
          .replace(" -- ", " --port 0 -- ")
          .split(" ");
        const PATH = [join(bot, "node_modules/.bin"), env.PATH].join(delimiter);
        const phone = await started(words, { cwd: bot, env: { PATH } }, /✓ The bot answers/);
        const [, url] = /The phone: (\S+)/.exec(phone.output()) ?? [];
        const said = async (text: string) => {
          await fetch(`${url}/phone/act`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ user: "alice", act: "text", text }),
          });
          // Asked without a rest, the phone has more to do than the bot that starts.
          await pause(100);
          const view = (await (await fetch(`${url}/phone/state`)).json()) as PhoneView;
          return JSON.stringify(view.chat.at(-1)?.content);
        };
        await until(async () => (await said("你好")).includes("您说：你好"));

        const source = join("src", `bot.${extension}`);
        writeFileSync(join(bot, source), read(source).replace("您说：", "您刚才说："));
        await until(async () => (await said("你好")).includes("您刚才说：你好"), 20_000);
        expect(phone.output()).to.contain("Listening on");
        expect(await phone.interrupt()).to.equal(0);
        expect(await isGone(PORT)).to.equal(true);
      });
    });
  }

  it("needs the versions that koa-wx itself is tested with", () => {
    const ours = JSON.parse(readFileSync("package.json", "utf8"));
    const its = JSON.parse(readFileSync("examples/starter/package.json", "utf8"));
    const { "koa-wx": own, ...others } = { ...its.dependencies, ...its.devDependencies };
    expect(own).to.equal(`^${ours.version}`);
    expect(ours.devDependencies).to.include(others);
    expect(its.engines).to.deep.equal(ours.engines);
  });

  function withTarball(text: string): string {
    return text.replace(/"koa-wx": "[^"]+"/, `"koa-wx": "file:${user.tarball}"`);
  }
});

/** A signal for a program and what it has started. */
function signalAll({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function isGone(port: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    () => false,
    () => true,
  );
}

/** The commands of a page's first block for a shell. */
function commandsOf(page: string): string[] {
  const [, block = ""] = /^```sh\n(.*?)^```/ms.exec(readFileSync(page, "utf8")) ?? [];
  return block.trim().split("\n");
}

/** What a file such as .env sets. */
function settingsOf(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^(\w+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]));
}

/** What compose.yaml sets for the bot. */
function environmentOf(text: string): Record<string, string> {
  const [, block = ""] = /^ {4}environment:\n((?: {6}.*\n)+)/m.exec(text) ?? [];
  return settingsOf(block.replace(/^ +(\w+): /gm, "$1="));
}
