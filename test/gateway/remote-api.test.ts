import { expect } from "chai";
import { createClient } from "../../src/api/client.js";
import { ConfigError, WechatError } from "../../src/errors.js";
import { apiProxy } from "../../src/gateway/proxy/api-proxy.js";
import { type RemoteApiOptions, remoteApi } from "../../src/gateway/remote-api.js";
import { Wechat } from "../../src/wechat.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { accountOf, appId, type Gateway, giveTokens, secret, startGateway } from "./gateway.js";

describe("remoteApi()", () => {
  let wechat: ApiServer;
  let gateway: Gateway;
  const options = (more: Partial<RemoteApiOptions> = {}) => ({
    url: `${gateway.url}/proxy`,
    appId,
    client: "shop",
    secret,
    ...more,
  });

  before(async () => {
    wechat = await startApiServer();
    giveTokens(wechat);
    const clients = { shop: { secret, paths: ["/cgi-bin/user/*", "/cgi-bin/media/*"] } };
    const accounts = [accountOf(wechat)];
    gateway = await startGateway(() => [apiProxy({ accounts, clients, baseUrl: wechat.url })]);
  });
  after(async () => {
    await gateway.close();
    await wechat.close();
  });

  it("lets wx.api work where nobody knows the AppSecret or a token", async () => {
    const wx = new Wechat({ token: "AAAAA", appId, ...remoteApi(options()) });
    wechat.on("/cgi-bin/user/info", { openid: "爱丽丝" });
    const user = await wx.api.get("/cgi-bin/user/info", { query: { openid: "a&b=c d/你" } });
    expect(user).to.deep.equal({ openid: "爱丽丝" });
    expect(wechat.to("/cgi-bin/user/info")[0]?.query).to.deep.equal({
      openid: "a&b=c d/你",
      access_token: "T1-0123456789",
    });
  });

  it("lets a client without a server send and fetch files", async () => {
    const { api, tokenProvider } = remoteApi(options());
    const client = createClient({ appId, ...api, tokenProvider });
    const file = Buffer.alloc(600_000, 7);
    wechat.on("/cgi-bin/media/upload", { media_id: "1" });
    await client.media.upload("image", { data: file, filename: "a.jpg" });
    expect(wechat.to("/cgi-bin/media/upload")[0]?.body.includes(file)).to.equal(true);
    wechat.on("/cgi-bin/media/get", (_, response) => {
      response.setHeader("Content-Type", "image/jpeg");
      response.end(file);
    });
    const { contentType, buffer } = await client.download("/cgi-bin/media/get", {
      query: { media_id: "1" },
    });
    expect(contentType).to.equal("image/jpeg");
    expect((await buffer()).equals(file)).to.equal(true);
  });

  it("fails without a word of what is secret when the proxy refuses", async () => {
    const { api, tokenProvider } = remoteApi(options());
    const client = createClient({ appId, ...api, tokenProvider });
    const error = await client.get("/cgi-bin/menu/get").catch((error: unknown) => error);
    expect(error).to.be.instanceOf(WechatError).with.property("code", "WX_API_RESPONSE");
    expect((error as Error).message)
      .to.equal(
        "/cgi-bin/menu/get was answered with status 403 (path: This path is not among those that the client may call.).",
      )
      .and.not.to.contain(secret);
  });

  it("says why the proxy refuses, also a file, and also a path that is nobody's", async () => {
    const { api, tokenProvider } = remoteApi(options());
    const client = createClient({ appId, ...api, tokenProvider });
    const file = { data: Buffer.alloc(3_000_000), filename: "a.jpg" };
    const upload = await client.upload("/cgi-bin/material/add_material", file).catch(String);
    expect(upload).to.contain("This path is not among those");
    const signing = await client.jssdk.sign("https://example.com/").catch(String);
    expect(signing)
      .to.contain("403 (path: No client may call this path")
      .and.contain("token server");
  });

  it("refuses what it cannot use", () => {
    expect(() => remoteApi(options({ client: "" }))).to.throw(ConfigError, "client");
    expect(() => remoteApi(options({ url: "http://example.com" }))).to.throw(ConfigError, "https");
  });
});
