import { expect } from "chai";
import { createClient } from "../../src/api/client.js";
import { remoteToken } from "../../src/gateway/remote-token.js";
import { tokenServer } from "../../src/gateway/token-server.js";
import { MemoryStore } from "../../src/store/memory.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import {
  accountOf,
  appId,
  appSecret,
  call,
  crmSecret,
  type Gateway,
  giveTokens,
  raw,
  secret,
  signed,
  startGateway,
  until,
} from "./gateway.js";

const second = "wx2222222222222222";
const target = `/tokens/${appId}`;
const clients = {
  shop: { secret, tokens: true },
  crm: { secret: crmSecret, paths: ["/*"] },
  half: { secret: `half-${secret}`, tokens: true, accounts: [second] },
};

describe("tokenServer()", () => {
  let wechat: ApiServer;
  let gateway: Gateway;
  let tokens: ReturnType<typeof giveTokens>;

  beforeEach(async () => {
    wechat = await startApiServer();
    tokens = giveTokens(wechat);
    wechat.on("/cgi-bin/ticket/getticket", ({ query }) => ({
      errcode: 0,
      ticket: `ticket-${query.type}`,
      expires_in: 7200,
    }));
    const store = new MemoryStore();
    const accounts = [accountOf(wechat, store), accountOf(wechat, store, second)];
    gateway = await startGateway((audit) => [tokenServer({ accounts, clients, store, audit })]);
  });
  afterEach(async () => {
    await gateway.close();
    await wechat.close();
  });

  const asked = () => wechat.to("/cgi-bin/stable_token").length;

  it("gives the current token with what is left of its life", async () => {
    const { json } = await call(gateway, "GET", target);
    expect(json.access_token).to.equal("T1-0123456789");
    expect(json.expires_in).to.be.within(7195, 7200);
    expect(json.refresh_in).to.equal(60);
  });

  it("gives no token longer than it lives", async () => {
    giveTokens(wechat, 7);
    const { json } = await call(gateway, "GET", target);
    expect(json.expires_in).to.be.within(5, 7);
    expect(json.refresh_in).to.equal(json.expires_in);
  });

  it("asks WeChat once however many ask it", async () => {
    const answers = Array.from({ length: 50 }, () => call(gateway, "GET", target));
    const values = new Set((await Promise.all(answers)).map(({ json }) => json.access_token));
    expect([...values]).to.deep.equal(["T1-0123456789"]);
    expect(asked()).to.equal(1);
  });

  it("lends a token for half a minute, if its provider does not say how long it lives", async () => {
    const lives: [life: unknown, expiresIn: number, refreshIn: number][] = [
      [undefined, 30, 30],
      [90_500, 90, 60],
      [-1, 0, 0],
      ["long", 30, 30],
      [Number.NaN, 30, 30],
    ];
    for (const [life, ...expected] of lives) {
      const tokenProvider = { get: async () => "own-token", life: () => life as number };
      const accounts = [createClient({ appId, tokenProvider })];
      const { shop } = clients;
      await using other = await startGateway(() => [tokenServer({ accounts, clients: { shop } })]);
      const { json } = await call(other, "GET", target);
      expect([json.expires_in, json.refresh_in], String(life)).to.deep.equal(expected);
    }
  });

  it("lends what it has from another token server, for as long as that lends it", async () => {
    const tokenProvider = remoteToken({
      url: `${gateway.url}/tokens`,
      appId,
      client: "shop",
      secret,
    });
    const accounts = [createClient({ appId, tokenProvider })];
    const { shop } = clients;
    await using other = await startGateway(() => [tokenServer({ accounts, clients: { shop } })]);
    const { json } = await call(other, "GET", target);
    expect(json.access_token).to.equal("T1-0123456789");
    expect(json.expires_in).to.be.within(7190, 7200);
  });

  for (const type of ["jsapi", "wx_card"]) {
    it(`gives the ticket for ${type}`, async () => {
      const { json } = await call(gateway, "GET", `${target}/tickets/${type}`);
      expect(json.ticket).to.equal(`ticket-${type}`);
      expect(json.expires_in).to.be.within(7195, 7200);
      await call(gateway, "GET", `${target}/tickets/${type}`);
      expect(wechat.to("/cgi-bin/ticket/getticket")).to.have.length(1);
    });
  }

  const giveUp = (access_token: string, signing = {}) =>
    call(gateway, "POST", `${target}/invalidate`, JSON.stringify({ access_token }), signing);

  it("replaces the token that a client saw refused", async () => {
    const { json } = await call(gateway, "GET", target);
    tokens.refused.add(String(json.access_token));
    expect((await giveUp(String(json.access_token))).json).to.deep.equal({ invalidated: true });
    expect((await call(gateway, "GET", target)).json.access_token).to.equal("T2-0123456789");
  });

  it("leaves the current token alone when another is given up", async () => {
    await call(gateway, "GET", target);
    expect((await giveUp("an-old-token")).json).to.deep.equal({ invalidated: false });
    expect((await call(gateway, "GET", target)).json.access_token).to.equal("T1-0123456789");
    expect(asked()).to.equal(1);
  });

  it("lets nobody make it ask WeChat again and again", async () => {
    await call(gateway, "GET", target);
    for (let i = 0; i < 10; i++) await giveUp("T1-0123456789");
    await call(gateway, "GET", target);
    // The first, the next, and the forced one.
    expect(asked()).to.be.at.most(3);
  });

  it("refuses a body that is not the one that was signed", async () => {
    const path = `${target}/invalidate`;
    const headers = signed("POST", path, '{"access_token":"a"}');
    const { status, json } = await raw(gateway, "POST", path, headers, '{"access_token":"b"}');
    expect([status, json.error]).to.deep.equal([401, "body"]);
  });

  it("refuses a body whose hash was left out", async () => {
    const path = `${target}/invalidate`;
    const { "Wx-Content-Sha256": _, ...headers } = signed("POST", path);
    const { status, json } = await raw(gateway, "POST", path, headers, '{"access_token":"b"}');
    expect([status, json.error]).to.deep.equal([401, "body"]);
  });

  for (const [what, body, status, error] of [
    ["no JSON", "access_token=x", 400, "body"],
    ["no token", "{}", 400, "body"],
    ["no object", "null", 400, "body"],
    ["no body", "", 400, "body"],
    ["much too much", "x".repeat(9_000), 413, "large"],
  ] as const) {
    it(`refuses to invalidate ${what}`, async () => {
      const answer = await call(gateway, "POST", `${target}/invalidate`, body);
      expect([answer.status, answer.json.error]).to.deep.equal([status, error]);
    });
  }

  it("refuses a client that may only use the proxy", async () => {
    const answer = await call(gateway, "GET", target, "", { id: "crm", secret: crmSecret });
    expect([answer.status, answer.json.error]).to.deep.equal([403, "client"]);
  });

  it("keeps clients to their accounts", async () => {
    const half = { id: "half", secret: `half-${secret}` };
    expect((await call(gateway, "GET", target, "", half)).json.error).to.equal("account");
    const own = await call(gateway, "GET", `/tokens/${second}`, "", half);
    expect(own.status).to.equal(200);
    const calls = wechat.to("/cgi-bin/stable_token");
    expect(JSON.parse(String(calls.at(-1)?.body)).appid).to.equal(second);
  });

  it("says which method a path takes", async () => {
    const post = await call(gateway, "POST", target);
    expect([post.status, post.headers.allow]).to.deep.equal([405, "GET"]);
    const get = await call(gateway, "GET", `${target}/invalidate`);
    expect([get.status, get.headers.allow]).to.deep.equal([405, "POST"]);
  });

  for (const path of [
    `${target}/`,
    `${target}/tickets`,
    `${target}/tickets/other`,
    `${target}/tickets/jsapi/x`,
    `${target}/../${appId}`,
    `/tokens/%77x1111111111111111`,
    "/tokens/",
  ]) {
    it(`knows no path ${path}`, async () => {
      const { status, json } = await call(gateway, "GET", path);
      expect([status, json.error]).to.deep.equal([404, "path"]);
    });
  }

  it("leaves other paths to others", async () => {
    expect((await raw(gateway, "GET", "/elsewhere")).text).to.equal("Not Found");
    expect((await raw(gateway, "GET", "/tokens")).text).to.equal("Not Found");
  });

  it("tells the log, not the client, why WeChat gives no token", async () => {
    wechat.on("/cgi-bin/stable_token", {
      errcode: 40164,
      errmsg: "invalid ip 203.0.113.7, not in whitelist",
    });
    const { status, json, text } = await call(gateway, "GET", target);
    expect([status, json.error]).to.deep.equal([502, "upstream"]);
    expect(text).not.to.contain("203.0.113.7");
    await until(() => gateway.audits.length === 1);
    expect(gateway.log()).to.contain("API IP 白名单").and.not.to.contain(appSecret);
  });
});
