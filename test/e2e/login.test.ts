import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import Koa from "koa";
import Router from "koa-router";
import fetch from "node-fetch";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Fetch } from "../../src/api/index.js";
import { type LoginGuard, Wechat, wxUser } from "../../src/index.js";
import { type Simulator, startSimulator } from "../../src/simulator/server.js";
import type { Person } from "../../src/simulator/world/people.js";
import { startBrowser, wholeChromium } from "../support/browser.js";
import { loginAccount, type Site, startSite, wechatAgent } from "../support/login.js";

describe("wx.oauth(): web login in Chromium", function () {
  this.timeout(30_000);
  let browser: Browser;
  let phone: BrowserContext;
  let page: Page;
  let cloud: Simulator;
  let alice: Person;
  /** How long an exchange takes, in milliseconds. */
  let delay: number;
  let exchanges: number;
  /** What the browser asked WeChat for. */
  let asked: string[];
  let site: Site;

  /** A site with a silent guard, a page that asks for the profile, and one that may be fetched. */
  const shop = (baseUrl: string): Koa => {
    const app = new Koa();
    app.keys = ["test"];
    const counting: Fetch = async (url, init) => {
      if (url.includes("/sns/oauth2/access_token")) {
        exchanges += 1;
        await sleep(delay);
      }
      return (fetch as unknown as Fetch)(url, init);
    };
    const wx = new Wechat({ ...loginAccount, api: { baseUrl: cloud.url, fetch: counting } });
    const login: LoginGuard = wx.oauth({ baseUrl, onlyInWechat: true });
    const router = new Router();
    router.get("/profile", login.require("snsapi_userinfo"), (ctx) => {
      ctx.body = `<!doctype html><title>profile</title><p>${wxUser(ctx).profile?.nickname}</p>`;
    });
    router.get("/logout", async (ctx) => {
      await login.logout(ctx);
      ctx.body = "<!doctype html><p>bye</p>";
    });
    router.get("/api/me", login, (ctx) => {
      ctx.body = { openid: wxUser(ctx).openid };
    });
    router.get("/silent", (ctx) => {
      ctx.set("Referrer-Policy", "no-referrer");
      ctx.body = "<!doctype html><p>silent</p>";
    });
    router.get("/open", (ctx) => {
      ctx.body = "<!doctype html><p>open</p>";
    });
    router.get(/^\/page/, login, (ctx) => {
      ctx.body = `<!doctype html><title>page</title><p>${wxUser(ctx).openid} ${ctx.path}</p>`;
    });
    app.use(login.callback()).use(router.routes());
    return app;
  };
  const text = (of = page) => of.locator("p").first().innerText();

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    [delay, exchanges, asked] = [0, 0, []];
    cloud = await startSimulator({ account: loginAccount, target: "http://127.0.0.1:1/wechat" });
    alice = cloud.cloud.world.people.named("alice", { nickname: "爱丽丝" });
    site = await startSite(shop);
    phone = await browser.newContext({ userAgent: wechatAgent, ignoreHTTPSErrors: true });
    phone.on("request", (sent) => {
      if (sent.url().startsWith(cloud.url)) asked.push(sent.url());
    });
    page = await phone.newPage();
  });
  afterEach(async () => {
    await phone.close();
    await site.close();
    await cloud.close();
  });

  it("asks on the first visit, shows the profile, and is silent on the second", async () => {
    await page.goto(`${site.url}/profile?from=chat`);
    expect(await page.title()).to.contain("微信登录");
    await page.click("text=允许");
    expect(await text()).to.equal("爱丽丝");
    expect(page.url()).to.equal(`${site.url}/profile?from=chat#`);

    const before = asked.length;
    await page.goto(`${site.url}/profile`);
    expect(await text()).to.equal("爱丽丝");
    expect(asked).to.have.length(before);
    expect(exchanges).to.equal(1);
  });

  it("logs in silently where the openid is enough, and asks when a page needs more", async () => {
    await page.goto(`${site.url}/page`);
    expect(await text()).to.equal(`${alice.openid} /page`);
    await page.goto(`${site.url}/profile`);
    await page.click("text=允许");
    expect(await text()).to.equal("爱丽丝");
    await page.goto(`${site.url}/page`);
    expect(await text()).to.equal(`${alice.openid} /page`);
    expect(exchanges).to.equal(2);
  });

  it("tells a user who refuses, and asks again when they change their mind", async () => {
    await page.goto(`${site.url}/profile`);
    await page.click("text=拒绝");
    expect(await page.title()).to.equal("没有获得授权");
    expect(exchanges).to.equal(0);
    await page.click("text=重新授权");
    await page.click("text=允许");
    expect(await text()).to.equal("爱丽丝");
    expect(page.url()).to.equal(`${site.url}/profile#`);
  });

  it("does not log a snapshot user in, and does when the page opens in full", async () => {
    await page.goto(`${site.url}/profile`);
    await page.click("text=以快照页虚拟账号打开");
    expect(await page.title()).to.equal("请使用完整服务");
    await page.reload();
    await page.click("text=允许");
    expect(await text()).to.equal("爱丽丝");
  });

  it("ends on the page when the user goes back to the callback or reloads it, with one exchange", async () => {
    const callbacks: string[] = [];
    page.on("request", (sent) => {
      if (sent.url().includes("/wx/login?code=")) callbacks.push(sent.url());
    });
    await page.goto(`${site.url}/page/1`);
    const [callback = ""] = callbacks;
    expect(callback).to.contain("state=");
    await page.goto(callback);
    expect(page.url()).to.equal(`${site.url}/page/1#`);
    await page.goto(`${site.url}/open`);
    await page.goBack();
    expect(await text()).to.equal(`${alice.openid} /page/1`);
    await page.goto(callback);
    await page.reload();
    expect(await text()).to.equal(`${alice.openid} /page/1`);
    expect(exchanges).to.equal(1);
  });

  it("exchanges once when the browser breaks the callback off and repeats it", async () => {
    delay = 300;
    const hit = page.waitForRequest((sent) => sent.url().includes("/wx/login?code="));
    const broken = page.goto(`${site.url}/page/2`).catch(() => "broken off");
    const callback = (await hit).url();
    await page.goto(callback);
    await broken;
    expect(await text()).to.equal(`${alice.openid} /page/2`);
    expect(exchanges).to.equal(1);
  });

  it("logs two tabs in at once", async () => {
    const other = await phone.newPage();
    delay = 100;
    await Promise.all([page.goto(`${site.url}/page/a`), other.goto(`${site.url}/page/b`)]);
    expect(await text()).to.equal(`${alice.openid} /page/a`);
    expect(await text(other)).to.equal(`${alice.openid} /page/b`);
  });

  it("answers a fetch with 401 and an address that leads back to the page", async () => {
    await page.goto(`${site.url}/open?x=1`);
    const answer = await page.evaluate(async () => {
      const response = await fetch("/api/me");
      const { authorizeUrl } = (await response.json()) as { authorizeUrl: string };
      return { status: response.status, authorizeUrl };
    });
    expect(answer.status).to.equal(401);
    await page.goto(answer.authorizeUrl);
    // WeChat's "#wechat_redirect" would be inherited, were it not for an empty fragment.
    expect(page.url()).to.equal(`${site.url}/open?x=1#`);
    const me = await page.evaluate(async () => (await fetch("/api/me")).json());
    expect(me).to.deep.equal({ openid: alice.openid });
  });

  it("leads a fetch back to a page that sends no Referer, and names itself", async () => {
    await page.goto(`${site.url}/silent?x=1`);
    const authorizeUrl = await page.evaluate(async (own) => {
      const response = await fetch("/api/me", { headers: { "X-Return-To": own } });
      return ((await response.json()) as { authorizeUrl: string }).authorizeUrl;
    }, page.url());
    await page.goto(authorizeUrl);
    expect(page.url()).to.equal(`${site.url}/silent?x=1#`);
  });

  it("logs six tabs in that ask for the profile at long addresses", async () => {
    const tabs = await Promise.all(Array.from({ length: 6 }, () => phone.newPage()));
    const address = (tab: number) => `${site.url}/profile?tab=${tab}&${"x".repeat(1_800)}`;
    await Promise.all(tabs.map((tab, index) => tab.goto(address(index))));
    const cookies = (await phone.cookies(site.url)).map(({ name, value }) => `${name}=${value}`);
    expect(cookies.join("; ").length).to.be.lessThan(4_096);
    for (const [index, tab] of tabs.entries()) {
      await tab.click("text=允许");
      expect(await text(tab)).to.equal("爱丽丝");
      expect(tab.url()).to.equal(`${address(index)}#`);
    }
  });

  it("forgets a user who logs out", async () => {
    await page.goto(`${site.url}/page`);
    await page.goto(`${site.url}/logout`);
    const bob = cloud.cloud.world.people.named("bob");
    await phone.addCookies([{ name: "sim_user", value: "bob", url: cloud.url }]);
    await page.goto(`${site.url}/page`);
    expect(await text()).to.equal(`${bob.openid} /page`);
  });

  it("shows why, after two rounds, when the browser refuses cookies", async () => {
    const folder = mkdtempSync(join(tmpdir(), "koa-wx-chromium-"));
    mkdirSync(join(folder, "Default"));
    const refusing = { profile: { default_content_setting_values: { cookies: 2 } } };
    writeFileSync(join(folder, "Default", "Preferences"), JSON.stringify(refusing));
    const refuser = await chromium.launchPersistentContext(folder, {
      executablePath: wholeChromium,
      args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
      userAgent: wechatAgent,
    });
    try {
      const strict = await refuser.newPage();
      const rounds: string[] = [];
      strict.on("request", (sent) => {
        if (sent.url().includes("/connect/oauth2/authorize")) rounds.push(sent.url());
      });
      const answer = await strict.goto(`${site.url}/page`);
      expect(answer?.status()).to.equal(400);
      expect(await strict.title()).to.equal("登录信息没有保存下来");
      expect(await strict.locator("small").innerText()).to.match(/wx-[0-9a-f]{6}-/);
      expect(rounds).to.have.length(2);
      expect(exchanges).to.equal(0);
    } finally {
      await refuser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("refuses another browser than WeChat's", async () => {
    const desktop = await browser.newPage();
    const answer = await desktop.goto(`${site.url}/page`);
    expect(answer?.status()).to.equal(403);
    expect(await desktop.title()).to.equal("请在微信中打开");
    await desktop.close();
  });

  it("works behind a proxy that ends TLS", async () => {
    const proxy = await startTlsProxy();
    const behind = await startSite(() => shop(proxy.url));
    proxy.forwardTo(behind.url);
    try {
      await page.goto(`${proxy.url}/page/tls`);
      expect(await text()).to.equal(`${alice.openid} /page/tls`);
      const cookies = await phone.cookies();
      const own = cookies.filter(({ name }) => name.startsWith("__Host-wx-"));
      expect(own).to.have.length.greaterThan(0);
      for (const cookie of own) {
        expect(cookie).to.include({ secure: true, httpOnly: true, sameSite: "Lax", path: "/" });
      }
    } finally {
      await behind.close();
      await proxy.close();
    }
  });
});

/** An https server that passes everything on over http, and tells nobody. */
async function startTlsProxy() {
  const folder = mkdtempSync(join(tmpdir(), "koa-wx-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes"];
  const made = ["-newkey", "rsa:2048", "-keyout", key, "-out", cert];
  execFileSync("openssl", ["req", "-x509", ...made, ...subject], { stdio: "ignore" });
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  let target = "";
  const server: Server = createServer(options, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const passed = request(target + incoming.url, { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    forwardTo(url: string) {
      target = url;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
