import { expect } from "chai";
import { parseXml } from "../../src/wire/xml.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { type Example, startExample } from "../support/example.js";
import { account, send, signedQuery, textXml } from "../support/push.js";

describe("examples/metrics.ts", function () {
  this.timeout(20_000);
  const appId = "wx0000000000000001";
  let api: ApiServer;
  let bot: Example;

  before(async () => {
    api = await startApiServer();
    api.on("/cgi-bin/stable_token", { access_token: "T0KEN", expires_in: 7200 });
    bot = await startExample("metrics", {
      METRICS_PORT: "0",
      WECHAT_TOKEN: account.token,
      WECHAT_APP_ID: appId,
      WECHAT_API_BASE_URL: api.url,
    });
  });
  after(async () => {
    await bot.stop();
    await api.close();
  });

  const say = async (content: string) => {
    const { body } = await send(bot.address, { query: signedQuery(), body: textXml(content) });
    return body === "success" ? body : parseXml(body).Content;
  };
  const scrape = async () => {
    const address = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(bot.output)?.[0] as string;
    const response = await fetch(address);
    expect(response.headers.get("content-type")).to.match(/^text\/plain; version=/);
    return response.text();
  };

  it("counts pushes, runs, replies, calls and tokens", async () => {
    expect(await say("你好")).to.equal("你好");
    expect(await say("客服")).to.equal("success");
    expect(await say("错误")).to.equal("出错了，请稍后再试。");
    const forged = signedQuery({}, "Another");
    expect((await send(bot.address, { query: forged, body: textXml("hi") })).status).to.equal(403);

    const metrics = await scrape();
    const push = (rest: string) => `koa_wx_pushes_total{app="${appId}",${rest}}`;
    const lines = [
      `${push('type="text",outcome="replied",code=""')} 2`,
      `${push('type="text",outcome="acknowledged",code=""')} 1`,
      `${push('type="",outcome="refused",code="WX_SIGNATURE"')} 1`,
      `koa_wx_push_duration_seconds_count{app="${appId}",outcome="replied"} 2`,
      `koa_wx_run_duration_seconds_count{app="${appId}",type="text",outcome="silent",late="false"} 1`,
      `koa_wx_run_failures_total{app="${appId}",error="RangeError"} 1`,
      `koa_wx_replies_total{app="${appId}",type="text",way="passive",outcome="sent"} 2`,
      `koa_wx_api_call_duration_seconds_count{app="${appId}",endpoint="/cgi-bin/message/custom/send",outcome="ok",errcode=""} 1`,
      `koa_wx_token_refreshes_total{app="${appId}",kind="access_token",outcome="fetched"} 1`,
    ];
    for (const line of lines) expect(metrics.split("\n")).to.include(line);
    expect(metrics).to.not.include("T0KEN").and.not.include(account.token);
  });

  it("serves nothing else on the port of the metrics, and no metrics to the world", async () => {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(bot.output)?.[0] as string;
    expect((await fetch(`${address}/`)).status).to.equal(404);
    const { port } = bot.address;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).to.equal(404);
  });
});
