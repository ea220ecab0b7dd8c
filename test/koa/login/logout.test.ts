import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import Koa from "koa";
import { wxUser } from "../../../src/index.js";
import { LoginRecords } from "../../../src/koa/login/session/records.js";
import { digest } from "../../../src/koa/login/session/state.js";
import { MemoryStore } from "../../../src/store/memory.js";
import type { Store } from "../../../src/store/store.js";
import {
  type LoginCloud,
  type Site,
  startLoginCloud,
  startSite,
  strictly,
  Visitor,
  wechatAt,
} from "../../support/login.js";

const races = 300;

/** A store whose answers come in any order, as those of a network do. */
function unsteady(store: Store): Store {
  const late = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let turns = Math.random() * 4; turns > 0; turns--) await setImmediate();
    const value = await work();
    for (let turns = Math.random() * 4; turns > 0; turns--) await setImmediate();
    return value;
  };
  return {
    shared: true,
    get: (...args) => late(() => store.get(...args)),
    set: (...args) => late(() => store.set(...args)),
    delete: (...args) => late(() => store.delete(...args)),
    claim: (...args) => late(() => store.claim(...args)),
    replace: (...args) => late(() => store.replace(...args)),
    compareAndDelete: (...args) => late(() => store.compareAndDelete(...args)),
    enter: (...args) => late(() => store.enter(...args)),
    exchange: (...args) => late(() => store.exchange(...args)),
    listen: (...args) => store.listen(...args),
    schedule: (...args) => late(() => store.schedule(...args)),
    due: (...args) => late(() => store.due(...args)),
  };
}

describe("login.logout(): no login outlives it", () => {
  const user = { openid: "oAlice", scope: "snsapi_base" } as const;
  const token = { access: "a", refresh: "r", ends: 0 };
  const records = () => new LoginRecords(unsteady(new MemoryStore()), 60_000);
  const browser = (id?: string) => {
    const kept = new Map(id === undefined ? [] : [["id", id]]);
    return {
      get: (key: string) => kept.get(key),
      set: (key: string, value: string) => kept.set(key, value),
      destroy: (key: string) => kept.delete(key),
    };
  };

  it(`in ${races} races with what refreshes its token and its profile`, async () => {
    const logins = records();
    for (let race = 0; race < races; race++) {
      const id = `login ${race}`;
      await logins.begin(id, { user });
      await Promise.all([
        logins.update(browser(id), { token }),
        logins.end(browser(id)),
        logins.update(browser(id), { user: { ...user, unionid: "u" } }),
      ]);
      expect(await logins.read(id)).to.equal(undefined);
      expect(await logins.find(browser(id))).to.equal(undefined);
    }
  });

  it(`in ${races} races with other tabs that log the same user in`, async () => {
    const logins = records();
    for (let race = 0; race < races; race++) {
      const id = `login ${race}`;
      await logins.begin(id, { user });
      await Promise.all([
        logins.begin(id, { user, token }),
        logins.end(browser(id)),
        logins.begin(id, { user: { ...user, scope: "snsapi_userinfo" } }),
      ]);
      expect(await logins.read(id)).to.equal(undefined);
    }
  });

  it("and of two changes at once none is lost", async () => {
    const logins = records();
    for (let race = 0; race < 50; race++) {
      const id = `login ${race}`;
      await logins.begin(id, { user });
      const more = { ...user, unionid: "u" };
      await Promise.all([
        logins.update(browser(id), { token }),
        logins.update(browser(id), { user: more }),
      ]);
      expect(await logins.read(id)).to.deep.include({ user: more, token });
    }
  });

  it("and a tab that asks for less takes nothing away", async () => {
    const logins = records();
    const full = { ...user, scope: "snsapi_userinfo" } as const;
    for (let race = 0; race < 50; race++) {
      const id = `login ${race}`;
      await Promise.all([logins.begin(id, { user }), logins.begin(id, { user: full, token })]);
      expect(await logins.read(id)).to.deep.include({ user: full, token });
    }
  });

  it("and what a store holds that is no login is none", async () => {
    const store = new MemoryStore();
    const logins = new LoginRecords(store, 60_000);
    await logins.begin("id", { user });
    const key = `login:${digest("id")}`;
    expect(await store.get(key)).to.contain("oAlice");
    const whole = JSON.parse((await store.get(key)) ?? "") as object;
    const odd = [null, "x", 5, {}, { access: 1, ends: 1 }, { access: "a", refresh: [], ends: 1 }];
    const texts = ["null", "1", "[]", "{}", '{"user":{}}', '"ended"', "x", '{"user":null}'];
    for (const text of [...texts, ...odd.map((token) => JSON.stringify({ ...whole, token }))]) {
      await store.set(key, text, 60_000);
      expect(await logins.read("id")).to.equal(undefined);
    }
  });
});

