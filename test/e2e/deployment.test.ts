/** What examples/deploy says, carried out as far as it goes without systemd, pm2 and nginx. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { createServer as createSecureServer, type Server } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { shut } from "../../src/simulator/listen.js";
import { ownCertificate } from "../support/certificate.js";
import { installPacked, same, type UserFolder } from "../support/installed.js";
import { freePort, type RedisServer, startRedis } from "../support/redis.js";
import { until } from "../support/until.js";

const read = (file: string) => readFileSync(file, "utf8");
const deploy = (file: string) => read(`examples/deploy/${file}`);
const unit = deploy("systemd/my-bot@.service");
const nginx = deploy("nginx/my-bot.conf");
const [manager] = (
  createRequire(import.meta.url)("../../examples/deploy/pm2/ecosystem.config.cjs") as {
    apps: { script: string; kill_timeout: number; env: Record<string, string> }[];
  }
).apps;

/** A setting of a unit. */
const set = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
const secondsIn = (pattern: RegExp, text: string) => Number(pattern.exec(text)?.[1]);

describe("examples/deploy: what it says", function () {
  this.timeout(60_000);
  let user: UserFolder;
  let redis: RedisServer;
  let bot: string;
  let environment: Record<string, string>;
  const children: ChildProcess[] = [];
  const proxies: Server[] = [];

  before(async () => {
    redis = await startRedis();
    user = installPacked(same(["koa-router", "ioredis"]));
    bot = join(user.folder, "my-bot");
    await user.run(...user.bin("create", bot, "--js"));
    const source = join(bot, "src/bot.js");
    writeFileSync(
      source,
      read(source).replace(
        /\n {2}wx\.on\("image"/,
        `
  wx.onText(/^慢(\\d+)$/, async (ctx) => {
    console.log("begun");
    await new Promise((resolve) => setTimeout(resolve, Number(ctx.match[1])));
    return \`好了，端口 \${process.env.PORT}\`;
  });$&`,
      ),
    );
    const [, token = ""] = /^WECHAT_TOKEN=(.*)$/m.exec(read(join(bot, ".env"))) ?? [];
    environment = { WECHAT_TOKEN: token, REDIS_URL: redis.url };
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(proxies.splice(0).map(shut));
  });
  after(async () => {
    user?.remove();
    await redis?.stop();
  });

  /** Starts a command of the bot in its folder; JavaScript is not built. */
  async function start(command: string, env: Record<string, string>, channel = false) {
    const [, ...words] = command.replace("dist/", "src/").split(" ");
    const child = spawn(process.execPath, words, {
      cwd: bot,
      env: { ...process.env, NODE_OPTIONS: "", ...environment, ...env },
      stdio: ["ignore", "pipe", "inherit", ...(channel ? (["ipc"] as const) : [])],
    });
    children.push(child);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    await until(() => output.includes("Listening on"));
    return {
      port: env.PORT ?? "",
      hasBegun: () => output.includes("begun"),
      /** Resolves to how it has ended. */
      async end(signal: NodeJS.Signals) {
        child.kill(signal);
        const [code] = await once(child, "exit");
        return code;
      },
    };
  }

  /** A process as systemd starts it: the unit's instance is its port. */
  const instance = (port: string) => {
    const pairs = set("Environment").replaceAll("%i", port).split(" ");
    return start(
      set("ExecStart"),
      Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string])),
    );
  };

  it("gives the bot more time to stop than it takes", () => {
    const own =
      secondsIn(
        /wx\.close\(\{ timeout: ([\d_]+)/,
        read("examples/starter/src/server.ts").replaceAll("_", ""),
      ) / 1_000;
    expect(own).to.equal(20);
    const pods = deploy("kubernetes/my-bot.yaml");
    const before = secondsIn(/"sleep", "(\d+)"/, pods);
    const times = {
      systemd: Number(set("TimeoutStopSec")),
      pm2: (manager?.kill_timeout ?? 0) / 1_000,
      compose: secondsIn(/stop_grace_period: (\d+)s/, read("examples/starter/compose.yaml")),
      kubernetes: secondsIn(/terminationGracePeriodSeconds: (\d+)/, pods) - before,
    };
    for (const [who, seconds] of Object.entries(times)) {
      expect(seconds, who).to.be.within(own + 5, 60);
    }
    for (const page of ["docs/deployment.md", "docs/deployment.zh-CN.md"]) {
      const text = read(page);
      expect(text).to.contain(`TimeoutStopSec=${times.systemd}`);
      expect(text).to.contain("kill_timeout: 30_000").and.to.contain("timeout: 20_000");
      expect(text).to.contain(`stop_grace_period: ${times.compose}s`);
      expect(text).to.contain(`terminationGracePeriodSeconds: ${times.kubernetes + before}`);
    }
  });

  it("starts what the starter builds, by node itself, and names each file on its page", () => {
    const its = JSON.parse(read("examples/starter/package.json"));
    expect(`/usr/bin/${its.scripts.start}`).to.equal(set("ExecStart"));
    expect(its.scripts.start).to.equal(`node ${manager?.script}`);
    const files = readdirSync("examples/deploy", { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `](../${parentPath}/${name})`);
    expect(files.length).to.be.greaterThan(5);
    for (const page of ["docs/deployment.md", "docs/deployment.zh-CN.md"]) {
      for (const file of files) expect(read(page)).to.contain(file);
    }
  });

  it("ends as its page says, although it has a connection to Redis", async () => {
    const port = String(await freePort());
    const [, sample = ""] =
      /^## Ending in order\n+```ts\n(.*?)^```/ms.exec(read("docs/deployment.md")) ?? [];
    expect(sample).to.contain("new RedisStore(");
    user.write(
      "ending.mjs",
      `${sample
        .replace("AAAAA", environment.WECHAT_TOKEN ?? "")
        .replace("wx…", "wx0000000000000000")
        .replace("3000", port)}
wx.on("text", () => "in order");
console.log("Listening on", ${port});`,
    );
    const server = await start(`node ${join(user.folder, "ending.mjs")}`, { PORT: port });
    const token = `WECHAT_TOKEN=${environment.WECHAT_TOKEN}`;
    const send = user.bin("send", `http://127.0.0.1:${port}/`, "text", "hello");
    expect((await user.runs("env", token, ...send)).stdout).to.contain("in order");
    const begun = performance.now();
    expect(await server.end("SIGTERM")).to.equal(0);
    expect(performance.now() - begun).to.be.lessThan(10_000);
  });

  it("ends when pm2 stops it, although pm2 holds a channel", async () => {
    const PORT = String(await freePort());
    const command = `node ${manager?.script}`;
    const server = await start(command, { ...manager?.env, PORT }, true);
    expect(await server.end("SIGINT")).to.equal(0);
  });

  it("loses no push and answers none twice while two processes behind TLS start anew, one after the other", async () => {
    const ports = [String(await freePort()), String(await freePort())];
    const processes = await Promise.all(ports.map(instance));
    const { cert, url } = await startProxy(ports);
    const trusted = join(bot, "cert.pem");
    writeFileSync(trusted, cert);
    const cli = async (...words: string[]) => {
      const { stdout, stderr } = await user.runs(
        "env",
        ...[`NODE_EXTRA_CA_CERTS=${trusted}`, `WECHAT_TOKEN=${environment.WECHAT_TOKEN}`],
        ...user.bin(...words),
      );
      return stdout + stderr;
    };
    expect(await cli("doctor", url)).to.contain("No problem");

    // Its delivery is open, and answered.
    const open = cli("send", url, "text", "慢2000");
    await until(() => processes.some(({ hasBegun }) => hasBegun()));
    const first = processes.findIndex(({ hasBegun }) => hasBegun());
    expect(await processes[first]?.end("SIGTERM")).to.equal(0);
    expect(await open).to.match(new RegExp(`好了，端口 ${ports[first]}.*ms\\)$`, "m"));

    // Its delivery was given up, and the next one has to go elsewhere.
    const again = await instance(ports[first] ?? "");
    const other = processes[1 - first];
    const impatient = cli("send", url, "text", "慢2500", "--patience", "1500");
    const has = () => [again, other].find((one) => one?.hasBegun());
    await until(() => has() !== undefined);
    const running = has();
    expect(await running?.end("SIGTERM")).to.equal(0);
    expect(await impatient).to.match(
      new RegExp(`好了，端口 ${running?.port}.*attempt [23]\\)$`, "m"),
    );
    expect([again, other].filter((one) => one?.hasBegun())).to.have.length(1);
  });

  /** What nginx does by my-bot.conf, with the processes at these ports. */
  async function startProxy(ports: readonly string[]) {
    const { key, cert } = ownCertificate();
    // As the page says: what a dead process leaves is passed on, and none is taken out for an open push.
    expect(nginx).to.match(/proxy_next_upstream .*non_idempotent;/);
    expect(nginx.match(/ max_fails=0;/g)).to.have.length(ports.length);
    expect(nginx.match(/^ {2}server 127\.0\.0\.1:\d+ /gm)).to.have.length(ports.length);
    const lines = [...nginx.matchAll(/proxy_set_header (\S+) \$(\w+);/g)];
    expect(lines.map(([, name]) => name)).to.deep.equal([
      "Host",
      "X-Forwarded-For",
      "X-Forwarded-Proto",
    ]);
    let turn = 0;
    const server = createSecureServer({ key, cert }, (incoming, outgoing) => {
      const variables: Record<string, string | undefined> = {
        host: incoming.headers.host?.replace(/:\d+$/, ""),
        remote_addr: incoming.socket.remoteAddress,
        scheme: "https",
      };
      const written = Object.fromEntries(
        lines.map(([, name = "", value = ""]) => [name.toLowerCase(), variables[value]]),
      );
      const chunks: Buffer[] = [];
      const pass = (left: number) => {
        const port = ports[turn++ % ports.length];
        const { method, url: path } = incoming;
        const headers = { ...incoming.headers, connection: "close", ...written };
        const options = { port, host: "127.0.0.1", method, path, headers };
        const upstream: ClientRequest = httpRequest(options, (answer: IncomingMessage) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        // Nobody was there, so nothing was sent: the next one is asked.
        upstream.on("error", ({ code }: NodeJS.ErrnoException) => {
          if (code === "ECONNREFUSED" && left > 1) pass(left - 1);
          else outgoing.destroy();
        });
        outgoing.once("close", () => upstream.destroy());
        upstream.end(Buffer.concat(chunks));
      };
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => pass(ports.length));
    });
    proxies.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { cert, url: `https://localhost:${port}/wechat` };
  }
});
