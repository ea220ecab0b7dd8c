import { expect } from "chai";
import { account, send, signedQuery, textXml } from "../support/push.js";
import { type Stage, stage } from "../support/stage.js";

describe("examples/metrics.ts", function () {
  this.timeout(20_000);
  const { appId, token } = account;
  let watched: Stage;

  before(async () => {
    watched = await stage("metrics", { env: { METRICS_PORT: "0" } });
  });
  after(() => watched?.close());

  const metricsUrl = () => /http:\/\/127\.0\.0\.1:\d+/.exec(watched.bot.output)?.[0] as string;
  const scrape = async () => {
    const response = await fetch(`${metricsUrl()}/metrics`);
    expect(response.headers.get("content-type")).to.match(/^text\/plain; version=/);
    return response.text();
  };

  it("counts pushes, runs, replies, calls and tokens", async () => {
    const alice = watched.phone.user("alice");
    expect((await alice.sends("你好")).text).to.equal("你好");
    const service = await alice.sends("客服");
    expect(service.reply).to.equal(undefined);
    expect(await service.late()).to.include({ content: "客服马上就来。" });
    expect((await alice.sends("错误")).text).to.equal("出错了，请稍后再试。");
    const forged = { query: signedQuery({}, "Another"), body: textXml("hi") };
    expect((await send(watched.bot.address, forged)).status).to.equal(403);

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
    expect(metrics).to.not.include("access_token=").and.not.include(token);
  });

  it("serves nothing else on the port of the metrics, and no metrics to the world", async () => {
    expect((await fetch(`${metricsUrl()}/`)).status).to.equal(404);
    const { port } = watched.bot.address;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).to.equal(404);
  });
});
