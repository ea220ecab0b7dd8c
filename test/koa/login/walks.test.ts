import { expect } from "chai";
import Koa from "koa";
import { type LoginGuard, wxUser } from "../../../src/index.js";
import {
  alice,
  type LoginCloud,
  loginAccount,
  type Site,
  startLoginCloud,
  startSite,
  strictly,
  type Visit,
  Visitor,
  wechatAt,
} from "../../support/login.js";

/** Numbers that are the same each time, from 0 to 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A browser, and the person who holds the phone. */
class Phone extends Visitor {
  readonly name: string;
  /** Callbacks that WeChat has sent this browser to, used or not. */
  readonly callbacks: string[] = [];

  constructor(name: string) {
    super();
    this.name = name;
  }
}

const accounts = ["wxlogin0000000001", "wxlogin0000000002"] as const;
const walks = Number(process.env.WALKS ?? 5);
const first = Number(process.env.FIRST ?? 1);
const steps = 90;

describe("wx.oauth(), whatever browsers do", function () {
  this.timeout(120_000);
  let cloud: LoginCloud;
  let site: Site;
  let random: () => number;
  let trail: string[];

  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (of: number) => random() < of;

  beforeEach(async () => {
    cloud = await startLoginCloud();
    cloud.isTrusting = true;
    site = await startSite((url) => {
      const app = new Koa();
      app.keys = ["the same for both accounts"];
      const guards = accounts.map((appId, index) => {
        const path = `/${index}/login`;
        const options = strictly(cloud, url, { path, home: `/${index}/home` });
        return wechatAt(cloud, { ...loginAccount, appId }).oauth(options);
      });
      return app.use(async (ctx, next) => {
        const login = guards[Number(ctx.path[1])] as LoginGuard;
        if (login === undefined) return next();
        if (ctx.path.endsWith("/logout")) {
          const user = await login.find(ctx);
          await login.logout(ctx);
          ctx.body = `bye ${user?.openid}`;
          return;
        }
        const isFull = ctx.path.endsWith("/full");
        const guard = isFull ? login.require("snsapi_userinfo") : login;
        await guard(ctx, async () => {
          ctx.body = `page of ${wxUser(ctx).openid}`;
        });
      });
    });
  });
  afterEach(async () => {
    await site.close();
    await cloud.close();
  });

  /** Asks, and holds the answer to what is promised of every answer. */
  const ask = async (phone: Phone, url: string): Promise<Visit> => {
    trail.push(`${phone.name} ${url.replace(site.url, "")}`);
    const visit = await phone.get(url);
    expect(visit.status).to.be.oneOf([200, 302, 400, 401, 403, 404]);
    if (visit.status === 302) {
      const { origin, pathname } = new URL(visit.location);
      const isConsent = origin === cloud.url && pathname === "/connect/oauth2/authorize";
      expect(isConsent || origin === site.url, visit.location).to.equal(true);
    }
    // Whoever sees a page is who they are, with the account whose page it is.
    const [, shown] = /^page of (.*)$/.exec(visit.body) ?? [];
    if (shown !== undefined) {
      const account = accounts[Number(new URL(url).pathname[1])];
      expect(shown).to.equal(`${phone.name}@${account}`);
    }
    return visit;
  };
  /** Goes to WeChat, which knows who holds the phone, and remembers where it sends the browser to. */
  const consent = async (phone: Phone, url: string): Promise<string> => {
    const appId = new URL(url).searchParams.get("appid") ?? "";
    cloud.person = { ...alice, openid: `${phone.name}@${appId}` };
    const { location } = await phone.get(url);
    phone.callbacks.push(location);
    return location;
  };
  const follow = async (phone: Phone, visit: Visit) => {
    let next = visit;
    for (let hops = 0; next.status === 302; hops++) {
      expect(hops, "a circle").to.be.lessThan(16);
      const isConsent = next.location.startsWith(cloud.url);
      next = await ask(phone, isConsent ? await consent(phone, next.location) : next.location);
    }
    return next;
  };
  const page = () => {
    const long = chance(0.2) ? `?${"x".repeat(Math.floor(random() * 1_800))}` : "";
    return `${site.url}/${pick([0, 1])}/${pick(["a", "b", "full"])}${long}`;
  };
  const mutate = (text: string): string => {
    const at = Math.floor(random() * text.length);
    return pick([
      text.slice(0, at),
      text.slice(at),
      text + text,
      `${text.slice(0, at)}${pick(["0", "f", "Z", "%", ".", "-", "~", "="])}${text.slice(at + 1)}`,
      "",
      text.toUpperCase(),
      text.split("").reverse().join(""),
    ]);
  };
  /** Another query than WeChat has given, made of what there is. */
  const spoil = (callback: string, others: readonly string[]): string => {
    const url = new URL(callback);
    const other = new URL(pick(others.length > 0 ? others : [callback]));
    const name = pick(["code", "state"]);
    const value = url.searchParams.get(name) ?? "";
    pick<() => void>([
      () => url.searchParams.set(name, other.searchParams.get(name) ?? ""),
      () => url.searchParams.append(name, other.searchParams.get(name) ?? ""),
      () => url.searchParams.delete(name),
      () => url.searchParams.set(name, mutate(value)),
      () => {
        url.search = url.search.slice(0, Math.floor(random() * url.search.length));
      },
      () => {
        url.search += pick(["&x=1", "?x=1", "%00", "&code", "&state", "&returnTo=//evil.com"]);
      },
      () => {
        url.pathname = other.pathname;
      },
    ])();
    return url.href;
  };
  const spoilCookies = (phone: Phone, others: readonly Phone[]) => {
    const [name, value] = pick([...phone.cookies]) ?? [];
    if (name === undefined || value === undefined) return;
    const [other] = [...phone.cookies].filter((entry) => entry[0] !== name);
    pick<() => void>([
      () => phone.cookies.delete(name),
      () => phone.cookies.set(name, mutate(value).replace(/[;,\s]/g, "")),
      () => other && phone.cookies.set(name, other[1]),
      // A cookie of one account under the name of the other.
      () => {
        for (const [own] of phone.cookies) {
          if (own.slice(-8) === name.slice(-8)) phone.cookies.set(own, value);
        }
      },
      // Somebody else's value, but not the signature that goes with it.
      () => {
        const foreign = pick(others).cookies.get(name);
        if (foreign !== undefined && !name.endsWith(".sig")) phone.cookies.set(name, foreign);
      },
    ])();
  };

  for (let walk = first; walk < first + walks; walk++) {
    it(`shows everybody their own pages alone, and nobody's after a logout: walk ${walk}`, async () => {
      random = seeded(walk);
      trail = [];
      const phones = [new Phone("alice"), new Phone("bob"), new Phone("mallory")];
      /** Every jar that ever was logged in, with the login it had: copies, as a thief has them. */
      const copies: { readonly jar: Map<string, string>; readonly of: Phone; id: string }[] = [];
      const prefixOf = (index: number, phone: Phone) =>
        [...phone.cookies.keys()].find((name) => name.endsWith("-id")) && `${index}`;
      const exchanged = () =>
        cloud.server.to("/sns/oauth2/access_token").map(({ query }) => query.code ?? "");
      try {
        for (let step = 0; step < steps; step++) {
          const phone = pick(phones);
          const others = phones.filter((other) => other !== phone);
          const foreign = others.flatMap(({ callbacks }) => callbacks);
          const action = random();
          if (action < 0.25) await follow(phone, await ask(phone, page()));
          else if (action < 0.4) {
            // A tab that stays at WeChat for a while.
            const visit = await ask(phone, page());
            if (visit.location.startsWith(cloud.url)) await consent(phone, visit.location);
          } else if (action < 0.55 && phone.callbacks.length > 0) {
            const callback = pick(phone.callbacks);
            await Promise.all(
              Array.from({ length: pick([1, 1, 2, 4]) }, () => ask(phone, callback)),
            );
          } else if (action < 0.7 && phone.callbacks.length > 0) {
            const pool = chance(0.5) ? foreign : phone.callbacks;
            await follow(phone, await ask(phone, spoil(pick(phone.callbacks), pool)));
          } else if (action < 0.78 && foreign.length > 0) {
            // Somebody has sent their own callback to another.
            await follow(phone, await ask(phone, pick(foreign)));
          } else if (action < 0.83) spoilCookies(phone, others);
          else if (action < 0.92 && prefixOf(0, phone)) {
            copies.push({ jar: new Map(phone.cookies), of: phone, id: "" });
          } else {
            const index = pick([0, 1]);
            const name = [...phone.cookies.keys()].filter((key) => key.endsWith("-id"));
            const ids = new Map(name.map((key) => [key, phone.cookies.get(key)]));
            const { body } = await ask(phone, `${site.url}/${index}/logout`);
            const [, openid] = /^bye (.*)$/.exec(body) ?? [];
            if (openid === undefined || openid === "undefined") continue;
            // No copy of the login's cookie is worth anything, nor what else the copy has.
            for (const { jar } of copies.filter(({ of }) => of === phone)) {
              const isSame = [...ids].some(
                ([key, id]) => jar.get(key) === id && !phone.cookies.has(key),
              );
              if (!isSame) continue;
              const thief = new Phone(phone.name);
              for (const [key, value] of jar) thief.cookies.set(key, value);
              const visit = await ask(thief, `${site.url}/${index}/a`);
              expect(visit.status).to.not.equal(200);
              // A callback that has not been used yet is a login of its own.
              const used = exchanged();
              for (const callback of phone.callbacks.slice(-6)) {
                if (!used.includes(new URL(callback).searchParams.get("code") ?? "")) continue;
                for (const [key, value] of jar) thief.cookies.set(key, value);
                const back = await ask(thief, callback);
                const isHere = new URL(callback).pathname.startsWith(`/${index}/`);
                if (!isHere || back.location.startsWith(cloud.url)) continue;
                const shown = await ask(thief, `${site.url}/${index}/a`);
                expect(shown.status, "a callback has brought a login back").to.not.equal(200);
              }
            }
          }
        }
        expect(new Set(exchanged()).size, "a code is exchanged once").to.equal(exchanged().length);
        // Whatever has happened, everybody gets to their pages in the end.
        for (const phone of phones) {
          phone.cookies.clear();
          expect((await follow(phone, await ask(phone, `${site.url}/0/a`))).status).to.equal(200);
        }
      } catch (error) {
        console.error(trail.slice(-25).join("\n"));
        throw error;
      }
      for (const error of site.errors) expect(error).to.have.property("code").that.matches(/^WX_/);
    });
  }
});
