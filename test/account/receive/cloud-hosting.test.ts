import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import Koa from "koa";
import { koaBody } from "koa-body";
import bodyParser from "koa-bodyparser";
import Router from "koa-router";
import {
  type CloudHostedOptions,
  ConfigError,
  createClient,
  reply,
  Wechat,
  type WechatOptions,
} from "../../../src/index.js";
import { type ApiServer, startApiServer } from "../../support/api-server.js";
import { account, send, signedQuery, textXml } from "../../support/push.js";

const { token, appId } = account;
const owner = "wx0000000000000001";
const cloud = { "x-wx-source": "wx_message", "content-type": "application/json" };

let count = 0;
const push = (more: object = {}) => ({
  ToUserName: "gh_0123456789ab",
  FromUserName: "oAbCdEfGhIjKlMnOpQrStUvWxYz0",
  CreateTime: 1651049934,
  MsgType: "text",
  Content: "hello",
  ...more,
});
/** The push as it is written, with an id above 2^53. */
const json = (more: object = {}, id = `236373522350${60_883 + count++}`) =>
  JSON.stringify(push(more)).replace(/}$/, `,"MsgId":${id}}`);

const typeOf = (body: string) => (body.startsWith("<") ? "text/xml" : "application/json");

const probes = [
  '{"action":"CheckContainerPath"}',
  "<xml>\n  <action>CheckContainerPath</action>\n</xml>",
];

function bot(options: Partial<CloudHostedOptions> = {}): Wechat {
  const wx = new Wechat({ cloudHosting: true, appId, ...options });
  wx.onText("send", async (ctx) => {
    await ctx.send("sent");
    return undefined;
  });
  wx.onText("id", (ctx) => String(ctx.message.MsgId));
  wx.on("text", (ctx) => ctx.message.Content);
  return wx;
}

const posts = (wx: Wechat, body: unknown, headers: Record<string, string> = cloud) =>
  wx.receive({ method: "POST", query: null, headers, body: body as string });

