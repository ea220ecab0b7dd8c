import { createHash } from "node:crypto";
import { expect } from "chai";
import { createClient } from "koa-wx";
import type { Browser } from "playwright-core";
import { startBrowser } from "../support/browser.js";
import { account } from "../support/push.js";
import { appSecret, freePort, type Stage, stage } from "../support/stage.js";

/** Stands in for WeChat's script: it takes the configuration and is ready at once. */
const script = `window.wx = {
  config(given) { window.given = given; },
  error() {},
  ready(callback) { callback(); },
  updateAppMessageShareData() {},
  updateTimelineShareData() {},
  scanQRCode({ success }) { success({ resultStr: "QR <b>123</b>" }); },
};`;

describe("examples/jssdk.ts", function () {
  this.timeout(30_000);
  let site: Stage;
  let browser: Browser;

  before(async () => {
    site = await stage("jssdk", { env: { PORT: String(await freePort()) } });
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  /** The ticket that WeChat gives everybody who asks for the account's. */
  async function ticketOf(): Promise<string> {
    const { appId } = account;
    const client = createClient({ appId, appSecret, baseUrl: site.phone.url });
    const query = { type: "jsapi" };
    return (await client.get<{ ticket: string }>("/cgi-bin/ticket/getticket", { query })).ticket;
  }

  it("signs the page that the bot links to, and scans with it", async () => {
    const { text = "" } = await site.phone.user("alice").sends("你好");
    const link = /href="([^"]+)"/.exec(text)?.[1] ?? "";
    const page = await browser.newPage();
    await page.route("https://res.wx.qq.com/**", (route) =>
      route.fulfill({ contentType: "text/javascript", body: script }),
    );
    await page.goto(`${link}?from=chat#part`);
    await page.click("#scan:enabled");
    expect(await page.locator("#result").innerText()).to.equal("QR <b>123</b>");
    const given = (await page.evaluate("window.given")) as Record<string, unknown>;
    const { nonceStr, timestamp, signature } = given;
    const signed = `jsapi_ticket=${await ticketOf()}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${link}?from=chat`;
    expect(signature).to.equal(createHash("sha1").update(signed).digest("hex"));
    await page.close();
  });

  it("signs for whoever opens its own pages, and no page of another site", async () => {
    const alice = site.phone.user("alice");
    const own = new URL("/scan", site.phone.botUrl);
    const signed = await alice.opens(`/jssdk?url=${encodeURIComponent(own.href)}`);
    expect(JSON.parse(signed.body)).to.include({ appId: account.appId });
    const other = await alice.opens(`/jssdk?url=${encodeURIComponent("https://evil.example/")}`);
    expect(other.status).to.equal(403);
    expect(other.body).to.not.include('signature":');
  });
});