describe("login.logout()", () => {
  let cloud: LoginCloud;
  let site: Site;

  beforeEach(async () => {
    cloud = await startLoginCloud();
    cloud.isTrusting = true;
    site = await startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const wx = wechatAt(cloud, { store: unsteady(new MemoryStore()) });
      const login = wx.oauth(strictly(cloud, url));
      const profiled = login.require("snsapi_userinfo");
      app.use(async (ctx, next) => {
        if (ctx.path !== "/logout") return next();
        await login.logout(ctx);
        ctx.body = "bye";
      });
      app.use((ctx, next) => (ctx.path === "/profile" ? profiled(ctx, next) : login(ctx, next)));
      return app.use(async (ctx) => {
        if (ctx.path === "/token") await login.token(ctx);
        if (ctx.path === "/refresh") await login.refresh(ctx);
        ctx.body = wxUser(ctx).openid;
      });
    });
  });
  afterEach(async () => {
    await site.close();
    await cloud.close();
  });

  const begin = async (visitor: Visitor, path = "/page") => {
    const { location } = await visitor.get(site.url + path);
    return (await visitor.get(location)).location;
  };
  /** A browser with what another one had. */
  const copy = (of: Visitor | ReadonlyMap<string, string>) => {
    const visitor = new Visitor();
    visitor.keepsCookies = false;
    for (const [name, value] of of instanceof Visitor ? of.cookies : of) {
      visitor.cookies.set(name, value);
    }
    return visitor;
  };
  const given = (cookies: readonly string[]) =>
    cookies.flatMap((line) => /^(wx-[0-9a-f]{6}-id(?:\.sig)?)=([^;]+)/.exec(line)?.slice(1) ?? []);
  const pairs = ([name, value = "", signature = "", signed = ""]: readonly string[]) =>
    new Map(
      name === undefined
        ? []
        : [
            [name, value],
            [signature, signed],
          ],
    );
  const isIn = async (visitor: Visitor) => (await visitor.get(`${site.url}/page`)).status === 200;

  it("beside refreshes of the token and the profile ends the login", async () => {
    cloud.tokenLife = 30;
    for (let race = 0; race < 15; race++) {
      const visitor = new Visitor();
      await visitor.browse(`${site.url}/profile`);
      const copies = ["/token", "/logout", "/refresh", "/token"].map((path) =>
        copy(visitor).get(site.url + path),
      );
      await Promise.all(copies);
      expect(await isIn(copy(visitor))).to.equal(false);
    }
  });

  it("ends the one login of eight callbacks at once", async () => {
    const visitor = new Visitor();
    const callback = await begin(visitor);
    const answers = await Promise.all(Array.from({ length: 8 }, () => copy(visitor).get(callback)));
    const ids = answers.map(({ cookies }) => given(cookies));
    for (const id of ids) expect(id).to.deep.equal(ids[0]);
    expect(ids[0]).to.have.length(4);
    const user = copy(pairs(ids[0] ?? []));
    expect(await isIn(user)).to.equal(true);
    await user.get(`${site.url}/logout`);
    expect(await isIn(user)).to.equal(false);
  });

  it("ends what four tabs at once have logged in to", async () => {
    const visitor = new Visitor();
    const callbacks = await Promise.all(["/a", "/b", "/c", "/d"].map((at) => begin(visitor, at)));
    const answers = await Promise.all(callbacks.map((callback) => copy(visitor).get(callback)));
    const users = answers.map(({ cookies }) => copy(pairs(given(cookies))));
    for (const user of users) expect(await isIn(user)).to.equal(true);
    await users[2]?.get(`${site.url}/logout`);
    for (const user of users) expect(await isIn(user)).to.equal(false);
  });

  it("leaves nothing that an earlier callback could bring back", async () => {
    const visitor = new Visitor();
    const first = await begin(visitor);
    const atFirst = copy(visitor);
    await visitor.browse(first);
    const inFirst = copy(visitor);
    const second = await begin(visitor, "/profile");
    const atSecond = copy(visitor);
    await visitor.browse(second);
    expect(await isIn(inFirst)).to.equal(false);
    expect(await isIn(visitor)).to.equal(true);
    const inSecond = copy(visitor);
    await visitor.get(`${site.url}/logout`);
    for (const [old, callback] of [
      [atFirst, first],
      [atSecond, second],
    ] as const) {
      for (const jar of [old, inFirst, inSecond]) {
        const back = copy(new Map([...old.cookies, ...jar.cookies]));
        back.keepsCookies = true;
        const answer = await back.get(callback);
        expect(answer.location).to.contain("/connect/oauth2/authorize");
        expect(await isIn(back)).to.equal(false);
      }
    }
    expect(cloud.exchanges).to.equal(2);
  });

  it("leaves nothing that a login begun before it, with the same cookies, could bring back", async () => {
    const visitor = new Visitor();
    const [first, second] = [await begin(visitor, "/a"), await begin(visitor, "/b")];
    const begun = copy(visitor);
    await visitor.browse(first);
    await visitor.browse(second);
    await visitor.get(`${site.url}/logout`);
    for (const callback of [first, second]) {
      begun.keepsCookies = true;
      await begun.get(callback);
      expect(await isIn(begun)).to.equal(false);
    }
  });

  it("leaves nothing of what other tabs have begun, whenever they come back and with whatever cookies", async () => {
    for (const paths of [["/profile"], ["/a", "/profile"], ["/profile", "/a", "/b"]]) {
      const visitor = new Visitor();
      await visitor.browse(`${site.url}/page`);
      const begun: [string, Visitor][] = [];
      for (const path of ["/profile", ...paths]) {
        const { location } = await visitor.get(site.url + path);
        // Whoever has agreed to as much is sent nowhere.
        if (!location.startsWith(cloud.url)) continue;
        const callback = (await visitor.get(location)).location;
        begun.push([callback, copy(visitor)]);
      }
      expect(begun.length).to.be.greaterThan(1);
      await visitor.get(`${site.url}/logout`);
      for (const [callback, then] of begun) {
        for (const jar of [copy(visitor), then]) {
          jar.keepsCookies = true;
          const { location } = await jar.get(callback);
          expect(location).to.contain("/connect/oauth2/authorize");
          expect(await isIn(jar)).to.equal(false);
        }
      }
    }
  });

  it("ends a login that has come back in another tab before its browser knows", async () => {
    for (const pages of [["/page"], []]) {
      const visitor = new Visitor();
      for (const page of pages) await visitor.browse(site.url + page);
      const callbacks = [await begin(visitor, "/profile"), await begin(visitor, "/profile")];
      const users = [];
      for (const callback of callbacks) {
        const { cookies } = await copy(visitor).get(callback);
        users.push(copy(pairs(given(cookies))));
      }
      for (const user of users) expect(await isIn(user)).to.equal(true);
      await copy(visitor).get(`${site.url}/logout`);
      for (const user of users) expect(await isIn(user)).to.equal(false);
    }
  });

  it("ends a login whose code is just being exchanged", async () => {
    for (const pages of [["/page"], []]) {
      const visitor = new Visitor();
      for (const page of pages) await visitor.browse(site.url + page);
      const callback = await begin(visitor, "/profile");
      cloud.delay = 200;
      const back = copy(visitor).get(callback);
      await sleep(50);
      cloud.delay = 0;
      await copy(visitor).get(`${site.url}/logout`);
      const { cookies, location } = await back;
      expect([given(cookies), location.startsWith(cloud.url)]).to.deep.equal([[], true]);
    }
  });

  it("ends a login that is just coming back in another tab", async () => {
    for (let race = 0; race < 20; race++) {
      const visitor = new Visitor();
      await visitor.browse(`${site.url}/page`);
      const callback = await begin(visitor, "/profile");
      cloud.delay = race % 5;
      const back = copy(visitor).get(callback);
      await sleep(race % 7);
      const [answer] = await Promise.all([back, copy(visitor).get(`${site.url}/logout`)]);
      const user = copy(pairs(given(answer.cookies)));
      expect(await isIn(user), `race ${race}`).to.equal(false);
    }
  });

  it("does not stand in the way of the next login", async () => {
    const visitor = new Visitor();
    for (let round = 0; round < 3; round++) {
      const [one, other] = [await begin(visitor, "/a"), await begin(visitor, "/b")];
      expect((await visitor.browse(one)).status).to.equal(200);
      // Not all that the browser was told to forget is forgotten.
      const kept = new Map(visitor.cookies);
      await visitor.get(`${site.url}/logout`);
      if (round > 0) for (const [name, value] of kept) visitor.cookies.set(name, value);
      const again = await visitor.browse(`${site.url}/page`);
      expect([again.status, again.body]).to.deep.equal([200, "oAlice"]);
      await visitor.browse(other);
      await visitor.get(`${site.url}/logout`);
      expect(await isIn(copy(visitor))).to.equal(false);
    }
  });
});
