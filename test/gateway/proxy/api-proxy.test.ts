import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { ConfigError } from "../../../src/errors.js";
import { type ApiProxyOptions, apiProxy } from "../../../src/gateway/proxy/api-proxy.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import {
  accountOf,
  appId,
  appSecret,
  call,
  crmSecret,
  type Gateway,
  giveTokens,
  invalid,
  raw,
  secret,
  signed,
  startGateway,
  until,
} from "../gateway.js";

const second = "wx2222222222222222";
const clients = {
  shop: { secret, paths: ["/*"] },
  crm: {
    secret: crmSecret,
    accounts: [appId],
    paths: ["/cgi-bin/user/info", "/cgi-bin/message/custom/*"],
  },
};
const crm = { id: "crm", secret: crmSecret };
const at = (path: string, account = appId) => `/proxy/${account}${path}`;

describe("apiProxy()", () => {
  let wechat: ApiServer;
  let gateway: Gateway;
  let tokens: ReturnType<typeof giveTokens>;
  const start = (more: Partial<ApiProxyOptions> = {}) => {
    const accounts = [accountOf(wechat), accountOf(wechat, undefined, second)];
    const options = { accounts, clients, baseUrl: wechat.url };
    return startGateway((audit) => [apiProxy({ ...options, audit, ...more })]);
  };

  beforeEach(async () => {
    wechat = await startApiServer();
    tokens = giveTokens(wechat);
    gateway = await start();
  });
  afterEach(async () => {
    // Whatever a test did, what it left in the log is no secret.
    for (const hidden of [tokens.current, "T1-0123456789", secret, crmSecret, appSecret])
      expect(gateway.log()).not.to.contain(hidden);
    await gateway.close();
    await wechat.close();
  });

  describe("forwards", () => {
    it("a GET with the token filled in", async () => {
      wechat.on("/cgi-bin/user/info", { openid: "alice", subscribe: 1 });
      const { status, json } = await call(
        gateway,
        "GET",
        at("/cgi-bin/user/info?openid=a%2Bb%26&lang=zh_CN"),
      );
      expect([status, json]).to.deep.equal([200, { openid: "alice", subscribe: 1 }]);
      const [received] = wechat.to("/cgi-bin/user/info");
      expect(received?.method).to.equal("GET");
      expect(received?.query).to.deep.equal({
        openid: "a+b&",
        lang: "zh_CN",
        access_token: "T1-0123456789",
      });
    });

    it("a POST with its body, byte by byte", async () => {
      const body = '{"touser":"alice","text":{"content":"你好 \\/ "}}';
      await call(gateway, "POST", at("/cgi-bin/message/custom/send"), body, crm, {
        "Content-Type": "application/json",
      });
      const [received] = wechat.to("/cgi-bin/message/custom/send");
      expect(received?.body.toString()).to.equal(body);
      expect(received?.headers["content-type"]).to.equal("application/json");
    });

    it("a POST without a body", async () => {
      await call(gateway, "POST", at("/cgi-bin/menu/delete"));
      const [received] = wechat.to("/cgi-bin/menu/delete");
      expect([received?.method, received?.headers["content-length"]]).to.deep.equal(["POST", "0"]);
    });

    it("what curl calls a form as the JSON that it is", async () => {
      const type = { "Content-Type": "application/x-www-form-urlencoded" };
      await call(gateway, "POST", at("/cgi-bin/menu/create"), '{"button":[]}', {}, type);
      const [received] = wechat.to("/cgi-bin/menu/create");
      expect(received?.headers["content-type"]).to.match(/^application\/json/);
    });

    it("for the account that the path names", async () => {
      await call(gateway, "GET", at("/cgi-bin/menu/get", second));
      const [asked] = wechat.to("/cgi-bin/stable_token");
      expect(JSON.parse(String(asked?.body)).appid).to.equal(second);
    });

    it("neither the client's headers nor the client's cookies", async () => {
      await call(
        gateway,
        "GET",
        at("/cgi-bin/menu/get"),
        undefined,
        {},
        {
          Authorization: "Bearer x",
          Cookie: "session=1",
          "X-Forwarded-For": "203.0.113.7",
          Host: "evil.example.com",
        },
      );
      const { headers } = wechat.to("/cgi-bin/menu/get")[0] as { headers: object };
      expect(headers).to.include({ host: new URL(wechat.url).host, "accept-encoding": "identity" });
      expect(headers).not.to.have.any.keys(
        "authorization",
        "cookie",
        "x-forwarded-for",
        "wx-client",
        "wx-signature",
      );
    });

    it("of an answer the body, its type and its name, and nothing else", async () => {
      wechat.on("/cgi-bin/media/get", (_, response) => {
        response.writeHead(200, {
          "Content-Type": "image/jpeg",
          "Content-Disposition": 'attachment; filename="a.jpg"',
          "Content-Length": "3",
          "Set-Cookie": "a=b",
          "X-Powered-By": "x",
        });
        response.end(Buffer.from([1, 2, 255]));
      });
      const { headers, bytes } = await call(gateway, "GET", at("/cgi-bin/media/get?media_id=1"));
      expect([...bytes]).to.deep.equal([1, 2, 255]);
      expect(headers).to.include({
        "content-type": "image/jpeg",
        "content-disposition": 'attachment; filename="a.jpg"',
        "content-length": "3",
        "cache-control": "no-store",
        "ratelimit-limit": "600",
        "ratelimit-remaining": "599",
      });
      expect(headers).not.to.have.any.keys("set-cookie", "x-powered-by");
    });

    it("a compressed answer unpacked", async () => {
      wechat.on("/cgi-bin/menu/get", (_, response) => {
        response.setHeader("Content-Type", "application/json");
        response.setHeader("Content-Encoding", "gzip");
        response.end(gzipSync('{"menu":{}}'));
      });
      const { text } = await call(gateway, "GET", at("/cgi-bin/menu/get"));
      expect(text).to.equal('{"menu":{}}');
    });

    it("WeChat's own refusals as they are, and the audit their code", async () => {
      const refused = { errcode: 45015, errmsg: "response out of time limit" };
      wechat.on("/cgi-bin/message/custom/send", refused);
      const answer = await call(gateway, "POST", at("/cgi-bin/message/custom/send"), "{}");
      expect([answer.status, answer.json]).to.deep.equal([200, refused]);
      await until(() => gateway.audits.length === 1);
      expect(gateway.audits[0]).to.deep.include({
        action: "call",
        outcome: "ok",
        client: "shop",
        appId,
        path: "/cgi-bin/message/custom/send",
        errcode: 45015,
      });
    });

    it("under another prefix and to another address", async () => {
      const baseUrl = `${wechat.url}/beijing/`;
      await using other = await start({ prefix: "/wechat/api", baseUrl });
      await call(other, "GET", `/wechat/api/${appId}/cgi-bin/menu/get`);
      expect(wechat.to("/beijing/cgi-bin/menu/get")).to.have.length(1);
    });
  });

  describe("refuses", () => {
    const refused = async (target: string, status: number, error: string, signing = {}) => {
      const answer = await call(gateway, "GET", target, "", signing);
      expect([answer.status, answer.json.error]).to.deep.equal([status, error]);
      expect(wechat.calls).to.deep.equal([]);
    };

    for (const path of [
      "/cgi-bin/user/get",
      "/cgi-bin/user/info/batchget",
      "/cgi-bin/user",
      "/cgi-bin/user/INFO",
      "/cgi-bin/message/custom",
      "/cgi-bin/message/customs/send",
    ]) {
      it(`${path}, which is not on the client's list`, () => refused(at(path), 403, "path", crm));
    }

    for (const path of [
      "/cgi-bin/token",
      "/cgi-bin/stable_token",
      "/cgi-bin/Stable_Token",
      "/cgi-bin/ticket/getticket",
      "/cgi-bin/component/api_query_auth",
      "/cgi-bin/clear_quota/v2",
      "/sns/userinfo",
      "/sns/oauth2/access_token",
    ]) {
      it(`${path} for everybody`, () => refused(at(path), 403, "path"));
    }

    for (const path of [
      "/cgi-bin/user/../menu/delete",
      "/cgi-bin/user/..",
      "/../cgi-bin/menu/get",
      "/./cgi-bin/menu/get",
      "/cgi-bin//menu/get",
      "//evil.example.com/cgi-bin/menu/get",
      "/cgi-bin/menu/get/",
      "/cgi-bin/menu/get.",
      "/cgi-bin/menu/..get",
      "/cgi-bin/%2e%2e/menu/get",
      "/cgi-bin/message/custom/%2e%2e%2f%2e%2e/menu/delete",
      "/cgi-bin/menu%2fget",
      "/cgi-bin/menu%252fget",
      "/cgi-bin/%75ser/info",
      "/cgi-bin/menu\\get",
      "/cgi-bin/menu;a=b/get",
      "/cgi-bin/menu/get%00",
      "/cgi-bin/menu/get%0d%0aHost:evil",
      "/@evil.example.com/cgi-bin/menu/get",
      "/cgi-bin/menu/get#x",
      "/cgi-bin/menu/get%3Faccess_token=x",
      `/${"a".repeat(300)}`,
      "/",
    ]) {
      it(`the path ${path.slice(0, 60)}`, () => refused(at(path), 400, "path"));
    }

    it("an address in place of a path", async () => {
      const target = `http://evil.example.com${at("/cgi-bin/menu/get")}`;
      expect((await call(gateway, "GET", target)).status).to.equal(404);
      expect(wechat.calls).to.deep.equal([]);
    });

    for (const query of [
      "access_token=x",
      "openid=1&access_token=x",
      "ACCESS_TOKEN=x",
      "access%5Ftoken=x",
      "%61ccess_token=x",
      "access_token",
      "secret=x",
      "component_access_token=x",
      "access_token%00=x",
      "access_token%20=x",
      "access_token[]=x",
      "a;access_token=x",
      "a=b;access_token=x",
      "a=b%00",
      "a=b%0d%0aaccess_token:x",
      "=x",
      "access+token=x",
    ]) {
      it(`the query ${query}`, () => refused(at(`/cgi-bin/menu/get?${query}`), 400, "query"));
    }

    it("an account that is not the client's, or nobody's", async () => {
      await refused(at("/cgi-bin/user/info", second), 403, "account", crm);
      await refused(at("/cgi-bin/user/info", "wx3333333333333333"), 403, "account");
      await refused("/proxy/..%2f/cgi-bin/menu/get", 403, "account");
      await refused("/proxy//cgi-bin/menu/get", 403, "account");
    });

    it("a client without a list", async () => {
      await using other = await start({ clients: { shop: { secret, tokens: true } } });
      const answer = await call(other, "GET", at("/cgi-bin/menu/get"));
      expect([answer.status, answer.json.error]).to.deep.equal([403, "path"]);
    });

    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
      it(`the method ${method}`, async () => {
        const answer = await call(gateway, method, at("/cgi-bin/menu/get"));
        expect([answer.status, answer.headers.allow]).to.deep.equal([405, "GET, POST"]);
      });
    }

    it("what is not signed, signed wrongly, or came before", async () => {
      const target = at("/cgi-bin/menu/get");
      const headers = signed("GET", target);
      expect((await raw(gateway, "GET", target)).json.error).to.equal("unsigned");
      expect((await raw(gateway, "GET", `${target}?a=b`, headers)).json.error).to.equal(
        "signature",
      );
      expect((await raw(gateway, "GET", target, headers)).status).to.equal(200);
      expect((await raw(gateway, "GET", target, headers)).json.error).to.equal("replay");
      expect(wechat.to("/cgi-bin/menu/get")).to.have.length(1);
    });

    it("what is too much", async () => {
      const rate = { points: 1, window: 60_000 };
      await using other = await start({ clients: { shop: { ...clients.shop, rate } } });
      await call(other, "GET", at("/cgi-bin/menu/get"));
      const { status, headers } = await call(other, "GET", at("/cgi-bin/menu/get"));
      expect(status).to.equal(429);
      expect(Number(headers["retry-after"])).to.be.within(59, 60);
      expect(wechat.to("/cgi-bin/menu/get")).to.have.length(1);
    });
  });

  describe("when WeChat refuses the token", () => {
    const path = "/cgi-bin/message/custom/send";
    beforeEach(() => {
      tokens.refused.add("T1-0123456789");
      tokens.current = "T1-0123456789";
    });
    /** The first answer is given before T1 is known to be bad. */
    const start40001 = (errcode = 40001) => {
      tokens.refused.clear();
      wechat.on(path, ({ query }) => {
        if (query.access_token !== "T1-0123456789") return { errcode: 0, errmsg: "ok" };
        tokens.refused.add("T1-0123456789");
        return { ...invalid, errcode };
      });
    };

    for (const errcode of [40001, 40014, 42001]) {
      it(`with ${errcode}, calls once more with another`, async () => {
        start40001(errcode);
        const { json } = await call(gateway, "POST", at(path), '{"a":1}');
        expect(json.errcode).to.equal(0);
        const calls = wechat.to(path);
        expect(calls.map(({ query }) => query.access_token)).to.deep.equal([
          "T1-0123456789",
          "T2-0123456789",
        ]);
        expect(calls.map(({ body }) => body.toString())).to.deep.equal(['{"a":1}', '{"a":1}']);
      });
    }

    it("twice, passes that on", async () => {
      wechat.on(path, invalid);
      const { json } = await call(gateway, "POST", at(path), "{}");
      expect(json.errcode).to.equal(40001);
      expect(wechat.to(path)).to.have.length(2);
    });

    it("passes that on for a body that was streamed, and has another for the next", async () => {
      start40001();
      const big = Buffer.alloc(300 * 1024, "x");
      expect((await call(gateway, "POST", at(path), big)).json.errcode).to.equal(40001);
      expect(wechat.to(path)).to.have.length(1);
      expect((await call(gateway, "POST", at(path), big)).json.errcode).to.equal(0);
    });

    it("asks for one new token however many calls met it", async () => {
      start40001();
      const calls = Array.from({ length: 10 }, () => call(gateway, "POST", at(path), "{}"));
      for (const { json } of await Promise.all(calls)) expect(json.errcode).to.equal(0);
      expect(wechat.to("/cgi-bin/stable_token")).to.have.length(2);
    });
  });

  it("says nothing of why there is no token, except to the log", async () => {
    wechat.on("/cgi-bin/stable_token", { errcode: 40125, errmsg: "invalid appsecret" });
    const { status, json, text } = await call(gateway, "GET", at("/cgi-bin/menu/get"));
    expect([status, json.error]).to.deep.equal([502, "upstream"]);
    expect(text).not.to.contain("40125");
    await until(() => gateway.audits.length === 1);
    expect(gateway.log()).to.contain("40125");
  });

  for (const [name, wrong] of Object.entries({
    baseUrl: { baseUrl: "http://api.weixin.qq.com" },
    timeout: { timeout: 0 },
    bodyLimit: { bodyLimit: "much" },
  })) {
    it(`refuses a wrong "${name}"`, () => {
      const accounts = [accountOf(wechat)];
      expect(() => apiProxy({ accounts, clients: { shop: { secret } }, ...wrong })).to.throw(
        ConfigError,
        name,
      );
    });
  }
});
