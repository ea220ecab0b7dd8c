import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import Koa from "koa";
import Router from "koa-router";
import type { JssdkConfig } from "../../src/further-types.js";
import { ConfigError, type JssdkOptions, RequestError } from "../../src/index.js";
import {
  type LoginCloud,
  type Site,
  startLoginCloud,
  startSite,
  Visitor,
  wechatAt,
} from "../support/login.js";

const ticket =
  "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");

describe("wx.jssdk()", () => {
  let cloud: LoginCloud;
  let site: Site;
  const origin = "https://shop.example.com";
  const visitor = new Visitor();
  const start = async (more: Partial<JssdkOptions> = {}) => {
    const options = { allow: [origin], jsApiList: ["scanQRCode"], ...more };
    site = await startSite(() => {
      const app = new Koa();
      app.use(wechatAt(cloud).jssdk(options));
      return app.use((ctx) => {
        ctx.body = "next";
      });
    });
  };
  const ask = (url: string, headers: Record<string, string> = {}) =>
    visitor.get(`${site.url}/wx/jssdk?url=${encodeURIComponent(url)}`, headers);
  /** The signature that the page's address should have. */
  const expected = ({ nonceStr, timestamp }: JssdkConfig, url: string) =>
    sha1(`jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`);

  beforeEach(async () => {
    cloud = await startLoginCloud();
    cloud.server.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
    cloud.server.on("/cgi-bin/ticket/getticket", { errcode: 0, ticket, expires_in: 7200 });
  });
  afterEach(async () => {
    await site?.close();
    await cloud.close();
  });

  it("answers what wx.config takes", async () => {
    await start({ openTagList: ["wx-open-subscribe"], debug: true });
    const answer = await ask(`${origin}/a?b=1`);
    const config: JssdkConfig = JSON.parse(answer.body);
    expect(config).to.deep.include({
      debug: true,
      appId: "wxlogin0000000001",
      jsApiList: ["scanQRCode"],
      openTagList: ["wx-open-subscribe"],
      signature: expected(config, `${origin}/a?b=1`),
    });
    expect(Math.abs(config.timestamp - Date.now() / 1000)).to.be.lessThan(5);
    expect(answer.body).to.not.contain(ticket);
  });

  it("signs the address to the letter, but without the fragment", async () => {
    await start();
    const url = `${origin}/%E6%90%9C?q=a|b&c='d'&e=%2f`;
    const config: JssdkConfig = JSON.parse((await ask(`${url}#/route#x`)).body);
    expect(config.signature).to.equal(expected(config, url));
  });

  describe("takes", () => {
    const read = async (query: string, headers = {}) => {
      const answer = await visitor.get(`${site.url}/wx/jssdk?${query}`, headers);
      expect(answer.status, answer.body).to.equal(200);
      return JSON.parse(answer.body) as JssdkConfig;
    };
    const page = `${origin}/a/b?c=1&d=%E5%BE%AE%E4%BF%A1+x&e=a%26b`;
    const encoders: Record<string, (url: string) => string> = {
      encodeURIComponent: (url) => `url=${encodeURIComponent(url)}`,
      URLSearchParams: (url) => `${new URLSearchParams({ url })}`,
      "encodeURIComponent, with a parameter against caches behind it": (url) =>
        `url=${encodeURIComponent(url)}&_=1700000000000`,
      "encodeURIComponent, with a parameter before it": (url) =>
        `t=1&url=${encodeURIComponent(url)}`,
      axios: (url) => `url=${encodeURIComponent(url).replace(/%3A/g, ":").replace(/%20/g, "+")}`,
      "an encoder that keeps slashes": (url) =>
        `url=${encodeURIComponent(url).replace(/%2F/g, "/")}`,
    };
    for (const [what, encode] of Object.entries(encoders)) {
      it(`what was encoded by ${what}`, async () => {
        await start();
        const config = await read(encode(page));
        expect(config.signature).to.equal(expected(config, page));
      });
    }

    it("what was not encoded and can be read in one way only", async () => {
      await start();
      for (const url of [`${origin}/a`, `${origin}/?a=1`, `${origin}/x/y.html?a=b=c`]) {
        const config = await read(`url=${url}`);
        expect(config.signature).to.equal(expected(config, url));
      }
    });

    it("an address that looks escaped for HTML from the page that has it", async () => {
      await start();
      const odd = `${origin}/?from=singlemessage&amp;isappinstalled=0`;
      const query = `url=${encodeURIComponent(odd)}`;
      const config = await read(query, { referer: odd });
      expect(config.signature).to.equal(expected(config, odd));
      expect((await visitor.get(`${site.url}/wx/jssdk?${query}`)).status).to.equal(400);
    });

    it("signs that not all browsers escape, as they are", async () => {
      await start();
      for (const url of [`${origin}/a|b?c='d'&e={f}`, `${origin}/a%7Cb?c=%27d%27&e=%7bf%7d`]) {
        const config = await read(`url=${encodeURIComponent(url)}`);
        expect(config.signature).to.equal(expected(config, url));
      }
    });
  });

  it("never signs another address than that of the page, in whatever way it was sent", async () => {
    await start();
    const escapeHtml = (text: string) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
    const decoded = (text: string) => {
      try {
        return decodeURI(text);
      } catch {
        return text;
      }
    };
    const ways: Record<string, (page: string) => string> = {
      encoded: encodeURIComponent,
      "not encoded": (page) => page,
      "with encodeURI": encodeURI,
      "with escape": escape,
      "escaped for HTML": (page) => escapeHtml(page),
      "escaped for HTML and encoded": (page) => encodeURIComponent(escapeHtml(page)),
      "in letters": (page) => decoded(page),
      "in letters and encoded": (page) => encodeURIComponent(decoded(page)),
      "encoded twice": (page) => encodeURIComponent(encodeURIComponent(page)),
      "in two pieces": (page) => page.replace(/^[^?]*/, (path) => encodeURIComponent(path)),
      "with the query in two pieces": (page) =>
        page.replace(/=([^=]*)$/, (_, end) => `=${encodeURIComponent(end)}`),
      "with a fragment": (page) => encodeURIComponent(`${page}#/a?b=1&c`),
      "without the path": (page) => encodeURIComponent(new URL(page).origin),
      "with a plus for a space": (page) => encodeURIComponent(page).replace(/%2520/g, "+"),
      "with something behind it": (page) => `${page}&_=1`,
    };
    const piece = fc.oneof(
      fc.constantFrom(
        "a",
        "搜索",
        "%20",
        "%E6%90%9C",
        "+",
        "b=c",
        // No quote: some browsers escape it and some do not, so that one which was decoded cannot be told.
        "|",
        "%26",
        "url",
        ";",
        ",",
        "~",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
    const pages = fc
      .record({ path: text, query: fc.array(fc.tuple(text, text), { maxLength: 3 }) })
      .map(({ path, query }) => {
        const params = query.map(([name, value]) => `${name}=${value}`).join("&");
        return `${origin}/${path.replace(/[?#&\\]/g, "")}${query.length > 0 ? `?${params}` : ""}`;
      })
      .filter((page) => URL.canParse(page))
      .map((page) => new URL(page).href.replace(/#.*$/s, ""))
      .filter((page) => page.startsWith(`${origin}/`));
    const seen = { signed: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(pages, fc.constantFrom(...Object.keys(ways)), async (page, way) => {
        const sent = (ways[way] as (page: string) => string)(page);
        // What a client does to letters that cannot stand in a request.
        const target = sent.replace(/[^!-~]/gu, (letter) =>
          encodeURIComponent(letter.toWellFormed()),
        );
        const answer = await visitor.get(`${site.url}/wx/jssdk?url=${target}`);
        if (answer.status !== 200) {
          seen.refused += 1;
          expect(answer.status).to.equal(400);
          expect(JSON.parse(answer.body).message).to.contain("encodeURIComponent(location.href");
          return;
        }
        seen.signed += 1;
        const config: JssdkConfig = JSON.parse(answer.body);
        expect(config.signature, `${way}: ${page}`).to.equal(expected(config, page));
      }),
      { numRuns: 400 },
    );
    expect(seen.signed).to.be.greaterThan(40);
    expect(seen.refused).to.be.greaterThan(40);
  }).timeout(60_000);

  it("signs whatever a browser has as its address, once it is encoded", async () => {
    await start();
    const addresses = fc.webUrl({ withQueryParameters: true, withFragments: true });
    await fc.assert(
      fc.asyncProperty(addresses, async (address) => {
        const { pathname, search, hash } = new URL(address);
        const page = origin + pathname + search;
        const config: JssdkConfig = JSON.parse((await ask(page + hash)).body);
        expect(config.signature).to.equal(expected(config, page));
      }),
      { numRuns: 150 },
    );
  }).timeout(20_000);

  it("can be cached, by the browser alone, for as long as the ticket is sure to live", async () => {
    await start();
    const { headers } = await ask(`${origin}/`);
    expect(headers["cache-control"]).to.equal("private, max-age=300");
    expect(headers.vary).to.equal("Origin");
  });

  it("fetches one ticket for all pages", async () => {
    await start();
    await Promise.all([1, 2, 3].map((page) => ask(`${origin}/${page}`)));
    expect(cloud.server.to("/cgi-bin/ticket/getticket")).to.have.length(1);
  });

  describe("refuses", () => {
    const wrong = {
      "a page of another origin": ["https://evil.com/", 403],
      "a page whose host only begins alike": ["https://shop.example.com.evil.com/", 403],
      "a page with the origin as its user": ["https://shop.example.com@evil.com/", 403],
      "a user name on the right origin": ["https://a@shop.example.com/", 403],
      "plain http": ["http://shop.example.com/", 403],
      "another port": ["https://shop.example.com:444/", 403],
      "a backslash": ["https://shop.example.com\\@evil.com/", 400],
      "a line break": ["https://shop.example.com/\n", 400],
      "a path": ["/a", 400],
      "a script": ["javascript:alert(1)", 400],
      nothing: ["", 400],
    } as const;
    for (const [what, [url, status]] of Object.entries(wrong)) {
      it(what, async () => {
        await start();
        const answer = await ask(url);
        expect(answer.status).to.equal(status);
        expect(JSON.parse(answer.body)).to.have.property("code", "WX_QUERY");
        expect(answer.headers["cache-control"]).to.equal("no-store");
        expect(cloud.server.calls).to.deep.equal([]);
      });
    }

    /** What no browser has as `location.href`, however well it is encoded. */
    const odd = {
      "an address escaped for HTML": "/?a=1&amp;b=2",
      "an address escaped for HTML by number": "/?a=1&#38;b=2",
      "an address escaped for HTML, in hexadecimal": "/?a=1&#x26;b=2",
      "Chinese in the path": "/搜索",
      "Chinese in the query": "/?q=微信",
      "an accent": "/caf\u00e9",
      "no slash after the host": "?a=1",
      "the host alone": "",
      "a standard port": ":443/",
      "dots in the path": "/a/../b",
    };
    for (const [what, rest] of Object.entries(odd)) {
      it(`${what}, and says why`, async () => {
        await start();
        const answer = await ask(origin + rest);
        expect(answer.status).to.equal(400);
        expect(JSON.parse(answer.body).message).to.contain("location.href");
        expect(cloud.server.calls).to.deep.equal([]);
      });
    }
    it("a scheme or a host in capitals, and says why", async () => {
      await start();
      for (const url of ["HTTPS://shop.example.com/", "https://Shop.Example.com/"]) {
        const answer = await ask(url);
        expect(answer.status).to.equal(400);
        expect(JSON.parse(answer.body).message).to.contain("location.href");
      }
    });

    /** What stands behind `url=` when nobody has encoded it. */
    const bare = {
      "an address that was not encoded, with two parameters": "/?a=1&b=2",
      "an address that was not encoded, escaped for HTML": "/?a=1&amp;b=2",
      "an address that was not encoded, with something escaped": "/?q=%E5%BE%AE%E4%BF%A1",
      "an address that was not encoded, with an escaped sign": "/?u=a%26b",
      "an address that was not encoded, with a plus": "/?q=a+b",
      "an address that was not encoded, and another parameter": "/a&t=1",
      "an address of which encodeURI has encoded little": "/?q=%25E5%25BE%25AE",
    };
    for (const [what, rest] of Object.entries(bare)) {
      it(`${what}, and says so`, async () => {
        await start();
        const answer = await visitor.get(`${site.url}/wx/jssdk?url=${origin}${rest}`);
        expect(answer.status).to.equal(400);
        expect(JSON.parse(answer.body).message).to.contain("encodeURIComponent(location.href");
        expect(cloud.server.calls).to.deep.equal([]);
      });
    }
    it("an address of which only the beginning was encoded, and says so", async () => {
      await start();
      const half = `${encodeURIComponent(`${origin}/`)}?a=1&b=2`;
      const answer = await visitor.get(`${site.url}/wx/jssdk?url=${half}`);
      expect(answer.status).to.equal(400);
      expect(answer.body).to.contain("not encoded");
    });
    it("two addresses", async () => {
      await start();
      const url = encodeURIComponent(`${origin}/`);
      const answer = await visitor.get(`${site.url}/wx/jssdk?url=${url}&url=${url}`);
      expect(answer.status).to.equal(400);
    });

    it("other methods", async () => {
      await start();
      const answer = await visitor.get(`${site.url}/wx/jssdk`, {}, "POST");
      expect(answer.status).to.equal(405);
      expect(answer.headers.allow).to.equal("GET, HEAD");
    });

    it("at start-up, to sign for everybody", () => {
      const wx = wechatAt(cloud);
      for (const allow of [undefined, [], ["https://a.example.com/path"], ["evil"]]) {
        expect(() => wx.jssdk({ allow } as JssdkOptions)).to.throw(ConfigError, /allow/);
      }
      const misspelt = { allow: [origin], jsApilist: [] };
      expect(() => wx.jssdk(misspelt)).to.throw(ConfigError, /Did you mean "jsApiList"/);
    });
  });

  it("takes a function that judges pages", async () => {
    await start({ allow: (url) => url.pathname.startsWith("/public/") });
    expect((await ask("https://any.example.com/public/a")).status).to.equal(200);
    expect((await ask("https://any.example.com/private")).status).to.equal(403);
  });

  it("lets scripts of allowed origins read the answer, and no others", async () => {
    await start();
    const allowed = await ask(`${origin}/`, { origin });
    expect(allowed.headers["access-control-allow-origin"]).to.equal(origin);
    const evil = await ask(`${origin}/`, { origin: "https://evil.com" });
    expect(evil.headers["access-control-allow-origin"]).to.equal(undefined);
    const none = await ask(`${origin}/`, { origin: "null" });
    expect(none.headers["access-control-allow-origin"]).to.equal(undefined);
  });

  it("says that WeChat gave no ticket, and reports why", async () => {
    await start();
    cloud.server.on("/cgi-bin/ticket/getticket", { errcode: 48001, errmsg: "unauthorized" });
    const answer = await ask(`${origin}/`);
    expect(answer.status).to.equal(502);
    expect(answer.body).to.not.contain("48001");
    expect(String(site.errors[0])).to.contain("48001");
  });

  it("answers under whatever path a router gives it", async () => {
    site = await startSite(() => {
      const router = new Router();
      router.get("/api/sign", wechatAt(cloud).jssdk({ allow: [origin] }));
      const app = new Koa();
      app.use(router.routes());
      return app;
    });
    const url = encodeURIComponent(`${origin}/`);
    expect((await visitor.get(`${site.url}/api/sign?url=${url}`)).status).to.equal(200);
  });

  it("leaves other paths alone", async () => {
    await start();
    expect((await visitor.get(`${site.url}/other`)).body).to.equal("next");
  });

  it("signs for pages that are rendered here", async () => {
    await start();
    const sdk = wechatAt(cloud).jssdk({ allow: [origin] });
    const config = await sdk.config(`${origin}/page`);
    expect(config.signature).to.equal(expected(config, `${origin}/page`));
    const wrong = { "https://evil.com/": 403, [`${origin}/搜索`]: 400, [origin]: 400 };
    for (const [url, status] of Object.entries(wrong)) {
      const refused = await sdk.config(url).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RequestError).with.property("status", status);
    }
    const none = await sdk.config(undefined as unknown as string).catch((error: unknown) => error);
    expect(none).to.be.instanceOf(RequestError).with.property("status", 400);
  });

  it("signs card extensions over their sorted values", async () => {
    await start();
    cloud.server.on("/cgi-bin/ticket/getticket", (call) => ({
      errcode: 0,
      ticket: `${call.query.type}-ticket`,
      expires_in: 7200,
    }));
    const text = await wechatAt(cloud)
      .jssdk({ allow: [origin] })
      .cardExt({ cardId: "pCard", code: "c1", openid: "oAlice" });
    const { code, openid, timestamp, nonce_str, signature } = JSON.parse(text);
    const values = ["wx_card-ticket", timestamp, nonce_str, "pCard", code, openid];
    expect(signature).to.equal(sha1(values.sort().join("")));
  });
});
