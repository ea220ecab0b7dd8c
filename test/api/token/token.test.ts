import { spawn } from "node:child_process";
import { once } from "node:events";
import { inspect } from "node:util";
import { expect } from "chai";
import { ApiError } from "../../../src/api/api-error.js";
import { type ClientOptions, createClient } from "../../../src/api/client.js";
import { signPage } from "../../../src/api/jssdk.js";
import { SharedValue } from "../../../src/api/token/shared-value.js";
import type { WechatError } from "../../../src/errors.js";
import { MemoryStore } from "../../../src/store/memory.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { bundle } from "../../support/bundle.js";
import { errorOf } from "../../support/error-of.js";
import { startRedis } from "../../support/redis.js";

const stable = "/cgi-bin/stable_token";
const call = "/cgi-bin/user/info";
const appSecret = "the-app-secret";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("api.tokens: access tokens", () => {
  let api: ApiServer;
  /** Tokens that WeChat accepts now. */
  let valid: string;
  let count: number;

  const client = (options: Partial<ClientOptions> = {}) =>
    createClient({ appId: "wx1", appSecret, baseUrl: api.url, ...options });

  beforeEach(async () => {
    api = await startApiServer();
    count = 0;
    valid = "";
    api.on(stable, async () => {
      await pause(50);
      valid = `token-${++count}`;
      return { access_token: valid, expires_in: 7200 };
    });
    api.on(call, ({ query }: { query: Record<string, string> }) =>
      query.access_token === valid
        ? { openid: query.openid }
        : { errcode: 40001, errmsg: "invalid credential, access_token is invalid rid: 6172-ab-cd" },
    );
  });
  afterEach(() => api.close());

  it("are fetched once for two hundred calls on a cold cache", async () => {
    const wx = client();
    const users = await Promise.all(Array.from({ length: 200 }, (_, i) => wx.users.get(`o${i}`)));
    expect(users.map(({ openid }) => openid)).to.deep.equal(
      Array.from({ length: 200 }, (_, i) => `o${i}`),
    );
    expect(api.to(stable)).to.have.length(1);
    expect(JSON.parse(String(api.to(stable)[0]?.body))).to.deep.equal({
      grant_type: "client_credential",
      appid: "wx1",
      secret: appSecret,
      force_refresh: false,
    });
  });

  it("are renewed once when WeChat revokes them, and every call succeeds at its second try", async () => {
    const wx = client();
    await wx.users.get("o");
    valid = "revoked";
    api.calls.length = 0;
    const users = await Promise.all(Array.from({ length: 200 }, (_, i) => wx.users.get(`o${i}`)));
    expect(users).to.have.length(200);
    expect(api.to(stable)).to.have.length(1);
    expect(api.to(call).length).to.be.at.most(400);
  });

  it("are not fetched for ever when WeChat refuses them all", async () => {
    const wx = client();
    api.on(call, { errcode: 40001, errmsg: "invalid credential" });
    const error = await errorOf<ApiError>(() => wx.users.get("o"));
    expect(error).to.be.instanceOf(ApiError);
    expect(error.errcode).to.equal(40001);
    expect(error.hint).to.match(/share one store/);
    expect(api.to(call)).to.have.length(2);
  });

  it("are forced only if WeChat gives the refused one again, and not twice within thirty seconds", async () => {
    const wx = client();
    api.on(stable, ({ body }: { body: Buffer }) => {
      valid = (JSON.parse(String(body)) as { force_refresh: boolean }).force_refresh
        ? "forced"
        : "same";
      return { access_token: valid, expires_in: 7200 };
    });
    api.on(call, ({ query }: { query: Record<string, string> }) =>
      query.access_token === "same" ? { errcode: 40001, errmsg: "bad" } : { openid: "o" },
    );
    await wx.users.get("o");
    expect(api.to(stable).map(({ body }) => JSON.parse(String(body)).force_refresh)).to.deep.equal([
      false,
      false,
      true,
    ]);
    api.on(call, { errcode: 40001, errmsg: "bad" });
    await errorOf(() => wx.users.get("o"));
    expect(
      api.to(stable).filter(({ body }) => JSON.parse(String(body)).force_refresh),
    ).to.have.length(1);
  });

  it("come from cgi-bin/token if so configured, or from elsewhere", async () => {
    const classic = client({ stableToken: false });
    api.on("/cgi-bin/token", { access_token: "classic", expires_in: 7200 });
    valid = "classic";
    await classic.users.get("o");
    expect(api.to("/cgi-bin/token")[0]?.query).to.deep.equal({
      grant_type: "client_credential",
      appid: "wx1",
      secret: appSecret,
    });
    const outside = createClient({
      appId: "wx1",
      baseUrl: api.url,
      tokenProvider: async () => "classic",
    });
    await outside.users.get("o");
    expect(api.to(stable)).to.have.length(0);
  });

  for (const [errcode, errmsg, hint] of [
    [
      40164,
      "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 61-2",
      /Add 203\.0\.113\.7 to .*开发密钥 → API IP 白名单/,
    ],
    [40125, "invalid appsecret", /"appSecret"/],
    [40013, "invalid appid", /"appId"/],
    [45009, "reach max api daily quota limit", /quota/],
  ] as const) {
    it(`that are refused with ${errcode} are not asked for again and again`, async () => {
      api.on(stable, { errcode, errmsg });
      const wx = client();
      const errors = await Promise.all(
        Array.from({ length: 20 }, () => errorOf(() => wx.users.get("o"))),
      );
      await errorOf(() => wx.users.get("o"));
      expect(api.to(stable)).to.have.length(1);
      expect((errors[0] as ApiError).errcode).to.equal(errcode);
      expect(errors[0]?.message).to.match(hint);
      expect(errors[0]?.message).not.to.include("rid");
    });
  }

  it("of an endpoint that is busy are asked for again, patiently", async () => {
    let answers = 0;
    api.on(stable, () => {
      valid = "patient";
      return ++answers < 3
        ? { errcode: -1, errmsg: "system error" }
        : { access_token: valid, expires_in: 7200 };
    });
    expect((await client().users.get("o")).openid).to.equal("o");
    expect(answers).to.equal(3);
  });

  it("of an endpoint that answers HTML fail with a sentence", async () => {
    api.on(stable, "<html>502</html>");
    const error = await errorOf(() => client().users.get("o"));
    expect((error as WechatError).code).to.equal("WX_API_RESPONSE");
  });

  // Found by `npm run fuzz`: such a token was taken, and one without a life never renewed.
  it("of an endpoint that names none, or not how long it lives, fail with a sentence", async () => {
    for (const answer of [
      { expires_in: 7200 },
      { access_token: "", expires_in: 7200 },
      { access_token: { toString: 1 }, expires_in: 7200 },
      { access_token: "T" },
      { access_token: "T", expires_in: "soon" },
      { access_token: "T", expires_in: -1 },
    ]) {
      api.on(stable, answer);
      const error = await errorOf(() => client().users.get("o"));
      expect((error as WechatError).code, JSON.stringify(answer)).to.equal("WX_API_RESPONSE");
    }
  });

  it("serve until they end, while their renewal fails", async () => {
    let works = true;
    const renewed = new SharedValue({
      store: new MemoryStore(),
      canForce: false,
      fetch: async () => {
        if (!works) throw new Error("down");
        // So short that it is renewed at once.
        return { value: "old", seconds: 0.2 };
      },
    });
    expect(await renewed.get()).to.equal("old");
    works = false;
    await pause(150);
    expect(await renewed.get()).to.equal("old");
    await pause(100);
    expect((await errorOf(() => renewed.get())).message).to.equal("down");
  });

  it("are not harmed by a clock that jumps an hour either way", async () => {
    const store = Object.assign(new MemoryStore(), { shared: true });
    const now = Date.now;
    try {
      await client({ store }).users.get("o");
      for (const hour of [3_600_000, -3_600_000]) {
        Date.now = () => now() + hour;
        await client({ store }).users.get("o");
      }
    } finally {
      Date.now = now;
    }
    expect(api.to(stable)).to.have.length(1);
  });

  it("are fetched once in all by four processes with one Redis", async function () {
    this.timeout(60_000);
    const redis = await startRedis();
    try {
      api.on(stable, async () => {
        await pause(200);
        valid = `token-${++count}`;
        return { access_token: valid, expires_in: 7200 };
      });
      const script = `
        import { Redis } from "ioredis";
        import { createClient } from "./src/api/client.ts";
        import { RedisStore } from "./src/store/redis/redis.ts";
        const redis = new Redis("${redis.url}");
        const wx = createClient({ appId: "wx1", appSecret: "s", baseUrl: "${api.url}", store: new RedisStore(redis) });
        await Promise.all(Array.from({ length: 200 }, (_, i) => wx.users.get("o" + i)));
        redis.disconnect();`;
      const file = await bundle(script);
      const processes = Array.from({ length: 4 }, () =>
        spawn(process.execPath, [file], { stdio: ["ignore", "inherit", "inherit"] }),
      );
      const codes = await Promise.all(
        processes.map(async (child) => (await once(child, "exit"))[0]),
      );
      expect(codes).to.deep.equal([0, 0, 0, 0]);
      expect(api.to(call)).to.have.length(800);
      expect(api.to(stable)).to.have.length(1);
    } finally {
      await redis.stop();
    }
  });

  it("never stand in an error, a log or an inspected object", async () => {
    const secrets = [appSecret, "token-1", "the-ticket"];
    const wx = client({ timeout: 1_000 });
    api.on("/cgi-bin/ticket/getticket", { errcode: 0, ticket: "the-ticket", expires_in: 7200 });
    await wx.jssdk.sign("https://example.com/");
    const failures: unknown[] = [];
    const fail = async (answer: Parameters<ApiServer["on"]>[1]) => {
      api.on("/cgi-bin/x", answer);
      failures.push(await errorOf(() => wx.post("/cgi-bin/x", { a: 1 })));
    };
    await fail({ errcode: 45009, errmsg: "limit" });
    await fail("no json");
    await fail((_, response) => void response.destroy());
    await fail(() => pause(1_500));
    await fail((_, response) => {
      response.statusCode = 302;
      response.setHeader("Location", "http://127.0.0.1:1/");
      response.end();
    });
    failures.push(
      await errorOf(() =>
        createClient({ appId: "wx1", appSecret, baseUrl: "http://127.0.0.1:1" }).users.get("o"),
      ),
    );
    for (const shown of [...failures, wx, wx.tokens, wx.jssdk]) {
      const everything = [
        inspect(shown, { depth: 10, showHidden: true }),
        JSON.stringify(shown),
        String(shown),
        (shown as Error).stack ?? "",
        inspect((shown as Error).cause ?? "", { depth: 10 }),
      ].join("\n");
      for (const secret of secrets) expect(everything).not.to.include(secret);
    }
    expect(failures.map((error) => (error as WechatError).code)).to.deep.equal([
      "WX_API",
      "WX_API_RESPONSE",
      "WX_API_NETWORK",
      "WX_API_TIMEOUT",
      "WX_API_RESPONSE",
      "WX_API_NETWORK",
    ]);
  });
});

describe("signPage(): JS-SDK signatures", () => {
  const ticket =
    "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

  it("are the official one", () => {
    const sign = (url: string) => signPage(ticket, "Wm3WZYTPz0wzccnW", 1414587457, url);
    expect(sign("http://mp.weixin.qq.com?params=value")).to.equal(
      "0f9de62fce790f9a083d5c99e95740ceb90c27ed",
    );
    expect(sign("http://mp.weixin.qq.com?params=value#/route")).to.equal(
      sign("http://mp.weixin.qq.com?params=value"),
    );
  });
});
