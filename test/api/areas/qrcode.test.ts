import { expect } from "chai";
import type { QrcodeOptions } from "../../../src/api/areas/qrcode.js";
import { createClient } from "../../../src/api/client.js";
import type { Fetch } from "../../../src/api/transport/fetch.js";
import { ConfigError } from "../../../src/errors.js";

const api = createClient({
  appId: "wx1",
  appSecret: "s",
  fetch: () => Promise.reject(new Error()),
});

describe("api.qrcode: QR codes", () => {
  const refused: readonly [what: string, options: unknown, says: string][] = [
    ["scene 0", { scene: 0, ttl: 60_000 }, "from 1 to 4294967295 or a text, got 0"],
    [
      "a permanent scene over 100,000",
      { scene: 100_001 },
      "from 1 to 100000 or a text, got 100001",
    ],
    ["half a scene", { scene: 1.5 }, "got 1.5"],
    ["an empty text", { scene: "" }, "a text of 1 to 64 characters, got 0 characters"],
    ["a long text", { scene: "长".repeat(65) }, "got 65 characters"],
    ["no scene", {}, "must be a number or a text of 1 to 64 characters, got undefined"],
    ["more than 30 days", { scene: "a", ttl: 2_592_001_000 }, "(30 days), got 2592001000"],
    ["half a second", { scene: "a", ttl: 1_500 }, "whole seconds from 1000"],
    ["seconds", { scene: "a", ttl: 300 }, "a number of milliseconds"],
    ["its time by an old name", { scene: "a", expireSeconds: 300 }, 'is "ttl", in milliseconds'],
    ["no time", { scene: "a", ttl: 0 }, "from 1000 to 2592000000"],
  ];
  for (const [what, options, says] of refused) {
    it(`are refused for ${what}, before WeChat is asked`, async () => {
      const error = await api.qrcode.create(options as QrcodeOptions).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as ConfigError).message).to.contain(says);
    });
  }

  it("say to WeChat in seconds how long they work, and so do short keys", async () => {
    const asked: unknown[] = [];
    const fetch: Fetch = async (url, init) => {
      const isToken = String(url).includes("token?") || String(url).includes("stable_token");
      if (!isToken) asked.push(JSON.parse(String(init?.body)).expire_seconds);
      return Response.json(isToken ? { access_token: "t", expires_in: 7200 } : { short_key: "k" });
    };
    const { qrcode, shortKeys } = createClient({ appId: "wx1", appSecret: "s", fetch });
    await qrcode.create({ scene: "a", ttl: 2_592_000_000 });
    await qrcode.create({ scene: "a" });
    await shortKeys.create("a", 1_000);
    expect(asked).to.deep.equal([2_592_000, undefined, 1]);
    const error = await shortKeys.create("a", 60).catch((e: unknown) => e);
    expect((error as ConfigError).message).to.contain('"ttl" of a short key is a number of millis');
  });

  it("have a picture whose address holds the ticket, escaped", () => {
    expect(api.qrcode.imageUrl("gQH4+/=")).to.equal(
      "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH4%2B%2F%3D",
    );
  });
});

describe("createClient(): a client without a secret", () => {
  const bare = createClient({ appId: "wx1", tokenProvider: async () => "T" });
  const calls = {
    "a login code": () => bare.oauth.exchange("CODE"),
    "clearing quotas by secret": () => bare.quota.clearBySecret(),
  };
  for (const [what, call] of Object.entries(calls)) {
    it(`says what ${what} needs`, async () => {
      const error = await call().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as ConfigError).message).to.contain('needs "appSecret"');
    });
  }
});
