import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { expect } from "chai";
import { startExample } from "../support/example.js";

const examples = readdirSync("examples")
  .filter((file) => file.endsWith(".ts") && file !== "local.ts")
  .map((file) => file.slice(0, -3));
const tests = readdirSync("test/examples")
  .filter((file) => file !== "all.test.ts")
  .map((file) => readFileSync(`test/examples/${file}`, "utf8"));

describe("examples/: all of them", () => {
  it("are driven by the test kit, every one of them", () => {
    const drives = (example: string) => (test: string) =>
      test.includes(`stage("${example}"`) ||
      (test.includes(`startExample("${example}"`) && /await simulate\(/.test(test));
    const undriven = examples.filter((example) => !tests.some(drives(example)));
    expect(examples.length).to.be.greaterThan(12);
    expect(undriven).to.deep.equal([]);
  });

  it("listen where HOST says, and by default on this machine alone", async function () {
    this.timeout(20_000);
    const sources = [...examples, "local"].map((name) => `examples/${name}.ts`);
    for (const file of [...sources, "scripts/start.ts"]) {
      const listens = readFileSync(file, "utf8").match(/\blisten\((Number|wanted).*$/gm) ?? [];
      for (const line of listens) expect(line, file).to.contain("127.0.0.1");
    }
    // Another of this machine's own addresses, which only a server that listens everywhere answers.
    const elsewhere = async (port: number) => {
      const socket = connect(port, "127.0.0.2");
      const outcome = await once(socket, "connect").then(
        () => "open",
        () => "closed",
      );
      socket.destroy();
      return outcome;
    };
    for (const [name, HOST, expected] of [
      ["echo", "", "closed"],
      ["gateway", "", "closed"],
      ["echo", "0.0.0.0", "open"],
    ] as const) {
      const example = await startExample(name, { HOST });
      try {
        expect(await elsewhere(example.address.port), `${name} ${HOST}`).to.equal(expected);
      } finally {
        await example.stop();
      }
    }
  });

  it("take no pushes by a token that everybody knows, when the account is one's own", async () => {
    const failure = await startExample("echo", { WECHAT_APP_SECRET: "of-my-own" }).catch(String);
    expect(failure).to.contain("WECHAT_TOKEN is not set");
  }).timeout(10_000);
});
