import { createServer, type IncomingHttpHeaders } from "node:http";
import { expect } from "chai";
import { createClient } from "../../src/api/client.js";
import type { Fetch } from "../../src/api/transport/fetch.js";
import { ConfigError, WechatError } from "../../src/errors.js";
import { apiProxy } from "../../src/gateway/proxy/api-proxy.js";
import { type RemoteApiOptions, remoteApi } from "../../src/gateway/remote-api.js";
import { listen, shut } from "../../src/simulator/listen.js";
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

  it("fetches a video where WeChat has put it, unsigned and with its query untouched", async () => {
    const video = Buffer.from("\0\0\0\x18ftypmp42-a-video-", "latin1");
    const query = "fileid=1%2f2&access_token=of-the-file&b=%7E+x";
    let asked: [string | undefined, IncomingHttpHeaders] | undefined;
    const elsewhere = createServer(({ url, headers }, response) => {
      asked = [url, headers];
      response.setHeader("Content-Type", "video/mp4");
      response.end(video);
    });
    wechat.on("/cgi-bin/media/get", {
      video_url: `${await listen(elsewhere)}/proxy/${appId}/film.mp4?${query}`,
    });
    const { api, tokenProvider } = remoteApi(options());
    const client = createClient({ appId, ...api, tokenProvider });
    const { data, contentType } = await client.media.read("VIDEO");
    await shut(elsewhere);
    expect(data.equals(video)).to.equal(true);
    expect(contentType).to.equal("video/mp4");
    expect(asked?.[0]).to.equal(`/proxy/${appId}/film.mp4?${query}`);
    expect(Object.keys(asked?.[1] ?? {}).join()).not.to.match(/koa-wx|sign|nonce|client/i);
    // A path of the gateway's own server is signed where the proxy is, and nowhere else.
    const seen: string[] = [];
    const spied = remoteApi(
      options({
        async fetch(url, { headers }) {
          seen.push(`${new URL(url).pathname} ${Object.keys(headers).length > 0}`);
          return Response.json({ errcode: 0 });
        },
      }),
    ).api.fetch as Fetch;
    const init = { method: "GET", headers: {}, redirect: "manual" } as const;
    for (const path of [`/proxy/${appId}/x`, `/proxy/${appId}2/x`, "/files/x"])
      await spied(gateway.url + path, { ...init, signal: AbortSignal.timeout(1_000) });
    expect(seen).to.deep.equal([
      `/proxy/${appId}/x true`,
      `/proxy/${appId}2/x false`,
      "/files/x false",
    ]);
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
