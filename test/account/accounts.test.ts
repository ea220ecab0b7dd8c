import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";
import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import Koa from "koa";
import Router from "koa-router";
import type { Fetch } from "../../src/api/index.js";
import {
  type AccountOptions,
  type AccountRequest,
  type AccountResolver,
  ConfigError,
  MemoryStore,
  type SharedOptions,
  session,
  Wechat,
} from "../../src/index.js";
import { MessageCipher } from "../../src/wire/crypto.js";
import { sign } from "../../src/wire/signature.js";
import { parseXml } from "../../src/wire/xml/xml.js";
import { send, signedQuery, textXml } from "../support/push.js";

const tea = { token: "TeaToken", appId: "wxtea", appSecret: "tea-secret" };
const rice = { token: "RiceToken", appId: "wxrice", appSecret: "rice-secret" };
const key = "A".repeat(43);

/** The shops by the last part of the path. */
const byPath =
  (accounts: Record<string, AccountOptions> = { tea, rice }): AccountResolver =>
  ({ path }) =>
    new Map(Object.entries(accounts)).get(path.slice(1));

/** Pushes through wx.receive(), signed with the account's token. */
function push(
  wx: Pick<Wechat, "receive">,
  path: string,
  token: string,
  body = textXml("hi"),
  more = {},
) {
  return wx.receive({ method: "POST", path, query: signedQuery({}, token), body, ...more });
}
const said = ({ body }: { body: string }) => parseXml(body).Content;

/** A fetch in WeChat's place: tokens are `T-` and the secret. */
function fakeFetch(calls: string[] = []): Fetch {
  return async (url, { body }) => {
    const { pathname, searchParams } = new URL(url);
    const asked = JSON.parse(String(body ?? "{}"));
    calls.push(`${pathname} ${asked.secret ?? searchParams.get("access_token")}`);
    const answer = asked.secret
      ? { access_token: `T-${asked.secret}`, expires_in: 7200 }
      : { errcode: 0, errmsg: "ok" };
    return Response.json(answer);
  };
}

/** What a slow handler waits for. */
class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Runs with the errors that would otherwise go to the console. */
async function errorsOf(work: () => Promise<unknown>): Promise<unknown[]> {
  const errors: unknown[] = [];
  const spy = mock.method(console, "error", (error: unknown) => void errors.push(error));
  try {
    await work();
  } finally {
    spy.mock.restore();
  }
  return errors;
}

/** Of the last error: Node itself may have warned before. */
const causeOf = (errors: unknown[]) => String((errors.at(-1) as Error).cause);

