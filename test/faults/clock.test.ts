import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import Koa from "koa";
import { MemoryStore, session, Wechat, wxUser } from "../../src/index.js";
import { startApiServer } from "../support/api-server.js";
import { startLoginCloud, startSite, strictly, Visitor, wechatAt } from "../support/login.js";
import { account, signedQuery, textXml } from "../support/push.js";

const hour = 3_600_000;
const jumps = [hour, -hour];

describe("clock: while this machine's jumps an hour forwards and backwards", () => {
  const now = Date.now;
  const jump = (ms: number) => {
    Date.now = () => now() + ms;
  };
  /** Looked up each time, as a machine's clock is. */
  const clock = () => Date.now();
  afterEach(() => {
    Date.now = now;
  });

  /** A delivery of a push, as WeChat's own clock dates it. */
  const deliver = (wx: Pick<Wechat, "receive">, body: string) => {
    const wrong = Date.now;
    Date.now = now;
    const query = signedQuery();
    Date.now = wrong;
    return wx.receive({ method: "POST", query, body });
  };

  it("pushes are refused, because none can be told from an old one, and taken when it is right again", async () => {
    const wx = new Wechat({ token: account.token, now: clock }).on("text", () => "ok");
    for (const ms of jumps) {
      const body = textXml("x");
      jump(ms);
      const refused = await deliver(wx, body);
      expect(refused.status).to.equal(403);
      expect(refused.body).to.match(/clock/);
      jump(0);
      // The retry, which is fresh by then.
      expect((await deliver(wx, body)).body).to.include("ok");
    }
  });

  it("what runs goes on: it is waited for, answered once, and late in its time", async () => {
    let runs = 0;
    const late: unknown[] = [];
    const wx = new Wechat({
      token: account.token,
      maxAge: 7_200,
      now: clock,
      deadline: { ms: 300, onTimeout: () => "later", late: (reply) => void late.push(reply) },
    });
    wx.on("text", async (ctx) => {
      runs += 1;
      await sleep(Number(ctx.message.Content));
      return `ran ${ctx.message.Content}`;
    });
    for (const [index, ms] of jumps.entries()) {
      jump(0);
      const [quick, slow] = [textXml("150"), textXml("1200")];
      const begun = performance.now();
      const answers = [deliver(wx, quick), deliver(wx, slow)];
      await sleep(50);
      jump(ms);
      expect((await answers[0])?.body).to.include("ran 150");
      // A delivery that comes after the jump joins its run.
      expect((await deliver(wx, quick)).body).to.include("ran 150");
      expect((await answers[1])?.status).to.equal(200);
      expect((await deliver(wx, slow)).body).not.to.include("ran");
      expect(performance.now() - begun).to.be.lessThan(5_000);
      for (let left = 40; late.length === index && left > 0; left -= 1) await sleep(50);
      expect(late).to.have.length(index + 1);
      expect(runs).to.equal(2 * (index + 1));
    }
    await wx.close();
  }).timeout(15_000);

  it("sessions and tokens in memory are kept, and no longer than they live", async () => {
    const api = await startApiServer();
    try {
      api.on("/cgi-bin/stable_token", { access_token: "the-token", expires_in: 7200 });
      api.on("/cgi-bin/user/info", { openid: "alice" });
      const store = new MemoryStore();
      const wx = new Wechat({
        ...account,
        acceptPlain: true,
        appSecret: "s",
        store,
        maxAge: 7_200,
        now: clock,
        api: { baseUrl: api.url },
      }).use(session({ initial: () => ({ count: 0 }), ttl: 1_500 }));
      wx.on("text", async (ctx) => {
        await ctx.api.users.get(ctx.openid);
        ctx.session.count += 1;
        return `count ${ctx.session.count}`;
      });
      for (const [index, ms] of [0, ...jumps].entries()) {
        jump(ms);
        expect((await deliver(wx, textXml("x"))).body).to.include(`count ${index + 1}`);
      }
      expect(api.to("/cgi-bin/stable_token")).to.have.length(1);
      await sleep(1_600);
      expect((await deliver(wx, textXml("x"))).body).to.include("count 1");
    } finally {
      await api.close();
    }
  });

  it("who is logged in stays so, and a login that is on its way succeeds", async () => {
    const cloud = await startLoginCloud();
    const site = await startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      app.use(wechatAt(cloud, { now: clock }).oauth(strictly(cloud, url)));
      return app.use((ctx) => {
        ctx.body = wxUser(ctx)?.openid;
      });
    });
    try {
      const known = new Visitor();
      await known.browse(site.url);
      for (const ms of jumps) {
        jump(0);
        const visitor = new Visitor();
        const { location } = await visitor.get(site.url);
        jump(ms);
        expect((await known.get(site.url)).body).to.equal("oAlice");
        expect((await visitor.browse(location)).body).to.equal("oAlice");
      }
      expect(site.errors).to.deep.equal([]);
    } finally {
      await site.close();
      await cloud.close();
    }
  });
});
