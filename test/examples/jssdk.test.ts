import { createHash } from "node:crypto";
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { parseXml } from "../../src/wire/xml.js";
import { type ApiServer, startApiServer } from "../support/api-server.js";
import { startBrowser } from "../support/browser.js";
import { type Example, startExample } from "../support/example.js";
import { account, send, signedQuery, textXml } from "../support/push.js";
import { freePort } from "../support/stage.js";

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
  let cloud: ApiServer;
  let example: Example;
  let browser: Browser;

  before(async () => {
    cloud = await startApiServer();
    cloud.on("/cgi-bin/stable_token", { access_token: "T", expires_in: 7200 });
    cloud.on("/cgi-bin/ticket/getticket", { errcode: 0, ticket: "TICKET", expires_in: 7200 });
    example = await startExample("jssdk", {
      PORT: String(await freePort()),
      WECHAT_TOKEN: account.token,
      WECHAT_API_BASE_URL: cloud.url,
    });
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
    await example.stop();
    await cloud.close();
  });

  it("signs the page that the bot links to, and scans with it", async () => {
    const answer = await send(example.address, { query: signedQuery(), body: textXml("你好") });
    const link = /href="([^"]+)"/.exec(String(parseXml(answer.body).Content))?.[1] ?? "";
    const page = await browser.newPage();
    await page.route("https://res.wx.qq.com/**", (route) =>
      route.fulfill({ contentType: "text/javascript", body: script }),
    );
    await page.goto(`${link}?from=chat#part`);
    await page.click("#scan:enabled");
    expect(await page.locator("#result").innerText()).to.equal("QR <b>123</b>");
    const given = (await page.evaluate("window.given")) as Record<string, unknown>;
    const { nonceStr, timestamp, signature } = given;
    const signed = `jsapi_ticket=TICKET&noncestr=${nonceStr}&timestamp=${timestamp}&url=${link}?from=chat`;
    expect(signature).to.equal(createHash("sha1").update(signed).digest("hex"));
    await page.close();
  });
});