describe("cloudHosting: in 微信云托管", () => {
  const servers: Server[] = [];
  let api: ApiServer;
  before(async () => {
    api = await startApiServer();
  });
  beforeEach(() => void api.calls.splice(0));
  afterEach(() => servers.splice(0).map((server) => server.close()));
  after(() => api.close());

  async function listening(app: Koa): Promise<AddressInfo> {
    const server = app.listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return server.address() as AddressInfo;
  }

  describe("a service of the shape of Tencent's Koa template", () => {
    /** Its parser, its routes, and koa-wx in the place of its echo. */
    function template(wx: Wechat): Koa {
      const router = new Router();
      router.get("/", (ctx) => {
        ctx.body = "the page";
      });
      router.post("/api/count", (ctx) => {
        ctx.body = { code: 0, data: 1 };
      });
      router.post("/", wx.middleware());
      const app = new Koa({ env: "test" });
      app.use(bodyParser()).use(router.routes()).use(router.allowedMethods());
      return app;
    }

    it("answers the probe, echoes in JSON, and sends without a token", async () => {
      const to = await listening(template(bot({ api: { baseUrl: api.url } })));
      for (const body of probes) {
        const type = { "content-type": typeOf(body) };
        for (const headers of [{ ...cloud, ...type }, type]) {
          const probed = await send(to, { path: "/", headers, body });
          expect([probed.status, probed.body]).to.deep.equal([200, "success"]);
        }
      }
      const { status, headers, body } = await send(to, { path: "/", headers: cloud, body: json() });
      expect(status).to.equal(200);
      expect(headers["content-type"]).to.equal("application/json; charset=utf-8");
      const answer = JSON.parse(body);
      expect(answer).to.deep.include({
        ToUserName: "oAbCdEfGhIjKlMnOpQrStUvWxYz0",
        FromUserName: "gh_0123456789ab",
        MsgType: "text",
        Content: "hello",
      });
      expect(answer.CreateTime).to.be.a("number");

      await send(to, { path: "/", headers: cloud, body: json({ Content: "send" }) });
      const [call] = api.to("/cgi-bin/message/custom/send");
      expect(call?.query).to.deep.equal({});
      expect(JSON.parse(String(call?.body))).to.deep.include({ text: { content: "sent" } });
      expect(api.calls).to.have.length(1);
    });

    it("refuses what has no x-wx-source, and leaves other routes alone", async () => {
      const to = await listening(template(bot()));
      for (const headers of [{}, { "x-wx-source": "" }, { "x-wx-openid": "oA" }]) {
        const type = { "content-type": "application/json" };
        const refused = await send(to, {
          path: "/",
          headers: { ...type, ...headers },
          body: json(),
        });
        expect(refused.status).to.equal(403);
      }
      expect((await send(to, { method: "GET", path: "/" })).body).to.equal("the page");
      const counted = await send(to, { path: "/api/count", headers: cloud, body: "{}" });
      expect(counted.body).to.equal('{"code":0,"data":1}');
    });

    it("is refused in every case without the option", async () => {
      for (const wx of [
        new Wechat({ token }),
        new Wechat(account),
        new Wechat({ token, cloudHosting: false }),
        new Wechat(() => account),
      ]) {
        wx.on("text", () => "never");
        const to = await listening(template(wx));
        const unmounted = await listening(new Koa({ env: "test" }).use(wx.middleware()));
        for (const body of [json(), textXml("hi"), ...probes]) {
          const type = { "content-type": typeOf(body) };
          const headers = { ...cloud, ...type, "x-wx-appid": appId, "x-wx-openid": "oA" };
          for (const where of [to, unmounted]) {
            const refused = await send(where, { path: "/", headers, body });
            expect(refused.status).to.equal(403);
            expect(refused.body).to.contain('"cloudHosting: true"');
          }
          expect((await posts(wx, body)).status).to.equal(403);
          expect((await posts(wx, body, {})).status).to.equal(403);
        }
      }
    });
  });

  it("counts deliveries by their age, as where they are signed", async () => {
    let now = 1_651_049_934_500;
    const wx = bot({ now: () => now });
    const attempts: number[] = [];
    wx.use((ctx) => {
      attempts.push(ctx.attempt);
    });
    const old = json({ MsgType: "image", MediaId: "m", PicUrl: "p" });
    await posts(wx, json());
    now += 11_000;
    await posts(wx, old);
    expect(attempts).to.deep.equal([3]);
  });

  it("is served without a router as well, on any path", async () => {
    const app = new Koa({ env: "test" }).use(bot().middleware());
    const to = await listening(app);
    for (const path of ["/", "/wechat"]) {
      const { body } = await send(to, { path, headers: cloud, body: json() });
      expect(JSON.parse(body).Content).to.equal("hello");
      const probed = await send(to, { path, body: probes[0] ?? "" });
      expect([probed.status, probed.body]).to.deep.equal([200, "success"]);
      expect((await send(to, { path, body: json() })).status).to.equal(403);
      expect((await send(to, { method: "GET", path })).status).to.equal(404);
    }
  });

  it("takes XML, and answers in XML", async () => {
    const { status, headers, body } = await posts(bot(), textXml("你好"));
    expect(status).to.equal(200);
    expect(headers["Content-Type"]).to.equal("application/xml; charset=utf-8");
    expect(body).to.contain("<Content><![CDATA[你好]]></Content>");
  });

  it("takes what a JSON parser has left, and answers in JSON", async () => {
    const app = new Koa({ env: "test" });
    const to = await listening(app.use(koaBody()).use(bot().middleware()));
    const { headers, body } = await send(to, { path: "/", headers: cloud, body: json() });
    expect(headers["content-type"]).to.match(/json/);
    expect(JSON.parse(body).Content).to.equal("hello");
    expect((await posts(bot(), push())).headers["Content-Type"]).to.match(/json/);
  });

  describe("an id above 2^53", () => {
    const id = "23637352235060883";

    it("keeps its last digit", async () => {
      const wx = bot();
      expect(JSON.parse((await posts(wx, json({ Content: "id" }, id))).body).Content).to.equal(id);
    });

    it("tells two pushes apart that differ in it, and the deliveries of one do not", async () => {
      let runs = 0;
      const wx = new Wechat({ cloudHosting: true, appId }).on("text", () => `run ${++runs}`);
      const answers: string[] = [];
      for (const one of [id, "23637352235060884", id, "23637352235060882"]) {
        answers.push(JSON.parse((await posts(wx, json({}, one))).body).Content);
      }
      expect(answers).to.deep.equal(["run 1", "run 2", "run 1", "run 3"]);
    });

    it("does not count when a parser before has lost its digits", async () => {
      let runs = 0;
      const wx = new Wechat({ cloudHosting: true, appId }).on("text", (ctx) => {
        runs += 1;
        expect(ctx.message).not.to.have.property("MsgId");
        return ctx.message.Content;
      });
      const rounded = (Content: string) => JSON.parse(json({ Content }, id));
      for (const content of ["a", "b", "a"]) {
        expect(JSON.parse((await posts(wx, rounded(content))).body).Content).to.equal(content);
      }
      expect(runs).to.equal(2);
    });
  });

  it("answers a failure, silence and other methods as elsewhere", async () => {
    const wx = new Wechat({ cloudHosting: true, appId });
    wx.onText("fail", () => {
      throw new Error("failed");
    });
    wx.onText("nothing", () => undefined);
    wx.catch(() => "sorry");
    expect(JSON.parse((await posts(wx, json({ Content: "fail" }))).body).Content).to.equal("sorry");
    const silent = await posts(wx, json({ Content: "nothing" }));
    expect([silent.status, silent.body]).to.deep.equal([200, "success"]);
    for (const body of ["", "{", "no push", '{"action":"Other"}', '{"InfoType":"authorized"}']) {
      expect((await posts(wx, body)).status).to.equal(400);
      expect((await posts(wx, body, {})).status).to.equal(403);
    }
    expect((await posts(wx, "x".repeat(70_000))).status).to.equal(413);
    expect((await posts(wx, "x".repeat(70_000), {})).status).to.equal(403);
    for (const [method, status] of [
      ["GET", 403],
      ["PUT", 405],
      ["DELETE", 405],
    ] as const) {
      const query = { echostr: "1" };
      expect((await wx.receive({ method, headers: cloud, query })).status).to.equal(status);
    }
  });

  it("keeps to the signature of what has one", async () => {
    const signed = { method: "POST", headers: cloud, body: json() };
    const without = bot();
    expect((await without.receive({ ...signed, query: signedQuery() })).status).to.equal(403);
    const both = bot({ token });
    expect((await both.receive({ ...signed, query: signedQuery() })).status).to.equal(200);
    const forged = signedQuery({}, "anotherToken");
    expect((await both.receive({ ...signed, query: forged })).status).to.equal(403);
    expect((await posts(both, json())).status).to.equal(200);
  });

  describe("with several accounts", () => {
    const known = [owner, appId];
    const several = () =>
      new Wechat(
        (request) => (known.includes(request.appId ?? "") ? { appId: request.appId ?? "" } : null),
        { cloudHosting: true, api: { baseUrl: api.url } },
      ).on("text", async (ctx) => {
        await ctx.send("sent");
        return ctx.account.appId ?? "none";
      });

    it("finds the account by x-wx-from-appid, or that of the owner", async () => {
      const wx = several();
      for (const [headers, found] of [
        [{ "x-wx-appid": owner, "x-wx-from-appid": appId }, appId],
        [{ "x-wx-appid": owner, "x-wx-from-appid": "" }, owner],
        [{ "X-WX-APPID": owner }, owner],
      ] as const) {
        const { body } = await posts(wx, json(), { ...cloud, ...headers });
        expect(JSON.parse(body).Content).to.equal(found);
      }
      expect(api.calls.map(({ query }) => query)).to.deep.equal([{ from_appid: appId }, {}, {}]);
      const strange = { ...cloud, "x-wx-appid": owner, "x-wx-from-appid": "wx0000000000000009" };
      expect((await posts(wx, json(), strange)).status).to.equal(404);
      expect((await posts(wx, json(), { "x-wx-appid": owner })).status).to.equal(403);
      for (const body of probes) {
        for (const headers of [cloud, {}]) {
          expect(await posts(wx, body, headers as Record<string, string>)).to.include({
            status: 200,
            body: "success",
          });
        }
      }
    });

    it("does not take the push of one for another's", async () => {
      const one = bot({ api: { baseUrl: api.url } });
      const other = { ...cloud, "x-wx-from-appid": "wx0000000000000009" };
      expect((await posts(one, json(), other)).status).to.equal(403);
      const both = { ...cloud, "x-wx-from-appid": [appId, owner] } as never;
      expect((await posts(one, json(), both)).status).to.equal(403);
      const own = { ...cloud, "x-wx-from-appid": appId };
      expect((await posts(one, json({ Content: "send" }), own)).status).to.equal(200);
      await one.api.customerService.sendText("oA", "later");
      expect(api.calls.map(({ query }) => query)).to.deep.equal([
        { from_appid: appId },
        { from_appid: appId },
      ]);
    });

    it("has the same of one push for each", async () => {
      const wx = several();
      const body = json();
      for (const from of [owner, appId, owner]) {
        const { body: answer } = await posts(wx, body, { ...cloud, "x-wx-from-appid": from });
        expect(JSON.parse(answer).Content).to.equal(from);
      }
    });
  });

  describe("calls", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), "koa-wx-cloud-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    /** A client whose requests are seen, and get this answer. */
    function client(cloudHosting: WechatOptions["cloudHosting"], answer: object = { errcode: 0 }) {
      const seen: URL[] = [];
      const fetch = async (url: string) => {
        seen.push(new URL(url));
        return new Response(JSON.stringify(answer));
      };
      const secret = { appSecret: "secretOfTheAccount" };
      return {
        seen,
        api: createClient({
          appId,
          cloudHosting: cloudHosting ?? true,
          ...secret,
          fetch,
        }),
      };
    }

    it("go over the inner address without a token; those of web login over the usual one", async () => {
      const { api, seen } = client(true);
      await api.customerService.sendText("oA", "hi");
      await api.post("/cgi-bin/what/is/new", {}, { query: { a: 1 } });
      await api.oauth.exchange("CODE");
      expect(seen.slice(0, 2).map(String)).to.deep.equal([
        "http://api.weixin.qq.com/cgi-bin/message/custom/send",
        "http://api.weixin.qq.com/cgi-bin/what/is/new?a=1",
      ]);
      expect(seen[2]?.origin).to.equal("https://api.weixin.qq.com");
      await api.tokens.get().then(
        () => expect.fail("there is none"),
        (error: Error) => expect(error.message).to.match(/carry no access token/),
      );
    });

    it("name the account that shares the environment of another one", async () => {
      for (const [given, from] of [
        [{ owner }, appId],
        [{ owner: appId }, null],
        [{}, null],
      ] as const) {
        const { api, seen } = client(given);
        await api.customerService.sendText("oA", "hi");
        expect(seen[0]?.searchParams.get("from_appid")).to.equal(from);
      }
    });

    it("carry the token of the platform's file, read anew for each", async () => {
      const tokenFile = join(folder, "cloudbase_access_token");
      const { api, seen } = client({ calls: "file", tokenFile });
      const refused = (pattern: RegExp) =>
        api.customerService.sendText("oA", "hi").then(
          () => expect.fail("there is no token"),
          (error: Error) => expect(error.message).to.match(pattern),
        );
      await refused(/could not be read.*ENOENT/);
      writeFileSync(tokenFile, "default-tcb-wx-access-token");
      await refused(/no token .* yet/);
      for (const token of ["ONE", "TWO\n"]) {
        writeFileSync(tokenFile, token);
        await api.customerService.sendText("oA", "hi");
      }
      expect(seen.map(String)).to.deep.equal(
        ["ONE", "TWO"].map(
          (one) =>
            `https://api.weixin.qq.com/cgi-bin/message/custom/send?cloudbase_access_token=${one}`,
        ),
      );
    });

    it("carry a token of the account's own if that is wished", async () => {
      const { api, seen } = client({ calls: "token" }, { access_token: "OWN", expires_in: 7200 });
      await api.customerService.sendText("oA", "hi");
      expect(
        seen.map(({ origin, searchParams }) => [origin, searchParams.get("access_token")]),
      ).to.deep.equal([
        ["https://api.weixin.qq.com", null],
        ["https://api.weixin.qq.com", "OWN"],
      ]);
    });

    it("that are refused for want of a token say what has to be switched on", async () => {
      const { api } = client(true, { errcode: 41001, errmsg: "access_token missing" });
      await api.customerService.sendText("oA", "hi").then(
        () => expect.fail("refused"),
        (error: Error) => expect(error.message).to.match(/41001.*开放接口服务/),
      );
    });
  });

  it("is an option that says what is wrong with it", () => {
    const wrong: readonly [unknown, RegExp][] = [
      [{ cloudHosting: true }, /"cloudHosting", "appId" is needed too/],
      [{ cloudHosting: "yes", appId }, /takes true, or an object/],
      [{ cloudHosting: { call: "inner" }, appId }, /Did you mean "calls"\?/],
      [{ cloudHosting: { calls: "outer" }, appId }, /"inner", "file" or "token"/],
      [{ cloudHosting: { tokenFile: "" }, appId }, /path of a file/],
      [{ cloudHosting: { owner: "gh_0123456789ab" }, appId }, /original id/],
      [{ cloudHosting: { calls: "token" }, appId, deadline: { late: "send" } }, /appSecret/],
      [{ appId }, /Wechat needs "token"/],
    ];
    for (const [options, says] of wrong) {
      expect(() => new Wechat(options as WechatOptions)).to.throw(ConfigError, says);
    }
    expect(new Wechat({ cloudHosting: true, appId }).api.appId).to.equal(appId);
  });
});

