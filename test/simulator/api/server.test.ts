import { expect } from "chai";
import { ApiError } from "../../../src/api/api-error.js";
import { createClient } from "../../../src/api/client.js";
import type { CallRecord } from "../../../src/simulator/world/journal.js";
import { type Api, account, developer, startApi } from "./start.js";

describe("startSimulator(): the simulated api.weixin.qq.com", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  const calls = () =>
    api.world.journal.records.filter((one): one is CallRecord => one.kind === "call");

  it("answers an unknown path with 40066 and leaves what is not WeChat's to others", async () => {
    expect(await api.get("/cgi-bin/no/such")).to.include({ errcode: 40066 });
    expect((await fetch(`${api.url}/phone`)).status).to.equal(404);
    expect(calls()).to.have.length(1);
  });

  it("says of what WeChat has withdrawn that it is no more, to whoever has a token", async () => {
    for (const path of ["/cgi-bin/material/add_news", "/cgi-bin/material/update_news"]) {
      const answer = await api.post(path, { articles: [] });
      expect(answer).to.include({ errcode: 45106 });
      expect(answer.errmsg).to.match(/^This API has been unsupported rid: /);
      const without = await (await fetch(api.url + path, { method: "POST" })).json();
      expect(without).to.include({ errcode: 41001 });
    }
  });

  it("asks for the token before anything else", async () => {
    const answer = await fetch(`${api.url}/cgi-bin/menu/create`);
    expect(await answer.json()).to.include({ errcode: 41001 });
    const wrong = await fetch(`${api.url}/cgi-bin/menu/create?access_token=x`);
    expect(await wrong.json()).to.include({ errcode: 40001 });
  });

  it("says which method a call wants", async () => {
    expect(await api.post("/cgi-bin/getcallbackip", {})).to.include({ errcode: 43001 });
    expect(await api.get("/cgi-bin/tags/create")).to.include({ errcode: 43002 });
  });

  it("says what is wrong with a body", async () => {
    expect(await api.post("/cgi-bin/tags/create", "")).to.include({ errcode: 44002 });
    expect(await api.post("/cgi-bin/tags/create", "{")).to.include({ errcode: 47001 });
    expect(await api.post("/cgi-bin/tags/create", "[]")).to.include({ errcode: 47001 });
    expect(await api.post("/cgi-bin/tags/create", "{}")).to.include({ errcode: 40035 });
  });

  it("gives every error a rid by which the call can be looked up for seven days", async () => {
    const { errmsg } = await api.post("/cgi-bin/tags/create", { tag: { name: "" } });
    const rid = /^invalid tag name rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})$/.exec(
      String(errmsg),
    )?.[1];
    const found = await api.post("/cgi-bin/openapi/rid/get", { rid });
    expect(found).to.deep.include({ errcode: 0, errmsg: "ok" });
    expect(found.request).to.deep.include({
      invoke_time: 1_700_000_000,
      request_url: "/cgi-bin/tags/create",
      request_body: '{"tag":{"name":""}}',
    });
    await api.clock.advance(7 * 86_400_000 + 1000);
    const old = await api.post("/cgi-bin/openapi/rid/get", { rid });
    expect(old).to.include({ errcode: 76004 });
    const unknown = { rid: "61725984-6126f6f9-040f19c4" };
    expect(await api.post("/cgi-bin/openapi/rid/get", unknown)).to.include({ errcode: 76001 });
    expect(await api.post("/cgi-bin/openapi/rid/get", { rid: "x" })).to.include({ errcode: 76002 });
  });

  it("records every call without token and secret", async () => {
    const client = createClient({ ...developer, baseUrl: api.url });
    await client.network.callbackIps();
    await client.jssdk.sign("https://example.com/");
    await fetch(
      `${api.url}/cgi-bin/token?grant_type=client_credential&appid=${account.appId}&secret=${account.appSecret}`,
    );
    expect(calls().map(({ path }) => path)).to.deep.equal([
      "/cgi-bin/stable_token",
      "/cgi-bin/getcallbackip",
      "/cgi-bin/ticket/getticket",
      "/cgi-bin/token",
    ]);
    const text = JSON.stringify(calls());
    expect(text).not.to.include(account.appSecret);
    expect(text).not.to.include(api.token());
    expect(text).not.to.include(api.world.tokens.ticket("jsapi").value);
    expect(calls()[0]?.body).to.include(`"appid":"${account.appId}","secret":"***"`);
    expect(calls()[0]?.answer).to.equal('{"access_token":"***","expires_in":7200}');
    expect(calls()[3]?.query).to.deep.equal({
      grant_type: "client_credential",
      appid: account.appId,
    });
  });

  it("fails as it is told to: with a code, a status, or never answering", async () => {
    const { faults } = api.world;
    faults.plan("getcallbackip", { errcode: 45011 }, 1);
    expect(await api.get("/cgi-bin/getcallbackip")).to.include({ errcode: 45011 });
    expect(await api.get("/cgi-bin/getcallbackip")).to.have.property("ip_list");

    faults.plan("getcallbackip", { status: 502 }, 1);
    const url = `${api.url}/cgi-bin/getcallbackip?access_token=${api.token()}`;
    expect((await fetch(url)).status).to.equal(502);

    faults.plan("getcallbackip", { hang: true }, 1);
    const failure = await fetch(url, { signal: AbortSignal.timeout(50) }).catch((error) => error);
    expect(failure).to.have.property("name", "TimeoutError");
    expect(calls().at(-1)).to.include({ status: 0, answer: "(no answer)" });
  });

  it("takes as long as it is told to", async () => {
    api.world.faults.latency = 3000;
    let done = false;
    const call = api.get("/cgi-bin/getcallbackip").then(() => {
      done = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(done).to.equal(false);
    await api.clock.advance(3000);
    await call;
    expect(calls()[0]?.duration).to.equal(3000);
  });

  it("keeps the digits of ids that a number of JavaScript cannot hold", async () => {
    const [a, b] = [api.follower("a"), api.follower("b")];
    const url = `${api.url}/cgi-bin/message/mass/send?access_token=${api.token()}`;
    const body = { touser: [a.openid, b.openid], msgtype: "text", text: { content: "hi" } };
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    const id = /"msg_id":(\d+)/.exec(await response.text())?.[1] ?? "";
    expect(Number(id)).to.be.greaterThan(2 ** 53);
    const status = `${api.url}/cgi-bin/message/mass/get?access_token=${api.token()}`;
    const found = await fetch(status, { method: "POST", body: `{"msg_id":${id}}` });
    expect(await found.text()).to.equal(`{"msg_id":${id},"msg_status":"SEND_SUCCESS"}`);
  });

  it("tells and clears quotas", async () => {
    await api.get("/cgi-bin/user/get");
    const cgi_path = "/cgi-bin/user/get";
    const quota = await api.post("/cgi-bin/openapi/quota/get", { cgi_path });
    expect(quota.quota).to.deep.equal({ daily_limit: 500, used: 1, remain: 499 });
    await api.post("/cgi-bin/openapi/quota/clear", { cgi_path });
    const cleared = await api.post("/cgi-bin/openapi/quota/get", { cgi_path });
    expect(cleared.quota).to.deep.equal({ daily_limit: 500, used: 0, remain: 500 });
    const unknown = await api.post("/cgi-bin/openapi/quota/get", { cgi_path: "/cgi-bin/x" });
    expect(unknown).to.include({ errcode: 76021 });
    const sns = await api.post("/cgi-bin/openapi/quota/get", { cgi_path: "/sns/userinfo" });
    expect(sns).to.include({ errcode: 76022 });
  });

  it("clears all quotas ten times a month, also by the secret", async () => {
    const client = createClient({ ...developer, baseUrl: api.url });
    for (let times = 0; times < 5; times++) {
      await client.quota.clear();
      await client.quota.clearBySecret();
    }
    const error = await client.quota.clear().catch((failure: unknown) => failure);
    expect(error).to.be.instanceOf(ApiError).with.property("errcode", 48006);
  });

  it("has koa-wx fetch a new token once the old one has gone", async () => {
    const client = createClient({ ...developer, baseUrl: api.url });
    await client.network.callbackIps();
    api.world.tokens.revoke();
    expect(await client.network.callbackIps()).to.include("127.0.0.1");
  });

  it("takes no body beyond ten megabytes", async () => {
    const data = new Uint8Array(11 * 1024 * 1024);
    const answer = await api.upload(
      "/cgi-bin/media/upload",
      { name: "a.png", data },
      { type: "image" },
    );
    expect(answer).to.include({ errcode: 45001 });
  });

  it("checks the network of this machine", async () => {
    const body = { action: "all", check_operator: "DEFAULT" };
    const answer = await api.post("/cgi-bin/callback/check", body);
    expect(answer).to.have.keys("dns", "ping");
    const wrong = await api.post("/cgi-bin/callback/check", { ...body, action: "x" });
    expect(wrong).to.include({ errcode: 40202 });
    const operator = await api.post("/cgi-bin/callback/check", { ...body, check_operator: "x" });
    expect(operator).to.include({ errcode: 40203 });
  });

  it("has empty statistics for days that are over", async () => {
    const ask = (begin_date: string, end_date: string) =>
      api.post("/datacube/getusersummary", { begin_date, end_date });
    expect(await ask("2023-11-08", "2023-11-14")).to.deep.equal({ list: [] });
    expect(await ask("2023-11-07", "2023-11-14")).to.include({ errcode: 61501 });
    expect(await ask("2023-11-15", "2023-11-15")).to.include({ errcode: 61501 });
    expect(await ask("2023-11-8", "2023-11-14")).to.include({ errcode: 61500 });
  });

  it("lets nobody comment", async () => {
    const body = { msg_data_id: 1, index: 0 };
    expect(await api.post("/cgi-bin/comment/open", body)).to.include({ errcode: 88000 });
  });
});
