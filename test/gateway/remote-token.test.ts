import { inspect } from "node:util";
import { expect } from "chai";
import nodeFetch from "node-fetch";
import { createClient } from "../../src/api/client.js";
import { signPage } from "../../src/api/jssdk.js";
import { ConfigError, WechatError } from "../../src/errors.js";
import {
  type RemoteToken,
  type RemoteTokenOptions,
  remoteToken,
} from "../../src/gateway/remote-token.js";
import { tokenServer } from "../../src/gateway/token-server.js";
import { MemoryStore } from "../../src/store/memory.js";
import { Wechat } from "../../src/wechat.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { errorOf } from "../support/error-of.js";
import {
  accountOf,
  appId,
  appSecret,
  crmSecret,
  type Gateway,
  giveTokens,
  invalid,
  secret,
  startGateway,
  until,
} from "./gateway.js";

const clients = { shop: { secret, tokens: true }, crm: { secret: crmSecret } };

describe("remoteToken()", () => {
  let wechat: ApiServer;
  let gateway: Gateway;
  let tokens: ReturnType<typeof giveTokens>;

  const serve = () => {
    const store = new MemoryStore();
    const accounts = [accountOf(wechat, store)];
    return startGateway((audit) => [tokenServer({ accounts, clients, store, audit })]);
  };
  const remote = (more: Partial<RemoteTokenOptions> = {}) =>
    remoteToken({ url: `${gateway.url}/tokens`, appId, client: "shop", secret, ...more });
  const requests = (action: string) => gateway.audits.filter((event) => event.action === action);

  beforeEach(async () => {
    wechat = await startApiServer();
    tokens = giveTokens(wechat);
    wechat.on("/cgi-bin/user/get", ({ query }) =>
      tokens.refused.has(String(query.access_token)) ? invalid : { total: 1 },
    );
    gateway = await serve();
  });
  afterEach(async () => {
    await gateway.close();
    await wechat.close();
  });

  it("lets wx.api work where nobody knows the AppSecret", async () => {
    const wx = new Wechat({
      token: "AAAAA",
      appId,
      tokenProvider: remote(),
      api: { baseUrl: wechat.url },
    });
    expect(await wx.api.get("/cgi-bin/user/get")).to.deep.equal({ total: 1 });
    expect(wechat.to("/cgi-bin/user/get")[0]?.query.access_token).to.equal("T1-0123456789");
  });

  it("asks once for many calls and keeps the token", async () => {
    const provider = remote();
    await Promise.all(Array.from({ length: 100 }, () => provider.get()));
    await provider.get();
    await until(() => requests("token").length > 0);
    expect(requests("token")).to.have.length(1);
  });

  it("recovers from a refused token, asking once for all calls that it met", async () => {
    const api = createClient({ appId, tokenProvider: remote(), baseUrl: wechat.url });
    await api.get("/cgi-bin/user/get");
    tokens.refused.add("T1-0123456789");
    const calls = Array.from({ length: 20 }, () => api.get("/cgi-bin/user/get"));
    expect(await Promise.all(calls)).to.deep.equal(Array(20).fill({ total: 1 }));
    await until(() => requests("token").length === 2);
    expect(requests("invalidate")).to.have.length(1);
    expect(wechat.to("/cgi-bin/stable_token")).to.have.length(2);
  });

  it("does not give up the new token for a call that failed with the old one", async () => {
    const provider = remote();
    const old = await provider.get();
    tokens.refused.add(old);
    await provider.invalidate(old);
    expect(await provider.get()).to.equal("T2-0123456789");
    await provider.invalidate(old);
    expect(await provider.get()).to.equal("T2-0123456789");
    await until(() => requests("token").length === 2);
    expect(requests("invalidate")).to.have.length(1);
  });

  describe("of a server whose tokens are short", () => {
    const path = `/tokens/${appId}`;
    const short = { access_token: "A", expires_in: 30, refresh_in: 0.03 };
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const asked = () => wechat.to(path).length;
    let provider: RemoteToken;
    beforeEach(() => {
      provider = remote({ url: `${wechat.url}/tokens` });
      wechat.on(path, short);
    });

    it("renews in the background while the old token serves", async () => {
      await provider.get();
      expect(await provider.get()).to.equal("A");
      expect(asked()).to.equal(1);
      await pause(40);
      wechat.on(path, { ...short, access_token: "B" });
      expect(await provider.get()).to.equal("A");
      await until(() => asked() === 2);
      await pause(10);
      expect(await provider.get()).to.equal("B");
    });

    it("keeps no token longer than it lives", async () => {
      wechat.on(path, { ...short, expires_in: 0.5, refresh_in: 60 });
      await provider.get();
      wechat.on(path, (_, response) => void response.writeHead(503).end());
      expect(await provider.get()).to.equal("A");
      await pause(520);
      expect((await errorOf(provider.get())).code).to.equal("WX_GATEWAY");
    });

    it("counts the way of an answer as part of the token's life", async () => {
      wechat.on(path, async () => {
        await pause(60);
        return { ...short, expires_in: 0.05 };
      });
      await provider.get();
      await provider.get();
      expect(asked()).to.equal(2);
    });

    it("lives on a valid token while the server is away", async () => {
      await provider.get();
      wechat.on(path, (_, response) => void response.destroy());
      await pause(40);
      for (let i = 0; i < 5; i++) expect(await provider.get()).to.equal("A");
      await until(() => asked() === 4);
      expect(await provider.get()).to.equal("A");
    });

    it("does not take a refused token from an answer that was on its way", async () => {
      await provider.get();
      await pause(40);
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      wechat.on(path, async () => {
        await held;
        return short;
      });
      await provider.get();
      await until(() => asked() === 2);
      await provider.invalidate("A");
      const next = provider.get();
      wechat.on(path, { ...short, access_token: "B" });
      release();
      expect(await next).to.equal("B");
    });
  });

  it("tries again when the server stumbles", async () => {
    let stumbles = 2;
    const fetch: RemoteTokenOptions["fetch"] = async (url, init) => {
      if (stumbles-- > 0) throw new Error(`connect ECONNREFUSED ${url}`);
      return nodeFetch(url, init);
    };
    expect(await remote({ fetch }).get()).to.equal("T1-0123456789");
  });

  it("signs pages with the server's tickets", async () => {
    wechat.on("/cgi-bin/ticket/getticket", { ticket: "TICKET", expires_in: 7200 });
    const provider = remote();
    const url = "https://example.com/page?a=b#c";
    const { nonceStr, timestamp, signature } = await createClient({
      appId,
      tokenProvider: provider,
    }).jssdk.sign(url);
    expect(signature).to.equal(signPage("TICKET", nonceStr, timestamp, url));
    expect(await provider.ticket()).to.equal("TICKET");
    expect(await provider.ticket("wx_card")).to.equal("TICKET");
    expect(wechat.to("/cgi-bin/ticket/getticket").map(({ query }) => query.type)).to.deep.equal([
      "jsapi",
      "wx_card",
    ]);
  });

  it("says what the server says, once, and holds back for a moment", async () => {
    const provider = remote({ client: "crm", secret: crmSecret });
    const error = await errorOf(provider.get());
    expect(error).to.be.instanceOf(WechatError);
    expect(error.code).to.equal("WX_GATEWAY");
    expect(error.message).to.contain("403 (client: This client gets no tokens");
    expect(await errorOf(provider.get())).to.equal(error);
    await until(() => requests("unknown").length > 0);
    expect(requests("unknown")).to.have.length(1);
  });

  for (const [what, answer] of [
    ["HTML", "<html>"],
    ["no token", "{}"],
    ["a token without a life", '{"access_token":"T"}'],
  ]) {
    it(`is not content with ${what}`, async () => {
      wechat.on(`/tokens/${appId}`, answer as string);
      const error = await errorOf(remote({ url: `${wechat.url}/tokens` }).get());
      expect(error.code).to.equal("WX_GATEWAY");
    });
  }

  it("gives up a server that does not answer", async () => {
    wechat.on(`/tokens/${appId}`, () => undefined);
    const provider = remote({ url: `${wechat.url}/tokens`, timeout: 50 });
    expect((await errorOf(provider.get())).message).to.contain("did not answer within 50 ms");
  });

  it("shows no secret", async () => {
    const provider = remote();
    await provider.get();
    for (const text of [
      inspect(provider, { depth: 9, showHidden: true }),
      JSON.stringify(provider),
    ]) {
      expect(text).to.contain("shop");
      expect(text).not.to.contain(secret).and.not.to.contain("T1-").and.not.to.contain(appSecret);
    }
  });

  for (const url of [
    "http://gateway.example.com/tokens",
    "https://u:p@gateway.example.com/tokens",
    "https://gateway.example.com/tokens?a=b",
    "gateway.example.com",
  ]) {
    it(`refuses the address ${url}`, () => {
      expect(() => remote({ url })).to.throw(ConfigError, "https");
    });
  }

  for (const name of ["appId", "client", "secret"]) {
    it(`needs "${name}"`, () => {
      expect(() => remote({ [name]: "" })).to.throw(ConfigError, name);
    });
  }
});
