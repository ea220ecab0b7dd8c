import { expect } from "chai";
import { type Api, account, startApi } from "./start.js";

describe("/cgi-bin/token: the tokens of the simulated API", () => {
  let api: Api;
  beforeEach(async () => {
    api = await startApi();
  });
  afterEach(() => api.close());

  const { appId, appSecret } = account;

  async function plain(query: Record<string, string> = {}) {
    const all = { grant_type: "client_credential", appid: appId, secret: appSecret, ...query };
    const response = await fetch(`${api.url}/cgi-bin/token?${new URLSearchParams(all)}`);
    return (await response.json()) as Record<string, unknown>;
  }

  async function stable(fields: Record<string, unknown> = {}) {
    const body = { grant_type: "client_credential", appid: appId, secret: appSecret, ...fields };
    const response = await fetch(`${api.url}/cgi-bin/stable_token`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  async function works(token: unknown) {
    const response = await fetch(
      `${api.url}/cgi-bin/getcallbackip?access_token=${encodeURIComponent(String(token))}`,
    );
    return ((await response.json()) as { errcode?: number }).errcode ?? 0;
  }

  it("are given for 7200 seconds", async () => {
    const { access_token, expires_in } = await plain();
    expect(expires_in).to.equal(7200);
    expect(await works(access_token)).to.equal(0);
    await api.clock.advance(7_199_000);
    expect(await works(access_token)).to.equal(0);
    await api.clock.advance(1000);
    expect(await works(access_token)).to.equal(42001);
  });

  it("of cgi-bin/token end five minutes after the next one was given", async () => {
    const first = (await plain()).access_token;
    const second = (await plain()).access_token;
    expect(second).not.to.equal(first);
    await api.clock.advance(299_000);
    expect(await works(first)).to.equal(0);
    await api.clock.advance(1000);
    expect(await works(first)).to.equal(40001);
    expect(await works(second)).to.equal(0);
  });

  it("of stable_token stay the same until five minutes before their end", async () => {
    const first = (await stable()).access_token;
    await api.clock.advance(6_855_000);
    expect(await stable()).to.deep.equal({ access_token: first, expires_in: 345 });
    await api.clock.advance(46_000);
    const second = await stable();
    expect(second.access_token).not.to.equal(first);
    expect(second.expires_in).to.equal(7200);
    expect(await works(first)).to.equal(0);
    await api.clock.advance(299_000);
    expect(await works(first)).to.equal(40001);
  });

  it("of the two endpoints leave each other alone", async () => {
    const first = (await stable()).access_token;
    await plain();
    await plain();
    await api.clock.advance(600_000);
    expect(await works(first)).to.equal(0);
  });

  it("end at once when a refresh is forced, though not within 30 seconds", async () => {
    const first = (await stable()).access_token;
    const second = (await stable({ force_refresh: true })).access_token;
    expect(await works(first)).to.equal(40001);
    expect((await stable({ force_refresh: true })).access_token).to.equal(second);
    await api.clock.advance(30_000);
    const third = (await stable({ force_refresh: true })).access_token;
    expect(third).not.to.equal(second);
  });

  it("cannot be refreshed by force more than twenty times a day", async () => {
    for (let times = 0; times < 20; times++) {
      await stable({ force_refresh: true });
      await api.clock.advance(30_000);
    }
    const last = (await stable()).access_token;
    expect((await stable({ force_refresh: true })).access_token).to.equal(last);
    await api.clock.advance(86_400_000);
    expect((await stable({ force_refresh: true })).access_token).not.to.equal(last);
  });

  it("are refused with the code that says which credential is wrong", async () => {
    expect(await plain({ grant_type: "password" })).to.include({ errcode: 40002 });
    expect(await plain({ appid: "" })).to.include({ errcode: 41002 });
    expect(await plain({ appid: "wxother" })).to.include({ errcode: 40013 });
    expect(await plain({ secret: "" })).to.include({ errcode: 41004 });
    expect(await plain({ secret: "short" })).to.include({ errcode: 40125 });
    expect(await stable({ secret: "f".repeat(32) })).to.include({ errcode: 40001 });
  });

  it("are counted against the day's quota, which ends at midnight in China", async () => {
    api.world.quota.use("/cgi-bin/token", 2000);
    expect(await plain()).to.include({ errcode: 45009 });
    await api.clock.advance(86_400_000);
    expect(await plain()).to.have.property("access_token");
  });

  it("are asked for by every other call", async () => {
    const missing = await (await fetch(`${api.url}/cgi-bin/getcallbackip`)).json();
    expect(missing).to.include({ errcode: 41001 });
    expect(await works("invented")).to.equal(40001);
  });

  it("give a ticket that stays the same while it lives", async () => {
    const ticket = await api.get("/cgi-bin/ticket/getticket", { type: "jsapi" });
    expect(ticket).to.include({ errcode: 0, errmsg: "ok", expires_in: 7200 });
    await api.clock.advance(1_000_000);
    const again = await api.get("/cgi-bin/ticket/getticket", { type: "jsapi" });
    expect(again).to.include({ ticket: ticket.ticket, expires_in: 6200 });
    const card = await api.get("/cgi-bin/ticket/getticket", { type: "wx_card" });
    expect(card.ticket).not.to.equal(ticket.ticket);
    expect(await api.get("/cgi-bin/ticket/getticket", { type: "x" })).to.include({
      errcode: 40097,
    });
  });
});
