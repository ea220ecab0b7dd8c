import { expect } from "chai";
import Koa from "koa";
import { PendingLogins } from "../../../src/koa/login/session/pending.js";
import type { LoginSession } from "../../../src/koa/login/session/session.js";
import { MemoryStore } from "../../../src/store/memory.js";
import {
  type LoginCloud,
  type Site,
  startLoginCloud,
  startSite,
  strictly,
  Visitor,
  wechatAt,
} from "../../support/login.js";

describe("PendingLogins: the logins that a browser has begun", () => {
  const memory = () => {
    const kept = new Map<string, string>();
    const session: LoginSession = {
      get: (key) => kept.get(key),
      set: (key, value) => kept.set(key, value),
      destroy: (key) => kept.delete(key),
    };
    return { kept, pendings: new PendingLogins(session, new MemoryStore()) };
  };
  const login = { scope: "snsapi_base", returnTo: "https://shop.example.com/" } as const;
  const id = (digit: string) => digit.repeat(32);

  it("are found by the whole id, not by its beginning", async () => {
    const { pendings } = memory();
    await pendings.begin(id("a"), login);
    expect(await pendings.find(id("a"))).to.deep.include(login);
    expect(await pendings.find(`${"a".repeat(31)}b`)).to.equal(undefined);
  });

  it("are twelve at most: the oldest goes first", async () => {
    const { kept, pendings } = memory();
    for (const digit of "0123456789abc") await pendings.begin(id(digit), login);
    expect(await pendings.find(id("0"))).to.equal(undefined);
    for (const digit of "123456789abc") {
      expect(await pendings.find(id(digit))).to.deep.include(login);
    }
    for (const digit of "123456789abc") await pendings.end(id(digit));
    expect(kept.size).to.equal(0);
  });

  it("are nothing when what came back is not what was given", async () => {
    const { kept, pendings } = memory();
    await pendings.begin(id("a"), login);
    for (const key of kept.keys()) kept.set(key, "bm90IGpzb24");
    expect(await pendings.find(id("a"))).to.equal(undefined);
    expect(await pendings.last()).to.equal(undefined);
    expect(await pendings.browser()).to.equal(undefined);
  });

  it("have one thing in common, until all have come back or one takes another's place", async () => {
    const { pendings } = memory();
    await pendings.begin(id("a"), login);
    const browser = await pendings.browser();
    await pendings.begin(id("b"), login);
    expect((await pendings.find(id("a")))?.browser).to.equal(browser);
    expect((await pendings.find(id("b")))?.browser).to.equal(browser);
    await pendings.begin(id("c"), login, 1, true);
    expect(await pendings.browser()).to.not.equal(browser);
    for (const digit of "abc") await pendings.end(id(digit));
    expect(await pendings.browser()).to.equal(undefined);
  });
});

describe("wx.oauth(): the cookies of a login", () => {
  let cloud: LoginCloud;
  let site: Site;
  /** What nginx takes for all cookies together, and half of it is the app's. */
  const half = 4_096;
  const sizeOf = (visitor: Visitor) =>
    [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join("; ").length;
  const begin = async (visitor: Visitor, address: string) => {
    const { location } = await visitor.get(address);
    return (await visitor.get(location)).location;
  };

  beforeEach(async () => {
    cloud = await startLoginCloud();
    site = await startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const options = strictly(cloud, url);
      app.use(wechatAt(cloud).oauth(options));
      return app.use((ctx) => {
        ctx.body = ctx.url;
      });
    });
  });
  afterEach(async () => {
    await site.close();
    await cloud.close();
  });

  const lengths = { long: 1_900, "as long as fits in a cookie": 60, short: 5 };
  for (const [what, length] of Object.entries(lengths)) {
    it(`stay under 4 KB however many logins are begun, and each ends where it was begun: ${what}`, async () => {
      const visitor = new Visitor();
      const pages = Array.from({ length: 12 }, (_, tab) => `/${tab}?${"x".repeat(length)}`);
      const callbacks: string[] = [];
      for (const page of pages) callbacks.push(await begin(visitor, site.url + page));
      expect(sizeOf(visitor)).to.be.lessThan(half);
      for (const [tab, callback] of callbacks.entries()) {
        const arrived = await visitor.browse(callback);
        expect(arrived.body).to.equal(pages[tab]);
      }
      expect(cloud.exchanges).to.equal(12);
    });
  }

  it("stay under 4 KB when six tabs begin at once, and none of them is lost", async () => {
    const visitor = new Visitor();
    const pages = Array.from({ length: 6 }, (_, tab) => `/${tab}?${"词".repeat(200)}`);
    const callbacks = await Promise.all(
      pages.map((page) => begin(visitor, site.url + encodeURI(page))),
    );
    expect(sizeOf(visitor)).to.be.lessThan(half);
    const arrived = await Promise.all(callbacks.map((callback) => visitor.browse(callback)));
    expect(arrived.map(({ body }) => decodeURI(body))).to.deep.equal(pages);
  });

  it("stay under 4 KB with the longest of names", async () => {
    const secure = await startSite(() => {
      const app = new Koa();
      app.keys = ["test"];
      return app.use(wechatAt(cloud).oauth(strictly(cloud, "https://shop.example.com")));
    });
    try {
      for (const length of [1_900, 72]) {
        const visitor = new Visitor();
        for (let tab = 0; tab < 20; tab++) {
          await visitor.get(`${secure.url}/${tab}?${"x".repeat(length)}`);
        }
        expect([...visitor.cookies.keys()].join()).to.contain("__Host-wx-");
        expect(sizeOf(visitor)).to.be.lessThan(half);
      }
    } finally {
      await secure.close();
    }
  });

  it("go when all have come back", async () => {
    const visitor = new Visitor();
    await visitor.browse(`${site.url}/page`);
    await visitor.get(`${site.url}/page`);
    expect([...visitor.cookies.keys()].filter((name) => /login/.test(name))).to.deep.equal([]);
  });

  it("lead home, and log in, when the store has lost the address", async () => {
    const other = await startSite((url) => {
      const app = new Koa();
      app.keys = ["test"];
      const forgetful = Object.assign(new MemoryStore(), { shared: true });
      const { get } = forgetful;
      forgetful.get = async (key) =>
        key.includes(":address:") ? undefined : get.call(forgetful, key);
      app.use(wechatAt(cloud, { store: forgetful }).oauth(strictly(cloud, url)));
      return app.use((ctx) => {
        ctx.body = ctx.url;
      });
    });
    try {
      const page = await new Visitor().browse(`${other.url}/${"x".repeat(500)}`);
      expect([page.status, page.body]).to.deep.equal([200, "/"]);
    } finally {
      await other.close();
    }
  });
});
