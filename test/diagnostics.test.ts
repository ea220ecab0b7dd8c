import { execFile } from "node:child_process";
import { Channel } from "node:diagnostics_channel";
import { mock } from "node:test";
import { promisify } from "node:util";
import { expect } from "chai";
import { SharedValue } from "../src/api/token/shared-value.js";
import { errorName, pushes } from "../src/diagnostics.js";
import { StoreError } from "../src/errors.js";
import {
  createClient,
  type DiagnosticEvents,
  MemoryStore,
  observe,
  reply,
  Wechat,
} from "../src/index.js";
import { FallbackStore } from "../src/store/fallback.js";
import { type ApiServer, startApiServer } from "./support/api-server.js";
import { bundle } from "./support/bundle.js";
import { FakeClock } from "./support/fake-clock.js";
import { account, signedQuery, textXml } from "./support/push.js";
import { SharedMemory } from "./support/shared-memory.js";

type Name = keyof DiagnosticEvents;
const names: readonly Name[] = [
  "koa-wx:push",
  "koa-wx:run",
  "koa-wx:reply",
  "koa-wx:call",
  "koa-wx:token",
  "koa-wx:store",
];

const { token, appId } = account;
const runFile = promisify(execFile);

describe("observe(): diagnostics", () => {
  let seen: { [N in Name]: DiagnosticEvents[N][] };
  let stop: (() => void)[];
  beforeEach(() => {
    seen = {
      "koa-wx:push": [],
      "koa-wx:run": [],
      "koa-wx:reply": [],
      "koa-wx:call": [],
      "koa-wx:token": [],
      "koa-wx:store": [],
    };
    stop = names.map((name) =>
      observe(name, (event) => void (seen[name] as unknown[]).push(event)),
    );
  });
  afterEach(() => {
    for (const one of stop) one();
  });

  const push = (wx: Wechat, body = textXml("hi"), query: object = signedQuery()) =>
    wx.receive({ method: "POST", query: query as Record<string, string>, body });
  /** The only event of a channel, without its duration, which is looked at here. */
  function only<N extends Name>(name: N): Omit<DiagnosticEvents[N], "duration"> {
    const [event, ...more] = seen[name];
    expect(more, name).to.deep.equal([]);
    const { duration, ...rest } = event as DiagnosticEvents[N];
    expect(duration).to.be.within(0, 2_000);
    return rest;
  }

  /** Runs without what goes to the console for lack of a wx.catch. */
  async function quietly(work: () => Promise<unknown>) {
    const spy = mock.method(console, "error", () => {});
    try {
      await work();
    } finally {
      spy.mock.restore();
    }
  }

  describe("of pushes, runs and replies", () => {
    it("tell of a message that is answered", async () => {
      await push(new Wechat({ token, appId }).on("text", () => "ok"));
      expect(only("koa-wx:push")).to.deep.equal({
        appId,
        method: "POST",
        type: "text",
        event: undefined,
        outcome: "replied",
        status: 200,
        code: undefined,
        reason: undefined,
      });
      expect(only("koa-wx:run")).to.deep.equal({
        appId,
        type: "text",
        event: undefined,
        outcome: "replied",
        error: undefined,
        attempts: 1,
        late: false,
      });
      expect(only("koa-wx:reply")).to.deep.equal({
        appId,
        type: "text",
        way: "passive",
        outcome: "sent",
        error: undefined,
      });
    });

    it("tell of an event that is only acknowledged", async () => {
      const body =
        "<xml><ToUserName>gh_1</ToUserName><FromUserName>alice</FromUserName><CreateTime>1700000000</CreateTime><MsgType>event</MsgType><Event>unsubscribe</Event></xml>";
      await push(new Wechat({ token }), body);
      expect(only("koa-wx:push")).to.include({
        appId: undefined,
        event: "unsubscribe",
        outcome: "acknowledged",
      });
      expect(only("koa-wx:run")).to.include({ event: "unsubscribe", outcome: "silent" });
      expect(seen["koa-wx:reply"]).to.deep.equal([]);
    });

    it("tell of a handler that fails, by the class of its error", async () => {
      const wx = new Wechat({ token }).on("text", () => {
        throw new TypeError("alice's secret");
      });
      await quietly(() => push(wx));
      expect(only("koa-wx:run")).to.include({ outcome: "failed", error: "TypeError" });
      expect(only("koa-wx:push")).to.include({ outcome: "acknowledged", status: 200 });
    });

    it("tell of it also where wx.catch makes a reply of the error", async () => {
      const wx = new Wechat({ token }).on("text", () => {
        throw new TypeError("x");
      });
      await push(wx.catch(() => "sorry"));
      expect(only("koa-wx:run")).to.include({ outcome: "replied", error: "TypeError" });
    });

    it("tell of what is refused, and why", async () => {
      const wx = new Wechat({ token, appId });
      await push(wx, textXml("hi"), signedQuery({}, "Another"));
      expect(only("koa-wx:push")).to.include({
        appId,
        type: undefined,
        outcome: "refused",
        status: 403,
        code: "WX_SIGNATURE",
      });
      await wx.receive({ method: "DELETE", query: "" });
      expect(seen["koa-wx:push"][1]).to.include({ method: "other", code: "WX_METHOD" });
      const several = new Wechat(() => undefined);
      await push(several);
      const last = seen["koa-wx:push"][2];
      expect(last).to.include({ appId: undefined, status: 404, code: "WX_ACCOUNT" });
      expect(last?.reason).to.match(/No account/);
    });

    it("tell of a resolver that fails, and of the account that one finds", async () => {
      const failing = new Wechat(() => Promise.reject(new Error("down")));
      await quietly(() => push(failing));
      expect(only("koa-wx:push")).to.include({ status: 503, code: "WX_ACCOUNT" });
      await push(new Wechat(async () => ({ token, appId })).on("text", () => "ok"));
      expect(seen["koa-wx:push"][1]).to.include({ appId, outcome: "replied" });
    });

    it("tell of the verification of the server address", async () => {
      const query = signedQuery({ echostr: "1" });
      await new Wechat({ token }).receive({ method: "GET", query });
      expect(only("koa-wx:push")).to.include({ method: "GET", outcome: "verified", status: 200 });
    });

    it("tell of deliveries that are left unanswered, of one run, and of its late reply", async () => {
      let open!: () => void;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const wx = new Wechat({
        token,
        deadline: { ms: 20, attempts: 2, late: () => {} },
      }).on("text", async () => {
        await opened;
        return "late";
      });
      const body = textXml("slow");
      await push(wx, body);
      await push(wx, body);
      open();
      await wx.close();
      const outcomes = seen["koa-wx:push"].map(({ outcome, status }) => [outcome, status]);
      expect(outcomes).to.deep.equal([
        ["abandoned", 0],
        ["acknowledged", 200],
      ]);
      expect(only("koa-wx:run")).to.include({ outcome: "replied", attempts: 2, late: true });
      expect(only("koa-wx:reply")).to.include({ way: "custom", outcome: "sent", type: "text" });
    });

    it("tell of a late reply that is lost", async () => {
      const late = () => Promise.reject(Object.assign(new Error("x"), { code: "ECONNRESET" }));
      let open!: () => void;
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const wx = new Wechat({ token, deadline: { ms: 20, attempts: 1, late } });
      wx.on("image", async () => {
        await opened;
        return reply.image("media");
      });
      const body = textXml("").replace("[text]", "[image]").replace("Content", "PicUrl");
      await quietly(async () => {
        await push(wx, body.replace("/Content", "/PicUrl"));
        open();
        await wx.close();
      });
      expect(only("koa-wx:reply")).to.include({
        type: "image",
        way: "custom",
        outcome: "failed",
        error: "ECONNRESET",
      });
    });
  });

  describe("of calls and tokens", () => {
    let api: ApiServer;
    const client = (more = {}) =>
      createClient({ appId, appSecret: "s3cret", baseUrl: api.url, ...more });
    const stable = "/cgi-bin/stable_token";
    before(async () => {
      api = await startApiServer();
    });
    beforeEach(() => api.on(stable, { access_token: "T0KEN", expires_in: 7200 }));
    after(() => api.close());

    it("tell of a call, and of the token that was fetched for it", async () => {
      await client().post("/cgi-bin/tags/get");
      const [renewal, call] = seen["koa-wx:call"];
      expect(renewal).to.include({ appId, endpoint: stable, method: "POST", outcome: "ok" });
      expect(call).to.deep.include({
        appId,
        method: "POST",
        endpoint: "/cgi-bin/tags/get",
        outcome: "ok",
        errcode: undefined,
        error: undefined,
        tries: 1,
      });
      expect(only("koa-wx:token")).to.deep.equal({
        appId,
        kind: "access_token",
        outcome: "fetched",
        errcode: undefined,
        error: undefined,
      });
    });

    it("tell of a refused call, and of a token that is refused", async () => {
      let refused = 0;
      api.on("/cgi-bin/user/get", () =>
        refused++ === 0 ? { errcode: 40001, errmsg: "invalid" } : { errcode: 40003, errmsg: "no" },
      );
      await client()
        .get("/cgi-bin/user/get")
        .catch(() => {});
      expect(seen["koa-wx:call"].at(-1)).to.include({
        outcome: "refused",
        errcode: 40003,
        error: "WX_API",
        tries: 2,
      });
      const outcomes = seen["koa-wx:token"].map(({ outcome }) => outcome);
      expect(outcomes).to.deep.equal(["fetched", "invalidated", "fetched"]);
    });

    it("tell of calls that do not get through, and of those that are aborted", async () => {
      const options = { token: false, idempotent: false };
      const gone = client({ baseUrl: "http://127.0.0.1:1" });
      await gone.get("/a", options).catch(() => {});
      expect(only("koa-wx:call")).to.include({ outcome: "failed", error: "WX_API_NETWORK" });
      const signal = AbortSignal.abort();
      await client()
        .get("/a", { ...options, signal })
        .catch(() => {});
      expect(seen["koa-wx:call"][1]).to.include({ outcome: "aborted", error: undefined });
    });

    it("tell of a ticket, and of a token that is not to be had", async () => {
      api.on("/cgi-bin/ticket/getticket", { ticket: "T1CKET", expires_in: 7200 });
      await client().jssdk.sign("https://example.com/");
      const kinds = seen["koa-wx:token"].map(({ kind }) => kind);
      expect(kinds).to.deep.equal(["access_token", "jsapi_ticket"]);
      api.on(stable, { errcode: 40125, errmsg: "invalid appsecret" });
      await client()
        .get("/a")
        .catch(() => {});
      expect(seen["koa-wx:token"].at(-1)).to.include({ outcome: "failed", errcode: 40125 });
      expect(seen["koa-wx:call"].at(-1)).to.include({ outcome: "refused", tries: 0 });
    });

    it("tell of a token that another process had fetched", async () => {
      const clock = new FakeClock();
      const inner = new MemoryStore();
      const make = () =>
        new SharedValue({
          store: new SharedMemory(clock, inner),
          fetch: async () => ({ value: "T0KEN", seconds: 7200 }),
          canForce: false,
          about: { appId, kind: "access_token" },
        });
      await make().get();
      await make().get();
      const outcomes = seen["koa-wx:token"].map(({ outcome }) => outcome);
      expect(outcomes).to.deep.equal(["fetched", "adopted"]);
    });
  });

  it("tell that the shared store is away, why, and that it is back", async () => {
    const clock = new FakeClock();
    const shared = new SharedMemory(clock);
    const store = new FallbackStore(shared, { clock, warn: () => {} });
    for (const [error, reason] of [
      [new StoreError("Redis refused a command: READONLY (GET).", "store"), /READONLY/],
      [new Error("of a store of one's own: s3cret"), undefined],
    ] as const) {
      shared.broken = () => Promise.reject(error);
      await store.get("a");
      await clock.pass(4_000);
      shared.broken = undefined;
      await clock.pass(20_000);
      const [gone, back, ...more] = seen["koa-wx:store"].splice(0);
      expect(more).to.deep.equal([]);
      expect(gone).to.include({ outcome: "away", duration: 0 });
      if (reason === undefined) expect(gone?.reason).to.equal(undefined);
      else expect(gone?.reason).to.match(reason);
      expect(back).to.include({ outcome: "back", reason: undefined });
      expect(back?.duration).to.be.within(4_000, 6_000);
    }
  });

  it("cost nothing while nobody watches", async () => {
    for (const one of stop) one();
    expect(pushes.watched).to.equal(false);
    const spy = mock.method(Channel.prototype, "publish");
    const clock = mock.method(performance, "now");
    try {
      const wx = new Wechat({ token }).on("text", () => "ok");
      await push(wx);
      const before = clock.mock.callCount();
      await push(wx);
      // Its arrival, the limit of its wait, and the memories of finished runs and signatures.
      const usual = clock.mock.callCount() - before;
      const watch = observe("koa-wx:push", () => {});
      await push(wx);
      watch();
      expect(clock.mock.callCount() - before - usual).to.equal(usual + 2);
      expect(spy.mock.callCount()).to.equal(0);
    } finally {
      spy.mock.restore();
      clock.mock.restore();
    }
  });

  it("name errors by code or class, never by what may hold a secret", () => {
    const named = (name: string) => Object.assign(new Error("x"), { name });
    const coded = (code: string) => Object.assign(new RangeError("x"), { code });
    expect(errorName(coded("WX_STORE"))).to.equal("WX_STORE");
    expect(errorName(coded("021pU4000TVcb"))).to.equal("RangeError");
    expect(errorName(named("secret: abc"))).to.equal("Error");
    expect(errorName("a string")).to.equal("string");
  });

  describe("under NODE_DEBUG=koa-wx", function () {
    this.timeout(20_000);

    it("are written to stderr, a line each, and hold no secret and nothing of a user", async () => {
      const api = await startApiServer();
      const secrets = {
        token: "T0kenOfTheAccount",
        appSecret: "AppSecretOfTheAccount",
        encodingAESKey: "AesKey".padEnd(43, "x"),
        accessToken: "AccessTokenOfTheAccount",
        ticket: "TicketOfTheAccount",
        openid: "OpenidOfTheUser",
        content: "ContentOfTheUser",
      };
      api.on("/cgi-bin/stable_token", { access_token: secrets.accessToken, expires_in: 7200 });
      api.on("/cgi-bin/ticket/getticket", { ticket: secrets.ticket, expires_in: 7200 });
      api.on("/cgi-bin/message/custom/send", {
        errcode: 40001,
        errmsg: `invalid credential ${secrets.accessToken}`,
      });
      const scenario = `
        import { observe, Wechat } from "./src/index.ts";
        import { signedQuery, textXml } from "./test/support/push.ts";
        const secrets = ${JSON.stringify(secrets)};
        const { token, appSecret, encodingAESKey, openid, content } = secrets;
        const events = [];
        for (const name of ${JSON.stringify(names)}) observe(name, (event) => events.push(event));
        const wx = new Wechat({
          token, appSecret, encodingAESKey, acceptPlain: true, appId: "wx1",
          api: { baseUrl: ${JSON.stringify(api.url)} },
        });
        wx.on("text", async (ctx) => {
          await ctx.api.jssdk.sign("https://example.com/?code=" + content).catch(() => {});
          await ctx.api.get("/cgi-bin/x", { query: { code: content } });
          await ctx.send(content).catch(() => {});
          throw Object.assign(new Error(content), { code: content });
        });
        const body = textXml(content).replace("alice", openid);
        console.error = () => {};
        await wx.receive({ method: "POST", query: signedQuery({ openid }, token), body });
        await wx.receive({ method: "POST", query: signedQuery({}, "Another"), body });
        const event = "<xml><ToUserName>gh</ToUserName><FromUserName>" + openid + "</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>odd&#x9b;31m</Event></xml>";
        await wx.receive({ method: "POST", query: signedQuery({}, token), body: event });
        console.log(JSON.stringify(events));
      `;
      const args = [await bundle(scenario)];
      const env = { ...process.env, NODE_DEBUG: "koa-wx" };
      try {
        const { stdout, stderr } = await runFile(process.execPath, args, { env });
        expect(JSON.parse(stdout).length).to.be.greaterThan(10);
        expect(stderr).to.match(/KOA-WX \d+: koa-wx:run appId='wx1' type='text' outcome='failed'/);
        expect(stderr).to.match(/koa-wx:call .*endpoint='\/cgi-bin\/x'.*duration=[\d.]+\n/);
        expect(stderr).to.include("code='WX_SIGNATURE'");
        expect(stderr).to.include("odd").and.not.include("\x9b");
        for (const [what, secret] of Object.entries(secrets)) {
          expect(stdout + stderr, what).to.not.include(secret);
        }
      } finally {
        await api.close();
      }
    });
  });
});