describe("wx.receive(): a signed address", () => {
  it("takes pushes in JSON, for a proxy may write them so", async () => {
    const wx = new Wechat({ token }).on(
      "text",
      (ctx) => `${ctx.message.Content} ${ctx.message.MsgId}`,
    );
    const query = signedQuery();
    const body = json({}, "23637352235060883");
    const { headers, body: answer } = await wx.receive({ method: "POST", query, body });
    expect(headers["Content-Type"]).to.match(/json/);
    expect(JSON.parse(answer).Content).to.equal("hello 23637352235060883");
    const other = await wx.receive({ method: "POST", query, body: json() });
    expect(other.status, "one signature is good for one message").to.equal(403);
    expect(
      (await wx.receive({ method: "POST", query: signedQuery({}, "x"), body })).status,
    ).to.equal(403);
  });

  it("takes them encrypted, and answers in kind", async () => {
    const { MessageCipher } = await import("../../../src/wire/crypto.js");
    const { sign } = await import("../../../src/wire/signature.js");
    const cipher = new MessageCipher(account.encodingAESKey, appId);
    const wx = new Wechat(account).on("image", () => reply.image("M"));
    wx.on("text", (ctx) => ctx.message.Content);
    for (const [inner, isJson] of [
      [json(), true],
      [textXml("hello"), false],
    ] as const) {
      const encrypted = cipher.encrypt(inner);
      const query = signedQuery();
      const msg_signature = sign(token, query.timestamp, query.nonce, encrypted);
      const { status, body } = await wx.receive({
        method: "POST",
        query: { ...query, encrypt_type: "aes", msg_signature },
        body: JSON.stringify({ ToUserName: "gh_0123456789ab", Encrypt: encrypted }),
      });
      expect(status).to.equal(200);
      const { Encrypt, MsgSignature, TimeStamp, Nonce } = JSON.parse(body);
      expect(MsgSignature).to.equal(sign(token, String(TimeStamp), Nonce, Encrypt));
      const answer = cipher.decrypt(Encrypt);
      expect(answer).to.contain(isJson ? '"Content":"hello"' : "<Content><![CDATA[hello]]>");
    }
    const torn = cipher.encrypt('{"secret":');
    const query = signedQuery();
    const msg_signature = sign(token, query.timestamp, query.nonce, torn);
    const refused = await wx.receive({
      method: "POST",
      query: { ...query, msg_signature },
      body: JSON.stringify({ Encrypt: torn }),
    });
    expect(refused.status).to.equal(403);
    expect(refused.body).not.to.match(/secret":|JSON/);
  });
});
