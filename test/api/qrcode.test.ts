import { expect } from "chai";
import { createClient } from "../../src/api/client.js";
import type { QrcodeOptions } from "../../src/api/qrcode.js";
import { ConfigError } from "../../src/errors.js";

const api = createClient({
  appId: "wx1",
  appSecret: "s",
  fetch: () => Promise.reject(new Error()),
});

describe("QR codes", () => {
  const refused: readonly [what: string, options: unknown, says: string][] = [
    ["scene 0", { scene: 0, expireSeconds: 60 }, "from 1 to 4294967295 or a text, got 0"],
    [
      "a permanent scene over 100,000",
      { scene: 100_001 },
      "from 1 to 100000 or a text, got 100001",
    ],
    ["half a scene", { scene: 1.5 }, "got 1.5"],
    ["an empty text", { scene: "" }, "a text of 1 to 64 characters, got 0 characters"],
    ["a long text", { scene: "长".repeat(65) }, "got 65 characters"],
    ["no scene", {}, "must be a number or a text of 1 to 64 characters, got undefined"],
    ["more than 30 days", { scene: "a", expireSeconds: 2_592_001 }, "(30 days), got 2592001"],
    ["no time", { scene: "a", expireSeconds: 0 }, "Leave it out for a permanent code"],
  ];
  for (const [what, options, says] of refused) {
    it(`are refused for ${what}, before WeChat is asked`, async () => {
      const error = await api.qrcode.create(options as QrcodeOptions).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as ConfigError).message).to.contain(says);
    });
  }

  it("have a picture whose address holds the ticket, escaped", () => {
    expect(api.qrcode.imageUrl("gQH4+/=")).to.equal(
      "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH4%2B%2F%3D",
    );
  });
});

describe("A client without a secret", () => {
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
