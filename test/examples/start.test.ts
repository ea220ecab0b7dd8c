import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { shut } from "../../src/simulator/listen.js";
import type { PhoneView } from "../../src/simulator/phone/view.js";

const examples = readdirSync("examples").filter(
  (file) => file.endsWith(".ts") && file !== "local.ts",
);

/** A model in the cloud would be asked for its answer. */
const env = { ...process.env, OPENAI_API_KEY: "", REDIS_URL: "", LANG: "en_US.UTF-8" };

describe("The phone beside the examples", function () {
  this.timeout(30_000);
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  async function freePort(): Promise<string> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await shut(server);
    return String(port);
  }

  /** Starts an example and the phone, and resolves to the phone's address once it is announced. */
  async function started(name: string): Promise<{ url: string; output: string }> {
    const ports = { PORT: await freePort(), PHONE_PORT: await freePort() };
    const started = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", name], {
      env: { ...env, ...ports },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      started.once("exit", () => reject(new Error(`npm start ${name} ended: ${output}`)));
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on("data", (chunk) => {
          output += chunk;
          const announced = /(?:chat|beside it): (http:\S+)\s/.exec(output)?.[1];
          if (announced !== undefined && output.includes("Listening on")) resolve(announced);
        });
      }
    });
    return { url, output };
  }

  const view = async (url: string) =>
    (await (await fetch(`${url}/phone/state`)).json()) as PhoneView;

  async function until(url: string, is: (seen: PhoneView) => boolean): Promise<PhoneView> {
    for (;;) {
      const seen = await view(url);
      if (is(seen)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it("is announced by every one of them, or said to be of no use", () => {
    const source = readFileSync("scripts/start.ts", "utf8");
    for (const file of examples) {
      const announces = /^listen\(|Open the phone/m.test(readFileSync(`examples/${file}`, "utf8"));
      const excused = source.includes(`examples/${file} is no bot`);
      expect(announces !== excused, file).to.equal(true);
    }
  });

  // The test kit drives all of them; these are unlike the others in their address or in what they say.
  for (const name of ["accounts", "cloud-hosting", "customer-service", "menu", "voice"]) {
    it(`announces the phone, on which ${name} answers`, async () => {
      const { url } = await started(name);
      await until(url, ({ settings }) => settings.light?.trouble === undefined);
      await fetch(`${url}/phone/act`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ user: "alice", act: "text", text: "你好" }),
      });
      const { chat } = await until(url, (seen) => seen.chat.length > 1);
      expect(chat[1]).to.include({ from: "account" });
      expect(chat.some(({ content }) => content.type === "banner")).to.equal(false);
    });
  }

  it("says why nobody answers on the phone beside the gateway", async () => {
    const { url, output } = await started("gateway");
    expect(output).to.contain("examples/gateway.ts is no bot").and.contain("Nobody answers");
    expect((await view(url)).settings.light?.trouble).to.contain("is no bot");
  });
});
