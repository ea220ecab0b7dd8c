import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { PhoneView } from "../../src/simulator/phone/view.js";
import { type BesidePhone, startBesidePhone } from "../support/beside-phone.js";

const examples = readdirSync("examples").filter(
  (file) => file.endsWith(".ts") && file !== "local.ts",
);

describe("npm start: the phone beside the examples", function () {
  this.timeout(30_000);
  let started: BesidePhone | undefined;
  afterEach(() => started?.stop());

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
      started = await startBesidePhone(name);
      const { url } = started;
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
    started = await startBesidePhone("gateway");
    const { url, output } = started;
    expect(output).to.contain("examples/gateway.ts is no bot").and.contain("Nobody answers");
    expect((await view(url)).settings.light?.trouble).to.contain("is no bot");
  });
});