describe("new Wechat(): several accounts", () => {
  describe("are found", () => {
    it("by path, query, host, headers and a router's parameters, without Koa", async () => {
      const seen: AccountRequest[] = [];
      const wx = new Wechat((request) => {
        seen.push(request);
        return tea;
      }).on("text", () => "ok");
      const answer = await wx.receive({
        method: "post",
        path: "/wechat/tea?x=1",
        params: { shop: "tea" },
        query: new URLSearchParams(signedQuery({ shop: "tea" }, tea.token)),
        headers: { Host: "Tea.Example.com:8080", "X-Shop": "tea" },
        body: textXml("hi"),
      });
      expect(said(answer)).to.equal("ok");
      const [{ method, path, params, query, host, headers, koa }] = seen as [AccountRequest];
      expect({ method, path, params, host, koa }).to.deep.equal({
        method: "POST",
        path: "/wechat/tea",
        params: { shop: "tea" },
        host: "tea.example.com",
        koa: undefined,
      });
      expect([query.shop, headers["x-shop"]]).to.deep.equal(["tea", "tea"]);
    });

    it("by the same under Koa, however it is mounted", async () => {
      const seen: string[] = [];
      const wx = new Wechat(async ({ path, params, query, host, headers, koa }) => {
        seen.push(path, String(params.shop), String(query.x), host, String(headers.host));
        expect(koa?.method).to.equal("POST");
        return new Map([["tea", tea]]).get(String(params.shop));
      }).on("text", (ctx) => ctx.account.appId);
      const router = new Router();
      router.all("/wechat/:shop", wx.middleware());
      const server = new Koa().use(router.routes()).listen(0, "127.0.0.1");
      try {
        await once(server, "listening");
        const address = server.address() as AddressInfo;
        const options = (shop: string) => ({
          path: `/wechat/${shop}`,
          query: signedQuery({ x: "1" }, tea.token),
          body: textXml("hi"),
        });
        expect(said(await send(address, options("tea")))).to.equal("wxtea");
        const host = `127.0.0.1:${address.port}`;
        expect(seen).to.deep.equal(["/wechat/tea", "tea", "1", "127.0.0.1", host]);
        expect(await send(address, options("__proto__"))).to.include({ status: 404 });
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });

    it("also for the verification of the server address", async () => {
      const wx = new Wechat(byPath());
      const ask = (token: string) =>
        wx.receive({
          method: "GET",
          path: "/tea",
          query: signedQuery({ echostr: "123" }, token),
        });
      expect(await ask(tea.token)).to.include({ status: 200, body: "123" });
      expect(await ask(rice.token)).to.include({ status: 403 });
    });

    it("or not: 404, in words that say where to look", async () => {
      for (const nothing of [undefined, null]) {
        const wx = new Wechat(() => nothing);
        const answer = await push(wx, "/nobody", tea.token);
        expect(answer.status).to.equal(404);
        expect(answer.body).to.match(/No account belongs to this address.*消息推送配置 → URL/);
      }
    });

    it("only for what may be WeChat's, so that nobody else reaches a database", async () => {
      let asked = 0;
      const wx = new Wechat(() => {
        asked += 1;
        return tea;
      });
      const ask = (method: string, query: string) => wx.receive({ method, query });
      expect(await ask("GET", "")).to.include({ status: 403 });
      expect(await ask("POST", "signature=x&timestamp=1&nonce=1")).to.include({ status: 403 });
      const twice = "a".repeat(40);
      expect(await ask("GET", `signature=${twice}&signature=${twice}`)).to.include({ status: 403 });
      expect(await ask("DELETE", "")).to.include({ status: 405 });
      expect(asked).to.equal(0);
    });
  });

  describe("whose resolver fails", () => {
    const failing: Record<string, AccountResolver> = {
      throws: () => {
        throw new Error("db down");
      },
      rejects: () => Promise.reject(new Error("db down")),
    };
    for (const [how, resolve] of Object.entries(failing)) {
      it(`is answered with 503 when it ${how}, and the error is reported`, async () => {
        const wx = new Wechat(resolve);
        const errors = await errorsOf(async () => {
          const answer = await push(wx, "/tea", tea.token);
          expect(answer.status).to.equal(503);
          expect(answer.body).to.not.include("db down");
        });
        expect(errors).to.have.length(1);
        expect(errors[0]).to.include({ code: "WX_ACCOUNT" });
        expect(causeOf(errors)).to.equal("Error: db down");
      });
    }

    it("is answered with 503 when it never comes back", async () => {
      const wx = new Wechat(() => new Promise<undefined>(() => {}));
      const errors = await errorsOf(async () => {
        mock.timers.enable({ apis: ["setTimeout"] });
        try {
          const answer = push(wx, "/tea", tea.token);
          mock.timers.tick(4_000);
          expect((await answer).status).to.equal(503);
        } finally {
          mock.timers.reset();
        }
      });
      expect(causeOf(errors)).to.match(/resolver took longer than 4000 ms/);
    });

    it("is answered with 503 for a configuration that is wrong, without its secrets", async () => {
      const wrong: [object, RegExp][] = [
        [{ token: "", appId: "wxtea" }, /"token" must be 3 to 32/],
        [{ token: "TeaToken" }, /"appId" is needed/],
        [{ token: "TeaToken", appId: "wx:tea" }, /"appId" is needed/],
        [{ ...tea, encodingAesKey: key }, /Did you mean "encodingAESKey"/],
        [{ ...tea, deadline: {} }, /"deadline" is not an option of an account/],
        [{ ...tea, encodingAESKey: "short" }, /"encodingAESKey"/],
      ];
      for (const [options, message] of wrong) {
        const wx = new Wechat(() => options as AccountOptions);
        const errors = await errorsOf(async () => {
          expect((await push(wx, "/tea", tea.token)).status).to.equal(503);
        });
        expect((errors[0] as Error).cause).to.be.instanceOf(ConfigError);
        expect(causeOf(errors)).to.match(message).and.not.include("TeaToken");
      }
    });
  });

  describe("are kept apart", () => {
    it("when the same openid sends the same MsgId to two of them", async () => {
      const ran: (string | undefined)[] = [];
      const wx = new Wechat(byPath()).on("text", (ctx) => {
        ran.push(ctx.account.appId);
        return `from ${ctx.account.appId}`;
      });
      const body = textXml("hi");
      for (let delivery = 1; delivery <= 3; delivery++) {
        expect(said(await push(wx, "/tea", tea.token, body))).to.equal("from wxtea");
        expect(said(await push(wx, "/rice", rice.token, body))).to.equal("from wxrice");
      }
      expect(ran).to.deep.equal(["wxtea", "wxrice"]);
    });

    it("when one of them claims that its pushes come from the future", async () => {
      for (const ahead of [6, 11, 290, 100_000]) {
        const wx = new Wechat(byPath()).on("text", (ctx) => `delivery ${ctx.attempt}`);
        const now = Math.floor(Date.now() / 1000);
        const at = (seconds: number) => textXml("hi").replace("1348831860", String(now + seconds));
        await push(wx, "/tea", tea.token, at(0));
        await push(wx, "/rice", rice.token, at(ahead));
        expect(said(await push(wx, "/tea", tea.token, at(0))), `${ahead}`).to.equal("delivery 1");
        // Its own are as old as they can be.
        expect(said(await push(wx, "/tea", tea.token, at(-6))), `${ahead}`).to.equal("delivery 2");
      }
    });

    it("when a dedupeKey of one's own says nothing of the account", async () => {
      let runs = 0;
      const wx = new Wechat(byPath(), { dedupeKey: () => "same" }).on("text", () => {
        runs += 1;
      });
      for (const { path, token } of [
        { path: "/tea", token: tea.token },
        { path: "/rice", token: rice.token },
        { path: "/tea", token: tea.token },
      ]) {
        await push(wx, path, token);
      }
      expect(runs).to.equal(2);
    });

    it("in the store, for the same openid and the same key", async () => {
      const store = new MemoryStore();
      const wx = new Wechat(byPath(), { store }).on("text", async (ctx) => {
        const before = await ctx.store.get(ctx.openid);
        await ctx.store.set(ctx.openid, `${before ?? ""}${ctx.account.appId} `, 60_000);
        return before ?? "nothing";
      });
      expect(said(await push(wx, "/tea", tea.token))).to.equal("nothing");
      expect(said(await push(wx, "/rice", rice.token))).to.equal("nothing");
      expect(said(await push(wx, "/tea", tea.token))).to.equal("wxtea ");
    });

    it("in their sessions", async () => {
      const wx = new Wechat(byPath()).use(session({ initial: () => ({ count: 0 }) }));
      wx.on("text", (ctx) => {
        ctx.session.count += 1;
        return `${ctx.account.appId} ${ctx.session.count}`;
      });
      expect(said(await push(wx, "/tea", tea.token))).to.equal("wxtea 1");
      expect(said(await push(wx, "/rice", rice.token))).to.equal("wxrice 1");
      expect(said(await push(wx, "/tea", tea.token))).to.equal("wxtea 2");
    });

    it("in their calls: each has its own token", async () => {
      const calls: string[] = [];
      const wx = new Wechat(byPath(), { api: { fetch: fakeFetch(calls) } });
      wx.on("text", (ctx) => ctx.send("later"));
      await Promise.all([
        push(wx, "/tea", tea.token),
        push(wx, "/rice", rice.token),
        push(wx, "/tea", tea.token),
      ]);
      expect(calls.sort()).to.deep.equal([
        "/cgi-bin/message/custom/send T-rice-secret",
        "/cgi-bin/message/custom/send T-tea-secret",
        "/cgi-bin/message/custom/send T-tea-secret",
        "/cgi-bin/stable_token rice-secret",
        "/cgi-bin/stable_token tea-secret",
      ]);
    });

    it("in the replies that wait for a user's next message", async () => {
      const gate = new Gate();
      const wx = new Wechat(byPath(), {
        deadline: { ms: 200, attempts: 1, late: "collect", onTimeout: () => "wait" },
      }).on("text", async (ctx) => {
        if (ctx.text !== "slow") return "none waits";
        await gate.opened;
        return `secret of ${ctx.account.appId}`;
      });
      expect(said(await push(wx, "/tea", tea.token, textXml("slow")))).to.equal("wait");
      gate.open();
      await wx.close();
      expect(said(await push(wx, "/rice", rice.token))).to.equal("none waits");
      expect(said(await push(wx, "/tea", tea.token))).to.equal("secret of wxtea");
    });

    it("by their tokens: a push that one's token signs does not reach the other", async () => {
      const wx = new Wechat(byPath()).on("text", () => "reached");
      expect(await push(wx, "/tea", rice.token)).to.include({ status: 403 });
    });

    it("by their AppIDs, even if they share token and key", async () => {
      const same = { token: "SameToken", encodingAESKey: key };
      const accounts = {
        tea: { ...same, appId: "wxtea" },
        rice: { ...same, appId: "wxrice" },
      };
      const wx = new Wechat(byPath(accounts)).on("text", () => "reached");
      const encrypted = new MessageCipher(key, "wxtea").encrypt(textXml("hi"));
      const query = signedQuery({}, same.token);
      const msg_signature = sign(same.token, query.timestamp, query.nonce, encrypted);
      const deliver = (path: string) =>
        wx.receive({
          method: "POST",
          path,
          query: { ...query, msg_signature },
          body: `<xml><Encrypt>${encrypted}</Encrypt></xml>`,
        });
      expect((await deliver("/rice")).status).to.equal(403);
      expect((await deliver("/tea")).body).to.include("<Encrypt>");
    });
  });

  describe("may change at run time", () => {
    it("and the next request goes by the new configuration", async () => {
      let account: AccountOptions = tea;
      const wx = new Wechat(() => account).on("text", () => "ok");
      expect((await push(wx, "/", "TeaToken")).status).to.equal(200);
      account = { ...tea, token: "NewToken" };
      expect((await push(wx, "/", "TeaToken")).status).to.equal(403);
      expect((await push(wx, "/", "NewToken")).status).to.equal(200);
      (account as { token: string | string[] }).token = ["Newer", "NewToken"];
      expect((await push(wx, "/", "Newer")).status).to.equal(200);
      expect((await push(wx, "/", "NewToken")).status).to.equal(200);
    });

    it("while a push is being answered: its retry joins the run", async () => {
      let account: AccountOptions = tea;
      let runs = 0;
      const gate = new Gate();
      const wx = new Wechat(() => account, { deadline: { ms: 200 } }).on("text", async () => {
        runs += 1;
        await gate.opened;
        return "done";
      });
      const body = textXml("slow");
      const signal = AbortSignal.timeout(250);
      expect((await push(wx, "/", tea.token, body, { signal })).body).to.equal("");
      account = { ...tea, token: "NewToken" };
      const retry = push(wx, "/", "NewToken", body);
      setImmediate(() => gate.open());
      expect(said(await retry)).to.equal("done");
      expect(runs).to.equal(1);
    });

    it("without a new access token, unless the AppSecret has changed", async () => {
      const calls: string[] = [];
      const wx = new Wechat(byPath(), { api: { fetch: fakeFetch(calls) } });
      const call = (account: AccountOptions) => wx.account(account).api.tokens.get();
      expect(await call(tea)).to.equal("T-tea-secret");
      expect(await call({ ...tea, token: "NewToken" })).to.equal("T-tea-secret");
      expect(calls).to.have.length(1);
      expect(await call({ ...tea, appSecret: "new-secret" })).to.equal("T-new-secret");
      expect(calls).to.have.length(2);
    });

    it("in the way it calls WeChat", async () => {
      const [shared, own]: [string[], string[]] = [[], []];
      const wx = new Wechat(byPath(), { api: { fetch: fakeFetch(shared) } });
      const api = { fetch: fakeFetch(own) };
      await wx.account(tea).api.tokens.get();
      await wx.account({ ...tea, api }).api.tokens.get();
      await wx.account({ ...tea, api: { ...api } }).api.tokens.get();
      expect([shared.length, own.length]).to.deep.equal([1, 1]);
    });

    it("and stay the same object as long as they stay the same", () => {
      const wx = new Wechat(byPath());
      const tokens: [string, string] = ["TeaToken", "Earlier"];
      const one = wx.account({ ...tea, token: tokens });
      expect(wx.account({ ...tea, token: [...tokens] })).to.equal(one);
      expect(wx.account({ ...tea, token: ["TeaToken", "Other"] })).to.not.equal(one);
    });
  });

  describe("are bounded", () => {
    it("by maxAccounts: those that nobody wrote to for longest are let go", () => {
      const wx = new Wechat(byPath(), { maxAccounts: 2 });
      const make = (appId: string) => wx.account({ token: "Token", appId });
      const [a, b] = [make("a"), make("b")];
      expect(make("a")).to.equal(a);
      make("c");
      expect(make("a")).to.equal(a);
      expect(make("b")).to.not.equal(b);
    });

    it("and one that was let go still joins its runs and finds what waits for its users", async () => {
      let runs = 0;
      const gate = new Gate();
      const options: SharedOptions = {
        maxAccounts: 1,
        deadline: { ms: 200, attempts: 2, late: "collect", onTimeout: () => "wait" },
      };
      const wx = new Wechat(byPath(), options).on("text", async (ctx) => {
        if (ctx.text !== "slow") return "none waits";
        runs += 1;
        await gate.opened;
        return "the answer";
      });
      const body = textXml("slow");
      await push(wx, "/tea", tea.token, body);
      await push(wx, "/rice", rice.token);
      expect(said(await push(wx, "/tea", tea.token, body))).to.equal("wait");
      gate.open();
      await wx.close();
      await push(wx, "/rice", rice.token);
      expect(said(await push(wx, "/tea", tea.token))).to.equal("the answer");
      expect(runs).to.equal(1);
    });

    it("a thousand of them, written to in turn, take few megabytes", async () => {
      const wx = new Wechat(({ path }) => ({
        token: `Token${path.slice(1)}`,
        appId: `wx${path.slice(1)}`,
        appSecret: "secret",
      })).on("text", (ctx) => ctx.account.appId);
      const body = textXml("the same user, the same MsgId");
      const before = process.memoryUsage().heapUsed;
      for (let index = 0; index < 1_000; index++) {
        const answer = await push(wx, `/${index}`, `Token${index}`, body);
        expect(said(answer)).to.equal(`wx${index}`);
      }
      // Without a forced collection this is an upper bound.
      expect(process.memoryUsage().heapUsed - before).to.be.below(60 * 1024 * 1024);
    });

    it("and nothing of those that were let go stays in memory", async () => {
      const wx = new Wechat(({ path }) => ({ token: "Token", appId: path.slice(1) }), {
        maxAccounts: 10,
      });
      const accounts: WeakRef<object>[] = [];
      wx.on("text", (ctx) => {
        accounts.push(new WeakRef(ctx.account));
        return ctx.account.appId;
      });
      for (let index = 0; index < 200; index++) await push(wx, `/${index}`, "Token");
      setFlagsFromString("--expose-gc");
      // What a WeakRef has been made of in this turn is not collected before the next one.
      await new Promise((resolve) => setImmediate(resolve));
      runInNewContext("gc")();
      const alive = accounts.filter((account) => account.deref() !== undefined);
      expect(accounts).to.have.length(200);
      expect(alive.length).to.be.at.most(11);
    });

    it("and all of them are waited for by wx.close()", async () => {
      const done: (string | undefined)[] = [];
      const wx = new Wechat(byPath()).on("text", async (ctx) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        done.push(ctx.account.appId);
      });
      const pushes = [push(wx, "/tea", tea.token), push(wx, "/rice", rice.token)];
      await new Promise((resolve) => setImmediate(resolve));
      await wx.close();
      expect(done.sort()).to.deep.equal(["wxrice", "wxtea"]);
      await Promise.all(pushes);
    });
  });

  describe("outside of handlers", () => {
    it("are had by wx.account(configuration), with the tokens that handlers use", async () => {
      const calls: string[] = [];
      const wx = new Wechat(byPath(), { api: { fetch: fakeFetch(calls) } });
      wx.on("text", (ctx) => ctx.send("hi"));
      await push(wx, "/tea", tea.token);
      await wx.account(tea).api.customerService.sendText("alice", "hello");
      expect(calls.filter((call) => call.includes("stable_token"))).to.have.length(1);
    });

    it("are not to be had by wx.api, which says so", () => {
      const wx = new Wechat(byPath());
      expect(() => wx.api).to.throw(ConfigError, /several accounts.*ctx\.api/);
      expect(() => wx.account()).to.throw(ConfigError, /several accounts/);
      expect(() => wx.account({ token: "Token" } as AccountOptions)).to.throw(/"appId" is needed/);
    });

    it("and a single account is wx.account() itself", async () => {
      const wx = new Wechat(tea);
      const account = wx.account();
      expect(account.appId).to.equal("wxtea");
      expect(account.api).to.equal(wx.api);
      expect(() => wx.account(tea)).to.throw(ConfigError, /one account/);
      wx.on("text", (ctx) => String(ctx.account === account));
      expect(said(await push(wx, "/", tea.token))).to.equal("true");
    });

    it("show no secret when they are printed", () => {
      const wx = new Wechat(byPath());
      const account = wx.account({ ...tea, encodingAESKey: key });
      expect(inspect(account)).to.equal("Account { appId: 'wxtea' }");
      expect(JSON.stringify(account)).to.equal('{"appId":"wxtea"}');
    });
  });

  it("are refused at the start for options that are wrong", () => {
    const make = (options: object) => () => new Wechat(byPath(), options as SharedOptions);
    expect(make({ maxAccounts: 0 })).to.throw(ConfigError, /"maxAccounts"/);
    expect(make({ maxAge: -1 })).to.throw(ConfigError, /"maxAge"/);
    expect(make({ deadline: { ms: 9_000 } })).to.throw(ConfigError, /"deadline.ms"/);
    expect(make({ deadlin: {} })).to.throw(ConfigError, /Did you mean "deadline"/);
    expect(make({ token: "Token" })).to.throw(ConfigError, /"token" is not an option of all/);
    expect(make({ bodyLimit: 0 })).to.throw(ConfigError, /"bodyLimit"/);
  });
});
