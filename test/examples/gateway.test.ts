import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wechat } from "koa-wx";
import { remoteApi } from "koa-wx/gateway";
import { simulate } from "koa-wx/testing";
import { signRequest } from "../../src/gateway/signing.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";
import { startRedis } from "../support/redis.js";

const appId = "wx1111111111111111";
const appSecret = "the-app-secret-of-the-account";
const shop = { GATEWAY_CLIENT: "shop", GATEWAY_SECRET: "shop-0123456789abcdef0123456789abcdef" };
const crm = { GATEWAY_CLIENT: "crm", GATEWAY_SECRET: "crm-0123456789abcdef0123456789abcdef" };

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function run(command: string, args: readonly string[], env: object): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, timeout: 10_000 };
    execFile(command, args, options, (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output, errors }),
    );
  });
}

describe("examples/gateway.ts", function () {
  this.timeout(20_000);
  let wechat: ApiServer;
  let gateway: Example;
  let url: string;
  /** The client of the example: curl and openssl in a shell. */
  const client = (who: object, ...args: readonly string[]) =>
    run("sh", ["examples/gateway-client.sh", ...args], { GATEWAY_URL: url, ...who });

  before(async () => {
    wechat = await startApiServer();
    wechat.on("/cgi-bin/stable_token", { access_token: "THE-TOKEN", expires_in: 7200 });
    wechat.on("/cgi-bin/ticket/getticket", { ticket: "THE-TICKET", expires_in: 7200 });
    wechat.on("/cgi-bin/user/info", ({ query }) => ({ openid: query.openid, subscribe: 1 }));
    gateway = await startExample("gateway", {
      WECHAT_APP_ID: appId,
      WECHAT_APP_SECRET: appSecret,
      WECHAT_API_BASE_URL: wechat.url,
      GATEWAY_SHOP_SECRET: shop.GATEWAY_SECRET,
      GATEWAY_CRM_SECRET: crm.GATEWAY_SECRET,
    });
    url = `http://127.0.0.1:${gateway.address.port}`;
  });
  after(async () => {
    await gateway?.stop();
    await wechat.close();
  });

  it("gives a curl client the token and the ticket", async () => {
    const token = await client(shop, "GET", `/tokens/${appId}`);
    expect(token.errors).to.equal("");
    expect(JSON.parse(token.output)).to.deep.include({ access_token: "THE-TOKEN", refresh_in: 60 });
    const ticket = await client(shop, "GET", `/tokens/${appId}/tickets/jsapi`);
    expect(JSON.parse(ticket.output)).to.deep.include({ ticket: "THE-TICKET" });
  });

  it("takes a refused token back from a curl client", async () => {
    const body = '{"access_token":"another"}';
    const { output } = await client(shop, "POST", `/tokens/${appId}/invalidate`, body);
    expect(JSON.parse(output)).to.deep.equal({ invalidated: false });
  });

  it("forwards a curl client's calls, in Chinese and with a query", async () => {
    const info = `/proxy/${appId}/cgi-bin/user/info?openid=alice&lang=zh_CN`;
    const { output } = await client(crm, "GET", info);
    expect(JSON.parse(output)).to.deep.equal({ openid: "alice", subscribe: 1 });
    const body = '{"touser":"alice","msgtype":"text","text":{"content":"你好\\n$HOME \'\\"%s"}}';
    const send = `/proxy/${appId}/cgi-bin/message/custom/send`;
    expect((await client(crm, "POST", send, body)).code).to.equal(0);
    const [received] = wechat.to("/cgi-bin/message/custom/send");
    expect(received?.body.toString()).to.equal(body);
    expect(received?.query.access_token).to.equal("THE-TOKEN");
  });

  it("forwards a file of a curl client", async () => {
    const folder = mkdtempSync(join(tmpdir(), "koa-wx-gateway-"));
    try {
      const file = join(folder, "body");
      const body = Buffer.from(
        "--b\r\nContent-Disposition: form-data\r\n\r\n\u0000\xff\r\n--b--\r\n",
      );
      writeFileSync(file, body);
      const type = { CONTENT_TYPE: "multipart/form-data; boundary=b" };
      const upload = `/proxy/${appId}/cgi-bin/media/upload?type=image`;
      await client({ ...crm, ...type }, "POST", upload, `@${file}`);
      const [received] = wechat.to("/cgi-bin/media/upload");
      expect(received?.body.equals(body)).to.equal(true);
      expect(received?.headers["content-type"]).to.equal(type.CONTENT_TYPE);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  for (const [what, who, args, error] of [
    ["with a wrong secret", { ...shop, GATEWAY_SECRET: "wrong" }, ["/tokens/"], "signature"],
    ["for a token that the client may not have", crm, ["/tokens/"], "client"],
    ["for a path that is not on its list", crm, ["/proxy/", "/cgi-bin/menu/get"], "path"],
    ["that climbs", crm, ["/proxy/", "/cgi-bin/message/custom/../../menu/get"], "path"],
    ["with a token of its own", crm, ["/proxy/", "/cgi-bin/user/info?access_token=x"], "query"],
  ] as const) {
    it(`refuses a curl client ${what}`, async () => {
      const { code, output } = await client(
        who,
        "GET",
        args.length === 1 ? `${args[0]}${appId}` : args.join(appId),
      );
      expect(code).to.equal(22);
      expect(JSON.parse(output).error).to.equal(error);
    });
  }

  it("serves nobody by a secret that stands in a file, when the account is one's own", async () => {
    const env = { WECHAT_APP_ID: appId, WECHAT_APP_SECRET: appSecret, WECHAT_API_BASE_URL: "" };
    const failure = await startExample("gateway", env).catch((error: Error) => error);
    expect(String(failure)).to.contain("GATEWAY_SHOP_SECRET");
    const one = await startExample("gateway", { ...env, GATEWAY_CRM_SECRET: crm.GATEWAY_SECRET });
    try {
      const published = readFileSync("examples/gateway.ts", "utf8").match(/[\w-]{32,}/g) ?? [];
      for (const secret of [...published, "local-secret-of-shop-0123456789abcdef"]) {
        const GATEWAY_URL = `http://127.0.0.1:${one.address.port}`;
        const who = { GATEWAY_CLIENT: "shop", GATEWAY_SECRET: secret, GATEWAY_URL };
        const { output } = await client(who, "GET", `/tokens/${appId}`);
        expect(JSON.parse(output).error).to.equal("signature");
      }
    } finally {
      await one.stop();
    }
  });

  it("without an account, prints a secret of this run that works", async () => {
    const one = await startExample("gateway", { WECHAT_API_BASE_URL: wechat.url });
    try {
      const [, secret = ""] = /GATEWAY_SECRET=([0-9a-f]{64})$/m.exec(one.output) ?? [];
      const GATEWAY_URL = `http://127.0.0.1:${one.address.port}`;
      const who = { GATEWAY_CLIENT: "crm", GATEWAY_SECRET: secret, GATEWAY_URL };
      const info = "/proxy/wx0000000000000000/cgi-bin/user/info?openid=alice";
      expect(JSON.parse((await client(who, "GET", info)).output).openid).to.equal("alice");
    } finally {
      await one.stop();
    }
  });

  it("works as one with another on the same Redis", async () => {
    await using redis = await startRedis();
    const env = {
      WECHAT_APP_ID: appId,
      WECHAT_API_BASE_URL: wechat.url,
      GATEWAY_SHOP_SECRET: shop.GATEWAY_SECRET,
      REDIS_URL: redis.url,
    };
    const before = wechat.to("/cgi-bin/stable_token").length;
    const both = await Promise.all([startExample("gateway", env), startExample("gateway", env)]);
    try {
      const urls = both.map(({ address }) => `http://127.0.0.1:${address.port}`);
      for (const GATEWAY_URL of urls) {
        const { output } = await client({ ...shop, GATEWAY_URL }, "GET", `/tokens/${appId}`);
        expect(JSON.parse(output).access_token).to.equal("THE-TOKEN");
        expect(JSON.parse(output).expires_in).to.be.within(7_190, 7_200);
      }
      expect(wechat.to("/cgi-bin/stable_token")).to.have.length(before + 1);
      const headers = signRequest(
        { client: "shop", secret: shop.GATEWAY_SECRET },
        "GET",
        `/tokens/${appId}`,
      );
      const answers: number[] = [];
      for (const url of urls)
        answers.push((await fetch(`${url}/tokens/${appId}`, { headers })).status);
      expect(answers).to.deep.equal([200, 401]);
    } finally {
      await Promise.all(both.map((one) => one.stop()));
    }
  });

  it("lets a bot without the AppSecret talk to the users of the simulated WeChat", async () => {
    let started: Example | undefined;
    const account = { token: "AAAAA", appId, appSecret };
    const phone = await simulate(async (wechatSide) => {
      started = await startExample("gateway", {
        WECHAT_APP_ID: appId,
        WECHAT_APP_SECRET: appSecret,
        WECHAT_API_BASE_URL: wechatSide.url,
        GATEWAY_CRM_SECRET: crm.GATEWAY_SECRET,
      });
      const proxy = `http://127.0.0.1:${started.address.port}/proxy`;
      const [client, secret] = [crm.GATEWAY_CLIENT, crm.GATEWAY_SECRET];
      const { token } = account;
      const wx = new Wechat({ token, appId, ...remoteApi({ url: proxy, appId, client, secret }) });
      wx.on("text", async (ctx) => {
        await ctx.send(`收到：${ctx.message.Content}`);
      });
      return wx;
    }, account);
    try {
      const answer = await phone.user("alice").sends("你好");
      expect(await answer.late()).to.deep.equal({ type: "text", content: "收到：你好" });
      // The bot has asked for no token itself: there was one request for it, the gateway's.
      expect(phone.api.calls("stable_token")).to.have.length(1);
    } finally {
      await phone.close();
      await started?.stop();
    }
  });

  it("serves the sample of the documents, in both languages", async () => {
    for (const page of ["docs/gateway.md", "docs/gateway.zh-CN.md"]) {
      const sample = /^```sh\n(client=.*?)^```/ms.exec(readFileSync(page, "utf8"))?.[1] ?? "";
      const own = sample
        .replace(/^gateway=.*$/m, `gateway=${url}`)
        .replace(/^secret=.*$/m, `secret=${shop.GATEWAY_SECRET}`)
        .replace(/wx0000000000000000/g, appId);
      const { output, errors } = await run("sh", ["-euc", own], {});
      expect(JSON.parse(output), errors).to.deep.include({ access_token: "THE-TOKEN" });
    }
  });
});
